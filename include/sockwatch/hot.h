/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Hot: destinations of tuples that are, or may be, near enough to a limit of ephemeral-ports to
 * be found. On a host with very many connections they are few, and nothing but their sockets
 * decides what there is to say of them.
 *
 * A reading of hot tuples (SW_SCOPE_HOT) asks for all sockets but the ESTABLISHED ones, which
 * cost most, and then for these towards hot destinations alone. Hot are those that were so in
 * the last whole reading, and those that are so now, supposing that each still has the
 * ESTABLISHED sockets it had then, and that its SYN_SENT are such by now: so no TIME_WAIT of any
 * tuple is missed, however new. What it may have of new connections the planner bounds
 * (core/planner.c).
 */

#include <stdbool.h>
#include <stddef.h>

#include "sockwatch/fence.h"
#include "sockwatch/request.h"
#include "sockwatch/time.h"
#include "sockwatch/tuple.h"

struct sw_reading;
struct sw_report;
struct sw_settings;
struct sw_tally;

/* So much of the capacity a tuple that is not hot may take in new ESTABLISHED sockets, from
 * one whole reading to the next. */
#define SW_HOT_ALLOWANCE 0.1

struct sw_hot {
	struct sw_destination destinations[SW_REQUEST_MAX_TOWARDS];
	size_t n;
	bool more; /* than there is room for: it takes a whole reading */
	/* Of a reading of hot tuples: what bounds all others, ... */
	struct sw_fence others;
	/* ... and of the connects since the whole reading ended, so many went to hot destinations.
	 * There they held so many sockets then. */
	uint64_t n_opened;
	uint64_t n_live_then;
	sw_usec then, then_jiffies; /* since boot, and since jiffy 0; 0 = not known */
};

bool sw_hot_has(const struct sw_hot *hot, const struct sw_tuple *tuple);

/* Those of a whole reading. */
void sw_hot_begin(struct sw_hot *hot, const struct sw_report *report);

/*
 * `reading` has everything but ESTABLISHED sockets in its tally, `before` what the reading before
 * had. Adds what is hot in addition, and draws the fence around all others. The tally is good for
 * nothing then but to count the ESTABLISHED sockets towards hot destinations, and for
 * sw_tally_finish_hot(). Returns 0 or -ENOMEM.
 */
int sw_hot_widen(struct sw_hot *hot, const struct sw_reading *reading,
		 const struct sw_tally *before, const struct sw_settings *settings);

/* The sockets towards hot destinations are all there: counts what was opened towards them. */
void sw_hot_end(struct sw_hot *hot, const struct sw_reading *reading);
