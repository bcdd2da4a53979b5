/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What status, explain, plan and wait begin with. */

#include "cli/look.h"

#include <stdio.h>
#include <string.h>

#include "io/collect.h"
#include "io/counters.h"

/* Has `reading` tell what has come about since the ones before it. */
static int compare(const struct sw_world *world, struct sw_figure active_opens,
		   struct sw_reading *reading)
{
	int r;

	if (world->trends == NULL || reading->tally == NULL)
		return 0;
	r = sw_trends_update(world->trends, reading, active_opens);
	reading->trends = world->trends;
	return r;
}

int sw_look_take(struct sw_look *look, const struct sw_world *world,
		 const struct sw_settings *settings, const struct sw_report_filter *filter)
{
	const struct sw_collect_options collect = {
		.has_destination = filter->has_destination,
		.destination = filter->destination,
		.port = filter->destination_port,
		.units = world->units,
	};
	struct sw_figure active_opens = { 0 };
	struct sw_counters counters;
	int r;

	*look = (struct sw_look){ 0 };
	if (world->trends != NULL && sw_counters_read(world->io, &counters) == 0)
		active_opens = (struct sw_figure){ .known = true, .value = counters.active_opens };
	r = sw_collect(world->io, &collect, &look->reading);
	if (r == 0)
		r = compare(world, active_opens, look->reading);
	if (r == 0)
		r = sw_report_init(&look->report, look->reading, settings, filter);
	if (r == 0 && world->trends != NULL)
		sw_report_keep_onsets(&look->report, world->trends);
	if (r < 0) {
		fprintf(stderr, "sockwatch: no reading was possible: %s\n", strerror(-r));
		sw_look_done(look);
	}
	return r;
}

void sw_look_done(struct sw_look *look)
{
	sw_report_deinit(&look->report);
	sw_reading_free(look->reading);
	look->reading = NULL;
}
