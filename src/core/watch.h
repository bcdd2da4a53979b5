/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Watch: the memory of one subject that is not quite well by one rule. Holds
 * turn signs that come and go into a severity that is due; the life of the alert
 * follows from that.
 */

#include "core/finding.h"

struct sw_watch {
	struct sw_alert alert;
	struct sw_signs signs; /* of the latest finding */
	struct sw_holds holds;
	enum sw_level max_severity;
	double weight;
	bool firing;
	bool grouped;       /* fires as a part of its group, without events of its own */
	bool seen;          /* in this step */
	uint32_t n_failing; /* readings in a row */
	/* Since when each has been so without a break; 0 = it is not. */
	sw_usec noticed, warned, threatened, calm;
	sw_usec told; /* the latest firing, change or repeat */
	bool slow;    /* connects were, in the previous reading */
	sw_usec last; /* the previous reading */
};

/* Takes what was found in this reading; `units` has the names of it. */
void sw_watch_take(struct sw_watch *watch, const struct sw_finding *finding,
		   const struct sw_units *units);

/* Nothing was found: there is nothing left that could be unwell. */
void sw_watch_set_gone(struct sw_watch *watch);

/*
 * Lets the holds go on to `now`. After a gap longer than `max_gap` (0 = none is
 * too long) all begin anew.
 */
void sw_watch_update(struct sw_watch *watch, sw_usec max_gap, sw_usec now);

/* What the alert should be by its holds: SW_LEVEL_OK to SW_LEVEL_CRITICAL. */
enum sw_level sw_watch_due(const struct sw_watch *watch, sw_usec now);

/* Has it been calm for `clear`, and so long enough to be resolved? */
bool sw_watch_is_over(const struct sw_watch *watch, sw_usec clear, sw_usec now);

/* For qsort's kind of order: below 0 when `a` is worse than `b`. Never 0 for two subjects. */
int sw_watch_compare(const struct sw_watch *a, double weight_b, const struct sw_subject *b);
