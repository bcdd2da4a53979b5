/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A set of TCP ports: one bit each. All zero is the empty set. */

#include <stdbool.h>
#include <stdint.h>

struct sw_portset {
	uint64_t words[1024];
};

static inline void sw_portset_add(struct sw_portset *set, uint16_t port)
{
	set->words[port / 64] |= (uint64_t)1 << (port % 64);
}

static inline bool sw_portset_has(const struct sw_portset *set, uint16_t port)
{
	return (set->words[port / 64] >> (port % 64)) & 1;
}

/* Adds what is in `other`, removes it, or removes what is not. */
void sw_portset_unite(struct sw_portset *set, const struct sw_portset *other);
void sw_portset_subtract(struct sw_portset *set, const struct sw_portset *other);
void sw_portset_intersect(struct sw_portset *set, const struct sw_portset *other);

/* How many of the ports low..high are in the set. */
uint32_t sw_portset_count(const struct sw_portset *set, uint16_t low, uint16_t high);

/* The least port of the set that is `from` or above, or SW_PORTSET_END. `from` may be that too. */
#define SW_PORTSET_END 65536
uint32_t sw_portset_next(const struct sw_portset *set, uint32_t from);

/*
 * Adds the ports of a kernel list, "8080,9000-9005\n" (the format of
 * ip_local_reserved_ports, ip-sysctl.rst). Empty is fine. Returns 0 or -EINVAL;
 * `set` is untouched then.
 */
int sw_portset_add_list(struct sw_portset *set, const char *text);
