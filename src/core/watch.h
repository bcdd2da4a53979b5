/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Watch: the memory of one thing that is not quite well. Holds turn conditions
 * that come and go into a severity that is due; the life of the alert follows
 * from that.
 */

#include "sockwatch/alert.h"

struct sw_watch {
	struct sw_alert alert;
	bool firing;
	bool grouped;         /* fires as a part of its group, without events of its own */
	bool muted;           /* gets no worse for as long */
	bool seen;            /* in this step */
	uint32_t n_exhausted; /* readings in a row with nothing free */
	/* Since when each condition has held without a break; 0 = it does not. */
	sw_usec noticed, warned, projected, calm;
	sw_usec told; /* the latest firing, change or repeat */
	sw_usec last; /* the previous reading */
};

/*
 * Takes the outlook that alert.outlook has become, at `now`. After a gap longer
 * than `max_gap` (0 = none is too long) all holds begin anew.
 */
void sw_watch_update(struct sw_watch *watch, sw_usec max_gap, sw_usec now);

/* What the alert should be by its holds: SW_LEVEL_OK to SW_LEVEL_CRITICAL. */
enum sw_level sw_watch_due(const struct sw_watch *watch, sw_usec now);

/* Has it been calm for `clear`, and so long enough to be resolved? */
bool sw_watch_is_over(const struct sw_watch *watch, sw_usec clear, sw_usec now);

/* Is there anything about this outlook that a hold should begin for? */
bool sw_watch_is_wanted(const struct sw_outlook *outlook);

/* A tuple that has gone from the reading has no sockets: all its ports are free. */
void sw_watch_set_gone(struct sw_watch *watch);
