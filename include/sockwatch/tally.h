/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Tally: sockets go by one at a time and leave only counts behind, per state,
 * per port, per source address, per tuple and per peer. Nothing is kept per socket and
 * every table is bounded, because peers choose how many there are. Where one
 * is full, its lighter half makes way: a flood of small tuples cannot hide a large
 * one. What went is counted in the totals and in n_*_overflow alone.
 *
 * Order matters once: locked sockets, listeners and bound sockets have to come
 * before the connections, since they decide which ports are blocked and which
 * sockets belong to a listening port. The plans ask for them in this order
 * (sockwatch/request.h).
 */

#include "sockwatch/accept-queue.h"
#include "sockwatch/cgroups.h"
#include "sockwatch/port-space.h"
#include "sockwatch/sock.h"
#include "sockwatch/tuple.h"

/* TIME_WAIT lasts this long (TCP_TIMEWAIT_LEN, include/net/tcp.h), plus the lateness of the timer
 * wheel. */
#define SW_TIME_WAIT_MSEC 60000

/* TIME_WAIT sockets by age: half-second slots, and one for those overdue, which the timer wheel has
 * yet to free. */
enum {
	SW_AGE_SLOT_MSEC = 500,
	SW_AGE_N_SLOTS = SW_TIME_WAIT_MSEC / SW_AGE_SLOT_MSEC,
	SW_AGE_OVERDUE = SW_AGE_N_SLOTS,
};

/* Slots of SYN_SENT sockets: the kernel gives up after six retransmits (tcp_syn_retries), a minute
 * and more. */
#define SW_SYN_N_SLOTS 8

/* Bounds of the tables. */
#define SW_TALLY_MAX_TUPLES 4096
#define SW_TALLY_MAX_PORTS 4096
#define SW_TALLY_MAX_SOURCES 64
#define SW_TALLY_MAX_LISTENERS 4096
#define SW_TALLY_MAX_PEERS 4096

/* When connect() may take over a TIME_WAIT of its own tuple (tcp_twsk_unique, net/ipv4/tcp_ipv4.c).
 */
struct sw_reuse_rule {
	bool loopback;       /* where either address is loopback, or the device is */
	bool always;         /* anywhere */
	bool timestamps;     /* of connections made now; without them nothing is reused */
	uint32_t delay_msec; /* only TIME_WAIT older than this */
	/* tcp_timestamps was changed, that long ago: what closed before had the value of before. */
	bool timestamps_changed;
	bool timestamps_before;
	uint64_t changed_ago_msec;
};

enum sw_reuse {
	SW_REUSE_NONE,
	SW_REUSE_LOOPBACK,
	SW_REUSE_YES,
};

struct sw_tuple_tally {
	struct sw_tuple tuple; /* the key */
	uint32_t n_by_state[SW_TCP_N_STATES];
	uint32_t n_total;
	/* Sockets on ports that connect() could choose, and the TIME_WAIT among them. */
	uint32_t n_taken;
	uint32_t n_taken_time_wait;
	uint32_t n_taken_reusable;
	/* Those of n_taken which are not reusable and lie in connect()'s first pass. */
	uint32_t n_used_first;
	uint32_t n_second;   /* of n_taken: in its second pass */
	uint32_t n_reusable; /* on any port */
	/* Those that are known to have got their port by bind(), and by a number given to it. */
	uint32_t n_bound;
	uint32_t n_numbered;
	uint32_t n_suspects; /* of n_taken and not reusable: on ports that are probably blocked */
	/* Sockets that may have come before, in a row that had to make way; mostly 0. */
	uint32_t n_missed_max;
	struct sw_cgroups cgroups;             /* that made its live sockets */
	uint16_t lone_port;                    /* of the only socket; 0 where there are more */
	uint16_t mark;                         /* sw_tuple_mark(), once it was needed; 0 before */
	uint16_t n_by_age[SW_AGE_N_SLOTS + 1]; /* TIME_WAIT; a tuple has at most 65535 */
	uint16_t elsewhere; /* slot, plus 1, of the youngest TIME_WAIT on a port that connect()
			       could not choose; 0 = there is none */
	/* SYN_SENT by how often the SYN has been sent again; in the last slot also more often. */
	uint32_t n_by_retransmits[SW_SYN_N_SLOTS];
};

enum sw_port_role {
	SW_PORT_LISTENING, /* a local port somebody listens on */
	SW_PORT_OUTGOING,  /* a remote port of everything else */
};

struct sw_port_tally {
	uint32_t port; /* the key, with role */
	uint32_t role; /* enum sw_port_role */
	uint32_t n_by_state[SW_TCP_N_STATES];
	uint32_t n_total;
	/* Of a listening port: where. Of several a wildcard before others, then the least. */
	struct sw_addr listener;
	struct sw_accept_queue queue; /* of its listeners */
	/* Which connections wait for accept(): a sum that tells one set of them from another. */
	uint64_t waiting;
	struct sw_cgroups cgroups; /* that made its live sockets; of a listening port only */
};

/* Listeners on one address and port: one, or several that share it (SO_REUSEPORT). */
struct sw_listener_tally {
	struct sw_addr addr; /* the key, with port */
	uint32_t port;
	struct sw_accept_queue queue;
};

/*
 * Sockets of one address that connect() has chosen the ports of, as far as is known, and these in
 * its second pass: where a tuple has none left in the first.
 */
struct sw_second_pass {
	uint32_t n;
	uint32_t n_shared; /* of them, on ports that another socket of this address was on */
	uint32_t n_tuples; /* tuples they belong to, those bound to a device aside */
	uint32_t n_first;  /* sockets that these tuples have in the first pass */
	bool half_full;    /* one of these tuples is known to have been over half full */
};

struct sw_source_tally {
	struct sw_addr addr; /* the key: a local address */
	uint32_t n_sockets;
	uint32_t n_outgoing; /* of them not on a listening port */
	/* On ports that connect() could choose, if nobody had bound them: */
	uint32_t n_idle;      /* bound and not connected */
	uint32_t n_bound;     /* of n_outgoing, known to have got their port by bind(0) */
	uint32_t n_time_wait; /* of n_outgoing */
	uint16_t n_by_age[SW_AGE_N_SLOTS + 1]; /* of n_time_wait */
	struct sw_second_pass second;
	bool binds; /* somebody binds to it before connecting; see core/bind-evidence.h */
	struct sw_portset ports; /* local ports with a socket on this address, in any state */
};

/*
 * Somebody who connects to a listening port. Each of his connections holds another port of his,
 * up to his own TIME_WAIT, which nobody sees here. None is held by a TIME_WAIT of ours: he has
 * closed, and his next SYN from that port replaces it (RFC 6191; tcp_timewait_state_process). Nor
 * by a handshake that is not over, in which anybody can claim to be anyone.
 */
struct sw_peer_tally {
	struct sw_tuple tuple; /* the key: from the peer to a local address and port */
	uint32_t n_held;
	uint16_t lowest, highest; /* of his ports */
};

struct sw_totals {
	uint64_t n_by_state[SW_TCP_N_STATES];
	uint64_t n_sockets;
	uint64_t n_ipv4; /* v4-mapped included */
	uint64_t n_ipv6;
	uint64_t n_fin_wait2_mini;   /* FIN_WAIT2 that no process holds any more */
	uint64_t n_time_wait_server; /* TIME_WAIT on a listening port: costs no ephemeral port */
	uint64_t n_reusable;
	uint64_t n_by_age[SW_AGE_N_SLOTS + 1];
	uint64_t n_tuple_overflow; /* sockets whose tuple had to make way */
	uint64_t n_port_overflow;
	uint64_t n_source_overflow;
	uint64_t n_listener_overflow;
	uint64_t n_peer_overflow; /* sockets whose peer had to make way */
};

struct sw_tally;
struct sw_ledger;
struct sw_hot;

/*
 * A new tally over `space`, which it blocks ports in and which must outlive
 * it. `seed` keys the hash. Returns 0 or -ENOMEM.
 */
int sw_tally_new(struct sw_tally **ret, struct sw_port_space *space,
		 const struct sw_reuse_rule *reuse, uint64_t seed);
void sw_tally_free(struct sw_tally *tally);

/*
 * Gives `tuple` a row before any socket comes, so that it is sure to have one.
 * Returns 0, -ENOSPC, -ENOMEM.
 */
int sw_tally_track(struct sw_tally *tally, const struct sw_tuple *tuple);

/*
 * Lets the tally use and keep `ledger`, which is borrowed, from the first socket
 * on. Without one it knows nothing of earlier readings.
 */
void sw_tally_set_ledger(struct sw_tally *tally, struct sw_ledger *ledger);

/*
 * Takes a socket that was bound to its port by number: the port is blocked. It is not counted; it
 * comes again with all others.
 */
void sw_tally_add_locked(struct sw_tally *tally, const struct sw_sock *sock);

/* Counts one socket. Running out of memory sticks: see sw_tally_error(). */
void sw_tally_add(struct sw_tally *tally, const struct sw_sock *sock);

/*
 * Every socket has gone by: what could not be decided before is, and the ledger
 * is committed. To be called once, before anything is asked for.
 */
void sw_tally_finish(struct sw_tally *tally);

/*
 * The same where not every socket has gone by, but all that tuples are made of. What else there
 * is to ask for is taken from `before`, which is empty then; the ledger stays as it was.
 */
void sw_tally_finish_narrow(struct sw_tally *tally, struct sw_tally *before);

/*
 * The same where of ESTABLISHED sockets only those towards `hot` have gone by: tuples of other
 * destinations are taken from `before`, too.
 */
void sw_tally_finish_hot(struct sw_tally *tally, struct sw_tally *before, const struct sw_hot *hot);

/*
 * Supposes that each tuple has the ESTABLISHED sockets that it had before, and those that were
 * about to be, though none of these has gone by; and takes that back for `hot`. Errors stick.
 */
void sw_tally_suppose(struct sw_tally *tally, const struct sw_tally *before);
void sw_tally_unsuppose(struct sw_tally *tally, const struct sw_tally *before,
			const struct sw_hot *hot);

/* Gives the memory of the tuples back. */
void sw_tally_drop_tuples(struct sw_tally *tally);

/*
 * Ports of the capacity that are probably blocked, by what there is evidence for:
 * a port of the other parity in a tuple that was never over half full, a lone
 * connection to a port of the ephemeral range, as a child without its listener
 * has it, and a port that was blocked and has not been empty since.
 */
uint32_t sw_tally_n_suspects(const struct sw_tally *tally);

/* 0, or -ENOMEM when some row could not be kept: the tally is not to be used then. */
int sw_tally_error(const struct sw_tally *tally);

const struct sw_totals *sw_tally_totals(const struct sw_tally *tally);

/* Rows, in order of arrival. Borrowed until the next add. */
uint32_t sw_tally_n_tuples(const struct sw_tally *tally);
const struct sw_tuple_tally *sw_tally_tuple(const struct sw_tally *tally, uint32_t i);
const struct sw_tuple_tally *sw_tally_find_tuple(const struct sw_tally *tally,
						 const struct sw_tuple *tuple); /* or NULL */
uint32_t sw_tally_n_ports(const struct sw_tally *tally);
const struct sw_port_tally *sw_tally_port(const struct sw_tally *tally, uint32_t i);
uint32_t sw_tally_n_sources(const struct sw_tally *tally);
const struct sw_source_tally *sw_tally_source(const struct sw_tally *tally, uint32_t i);
const struct sw_port_tally *sw_tally_find_port(const struct sw_tally *tally, uint32_t port,
					       enum sw_port_role role); /* or NULL */
uint32_t sw_tally_n_listeners(const struct sw_tally *tally);
const struct sw_listener_tally *sw_tally_listener(const struct sw_tally *tally, uint32_t i);
uint32_t sw_tally_n_peers(const struct sw_tally *tally);
const struct sw_peer_tally *sw_tally_peer(const struct sw_tally *tally, uint32_t i);

/*
 * Ports that bind((source, 0)) can still get: those of the range, not reserved,
 * on which no socket has this address or a wildcard that covers it
 * (inet_csk_find_open_port).
 */
uint32_t sw_tally_bind_free(const struct sw_tally *tally, const struct sw_source_tally *source);

/* Why this tuple's TIME_WAIT can be reused, by the rule in force. */
enum sw_reuse sw_reuse_of(const struct sw_reuse_rule *rule, const struct sw_tuple *tuple);
