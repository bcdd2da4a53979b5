/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Traffic: a small model of the connections that one network namespace opens,
 * as a kernel at 250 Hz keeps them. It knows nothing of how they are counted
 * or judged, so that it can say what is true.
 *
 * Each connection takes a port of its tuple, stays open for a while, is closed
 * by this side and then sits in TIME_WAIT: 60 s, and on to the next turn of the
 * timer wheel, every 512 jiffies (kernel/time/timer.c). A connect() that finds
 * no port, neither free nor to be reused, fails and is remembered. Free ports
 * of the lower bound's parity go first; which of them does not matter here.
 * While tcp_max_tw_buckets are in TIME_WAIT, a close leaves nothing behind but a
 * count. A peer that does not answer leaves a connect in SYN_SENT for 131 s. One
 * that is on this host has an accept queue.
 *
 * Without a seed, connects come evenly spaced; with one, at random (Poisson).
 */

#include "sockwatch/sock.h"
#include "sockwatch/time.h"
#include "sockwatch/tuple.h"
#include "sockwatch/wheel.h"

struct traffic_config {
	uint16_t low, high;   /* ip_local_port_range */
	uint32_t max_buckets; /* tcp_max_tw_buckets; exact where there is one tuple */
	uint64_t seed;        /* 0 = nothing is left to chance */
};

/* What becomes of a connect. */
enum traffic_peer {
	TRAFFIC_PEER_UP,
	TRAFFIC_PEER_SILENT, /* it is not answered */
	TRAFFIC_PEER_DOWN,   /* it is refused */
};

struct traffic;

/* Every function here ends the program when memory runs out. tcp_tw_reuse is 0. */
struct traffic *traffic_new(const struct traffic_config *config);
void traffic_free(struct traffic *traffic);

/* Returns the number of the new tuple, from 0 on. It has no connections. */
size_t traffic_add(struct traffic *traffic, const struct sw_tuple *tuple);

/* tcp_tw_reuse from now on: 0, 1 or 2, with a delay of one second. */
void traffic_set_reuse(struct traffic *traffic, unsigned int tw_reuse);

/* ip_local_port_range from now on. Connections keep the ports they have. */
void traffic_set_range(struct traffic *traffic, uint16_t low, uint16_t high);

/* The machine is suspended for so long: jiffies, timers and programs stand still. */
void traffic_sleep(struct traffic *traffic, sw_usec duration);

/* Lets everything happen up to `now`, which must not run backwards. */
void traffic_advance(struct traffic *traffic, sw_usec now);

/* Connects per second from now on; the first comes at once, unless left to chance. */
void traffic_set_rate(struct traffic *traffic, size_t tuple, double per_s);

/* How long connections opened from now on stay open. */
void traffic_set_duration(struct traffic *traffic, size_t tuple, sw_usec duration);

/* Opens or gives up connections that nobody closes, until there are `n`. Those given up are closed
 * by the peer and leave nothing behind. */
void traffic_set_held(struct traffic *traffic, size_t tuple, uint32_t n);

/* Of those that nobody closes, the peer has closed so many: they are in CLOSE_WAIT. */
void traffic_set_forgotten(struct traffic *traffic, size_t tuple, uint32_t n);

/* How the peer answers from now on. One that comes up answers all that wait; one that goes down
 * resets all there are. */
void traffic_set_peer(struct traffic *traffic, size_t tuple, enum traffic_peer peer);

/* The peer is on this host: it listens, and its ends of the connections are shown too; or only
 * those, because who connects is not. */
void traffic_set_here(struct traffic *traffic, size_t tuple, bool inbound);

/* Each connection binds its source address before it connects, to any port: that is nobody else's
 * until it is gone. Before there are any connections; all such tuples have one source. */
void traffic_set_binds(struct traffic *traffic, size_t tuple);

/* Of the listener there: how many connects per second it accepts from now on, below 0 whoever comes
 * (as at first), and its backlog. */
void traffic_set_accepts(struct traffic *traffic, size_t tuple, double per_s);
void traffic_set_backlog(struct traffic *traffic, size_t tuple, uint32_t limit);

/* Segments per second that it gets and that belong to no connection. */
void traffic_set_strays(struct traffic *traffic, size_t tuple, double per_s);

/* Shows every socket there is now, in random order, as the kernel's hash would. */
void traffic_show(struct traffic *traffic, void (*sink)(void *userdata, const struct sw_sock *sock),
		  void *userdata);

/* The kernel's own clock, now. */
struct sw_jiffies traffic_jiffies(const struct traffic *traffic);

/* How many more connects of this tuple would succeed now. */
uint32_t traffic_n_free(const struct traffic *traffic, size_t tuple);

/* How many more bind(), to any port of the address that binds. */
uint32_t traffic_n_bind_free(const struct traffic *traffic);

/* How many that were closed have left nothing behind: TCPTimeWaitOverflow of a host that began with
 * 0. */
uint64_t traffic_n_overflows(const struct traffic *traffic);

/* How many SYNs have found an accept queue full: ListenOverflows of a host that began with 0. */
uint64_t traffic_n_listen_overflows(const struct traffic *traffic);

/* The accept queue of the listener there. */
struct traffic_backlog {
	bool full;
	sw_usec accepted, overflowed; /* when it last happened; 0 = never */
};
struct traffic_backlog traffic_backlog(const struct traffic *traffic, size_t tuple);

/* How many connects have waited for an answer for so long. */
uint32_t traffic_n_unanswered(const struct traffic *traffic, size_t tuple, sw_usec age);

/* Of those that nobody closes, how many the peer has. */
uint32_t traffic_n_forgotten(const struct traffic *traffic, size_t tuple);

/* Live connections of this tuple. */
uint32_t traffic_n_live(const struct traffic *traffic, size_t tuple);

/* What becomes of a tuple if all goes on as it does: the same connects as will come if nothing is
 * changed. Of one that binds: what becomes of bind(). */
struct traffic_future {
	bool fails;      /* a connect does */
	uint32_t n_free; /* at the least */
};
struct traffic_future traffic_imagine(const struct traffic *traffic, size_t tuple, sw_usec span);

/* Has a connect of this tuple failed since this was asked last? `*ret` is when the first did. */
bool traffic_has_failed(struct traffic *traffic, size_t tuple, sw_usec *ret);
