/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * The tables of the tally. A socket whose row made way is missing from the row that
 * its tuple may get later: n_missed_max says how many can be.
 */

#include <errno.h>
#include <stddef.h>

#include "core/tally-inside.h"

/* The lighter tuples make way, and what is contested for them with it. */
static void shed_tuples(struct sw_tally *tally)
{
	uint32_t numbers[SW_TALLY_MAX_TUPLES];
	size_t n_kept = 0;

	tally->n_shed += sw_table_shed(&tally->tuples, offsetof(struct sw_tuple_tally, n_total),
				       tally->n_tracked, numbers, &tally->totals.n_tuple_overflow);
	for (size_t i = 0; i < tally->n_contested; i++) {
		struct sw_contested *socket = &tally->contested[i];

		socket->tuple = numbers[socket->tuple];
		if (socket->tuple != SW_TABLE_REMOVED)
			tally->contested[n_kept++] = *socket;
	}
	tally->n_contested = n_kept;
}

struct sw_tuple_tally *sw_tally_obtain_tuple(struct sw_tally *tally, const struct sw_tuple *key)
{
	struct sw_tuple_tally *tuple = sw_table_last(&tally->tuples, key, sizeof(*key));
	void *row;
	int r;

	if (tuple != NULL)
		return tuple;
	r = sw_table_obtain(&tally->tuples, key, &row);
	if (r == -ENOSPC) {
		shed_tuples(tally);
		r = sw_table_obtain(&tally->tuples, key, &row);
	}
	if (r < 0) {
		tally->error = r;
		return NULL;
	}
	tuple = row;
	if (tuple->n_total == 0)
		tuple->n_missed_max = tally->n_shed;
	return tuple;
}

/* The same of ports: those that are listened on stay. */
static void shed_ports(struct sw_tally *tally)
{
	uint32_t numbers[SW_TALLY_MAX_PORTS];

	sw_table_shed(&tally->ports, offsetof(struct sw_port_tally, n_total), tally->n_listening,
		      numbers, &tally->totals.n_port_overflow);
}

struct sw_port_tally *sw_tally_obtain_port(struct sw_tally *tally, const uint32_t key[2])
{
	void *row = sw_table_last(&tally->ports, key, 2 * sizeof(*key));
	int r;

	if (row != NULL)
		return row;
	r = sw_table_obtain(&tally->ports, key, &row);
	if (r == -ENOSPC && tally->n_listening < SW_TALLY_MAX_PORTS) {
		shed_ports(tally);
		r = sw_table_obtain(&tally->ports, key, &row);
	}
	if (r == 0)
		return row;
	if (r == -ENOSPC)
		tally->totals.n_port_overflow++;
	else
		tally->error = r;
	return NULL;
}

struct sw_source_tally *sw_tally_obtain_source(struct sw_tally *tally, const struct sw_addr *key)
{
	void *row = sw_table_last(&tally->sources, key, sizeof(*key));
	int r;

	if (row != NULL)
		return row;
	r = sw_table_obtain(&tally->sources, key, &row);
	if (r == 0)
		return row;
	if (r == -ENOSPC)
		tally->totals.n_source_overflow++;
	else
		tally->error = r;
	return NULL;
}

struct sw_listener_tally *sw_tally_obtain_listener(struct sw_tally *tally,
						   const struct sw_listener_tally *key)
{
	void *row;
	int r;

	r = sw_table_obtain(&tally->listeners, key, &row);
	if (r == 0)
		return row;
	if (r == -ENOSPC)
		tally->totals.n_listener_overflow++;
	else
		tally->error = r;
	return NULL;
}

int sw_tally_error(const struct sw_tally *tally)
{
	return tally->error;
}

const struct sw_totals *sw_tally_totals(const struct sw_tally *tally)
{
	return &tally->totals;
}

uint32_t sw_tally_n_tuples(const struct sw_tally *tally)
{
	return tally->tuples.n_rows;
}

const struct sw_tuple_tally *sw_tally_tuple(const struct sw_tally *tally, uint32_t i)
{
	return sw_table_row(&tally->tuples, i);
}

const struct sw_tuple_tally *sw_tally_find_tuple(const struct sw_tally *tally,
						 const struct sw_tuple *tuple)
{
	return sw_table_find(&tally->tuples, tuple);
}

uint32_t sw_tally_n_ports(const struct sw_tally *tally)
{
	return tally->ports.n_rows;
}

const struct sw_port_tally *sw_tally_port(const struct sw_tally *tally, uint32_t i)
{
	return sw_table_row(&tally->ports, i);
}

uint32_t sw_tally_n_sources(const struct sw_tally *tally)
{
	return tally->sources.n_rows;
}

const struct sw_source_tally *sw_tally_source(const struct sw_tally *tally, uint32_t i)
{
	return sw_table_row(&tally->sources, i);
}

const struct sw_port_tally *sw_tally_find_port(const struct sw_tally *tally, uint32_t port,
					       enum sw_port_role role)
{
	const uint32_t key[2] = { port, role };

	return sw_table_find(&tally->ports, key);
}

uint32_t sw_tally_n_listeners(const struct sw_tally *tally)
{
	return tally->listeners.n_rows;
}

const struct sw_listener_tally *sw_tally_listener(const struct sw_tally *tally, uint32_t i)
{
	return sw_table_row(&tally->listeners, i);
}

void sw_tally_drop_tuples(struct sw_tally *tally)
{
	sw_table_deinit(&tally->tuples);
}
