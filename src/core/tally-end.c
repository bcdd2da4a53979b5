/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The end of a reading: what only shows once every socket has gone by. */

#include "core/bind-evidence.h"
#include "core/tally-inside.h"
#include "sockwatch/hot.h"

void sw_tally_settle(struct sw_tally *tally)
{
	for (size_t i = 0; i < tally->n_contested; i++) {
		const struct sw_contested *socket = &tally->contested[i];

		if (sw_port_space_has(tally->space, socket->port))
			sw_tally_take_port(tally, sw_table_row(&tally->tuples, socket->tuple),
					   socket);
	}
	tally->n_contested = 0;
}

/* Does the tuple use ports of the other parity by right, because it has none of the first left? */
static bool is_half_full(const struct sw_tally *tally, const struct sw_tuple_tally *row)
{
	/* It may have been so a moment ago. */
	return row->n_taken >= 0.9 * tally->space->capacity_parity;
}

/* Where it is kept which tuples were half full; `blank` where nothing is. */
static struct sw_portset *remembered_half_full(struct sw_tally *tally, struct sw_portset *blank)
{
	return tally->ledger == NULL ? blank : sw_ledger_half_full(tally->ledger);
}

/* A connection to a port of the ephemeral range that is its tuple's only one, as a child has it. */
static bool looks_like_child(const struct sw_tally *tally, const struct sw_tuple_tally *row)
{
	uint16_t port = (uint16_t)row->tuple.port;

	return row->n_total == 1 && row->n_taken == 1 && port >= tally->space->low &&
	       port <= tally->space->high && !sw_portset_has(&tally->listening, port);
}

/* What the tuples of each address are, those that have sockets in the second pass. */
static void add_second_pass(struct sw_tally *tally, const struct sw_portset *half_full)
{
	for (uint32_t i = 0; i < tally->tuples.n_rows; i++) {
		const struct sw_tuple_tally *row = sw_tally_tuple(tally, i);
		struct sw_source_tally *source;

		if (row->n_second == 0)
			continue;
		source = sw_table_find(&tally->sources, &row->tuple.source);
		if (source == NULL)
			continue;
		source->second.n_tuples += row->tuple.device == 0;
		source->second.n_first += row->n_taken - row->n_second;
		source->second.half_full |= sw_portset_has(half_full, sw_tuple_mark(&row->tuple));
	}
}

/* Who binds before connecting. */
static void judge_sources(struct sw_tally *tally, const struct sw_portset *half_full)
{
	uint32_t n_ports = tally->space->capacity - tally->space->capacity_parity;

	add_second_pass(tally, half_full);
	for (uint32_t i = 0; i < tally->sources.n_rows; i++) {
		struct sw_source_tally *source = sw_table_row(&tally->sources, i);
		struct sw_bind_memory memory;

		source->binds = sw_bind_evidence_step(
			source, n_ports,
			tally->ledger == NULL ? NULL
					      : sw_ledger_binds(tally->ledger, &source->addr),
			&memory);
		if (tally->ledger != NULL)
			sw_ledger_note_binds(tally->ledger, &source->addr, &memory);
	}
}

/* How many of its ports are suspect. */
static void judge_row(const struct sw_tally *tally, struct sw_tuple_tally *row,
		      const struct sw_portset *half_full)
{
	if (looks_like_child(tally, row))
		row->n_suspects = 1 - row->n_taken_reusable;
	else if (!sw_portset_has(half_full, sw_tuple_mark(&row->tuple)))
		row->n_suspects = row->n_taken - row->n_taken_reusable - row->n_used_first;
}

static void judge_evidence(struct sw_tally *tally)
{
	struct sw_portset blank = { 0 }, *remembered = remembered_half_full(tally, &blank);
	struct sw_portset *suspects = &tally->suspects;

	if (tally->ledger != NULL)
		*suspects = *sw_ledger_sticky(tally->ledger);
	for (uint32_t i = 0; i < tally->tuples.n_rows; i++) {
		const struct sw_tuple_tally *row = sw_tally_tuple(tally, i);

		if (is_half_full(tally, row))
			sw_portset_add(remembered, sw_tuple_mark(&row->tuple));
		if (looks_like_child(tally, row))
			sw_portset_add(suspects, row->lone_port);
	}
	sw_suspicion_judge(&tally->suspicion, &tally->occupied, remembered, suspects);
	for (uint32_t i = 0; i < tally->tuples.n_rows; i++)
		judge_row(tally, sw_table_row(&tally->tuples, i), remembered);
	judge_sources(tally, remembered);
}

/* What was not counted anew. */
static void take_rest(struct sw_tally *tally, struct sw_tally *before)
{
	struct sw_totals fresh = tally->totals;

	tally->totals = before->totals;
	tally->totals.n_tuple_overflow = fresh.n_tuple_overflow;
	tally->totals.n_fin_wait2_mini = fresh.n_fin_wait2_mini;
	sw_table_move(&tally->ports, &before->ports);
	sw_table_move(&tally->sources, &before->sources);
	sw_table_move(&tally->peers, &before->peers);
}

void sw_tally_finish(struct sw_tally *tally)
{
	sw_tally_settle(tally);
	judge_evidence(tally);
	if (tally->ledger != NULL)
		sw_ledger_commit(tally->ledger, &tally->listening, tally->space, &tally->occupied);
}

void sw_tally_finish_narrow(struct sw_tally *tally, struct sw_tally *before)
{
	sw_tally_settle(tally);
	judge_evidence(tally);
	take_rest(tally, before);
}

/* The hot rows take the place of those of before. */
static void take_tuples(struct sw_tally *tally, struct sw_tally *before, const struct sw_hot *hot)
{
	for (uint32_t i = 0; i < before->tuples.n_rows; i++) {
		struct sw_tuple_tally *row = sw_table_row(&before->tuples, i);

		if (sw_hot_has(hot, &row->tuple))
			*row = (struct sw_tuple_tally){ .tuple = row->tuple };
	}
	for (uint32_t i = 0; i < tally->tuples.n_rows; i++) {
		const struct sw_tuple_tally *fresh = sw_tally_tuple(tally, i);
		struct sw_tuple_tally *row;

		if (!sw_hot_has(hot, &fresh->tuple))
			continue;
		row = sw_tally_obtain_tuple(before, &fresh->tuple);
		if (row != NULL)
			*row = *fresh;
	}
	tally->totals.n_tuple_overflow += before->totals.n_tuple_overflow;
	tally->error = before->error;
	sw_table_move(&tally->tuples, &before->tuples);
}

/* What there is evidence for, the ports of other tuples would be needed to tell: it is what it was.
 */
void sw_tally_finish_hot(struct sw_tally *tally, struct sw_tally *before, const struct sw_hot *hot)
{
	struct sw_portset blank = { 0 }, *half_full = remembered_half_full(tally, &blank);

	sw_tally_settle(tally);
	for (uint32_t i = 0; i < tally->tuples.n_rows; i++) {
		struct sw_tuple_tally *row = sw_table_row(&tally->tuples, i);

		/* Others have what was supposed, or come twice: of a zone each. */
		if (!sw_hot_has(hot, &row->tuple))
			continue;
		if (is_half_full(tally, row))
			sw_portset_add(half_full, sw_tuple_mark(&row->tuple));
		judge_row(tally, row, half_full);
	}
	take_tuples(tally, before, hot);
	take_rest(tally, before);
	tally->suspects = before->suspects;
	tally->occupied = before->occupied;
}

uint32_t sw_tally_n_suspects(const struct sw_tally *tally)
{
	const struct sw_port_space *space = tally->space;
	struct sw_portset ports = tally->suspects;

	sw_portset_intersect(&ports, &tally->occupied);
	sw_portset_subtract(&ports, &space->reserved);
	sw_portset_subtract(&ports, &space->blocked);
	return sw_portset_count(&ports, space->low, space->high);
}

uint32_t sw_tally_bind_free(const struct sw_tally *tally, const struct sw_source_tally *source)
{
	const struct sw_port_space *space = tally->space;
	struct sw_portset lost = space->reserved;

	sw_portset_unite(&lost, &source->ports);
	sw_portset_unite(&lost, source->addr.family == SW_IPV4 ? &tally->wildcard_ipv4
							       : &tally->wildcard_ipv6);
	return space->n_range - sw_portset_count(&lost, space->low, space->high);
}
