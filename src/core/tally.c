/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * The hot path: one call for each socket of the host. Four counts, three of them behind a
 * hash.
 */

#include "sockwatch/tally.h"

#include <errno.h>
#include <stdlib.h>

#include "base/table.h"

struct sw_tally {
	struct sw_port_space *space;
	struct sw_reuse_rule reuse;
	struct sw_portset listening;
	struct sw_portset wildcard_ipv4; /* ports bound on a wildcard that covers IPv4 */
	struct sw_portset wildcard_ipv6;
	struct sw_totals totals;
	struct sw_table tuples;
	struct sw_table ports;
	struct sw_table sources;
	int error;
};

int sw_tally_new(struct sw_tally **ret, struct sw_port_space *space,
		 const struct sw_reuse_rule *reuse, uint64_t seed)
{
	struct sw_tally *tally = calloc(1, sizeof(*tally));

	if (tally == NULL)
		return -ENOMEM;
	tally->space = space;
	tally->reuse = *reuse;
	sw_table_init(&tally->tuples, sizeof(struct sw_tuple_tally), sizeof(struct sw_tuple),
		      SW_TALLY_MAX_TUPLES, seed);
	sw_table_init(&tally->ports, sizeof(struct sw_port_tally), 2 * sizeof(uint32_t),
		      SW_TALLY_MAX_PORTS, seed);
	sw_table_init(&tally->sources, sizeof(struct sw_source_tally), sizeof(struct sw_addr),
		      SW_TALLY_MAX_SOURCES, seed);
	*ret = tally;
	return 0;
}

void sw_tally_free(struct sw_tally *tally)
{
	if (tally == NULL)
		return;
	sw_table_deinit(&tally->tuples);
	sw_table_deinit(&tally->ports);
	sw_table_deinit(&tally->sources);
	free(tally);
}

/* The row of `key`, or NULL: then either the overflow has been counted or the error kept. */
static void *obtain(struct sw_tally *tally, struct sw_table *table, const void *key,
		    uint64_t *overflow)
{
	void *row;
	int r;

	r = sw_table_obtain(table, key, &row);
	if (r == 0)
		return row;
	if (r == -ENOSPC)
		(*overflow)++;
	else
		tally->error = r;
	return NULL;
}

int sw_tally_track(struct sw_tally *tally, const struct sw_tuple *tuple)
{
	void *row;

	return sw_table_obtain(&tally->tuples, tuple, &row);
}

enum sw_reuse sw_reuse_of(const struct sw_reuse_rule *rule, const struct sw_tuple *tuple)
{
	if (rule->always)
		return SW_REUSE_YES;
	if (rule->loopback &&
	    (sw_addr_is_loopback(&tuple->source) || sw_addr_is_loopback(&tuple->destination)))
		return SW_REUSE_LOOPBACK;
	return SW_REUSE_NONE;
}

static bool is_reusable(const struct sw_tally *tally, const struct sw_tuple *tuple,
			const struct sw_sock *sock)
{
	return sock->state == SW_TCP_TIME_WAIT && sock->expires_ms < SW_TIME_WAIT_MSEC &&
	       SW_TIME_WAIT_MSEC - sock->expires_ms > tally->reuse.delay_msec &&
	       sw_reuse_of(&tally->reuse, tuple) != SW_REUSE_NONE;
}

/* Which slot of its age a TIME_WAIT belongs to. Its remaining time tells the age since it was
 * (re)armed. */
static uint32_t age_slot(uint32_t expires_ms)
{
	if (expires_ms == 0)
		return SW_AGE_OVERDUE;
	if (expires_ms >= SW_TIME_WAIT_MSEC)
		return 0;
	return (SW_TIME_WAIT_MSEC - expires_ms) / SW_AGE_SLOT_MSEC;
}

static void add_to_tuple(struct sw_tally *tally, const struct sw_sock *sock)
{
	struct sw_tuple key = {
		.source = sock->local,
		.destination = sock->remote,
		.device = sock->device,
		.port = sock->remote_port,
	};
	struct sw_tuple_tally *row =
		obtain(tally, &tally->tuples, &key, &tally->totals.n_tuple_overflow);
	bool reusable;

	reusable = is_reusable(tally, &key, sock);
	tally->totals.n_reusable += reusable;
	if (row == NULL)
		return;
	row->n_total++;
	row->n_by_state[sock->state]++;
	row->n_reusable += reusable;
	if (sock->cgroup != 0)
		sw_cgroups_add(&row->cgroups, sock->cgroup);
	if (sock->state == SW_TCP_TIME_WAIT &&
	    row->n_by_age[age_slot(sock->expires_ms)] < UINT16_MAX)
		row->n_by_age[age_slot(sock->expires_ms)]++;

	if (!sw_port_space_has(tally->space, sock->local_port))
		return;
	row->n_taken++;
	row->n_taken_time_wait += sock->state == SW_TCP_TIME_WAIT;
	row->n_taken_reusable += reusable;
	row->n_used_first += !reusable && sw_port_space_is_first(tally->space, sock->local_port);
}

static struct sw_port_tally *add_to_port(struct sw_tally *tally, const struct sw_sock *sock,
					 enum sw_port_role role)
{
	uint32_t key[2] = { role == SW_PORT_LISTENING ? sock->local_port : sock->remote_port,
			    role };
	struct sw_port_tally *row =
		obtain(tally, &tally->ports, key, &tally->totals.n_port_overflow);

	if (row == NULL)
		return NULL;
	row->n_total++;
	row->n_by_state[sock->state]++;
	if (sock->cgroup != 0 && role == SW_PORT_LISTENING)
		sw_cgroups_add(&row->cgroups, sock->cgroup);
	return row;
}

/* A wildcard counts for every address it covers, not as a source of its own. */
static void add_to_wildcard(struct sw_tally *tally, const struct sw_sock *sock)
{
	if (sock->local.family == SW_IPV6)
		sw_portset_add(&tally->wildcard_ipv6, sock->local_port);
	if (sock->local.family == SW_IPV4 || !sock->ipv6_only)
		sw_portset_add(&tally->wildcard_ipv4, sock->local_port);
}

static void add_to_source(struct sw_tally *tally, const struct sw_sock *sock, bool outgoing)
{
	struct sw_source_tally *row;

	if (sw_addr_is_wildcard(&sock->local)) {
		add_to_wildcard(tally, sock);
		return;
	}
	row = obtain(tally, &tally->sources, &sock->local, &tally->totals.n_source_overflow);
	if (row == NULL)
		return;
	row->n_sockets++;
	row->n_outgoing += outgoing;
	sw_portset_add(&row->ports, sock->local_port);
}

static void add_to_totals(struct sw_totals *totals, const struct sw_sock *sock)
{
	totals->n_sockets++;
	totals->n_by_state[sock->state]++;
	if (sock->local.family == SW_IPV4)
		totals->n_ipv4++;
	else
		totals->n_ipv6++;
	totals->n_fin_wait2_mini += sock->mini && sock->state == SW_TCP_FIN_WAIT2;
	if (sock->state == SW_TCP_TIME_WAIT)
		totals->n_by_age[age_slot(sock->expires_ms)]++;
}

static void add_listener(struct sw_tally *tally, const struct sw_sock *sock)
{
	struct sw_port_tally *row;

	sw_portset_add(&tally->listening, sock->local_port);
	sw_port_space_block(tally->space, sock->local_port);
	row = add_to_port(tally, sock, SW_PORT_LISTENING);
	if (row == NULL)
		return;
	/* queued/limit compared as fractions, without dividing: a limit may be 0. */
	if (row->n_by_state[SW_TCP_LISTEN] == 1 ||
	    (uint64_t)sock->queued * (row->queue_limit + 1ULL) >
		    (uint64_t)row->queued * (sock->queue_limit + 1ULL)) {
		row->queued = sock->queued;
		row->queue_limit = sock->queue_limit;
	}
}

void sw_tally_add_locked(struct sw_tally *tally, const struct sw_sock *sock)
{
	sw_port_space_block(tally->space, sock->local_port);
}

void sw_tally_add(struct sw_tally *tally, const struct sw_sock *sock)
{
	bool incoming = sw_portset_has(&tally->listening, sock->local_port);
	bool idle = sock->state == SW_TCP_LISTEN || sock->state == SW_TCP_BOUND;

	add_to_totals(&tally->totals, sock);
	add_to_source(tally, sock, !incoming && !idle);
	if (sock->state == SW_TCP_LISTEN) {
		add_listener(tally, sock);
	} else if (sock->state == SW_TCP_BOUND) {
		sw_port_space_block(tally->space, sock->local_port);
	} else if (incoming) {
		tally->totals.n_time_wait_server += sock->state == SW_TCP_TIME_WAIT;
		add_to_port(tally, sock, SW_PORT_LISTENING);
	} else {
		add_to_port(tally, sock, SW_PORT_OUTGOING);
		add_to_tuple(tally, sock);
	}
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

uint32_t sw_tally_bind_free(const struct sw_tally *tally, const struct sw_source_tally *source)
{
	const struct sw_portset *wildcard =
		source->addr.family == SW_IPV4 ? &tally->wildcard_ipv4 : &tally->wildcard_ipv6;
	uint32_t n_free = 0;

	for (uint32_t port = tally->space->low; port <= tally->space->high; port++)
		n_free += !sw_portset_has(&tally->space->reserved, (uint16_t)port) &&
			  !sw_portset_has(&source->ports, (uint16_t)port) &&
			  !sw_portset_has(wildcard, (uint16_t)port);
	return n_free;
}
