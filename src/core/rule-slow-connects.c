/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * connect() looks at every second port of the range first, and at the others only when none of
 * them is free (__inet_hash_connect). From there on each call walks through all of the first half,
 * inside the kernel and on the caller's account.
 */

#include "core/rules.h"

/*
 * Looking at one taken port costs this much: 1.3 ms for the 14,116 of a first pass over the
 * default range, median of connects at 51 to 99 % full, TIME_WAIT, Linux 6.18 on a 2 GHz machine.
 * ESTABLISHED sockets cost a little less. It is an estimate: other machines differ by some two
 * times.
 */
#define SEARCH_SEC 92e-9

/* Tuples beyond half of their ports at a time: there are few. */
enum { MAX_ROWS = 256 };

struct row {
	struct sw_past_head head;
	uint32_t held;
	sw_usec at; /* 0 = this is the first reading */
};

int sw_rule_slow_connects_init(struct sw_past *past)
{
	return sw_past_init(past, sizeof(struct row), MAX_ROWS);
}

/*
 * Connects per second: what is closed was opened before, and what is held in addition
 * is new. Those that the peer closes first leave nothing behind and are missing.
 */
static double connects_per_s(struct sw_past *past, const struct sw_outlook *outlook, sw_usec now)
{
	struct row *row = sw_past_obtain(past, &outlook->tuple, now);
	double rate = outlook->forecast.present_per_s;

	if (row == NULL)
		return rate;
	if (row->at != 0 && now > row->at && outlook->held > row->held)
		rate += (outlook->held - row->held) / ((double)(now - row->at) / SW_USEC_PER_SEC);
	row->held = outlook->held;
	row->at = now;
	return rate;
}

/* All of the first pass, and of the second as many as it takes to meet a free one. */
static double ports_searched(const struct sw_outlook *outlook)
{
	double first = outlook->used_first, second = outlook->capacity - first;

	return first + (second + 1) / (outlook->free + 1.0);
}

void sw_rule_slow_connects(struct sw_past *past, const struct sw_inquiry *inquiry)
{
	const struct sw_report *report = inquiry->evidence->report;
	sw_usec now = inquiry->now.boot;

	for (size_t i = 0; i < report->n_outlooks; i++) {
		const struct sw_outlook *outlook = &report->outlooks[i];
		const struct sw_rules *limits;
		struct sw_finding finding;
		double rate, searched, share;

		if (!outlook->slow_connects)
			continue;
		finding = sw_rule_tuple_finding(inquiry, SW_RULE_SLOW_CONNECTS, outlook, &limits);
		rate = connects_per_s(past, outlook, now);
		searched = ports_searched(outlook);
		share = rate * searched * SEARCH_SEC;
		finding.signs = sw_signs_beyond(share, limits->slow_connects.warning);
		finding.weight = share;
		finding.facts = (struct sw_facts){
			.count = (uint64_t)searched,
			.per_s = rate,
			.share = share,
		};
		inquiry->take(inquiry->sink, &finding);
	}
	sw_past_forget(past, now);
}
