/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "core/opens.h"

#include <math.h>

#include "base/mem.h"

#define WINDOW (5 * SW_USEC_PER_SEC)

/* As far as the ages of TIME_WAIT go back. */
#define LONGEST (SW_TIME_WAIT_MSEC * SW_USEC_PER_MSEC)

/* As many untold connects make no difference: a tenth, or one. */
#define TOLERANCE 0.1

double sw_arrived_within(const struct sw_tuple_tally *tally, sw_usec span)
{
	double slots = (double)span / (SW_AGE_SLOT_MSEC * SW_USEC_PER_MSEC), n = 0;

	for (uint32_t i = 0; i < SW_AGE_N_SLOTS && i < slots; i++)
		n += tally->n_by_age[i] * fmin(slots - i, 1);
	return n;
}

static double live_of(const struct sw_tuple_tally *tally)
{
	return (double)tally->n_total - tally->n_by_state[SW_TCP_TIME_WAIT];
}

double sw_opens_untold(struct sw_opens_account *account, const struct sw_tally *tally,
		       struct sw_figure active_opens, sw_usec now)
{
	struct sw_opens_account before = *account;
	sw_usec span = now - before.at;
	double n_live = 0, n_arrived = 0;

	for (uint32_t i = 0; i < sw_tally_n_tuples(tally); i++) {
		n_live += live_of(sw_tally_tuple(tally, i));
		n_arrived += sw_arrived_within(sw_tally_tuple(tally, i), SW_MIN(span, LONGEST));
	}
	*account = (struct sw_opens_account){ active_opens, n_live, now };
	if (before.at == 0 || span > LONGEST || !before.active_opens.known || !active_opens.known ||
	    active_opens.value < before.active_opens.value ||
	    sw_tally_totals(tally)->n_tuple_overflow > 0) {
		return INFINITY;
	}
	return (double)(active_opens.value - before.active_opens.value) -
	       (n_live - before.n_live + n_arrived);
}

void sw_opens_note(struct sw_opens *opens, const struct sw_tuple_tally *tally, double n_untold,
		   sw_usec now)
{
	double n_live = live_of(tally);

	if (opens->at == 0) {
		opens->growing.began = now;
	} else {
		opens->growing.n_opened +=
			n_live - opens->n_live + sw_arrived_within(tally, now - opens->at);
		opens->growing.n_untold += n_untold;
	}
	opens->n_live = n_live;
	opens->at = now;
	if (now - opens->growing.began < WINDOW)
		return;
	opens->before = opens->growing;
	opens->growing = (struct sw_opens_window){ .began = now };
}

double sw_opens_rate(const struct sw_opens *opens)
{
	const struct sw_opens_window *before = &opens->before, *growing = &opens->growing;
	double n_opened = before->n_opened + growing->n_opened;
	double n_untold = fabs(before->n_untold + growing->n_untold);
	sw_usec span = opens->at - (before->began != 0 ? before->began : growing->began);

	if (span == 0 || n_untold > fmax(TOLERANCE * n_opened, 1))
		return NAN;
	return fmax(n_opened, 0) / ((double)span / SW_USEC_PER_SEC);
}
