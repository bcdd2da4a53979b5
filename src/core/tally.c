/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * The hot path: one call for each socket of the host. Four counts, three of them behind a
 * hash.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/mem.h"
#include "core/tally-inside.h"

/* Of lo, in every network namespace (include/net/net_namespace.h). */
enum { LOOPBACK_IFINDEX = 1 };

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
	sw_table_init(&tally->listeners, sizeof(struct sw_listener_tally),
		      sizeof(struct sw_addr) + sizeof(uint32_t), SW_TALLY_MAX_LISTENERS, seed);
	sw_table_init(&tally->peers, sizeof(struct sw_peer_tally), sizeof(struct sw_tuple),
		      SW_TALLY_MAX_PEERS, seed);
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
	sw_table_deinit(&tally->listeners);
	sw_table_deinit(&tally->peers);
	free(tally->contested);
	free(tally);
}

void sw_tally_set_ledger(struct sw_tally *tally, struct sw_ledger *ledger)
{
	tally->ledger = ledger;
	sw_ledger_begin(ledger);
}

int sw_tally_track(struct sw_tally *tally, const struct sw_tuple *tuple)
{
	void *row;
	int r;

	r = sw_table_obtain(&tally->tuples, tuple, &row);
	tally->n_tracked = tally->tuples.n_rows;
	return r;
}

/* As tcp_twsk_unique() sees it: an own address is none, unless the sockets are bound to the device.
 */
static bool is_loopback(const struct sw_tuple *tuple)
{
	return tuple->device == LOOPBACK_IFINDEX || sw_addr_is_loopback(&tuple->source) ||
	       sw_addr_is_loopback(&tuple->destination);
}

/* Which TIME_WAIT of the tuple are covered, timestamps and age aside. */
static enum sw_reuse covered(const struct sw_reuse_rule *rule, const struct sw_tuple *tuple)
{
	if (rule->always)
		return SW_REUSE_YES;
	return rule->loopback && is_loopback(tuple) ? SW_REUSE_LOOPBACK : SW_REUSE_NONE;
}

enum sw_reuse sw_reuse_of(const struct sw_reuse_rule *rule, const struct sw_tuple *tuple)
{
	return rule->timestamps ? covered(rule, tuple) : SW_REUSE_NONE;
}

/* Whether a connection that closed that long ago had timestamps, by the sysctl. */
static bool had_timestamps(const struct sw_reuse_rule *rule, uint32_t age_msec)
{
	return rule->timestamps_changed && age_msec > rule->changed_ago_msec
		       ? rule->timestamps_before
		       : rule->timestamps;
}

static bool is_reusable(const struct sw_tally *tally, const struct sw_sock *sock)
{
	uint32_t age_msec;

	if (sock->state != SW_TCP_TIME_WAIT || sock->expires_ms >= SW_TIME_WAIT_MSEC)
		return false;
	age_msec = SW_TIME_WAIT_MSEC - sock->expires_ms;
	return age_msec > tally->reuse.delay_msec && had_timestamps(&tally->reuse, age_msec) &&
	       covered(&tally->reuse, &sock->tuple) != SW_REUSE_NONE;
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

static void age(uint16_t n_by_age[SW_AGE_N_SLOTS + 1], const struct sw_sock *sock)
{
	uint16_t *n = &n_by_age[age_slot(sock->expires_ms)];

	if (sock->state == SW_TCP_TIME_WAIT && *n < UINT16_MAX)
		(*n)++;
}

/* Keeps a socket for the end. Returns false where there is no room. */
static bool contest(struct sw_tally *tally, const struct sw_contested *contested)
{
	size_t n = tally->n_contested_allocated;
	struct sw_contested *list = tally->contested;

	if (tally->n_contested == SW_TALLY_MAX_CONTESTED)
		return false;
	if (tally->n_contested == n) {
		n = n == 0 ? 64 : 2 * n;
		list = reallocarray(list, n, sizeof(*list));
		if (list == NULL) {
			tally->error = -ENOMEM;
			return false;
		}
		tally->contested = list;
		tally->n_contested_allocated = n;
	}
	list[tally->n_contested++] = *contested;
	return true;
}

void sw_tally_take_port(struct sw_tally *tally, struct sw_tuple_tally *row,
			const struct sw_contested *socket)
{
	bool first = sw_port_space_is_first(tally->space, socket->port);

	row->n_taken++;
	row->n_taken_time_wait += socket->time_wait;
	row->n_taken_reusable += socket->reusable;
	row->n_used_first += !socket->reusable && first;
	if (first)
		return;
	row->n_second++;
	if (row->mark == 0)
		row->mark = sw_tuple_mark(&row->tuple);
	sw_suspicion_add(&tally->suspicion, socket->port, row->mark);
}

static void see_elsewhere(struct sw_tuple_tally *row, const struct sw_sock *sock)
{
	uint32_t slot = age_slot(sock->expires_ms);

	if (sock->state == SW_TCP_TIME_WAIT && (row->elsewhere == 0 || slot < row->elsewhere))
		row->elsewhere = (uint16_t)(slot + 1);
}

static void add_to_tuple(struct sw_tally *tally, const struct sw_sock *sock,
			 enum sw_port_origin origin)
{
	struct sw_tuple_tally *row = sw_tally_obtain_tuple(tally, &sock->tuple);
	bool reusable = is_reusable(tally, sock);
	struct sw_contested socket;

	tally->totals.n_reusable += reusable;
	if (row == NULL)
		return;
	row->n_total++;
	row->n_by_state[sock->state]++;
	row->n_reusable += reusable;
	if (sock->cgroup != 0)
		sw_cgroups_add(&row->cgroups, sock->cgroup);
	age(row->n_by_age, sock);
	if (sock->state == SW_TCP_SYN_SENT)
		row->n_by_retransmits[SW_MIN(sock->retransmits, SW_SYN_N_SLOTS - 1)]++;

	row->n_bound += origin == SW_PORT_BY_BIND;
	row->n_numbered += origin == SW_PORT_BY_NUMBER;
	row->lone_port = row->n_total == 1 ? sock->local_port : 0;

	if (!sw_port_space_has(tally->space, sock->local_port)) {
		see_elsewhere(row, sock);
		return;
	}
	socket = (struct sw_contested){
		.port = sock->local_port,
		.time_wait = sock->state == SW_TCP_TIME_WAIT,
		.reusable = reusable,
	};
	if (tally->ledger != NULL && sw_ledger_has_port(tally->ledger, sock->local_port)) {
		socket.tuple = sw_table_number(&tally->tuples, row);
		if (contest(tally, &socket))
			return;
	}
	sw_tally_take_port(tally, row, &socket);
}

/* For accept(): no file is there for it to be held by. Orphans have closed. */
static bool is_waiting(const struct sw_sock *sock)
{
	return sock->inode == 0 &&
	       (sock->state == SW_TCP_ESTABLISHED || sock->state == SW_TCP_CLOSE_WAIT);
}

static struct sw_port_tally *add_to_port(struct sw_tally *tally, const struct sw_sock *sock,
					 enum sw_port_role role)
{
	struct sw_port_tally *row;
	uint32_t key[2];

	sw_put_pair(key, role == SW_PORT_LISTENING ? sock->local_port : sock->remote_port, role);
	row = sw_tally_obtain_port(tally, key);
	if (row == NULL)
		return NULL;
	row->n_total++;
	row->n_by_state[sock->state]++;
	if (sock->cgroup != 0 && role == SW_PORT_LISTENING)
		sw_cgroups_add(&row->cgroups, sock->cgroup);
	if (role == SW_PORT_LISTENING && is_waiting(sock))
		row->waiting += sw_hash(&sock->cookie, sizeof(sock->cookie), 0);
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

static void add_to_source(struct sw_tally *tally, const struct sw_sock *sock,
			  enum sw_port_origin origin)
{
	bool idle = sock->state == SW_TCP_LISTEN || sock->state == SW_TCP_BOUND;
	struct sw_source_tally *row;
	bool shared;

	if (sw_addr_is_wildcard(&sock->local)) {
		add_to_wildcard(tally, sock);
		return;
	}
	row = sw_tally_obtain_source(tally, &sock->local);
	if (row == NULL)
		return;
	row->n_sockets++;
	row->n_outgoing += !idle && origin != SW_PORT_BY_ACCEPT;
	shared = sw_portset_has(&row->ports, sock->local_port);
	sw_portset_add(&row->ports, sock->local_port);
	if (!sw_port_space_may_have(tally->space, sock->local_port))
		return;
	row->n_idle += sock->state == SW_TCP_BOUND;
	if (idle || origin == SW_PORT_BY_ACCEPT)
		return;
	row->n_bound += origin == SW_PORT_BY_BIND;
	if (origin == SW_PORT_BY_CONNECT && sw_port_space_has(tally->space, sock->local_port) &&
	    !sw_port_space_is_first(tally->space, sock->local_port)) {
		row->second.n++;
		row->second.n_shared += shared;
	}
	row->n_time_wait += sock->state == SW_TCP_TIME_WAIT;
	age(row->n_by_age, sock);
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

/* The same in each reading, in whatever order listeners come by. */
static bool stands_for(const struct sw_addr *addr, const struct sw_addr *other)
{
	bool wildcard = sw_addr_is_wildcard(addr);

	if (other->family == 0 || wildcard != sw_addr_is_wildcard(other))
		return other->family == 0 || wildcard;
	return memcmp(addr, other, sizeof(*addr)) < 0;
}

static void add_listener(struct sw_tally *tally, const struct sw_sock *sock)
{
	const struct sw_listener_tally key = { .addr = sock->local, .port = sock->local_port };
	struct sw_listener_tally *listener = sw_tally_obtain_listener(tally, &key);
	struct sw_port_tally *row;

	if (listener != NULL)
		sw_accept_queue_add(&listener->queue, sock);
	sw_portset_add(&tally->listening, sock->local_port);
	sw_port_space_block(tally->space, sock->local_port);
	row = add_to_port(tally, sock, SW_PORT_LISTENING);
	tally->n_listening = tally->ports.n_rows;
	if (row == NULL)
		return;
	if (stands_for(&sock->local, &row->listener))
		row->listener = sock->local;
	sw_accept_queue_add(&row->queue, sock);
}

/* The socket has its port by other means than connect(): nobody can connect from it. */
static void own_port(struct sw_tally *tally, const struct sw_sock *sock, enum sw_port_origin origin)
{
	sw_port_space_block(tally->space, sock->local_port);
	if (tally->ledger == NULL)
		return;
	/* What is known stays so while its port is out of the range: it may come back. */
	if (sw_port_space_may_have(tally->space, sock->local_port) ||
	    (sw_ledger_has_port(tally->ledger, sock->local_port) &&
	     sw_ledger_origin(tally->ledger, sock->cookie) != SW_PORT_BY_CONNECT))
		sw_ledger_note(tally->ledger, sock->cookie, sock->local_port, origin);
}

/* How the socket came to its port, by what is seen now or was seen before. */
static enum sw_port_origin origin_of(const struct sw_tally *tally, const struct sw_sock *sock)
{
	const struct sw_ledger *ledger = tally->ledger;
	enum sw_port_origin origin = SW_PORT_BY_CONNECT;

	if (sw_portset_has(&tally->listening, sock->local_port))
		return SW_PORT_BY_ACCEPT;
	if (ledger == NULL)
		return origin;
	if (sw_portset_has(&tally->locked, sock->local_port) ||
	    sw_ledger_has_port(ledger, sock->local_port))
		origin = sw_ledger_origin(ledger, sock->cookie);
	if (origin != SW_PORT_BY_CONNECT || !sw_ledger_listened(ledger, sock->local_port))
		return origin;
	/* Of a port that connect() may choose the cookie has to tell, if it was kept. */
	return sw_port_space_may_have(tally->space, sock->local_port) &&
			       sw_ledger_keeps_children(ledger, sock->local_port)
		       ? SW_PORT_BY_CONNECT
		       : SW_PORT_BY_ACCEPT;
}

void sw_tally_add_locked(struct sw_tally *tally, const struct sw_sock *sock)
{
	sw_portset_add(&tally->locked, sock->local_port);
	own_port(tally, sock, SW_PORT_BY_NUMBER);
}

static void add_connection(struct sw_tally *tally, const struct sw_sock *sock,
			   enum sw_port_origin origin)
{
	if (origin != SW_PORT_BY_CONNECT)
		own_port(tally, sock, origin);
	if (origin == SW_PORT_BY_ACCEPT) {
		tally->totals.n_time_wait_server += sock->state == SW_TCP_TIME_WAIT;
		add_to_port(tally, sock, SW_PORT_LISTENING);
		sw_tally_add_to_peer(tally, sock);
	} else {
		add_to_port(tally, sock, SW_PORT_OUTGOING);
		add_to_tuple(tally, sock, origin);
	}
}

void sw_tally_add(struct sw_tally *tally, const struct sw_sock *sock)
{
	bool idle = sock->state == SW_TCP_LISTEN || sock->state == SW_TCP_BOUND;
	enum sw_port_origin origin = idle ? SW_PORT_BY_BIND : origin_of(tally, sock);

	sw_portset_add(&tally->occupied, sock->local_port);
	add_to_totals(&tally->totals, sock);
	add_to_source(tally, sock, origin);
	if (sock->state == SW_TCP_LISTEN)
		add_listener(tally, sock);
	else if (sock->state == SW_TCP_BOUND)
		own_port(tally, sock, SW_PORT_BY_BIND);
	else
		add_connection(tally, sock, origin);
}
