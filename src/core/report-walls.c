/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The walls of a report: one for each source address, the worst first. */

#include <errno.h>
#include <stdlib.h>

#include "base/mem.h"
#include "core/report-inside.h"

/* Tuples of one address, and the fullest. */
static void add_tuples(const struct sw_tally *tally, struct sw_bind_wall_input *input)
{
	input->n_destinations = input->n_fullest = 0;
	for (uint32_t i = 0; i < sw_tally_n_tuples(tally); i++) {
		const struct sw_tuple_tally *row = sw_tally_tuple(tally, i);

		if (!sw_addr_equal(&row->tuple.source, &input->source->addr))
			continue;
		input->n_destinations++;
		if (row->n_total > input->n_fullest)
			input->n_fullest = row->n_total;
	}
}

/* What holds for bind() of one address. */
static void set_wall_limits(const struct sw_settings *settings, struct sw_bind_wall_input *input)
{
	input->limits = sw_ephemeral_limits_default;
	input->max_severity = SW_LEVEL_CRITICAL;
	if (settings != NULL)
		input->limits = sw_settings_at(settings, SW_RULE_BIND_PORTS, &input->source->addr,
					       0, &input->max_severity)
					->bind_ports;
}

int sw_report_list_walls(struct sw_report *report, const struct sw_settings *settings,
			 uint64_t time_wait_room)
{
	const struct sw_tally *tally = report->reading->tally;
	struct sw_bind_wall_input input = {
		.tally = tally,
		.space = &report->reading->space,
		.wheel = report->wheel,
		.time_wait_room = time_wait_room,
	};

	report->n_walls = sw_tally_n_sources(tally);
	report->walls = calloc(report->n_walls + 1, sizeof(*report->walls));
	if (report->walls == NULL)
		return -ENOMEM;
	for (uint32_t i = 0; i < report->n_walls; i++) {
		input.source = sw_tally_source(tally, i);
		add_tuples(tally, &input);
		set_wall_limits(settings, &input);
		sw_bind_wall_compute(&input, &report->walls[i]);
	}
	qsort(report->walls, report->n_walls, sizeof(*report->walls), sw_bind_wall_compare);
	return 0;
}

void sw_report_wall_outlook(const struct sw_report *report, const struct sw_bind_wall *wall,
			    struct sw_outlook *ret)
{
	const struct sw_outlook *fullest = NULL;

	sw_bind_wall_outlook(wall, ret);
	ret->age_s = (double)report->reading->rest_age / SW_USEC_PER_SEC;
	ret->rate_since = sw_onset_since(&wall->forecast.onset,
					 report->reading->began.wall - report->reading->rest_age);
	for (size_t i = 0; i < report->n_outlooks; i++) {
		const struct sw_outlook *outlook = &report->outlooks[i];

		if (sw_addr_equal(&outlook->tuple.source, &wall->source) &&
		    (fullest == NULL ||
		     outlook->held + outlook->time_wait > fullest->held + fullest->time_wait))
			fullest = outlook;
	}
	if (fullest != NULL)
		ret->ownership = fullest->ownership;
}

const struct sw_bind_wall *sw_report_worst_wall(const struct sw_report *report)
{
	const struct sw_outlook *worst = report->n_outlooks > 0 ? &report->outlooks[0] : NULL;
	enum sw_level level = worst != NULL ? worst->level : SW_LEVEL_OK;

	for (size_t i = 0; i < report->n_walls && report->walls[i].level > level; i++)
		if (!report->filter.has_destination ||
		    (worst != NULL &&
		     sw_addr_equal(&report->walls[i].source, &worst->tuple.source)))
			return &report->walls[i];
	return NULL;
}

uint32_t sw_report_bind_free(const struct sw_report *report, const struct sw_addr *source)
{
	const struct sw_source_tally unused = { .addr = *source };

	for (size_t i = 0; i < report->n_walls; i++)
		if (sw_addr_equal(&report->walls[i].source, source))
			return report->walls[i].free;
	return sw_tally_bind_free(report->reading->tally, &unused);
}
