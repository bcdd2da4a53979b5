/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What the files of the tally share: counting, the rows, and the end of a reading. */

#include "base/table.h"
#include "core/suspicion.h"
#include "sockwatch/ledger.h"
#include "sockwatch/tally.h"

/*
 * A socket on a port that was blocked by one known from before, which has not come
 * by yet: whether it counts is known only at the end.
 */
struct sw_contested {
	uint32_t tuple; /* number of the row */
	uint16_t port;
	bool time_wait;
	bool reusable;
};
#define SW_TALLY_MAX_CONTESTED 65536

struct sw_tally {
	struct sw_port_space *space;
	struct sw_reuse_rule reuse;
	struct sw_portset listening;
	struct sw_portset locked;        /* ports */
	struct sw_portset wildcard_ipv4; /* ports bound on a wildcard that covers IPv4 */
	struct sw_portset wildcard_ipv6;
	struct sw_totals totals;
	struct sw_table tuples;
	struct sw_table ports;
	struct sw_table sources;
	struct sw_table listeners;
	struct sw_table peers;
	struct sw_ledger *ledger; /* may be NULL */
	struct sw_portset occupied;
	struct sw_contested *contested;
	size_t n_contested, n_contested_allocated;
	struct sw_suspicion suspicion;
	struct sw_portset suspects;
	uint32_t n_tracked;   /* rows of `tuples` that were asked for; the first ones */
	uint32_t n_listening; /* rows of `ports` that are listened on; likewise */
	uint32_t n_shed;      /* sockets that a tuple may have lost by now */
	int error;
};

/*
 * The row of the tuple; where all are taken, the lighter half has made way. NULL:
 * the error has been kept.
 */
struct sw_tuple_tally *sw_tally_obtain_tuple(struct sw_tally *tally, const struct sw_tuple *key);

/* The row of the port and role, or NULL: then either the overflow has been counted or the error
 * kept. */
struct sw_port_tally *sw_tally_obtain_port(struct sw_tally *tally, const uint32_t key[2]);

/* The same of a source address. */
struct sw_source_tally *sw_tally_obtain_source(struct sw_tally *tally, const struct sw_addr *key);

/* The same of a listener, by its address and port. */
struct sw_listener_tally *sw_tally_obtain_listener(struct sw_tally *tally,
						   const struct sw_listener_tally *key);
/* Counts a connection of a listening port for the peer that made it. */
void sw_tally_add_to_peer(struct sw_tally *tally, const struct sw_sock *sock);

/* Sockets on ports whose former owner has not come by again do count. */
void sw_tally_settle(struct sw_tally *tally);

/* The tuple has a socket on a port that connect() could choose otherwise. */
void sw_tally_take_port(struct sw_tally *tally, struct sw_tuple_tally *row,
			const struct sw_contested *socket);
