/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Takes one reading: the files, then the dump, into a tally. */

#include "io/io.h"
#include "sockwatch/narrow.h"
#include "sockwatch/tuple.h"
#include "sockwatch/units.h"

/* An answer that takes longer than this is not waited for. A million sockets take about 1.5 s, on a
 * machine that is busy with five times what it can do more than 5 s: then above all it has to come.
 */
#define SW_COLLECT_TIMEOUT (15 * SW_USEC_PER_SEC)

struct sw_collect_options {
	/* A destination that is to have a tuple of its own even if nobody talks to it. */
	bool has_destination;
	struct sw_addr destination;
	uint32_t port;
	/*
	 * What is known of units from earlier readings; borrowed, and the reading keeps
	 * a pointer to it. NULL: it is not told who owns sockets.
	 */
	struct sw_units *units;
	/*
	 * What need not be counted; borrowed, NULL = nothing. The rest is told by the reading
	 * `before`, which is complete and of no more use then.
	 */
	const struct sw_narrow *narrow;
	struct sw_reading *before;
	const struct sw_settings *settings; /* borrowed: they say what is hot; with `narrow` */
	struct sw_ledger *ledger; /* borrowed: what earlier readings saw; NULL = nothing */
};

/*
 * Takes a reading through `io`. What fails in the world ends in the reading as
 * a problem; this returns 0, or -ENOMEM and other errors that leave no reading
 * at all.
 */
int sw_collect(struct sw_io *io, const struct sw_collect_options *options, struct sw_reading **ret);
