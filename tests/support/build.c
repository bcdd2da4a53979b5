/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "support/build.h"

#include <stdio.h>
#include <stdlib.h>

struct sw_addr build_addr(const char *text)
{
	struct sw_addr addr;

	if (sw_addr_parse(text, NULL, &addr) < 0) {
		fprintf(stderr, "a test has no address in \"%s\"\n", text);
		abort();
	}
	return addr;
}

struct sw_tuple build_tuple(const char *source, const char *destination, uint32_t port)
{
	return (struct sw_tuple){
		.source = build_addr(source),
		.destination = build_addr(destination),
		.port = port,
	};
}

struct sw_sock build_sock(enum sw_tcp_state state, const char *local, uint16_t local_port,
			  const char *remote, uint16_t remote_port)
{
	return (struct sw_sock){
		.local = build_addr(local),
		.remote = build_addr(remote),
		.local_port = local_port,
		.remote_port = remote_port,
		.state = state,
		.mini = state == SW_TCP_TIME_WAIT,
		.expires_ms = state == SW_TCP_TIME_WAIT ? SW_TIME_WAIT_MSEC : 0,
	};
}

struct sw_sock build_time_wait(const char *local, uint16_t local_port, const char *remote,
			       uint16_t remote_port, uint32_t expires_ms)
{
	struct sw_sock sock = build_sock(SW_TCP_TIME_WAIT, local, local_port, remote, remote_port);

	sock.expires_ms = expires_ms;
	return sock;
}

struct sw_sock build_listener(const char *local, uint16_t port)
{
	struct sw_sock sock = build_sock(SW_TCP_LISTEN, local, port, local, 0);

	sock.remote = (struct sw_addr){ .family = sock.local.family };
	sock.queue_limit = 128;
	return sock;
}

void build_held(struct sw_tuple_tally *tally, uint32_t n)
{
	tally->n_by_state[SW_TCP_ESTABLISHED] += n;
	tally->n_total += n;
	tally->n_taken += n;
}

void build_time_waits(struct sw_tuple_tally *tally, uint32_t first, uint32_t n_slots, uint16_t n)
{
	for (uint32_t i = first; i < first + n_slots; i++)
		tally->n_by_age[i] = (uint16_t)(tally->n_by_age[i] + n);
	tally->n_by_state[SW_TCP_TIME_WAIT] += n_slots * n;
	tally->n_total += n_slots * n;
	tally->n_taken += n_slots * n;
	tally->n_taken_time_wait += n_slots * n;
}

struct sw_outlook build_outlook(uint32_t used)
{
	return (struct sw_outlook){
		.limits = sw_ephemeral_limits_default,
		.max_severity = SW_LEVEL_CRITICAL,
		.tuple = build_tuple("10.0.0.5", "10.0.0.9", 5432),
		.range = 28232,
		.capacity = 28232,
		.used = used,
		.free = 28232 - used,
		.free_low = 28232 - used,
		.utilization = used / 28232.0,
		.own = used / 28232.0,
		.n_by_state = { [SW_TCP_ESTABLISHED] = used },
		.held = used,
		.slow_share = NAN,
		.open_per_s = NAN,
		.wheel_s = 2.048,
		.reuse_delay_s = 1,
		.reuse_possible = true,
		.wide = { .low = 10240, .high = 65535, .capacity = 55296 },
		.forecast = {
			.exhausted_in_s = SW_NEVER,
			.exhausted_in_low_s = SW_NEVER,
			.exhausted_in_sustained_s = SW_NEVER,
		},
	};
}

uint64_t build_random(uint64_t *state)
{
	*state ^= *state >> 12;
	*state ^= *state << 25;
	*state ^= *state >> 27;
	return *state * UINT64_C(0x2545f4914f6cdd1d);
}
