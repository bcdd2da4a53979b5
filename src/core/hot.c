/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "sockwatch/hot.h"

#include "base/mem.h"
#include "sockwatch/report.h"

static bool goes_to(const struct sw_tuple *tuple, const struct sw_destination *destination)
{
	return tuple->port == destination->port &&
	       sw_addr_equal(&tuple->destination, &destination->addr);
}

bool sw_hot_has(const struct sw_hot *hot, const struct sw_tuple *tuple)
{
	for (size_t i = 0; i < hot->n; i++)
		if (goes_to(tuple, &hot->destinations[i]))
			return true;
	return false;
}

/* Live sockets towards a destination. */
static uint64_t n_live(const struct sw_tally *tally, const struct sw_destination *destination)
{
	uint64_t n = 0;

	for (uint32_t i = 0; i < sw_tally_n_tuples(tally); i++) {
		const struct sw_tuple_tally *row = sw_tally_tuple(tally, i);

		if (goes_to(&row->tuple, destination))
			n += row->n_total - row->n_by_state[SW_TCP_TIME_WAIT];
	}
	return n;
}

/* `before` has what was there when the whole reading was made. */
static void add(struct sw_hot *hot, const struct sw_tuple *tuple, const struct sw_tally *before)
{
	struct sw_destination *destination;

	if (hot->n == SW_REQUEST_MAX_TOWARDS) {
		hot->more = true;
		return;
	}
	destination = &hot->destinations[hot->n++];
	*destination = (struct sw_destination){ tuple->destination, tuple->port };
	hot->n_live_then += n_live(before, destination);
}

/* Adds what is near, and draws the fence around the rest. */
static void sort_out(struct sw_hot *hot, const struct sw_report *report,
		     const struct sw_tally *before)
{
	for (size_t i = 0; i < report->n_outlooks; i++) {
		const struct sw_outlook *outlook = &report->outlooks[i];
		struct sw_fence fence;

		if (sw_hot_has(hot, &outlook->tuple))
			continue;
		fence = sw_fence_around(
			outlook, sw_tally_find_tuple(report->reading->tally, &outlook->tuple),
			SW_HOT_ALLOWANCE);
		if ((double)fence.room < SW_HOT_ALLOWANCE * outlook->capacity ||
		    fmin(fence.every, fence.large) <= 0)
			add(hot, &outlook->tuple, before);
		else
			hot->others = sw_fence_nearer(&hot->others, &fence);
	}
}

void sw_hot_begin(struct sw_hot *hot, const struct sw_report *report)
{
	const struct sw_reading *reading = report->reading;

	*hot = (struct sw_hot){
		.others = SW_FENCE_OPEN,
		.then = reading->began.boot + reading->duration_usec,
		.then_jiffies = reading->jiffies.nsec == 0
					? 0
					: reading->jiffies.passed + reading->duration_usec,
		.more = sw_tally_totals(reading->tally)->n_tuple_overflow > 0,
	};
	sort_out(hot, report, reading->tally);
}

int sw_hot_widen(struct sw_hot *hot, const struct sw_reading *reading,
		 const struct sw_tally *before, const struct sw_settings *settings)
{
	const struct sw_report_filter everything = { 0 };
	struct sw_report report;
	int r;

	sw_tally_suppose(reading->tally, before);
	hot->more |= sw_tally_totals(reading->tally)->n_tuple_overflow > 0;
	r = sw_report_init(&report, reading, settings, &everything);
	if (r < 0)
		return r;
	hot->others = sw_fence_around_unlisted(&report, settings, SW_HOT_ALLOWANCE);
	sort_out(hot, &report, before);
	sw_report_deinit(&report);
	sw_tally_unsuppose(reading->tally, before, hot);
	return 0;
}

/* How long ago the whole reading was, as TIME_WAIT ages: not while the host sleeps. */
static sw_usec span_since(const struct sw_hot *hot, const struct sw_reading *reading)
{
	sw_usec span = reading->began.boot - hot->then;

	if (hot->then_jiffies == 0 || reading->jiffies.nsec == 0)
		return span;
	return SW_MIN(span, reading->jiffies.passed - hot->then_jiffies);
}

/* Sockets that went to TIME_WAIT after the whole reading: those that surely did, by the slot of
 * their age. */
static uint64_t n_closed_since(const struct sw_tuple_tally *row, sw_usec span)
{
	sw_usec n_slots = span / (SW_AGE_SLOT_MSEC * SW_USEC_PER_MSEC);
	uint64_t n = 0;

	for (uint32_t i = 0; i < SW_MIN(n_slots, (sw_usec)SW_AGE_N_SLOTS); i++)
		n += row->n_by_age[i];
	return n;
}

void sw_hot_end(struct sw_hot *hot, const struct sw_reading *reading)
{
	sw_usec span = span_since(hot, reading);
	uint64_t n = 0;

	for (uint32_t i = 0; i < sw_tally_n_tuples(reading->tally); i++) {
		const struct sw_tuple_tally *row = sw_tally_tuple(reading->tally, i);

		if (sw_hot_has(hot, &row->tuple))
			n += row->n_total - row->n_by_state[SW_TCP_TIME_WAIT] +
			     n_closed_since(row, span);
	}
	hot->n_opened = n > hot->n_live_then ? n - hot->n_live_then : 0;
	/* Something of before had to make way for them. */
	hot->more |= sw_tally_totals(reading->tally)->n_tuple_overflow > 0;
}
