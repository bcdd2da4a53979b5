/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What the files of the model share, and nobody else knows. */

#include "scenario/ports.h"
#include "scenario/traffic.h"

/* Never. */
#define NEVER UINT64_MAX

enum {
	JIFFY_USEC = 4000,
	JIFFY_MSEC = JIFFY_USEC / 1000,
	WHEEL_BITS = 9, /* the wheel's granularity a minute ahead: 512 jiffies */
	TIME_WAIT_JIFFIES = 60 * 1000 / JIFFY_MSEC,
};

/* The other end, where it is a listener of this host. One tuple each. */
struct backlog {
	double accepts_per_s; /* below 0: whoever comes, at once */
	uint32_t limit;
	struct queue waiting; /* `at` is when it came */
	sw_usec next_accept;  /* not before */
	sw_usec accepted;     /* the last; 0 = none was */
	sw_usec overflowed;   /* likewise */
	uint32_t n_drops;
	double strays_per_s;
	sw_usec next_stray;
};

struct connections {
	struct sw_tuple tuple;
	double rate;
	sw_usec duration;
	sw_usec rate_since; /* evenly spaced ones are counted from here, so that nothing adds up */
	uint64_t n_since;
	sw_usec next_connect;
	uint64_t random;
	struct pool pools[2];    /* connect() looks into the first first */
	struct queue open;       /* `at` is when it closes */
	struct queue time_wait;  /* `at` is when it was closed */
	struct queue held;       /* never closed; `at` means nothing */
	struct queue unanswered; /* `at` is when the next SYN is due, or when it gives up */
	struct backlog backlog;
	enum traffic_peer peer;
	bool here, inbound;
	bool binds;           /* before it connects */
	uint32_t n_forgotten; /* of `held`, if there are as many: the peer has closed them */
	sw_usec failed;       /* the first that nobody has been told of, or NEVER */
};

/* One socket to be shown. */
struct card {
	uint32_t tuple;
	uint32_t serial;
	uint16_t port;
	uint16_t expires_ms;
	enum sw_tcp_state state;
	uint8_t retransmits;
	bool waiting; /* to be accepted */
	bool peers;   /* the other end of it */
};

struct traffic {
	struct traffic_config config;
	sw_usec now;
	sw_usec wheel_phase;
	uint64_t random;
	unsigned int tw_reuse;
	size_t n_time_wait; /* of all tuples */
	uint32_t n_connects;
	uint64_t n_overflows;
	uint64_t n_listen_overflows;
	/* By port: sockets of the address that binds, and those of them that got it by bind(). */
	struct sw_addr binder;
	bool has_binder;
	uint16_t n_on[65536], n_bound[65536];
	struct connections *tuples;
	size_t n_tuples, n_allocated;
	struct card *cards;
	size_t n_cards, n_cards_allocated;
};

/* splitmix64 (Steele, Lea, Flood 2014): small, and the same everywhere. */
uint64_t traffic_draw(uint64_t *state);

uint32_t traffic_age_msec(const struct traffic *traffic, sw_usec closed);

/* Would connect() choose from it now? */
bool traffic_is_in_range(const struct traffic *traffic, uint16_t port);

/* And has nobody got it by bind()? */
bool traffic_is_open(const struct traffic *traffic, uint16_t port);

/* Would connect() take it over? */
bool traffic_is_reusable(const struct traffic *traffic, const struct connections *tuple,
			 const struct entry *time_wait);

/* connect(), after a bind() or without: a connection that has a port and no time yet, or a failure
 * that is remembered. */
bool traffic_take_port(struct traffic *traffic, struct connections *tuple, struct entry *ret);

/* The port is free again. */
void traffic_give_back(struct traffic *traffic, struct connections *tuple, uint16_t port);

/* What becomes of a connect that has sent a SYN. */
void traffic_answer(struct traffic *traffic, struct connections *tuple, struct entry entry);

/* The first of those that are not answered sends another SYN, or gives up. */
void traffic_send_again(struct traffic *traffic, struct connections *tuple);

/* The first of those that wait is accepted; when that can be, or NEVER. */
void traffic_accept(struct traffic *traffic, struct connections *tuple);
sw_usec traffic_next_accept(const struct backlog *backlog);

/* A segment that belongs to no connection meets the listener. */
void traffic_meet_stray(struct traffic *traffic, struct connections *tuple);

/* When one that is not answered sent its first SYN. */
sw_usec traffic_began(const struct entry *unanswered);
