/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Fence: what may happen to any of some tuples before the rule ephemeral-ports can find
 * something in a dump that it did not find in the last one. core/planner.c says why no less
 * will do.
 */

#include <math.h>
#include <stdint.h>

#include "sockwatch/outlook.h"
#include "sockwatch/tally.h"

struct sw_report;
struct sw_settings;

struct sw_fence {
	int64_t room;      /* ports that one tuple may take */
	double room_small; /* ports before a tuple of few live sockets can close too many */
	double every;      /* closes within 5 s that no forecast of any tuple minds */
	double large;      /* of those that have enough live sockets to do it with them */
};

/* Around nothing. */
#define SW_FENCE_OPEN ((struct sw_fence){ INT64_MAX, INFINITY, INFINITY, INFINITY })

/* The nearer of two in each respect. */
struct sw_fence sw_fence_nearer(const struct sw_fence *a, const struct sw_fence *b);

/*
 * Around one tuple. `tally` is its row. So many connects (`opens`, as a share of the capacity)
 * it may have had without anybody having looked at it.
 */
struct sw_fence sw_fence_around(const struct sw_outlook *outlook,
				const struct sw_tuple_tally *tally, double opens);

/*
 * Around tuples that the dump did not list: those that are not there yet, by whichever limits, and
 * those that found no room, which may all have been one.
 */
struct sw_fence sw_fence_around_unlisted(const struct sw_report *report,
					 const struct sw_settings *settings, double opens);
