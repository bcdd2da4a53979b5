/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Arrivals: what the ages of TIME_WAIT sockets tell of how they came. The record of
 * the last minute is a stretch at one rate, or one that rises or falls, and before it
 * perhaps something else: that is said only where chance cannot explain it.
 */

#include <stdbool.h>
#include <stdint.h>

#include "sockwatch/tally.h"
#include "sockwatch/time.h"

struct sw_arrivals {
	double window_per_s;  /* over the last 5 s, widened until they hold 30 events */
	double present_per_s; /* at this moment, by the whole of the present stretch */
	double low_per_s;     /* the same, two standard deviations lower */
	double rise_per_s2;   /* by how much it rises each second; 0 where it does not clearly */
	double rise_low_per_s2;
	double stretch_s;    /* how long it has been like this, as far as the record goes back */
	bool changed;        /* it was clearly different before */
	double before_per_s; /* then */
};

/*
 * Reads the youngest `n_slots` slots of a record, all there are where no TIME_WAIT is
 * taken away early. `sums[i]` is how many came in the youngest i slots, from none to
 * `n_slots`. Of few arrivals that nothing will come of (`!closely`) only the window is
 * looked at.
 */
void sw_arrivals_read(const double *sums, uint32_t n_slots, bool closely, struct sw_arrivals *ret);

/*
 * The least that has been coming in for all of the last `hold`, two standard
 * deviations lower: every half window counts on its own, so that a pause is seen wherever it lies.
 * No more than `arrivals->low_per_s`.
 */
double sw_arrivals_sustained(const double sums[SW_AGE_N_SLOTS + 1],
			     const struct sw_arrivals *arrivals, sw_usec hold);
