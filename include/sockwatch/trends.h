/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Trends: what several readings tell of a tuple and one alone cannot. TIME_WAIT
 * carries its own record of a minute, live sockets do not: whether they grow, only
 * looking again can tell.
 *
 * Kept are samples of the last minutes, of tuples that use a hundredth of their
 * ports or more, the first SW_TRENDS_MAX_TUPLES of them.
 */

#include <stdbool.h>

#include "sockwatch/kernel.h"
#include "sockwatch/tally.h"
#include "sockwatch/time.h"

#define SW_TRENDS_MAX_TUPLES 1024

struct sw_reading;

/* That a rate of TIME_WAIT was clearly another before. All zero = it was not, as far as is known.
 */
struct sw_onset {
	bool known;
	double ago_s;        /* since when it has been what it is */
	double before_per_s; /* what it was before */
};

/* Are these two rates clearly different, so that there is an onset between them? */
bool sw_onset_is_between(double before_per_s, double present_per_s);

/* When it was, `wall` being the time of the reading; 0 = that is not known. */
sw_usec sw_onset_since(const struct sw_onset *onset, sw_usec wall);

struct sw_trend {
	/* Live sockets more each second, where they have grown steadily; else 0. The low end is
	 * what chance hardly exceeds. It is projected for as long as it has been seen. */
	double held_per_s;
	double held_low_per_s;
	double held_s;
	/* Part of the last minute's connects that searched the first pass in vain; NAN = there
	 * were none, or nobody has looked for a minute. */
	double slow_share;
	/* Connections opened, over the last 5 to 10 s. NAN = not known: there was no reading
	 * before, or more than a tenth may have left nothing behind. */
	double open_per_s;
	struct sw_onset onset; /* as it was kept, for a day; it may be older than the ages tell */
};

struct sw_trends;

/* `seed` keys the hash. Returns 0 or -ENOMEM. */
int sw_trends_new(struct sw_trends **ret, uint64_t seed);
void sw_trends_free(struct sw_trends *trends);

/*
 * Takes a complete reading, and what ActiveOpens was just before. What is known of tuples that it
 * did not count anew stays. Returns 0, or -ENOMEM: then what was known is forgotten.
 */
int sw_trends_update(struct sw_trends *trends, const struct sw_reading *reading,
		     struct sw_figure active_opens);

/* Keeps for the next readings what the latest one tells of a tuple's rate. */
void sw_trends_keep_onset(struct sw_trends *trends, const struct sw_tuple *tuple,
			  const struct sw_onset *onset);

/* What is known of a tuple as of the last update; how long ago the onset was, as of `now`. */
struct sw_trend sw_trends_of(const struct sw_trends *trends, const struct sw_tuple *tuple,
			     sw_usec now);
