/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What status, explain, plan and wait begin with. */

#include "cli/look.h"

#include <stdio.h>
#include <string.h>

#include "io/collect.h"

int sw_look_take(struct sw_look *look, const struct sw_world *world,
		 const struct sw_settings *settings, const struct sw_report_filter *filter)
{
	const struct sw_collect_options collect = {
		.has_destination = filter->has_destination,
		.destination = filter->destination,
		.port = filter->destination_port,
		.units = world->units,
	};
	int r;

	*look = (struct sw_look){ 0 };
	r = sw_collect(world->io, &collect, &look->reading);
	if (r == 0)
		r = sw_report_init(&look->report, look->reading, settings, filter);
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
