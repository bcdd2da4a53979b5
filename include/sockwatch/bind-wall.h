/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Bind wall: the other way to run out of ports. bind((source, 0)) wants a port on
 * which this address has no socket at all, so one address has its range once, for
 * all destinations together, and nothing of it is reused; it fails with
 * EADDRINUSE (inet_csk_find_open_port). It matters only where somebody binds
 * before connecting: connect() shares ports between destinations.
 */

#include "sockwatch/outlook.h"

struct sw_bind_wall {
	struct sw_addr source;
	uint32_t capacity; /* range - reserved */
	uint32_t free;     /* bind((source, 0)) calls that will still succeed */
	double utilization;
	uint32_t n_sockets;      /* of this address, not on a listening port */
	uint32_t n_time_wait;    /* of them */
	double wheel_s;          /* as in struct sw_outlook */
	uint32_t n_destinations; /* tuples they belong to */
	uint32_t n_fullest;      /* sockets of the fullest of them */
	bool in_use;             /* somebody binds here before connecting */
	struct sw_forecast forecast;
	struct sw_ephemeral_limits limits; /* judged by; `notice` aside */
	enum sw_level max_severity;        /* of an alert about it */
	enum sw_level level;               /* OK unless in use */
};

struct sw_bind_wall_input {
	const struct sw_tally *tally;
	const struct sw_source_tally *source;
	const struct sw_port_space *space;
	uint32_t n_destinations;
	uint32_t n_fullest;
	struct sw_ephemeral_limits limits;
	enum sw_level max_severity;
	struct sw_wheel wheel;
	uint64_t time_wait_room; /* as in struct sw_outlook_input */
};

void sw_bind_wall_compute(const struct sw_bind_wall_input *input, struct sw_bind_wall *ret);

/* The wall as a tuple towards everybody (sw_outlook.of_bind), for what works with those. */
void sw_bind_wall_outlook(const struct sw_bind_wall *wall, struct sw_outlook *ret);

/* Comparison for qsort: worst first, then most sockets, then by address. */
int sw_bind_wall_compare(const void *a, const void *b);
