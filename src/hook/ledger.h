/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What the runner has done, on disk: for itself, so that a hook is not run again
 * after a restart (claimed/), and for the daemon (results/). Both go into the
 * box of the event, or into another where that one takes nothing.
 */

#include "hook/box.h"
#include "io/hook-result.h"

struct sw_ledger {
	struct sw_io *io;
	struct sw_box *boxes;
	size_t n_boxes;
};

/* Leaves the mark that somebody takes care of this event. */
void sw_ledger_claim(const struct sw_ledger *ledger, const struct sw_box *home, const char *name);

/* Removes all notes on an event. */
void sw_ledger_forget(const struct sw_ledger *ledger, const char *name);

/*
 * Leaves a result for the daemon, then notes it. Returns 0 when the daemon will
 * find it. Where it does not fetch its results for long they are not kept, and
 * this is success, too.
 */
int sw_ledger_record(const struct sw_ledger *ledger, const struct sw_box *home, const char *name,
		     const struct sw_hook_result *result);

/* What is noted of an event so far, oldest first, at most `max`; returns how many. */
size_t sw_ledger_read(const struct sw_ledger *ledger, const char *name, struct sw_hook_result *ret,
		      size_t max);
