/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Opens: how often a tuple connects. No counter tells, but two readings do: what is
 * live in addition was opened, and so was what went to TIME_WAIT. Connections that
 * the peer has closed, or that were refused, leave nothing behind. How many of those
 * there were is known of the whole namespace, which counts all its connects
 * (ActiveOpens): the untold ones. Where they could make a tenth of what a tuple has
 * opened, its rate is not known.
 */

#include "sockwatch/kernel.h"
#include "sockwatch/tally.h"
#include "sockwatch/time.h"

/* What the namespace has opened, from one reading to the next. */
struct sw_opens_account {
	struct sw_figure active_opens; /* as of the reading before */
	double n_live;
	sw_usec at; /* 0 = there was none */
};

/*
 * How many connects since the reading before, and not longer ago than a minute, have
 * left nothing behind; INFINITY where that is not known. Less than 0 where the counter
 * was read a moment before the sockets.
 */
double sw_opens_untold(struct sw_opens_account *account, const struct sw_tally *tally,
		       struct sw_figure active_opens, sw_usec now);

struct sw_opens_window {
	sw_usec began;
	double n_opened, n_untold;
};

/* Of one tuple; all zero before the first reading. */
struct sw_opens {
	struct sw_opens_window before, growing;
	double n_live;
	sw_usec at; /* of the reading before */
};

/* Takes a tuple's next reading. `n_untold` is the namespace's for the same time. */
void sw_opens_note(struct sw_opens *opens, const struct sw_tuple_tally *tally, double n_untold,
		   sw_usec now);

/* Per second, over the last 5 to 10 s or as far as there were readings; NAN where it is not known.
 */
double sw_opens_rate(const struct sw_opens *opens);

/* TIME_WAIT of a tuple that came within the last `span`, at most a minute. */
double sw_arrived_within(const struct sw_tuple_tally *tally, sw_usec span);
