/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A tally without ESTABLISHED sockets, and the most it would be with those of before. */

#include "base/mem.h"
#include "core/tally-inside.h"
#include "sockwatch/hot.h"

/* What was SYN_SENT may be ESTABLISHED by now, and no counter has told since. */
static uint32_t n_established(const struct sw_tuple_tally *row)
{
	return row->n_by_state[SW_TCP_ESTABLISHED] + row->n_by_state[SW_TCP_SYN_SENT];
}

/* They hold no more ports than all live ones do. */
static uint32_t n_taken_established(const struct sw_tuple_tally *row)
{
	return SW_MIN(n_established(row), row->n_taken - row->n_taken_time_wait);
}

void sw_tally_suppose(struct sw_tally *tally, const struct sw_tally *before)
{
	sw_tally_settle(tally);
	for (uint32_t i = 0; i < before->tuples.n_rows; i++) {
		const struct sw_tuple_tally *old = sw_tally_tuple(before, i);
		struct sw_tuple_tally *row;

		if (n_established(old) == 0)
			continue;
		row = sw_tally_obtain_tuple(tally, &old->tuple);
		if (row == NULL)
			return;
		row->n_total += n_established(old);
		row->n_by_state[SW_TCP_ESTABLISHED] += n_established(old);
		row->n_taken += n_taken_established(old);
	}
}

void sw_tally_unsuppose(struct sw_tally *tally, const struct sw_tally *before,
			const struct sw_hot *hot)
{
	for (uint32_t i = 0; i < before->tuples.n_rows; i++) {
		const struct sw_tuple_tally *old = sw_tally_tuple(before, i);
		struct sw_tuple_tally *row = sw_table_find(&tally->tuples, &old->tuple);

		if (row == NULL || n_established(old) == 0 || !sw_hot_has(hot, &old->tuple))
			continue;
		row->n_total -= n_established(old);
		row->n_by_state[SW_TCP_ESTABLISHED] -= n_established(old);
		row->n_taken -= n_taken_established(old);
	}
}
