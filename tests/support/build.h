/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Sockets, tallies and outlooks as tests need them, from text and a few numbers. */

#include "sockwatch/outlook.h"
#include "sockwatch/sock.h"

/* "10.0.0.5", "fe80::1%2": an address, with its zone as a number. */
struct sw_addr build_addr(const char *text);

struct sw_tuple build_tuple(const char *source, const char *destination, uint32_t port);

/* One socket between two endpoints; a TIME_WAIT is new-born. */
struct sw_sock build_sock(enum sw_tcp_state state, const char *local, uint16_t local_port,
			  const char *remote, uint16_t remote_port);

/* A TIME_WAIT that has `expires_ms` left. */
struct sw_sock build_time_wait(const char *local, uint16_t local_port, const char *remote,
			       uint16_t remote_port, uint32_t expires_ms);

/* A listener with an empty queue of 128. */
struct sw_sock build_listener(const char *local, uint16_t port);

/* Adds `n` established sockets, on ports that connect() could choose. */
void build_held(struct sw_tuple_tally *tally, uint32_t n);

/* Adds `n` TIME_WAIT to each of `n_slots` slots of age, the youngest of which is `first`. */
void build_time_waits(struct sw_tuple_tally *tally, uint32_t first, uint32_t n_slots, uint16_t n);

/*
 * An outlook of 10.0.0.5->10.0.0.9:5432 with `used` of Debian's 28232 ports
 * taken by live sockets, without a forecast, and not judged: its level is OK.
 */
struct sw_outlook build_outlook(uint32_t used);

/* Random numbers that are the same each time (xorshift64*). `state` begins with any seed but 0. */
uint64_t build_random(uint64_t *state);
