/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "judge.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "render/json.h"
#include "render/status-json.h"
#include "render/status-text.h"

static void require(bool condition, const char *what)
{
	if (condition)
		return;
	fprintf(stderr, "it does not hold that %s\n", what);
	abort();
}

static void check_totals(const struct sw_totals *totals)
{
	uint64_t sum = 0;

	for (int i = 0; i < SW_TCP_N_STATES; i++)
		sum += totals->n_by_state[i];
	require(sum == totals->n_sockets, "the states add up to the total");
	require(totals->n_ipv4 + totals->n_ipv6 == totals->n_sockets, "the families do");
}

static void check_outlook(const struct sw_outlook *outlook)
{
	require(outlook->free + outlook->used == outlook->capacity, "free = capacity - used");
	require(outlook->free_low <= outlook->free, "free_low is not above free");
	require(outlook->utilization >= 0 && outlook->utilization <= 1, "utilization is a share");
	require(outlook->forecast.rate_per_s >= 0, "a rate is not negative");
	require(outlook->forecast.exhausted_in_s >= 0, "the future is not over");
	require(!isnan(outlook->forecast.heading_to), "heading is a number");
}

static void show(const struct sw_report *report)
{
	const struct sw_text_style style = { .rows = 20, .color = true, .legend = true };
	const struct sw_daemon_status daemon = { 0 };
	FILE *out = fopen("/dev/null", "we");

	require(out != NULL, "there is a /dev/null");
	require(sw_render_status_json(out, SW_JSON_FLAGS, report, &daemon, NULL, 0) == 0,
		"a report has a JSON form");
	sw_render_status_text(out, report, &daemon, &style);
	fclose(out);
}

void judge(const struct sw_reading *reading)
{
	const struct sw_report_filter everything = { 0 };
	struct sw_report report;

	require(reading->complete == (reading->tally != NULL),
		"only a complete reading has a tally");
	require(sw_report_init(&report, reading, NULL, &everything) == 0,
		"a reading can be judged");
	if (reading->tally != NULL)
		check_totals(sw_tally_totals(reading->tally));
	for (size_t i = 0; i < report.n_outlooks; i++)
		check_outlook(&report.outlooks[i]);
	show(&report);
	sw_report_deinit(&report);
}
