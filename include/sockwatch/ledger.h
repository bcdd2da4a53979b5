/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Ledger: what one reading cannot see and an earlier one did. A port is blocked
 * for connect() while a socket is on it that got it any other way, and sock_diag
 * does not tell of:
 *
 *   bind(0) without IP_BIND_ADDRESS_NO_PORT, once connected;
 *   children of a listener, once that is gone;
 *   TIME_WAIT of either, and of what was bound by number.
 *
 * Each was plain to see before, and the socket cookie stays the same from then on
 * to the end of TIME_WAIT (sock_gen_cookie; inet_twsk_alloc copies it). So the
 * ledger keeps cookies: of those seen to own their port in the last reading, and
 * of those known from before that were seen again. Bounded; beyond, it goes by
 * the port alone.
 */

#include "sockwatch/portset.h"
#include "sockwatch/tally.h"
#include "sockwatch/time.h"

/* Sockets it can keep. */
#define SW_LEDGER_MAX_SOCKETS 65536

/* What speaks for bind(0) on one address (core/bind-evidence.h). */
struct sw_bind_memory {
	uint32_t n_most; /* the most sockets in the second pass, since the first was hardly used */
	uint32_t n_growths; /* how often they were more than that */
	bool binds;         /* by what chance or growth had shown */
};

/* How a socket came to its port. */
enum sw_port_origin {
	SW_PORT_BY_CONNECT, /* as far as is known */
	SW_PORT_BY_BIND,    /* seen bound and not connected: by bind(0), unless seen locked */
	SW_PORT_BY_NUMBER,  /* locked: bound to this very port */
	SW_PORT_BY_ACCEPT,  /* from its listener */
};

/* Returns 0 or -ENOMEM. */
int sw_ledger_new(struct sw_ledger **ret);
void sw_ledger_free(struct sw_ledger *ledger);

/* Begins a reading. What the last one that was committed has left is asked for, what is noted is
 * new. */
void sw_ledger_begin(struct sw_ledger *ledger);

/* Notes that the socket has its port by `origin`. The first word on a socket stands. */
void sw_ledger_note(struct sw_ledger *ledger, uint64_t cookie, uint16_t port,
		    enum sw_port_origin origin);

/* Whether some socket known from before was on this port. */
bool sw_ledger_has_port(const struct sw_ledger *ledger, uint16_t port);

/* How this socket came to its port, as noted in this reading or known from before. */
enum sw_port_origin sw_ledger_origin(const struct sw_ledger *ledger, uint64_t cookie);

/* Whether somebody listened on this port, and a socket has been on it in every reading since. */
bool sw_ledger_listened(const struct sw_ledger *ledger, uint16_t port);

/*
 * Whether each child on this port was kept in the last reading. If not, because
 * there were too many or connect() could not choose the port then, the port alone
 * tells them.
 */
bool sw_ledger_keeps_children(const struct sw_ledger *ledger, uint16_t port);

/*
 * Ports that were blocked and have had a socket in every reading since. Kernels
 * before 6.18 keep such a bind bucket blocked until it is empty.
 */
const struct sw_portset *sw_ledger_sticky(const struct sw_ledger *ledger);

/* Ends a complete reading: it is what the next one asks for. */
void sw_ledger_commit(struct sw_ledger *ledger, const struct sw_portset *listening,
		      const struct sw_port_space *space, const struct sw_portset *occupied);

/*
 * Tells the rule what tcp_timestamps was before it was changed, when that was
 * seen: a connection keeps what held when it was made.
 */
void sw_ledger_see_timestamps(struct sw_ledger *ledger, sw_usec now, struct sw_reuse_rule *rule);

/*
 * Marks of tuples that were over half full at some time: from then on they use
 * ports of either parity (core/suspicion.h). As many as there are ports.
 */
struct sw_portset *sw_ledger_half_full(struct sw_ledger *ledger);

/* What the last reading left of this address; NULL if nothing. Borrowed until the commit. */
const struct sw_bind_memory *sw_ledger_binds(const struct sw_ledger *ledger,
					     const struct sw_addr *source);

/* Keeps that of this reading for the next one. */
void sw_ledger_note_binds(struct sw_ledger *ledger, const struct sw_addr *source,
			  const struct sw_bind_memory *memory);
