/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The ephemeral ports of one network namespace, and which of them connect()
 * may choose: the range, less the reserved, less the blocked ones.
 *
 * A port is blocked when its bind bucket holds a socket that got the port by
 * anything but connect(): a listener, a bound socket, or one that was bound by
 * number before it connected, on whatever address and of whatever family. __inet_hash_connect
 * (net/ipv4/inet_hashtables.c) skips such buckets (fastreuse or fastreuseport >= 0).
 *
 * Reading the range text comes first, then reserving, then blocking; every
 * figure is kept up to date by these three.
 */

#include "sockwatch/portset.h"

struct sw_port_space {
	uint16_t low, high; /* ip_local_port_range, inclusive */
	struct sw_portset reserved;
	struct sw_portset blocked; /* may hold ports outside the range too */

	uint32_t n_range;
	uint32_t n_reserved;      /* of the range */
	uint32_t n_blocked;       /* of the range and not reserved */
	uint32_t capacity;        /* n_range - n_reserved - n_blocked */
	uint32_t capacity_parity; /* those of them with the parity of `low`: connect() tries these
				     first */
};

/* An empty space over low..high. `low` must not be above `high`. */
void sw_port_space_init(struct sw_port_space *space, uint16_t low, uint16_t high);

/* Takes the reserved ports over. To be called once, before any port is blocked. */
void sw_port_space_reserve(struct sw_port_space *space, const struct sw_portset *reserved);

/* Do they have the same ports, whichever are blocked? */
bool sw_port_space_is_like(const struct sw_port_space *space, const struct sw_port_space *other);

/* Blocks one port; again is fine. */
void sw_port_space_block(struct sw_port_space *space, uint16_t port);

/* Is this a port of the range that is not reserved? */
static inline bool sw_port_space_may_have(const struct sw_port_space *space, uint16_t port)
{
	return port >= space->low && port <= space->high && !sw_portset_has(&space->reserved, port);
}

/* May connect() choose this port, as far as the port itself is concerned? */
static inline bool sw_port_space_has(const struct sw_port_space *space, uint16_t port)
{
	return sw_port_space_may_have(space, port) && !sw_portset_has(&space->blocked, port);
}

/* Is this a port of the pass that connect() makes first (that of the parity of the lower bound)? */
static inline bool sw_port_space_is_first(const struct sw_port_space *space, uint16_t port)
{
	return ((port ^ space->low) & 1) == 0;
}

/*
 * Of an odd-sized range the kernel scans one port less than there are, so that
 * the last one may or may not be found (remaining &= ~1 in __inet_hash_connect).
 */
bool sw_port_space_is_odd(const struct sw_port_space *space);

/* The capacity there would be if the range were low..high. */
uint32_t sw_port_space_capacity_of(const struct sw_port_space *space, uint16_t low, uint16_t high);
