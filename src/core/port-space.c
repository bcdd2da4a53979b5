/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Three bitmaps' worth of arithmetic, kept as running figures, so that asking for the
 * capacity costs nothing.
 */

#include "sockwatch/port-space.h"

#include <assert.h>
#include <string.h>

void sw_port_space_init(struct sw_port_space *space, uint16_t low, uint16_t high)
{
	assert(low <= high);
	*space = (struct sw_port_space){ .low = low, .high = high };
	space->n_range = (uint32_t)high - low + 1;
	space->capacity = space->n_range;
	space->capacity_parity = (space->n_range + 1) / 2;
}

static void lose(struct sw_port_space *space, uint16_t port)
{
	space->capacity--;
	if (sw_port_space_is_first(space, port))
		space->capacity_parity--;
}

void sw_port_space_reserve(struct sw_port_space *space, const struct sw_portset *reserved)
{
	space->reserved = *reserved;
	for (uint32_t port = sw_portset_next(reserved, space->low); port <= space->high;
	     port = sw_portset_next(reserved, port + 1)) {
		space->n_reserved++;
		lose(space, (uint16_t)port);
	}
}

bool sw_port_space_is_like(const struct sw_port_space *space, const struct sw_port_space *other)
{
	return space->low == other->low && space->high == other->high &&
	       memcmp(&space->reserved, &other->reserved, sizeof(space->reserved)) == 0;
}

void sw_port_space_block(struct sw_port_space *space, uint16_t port)
{
	if (sw_port_space_has(space, port)) {
		space->n_blocked++;
		lose(space, port);
	}
	sw_portset_add(&space->blocked, port);
}

bool sw_port_space_is_odd(const struct sw_port_space *space)
{
	return space->n_range > 1 && space->n_range % 2 == 1;
}

uint32_t sw_port_space_capacity_of(const struct sw_port_space *space, uint16_t low, uint16_t high)
{
	struct sw_portset lost = space->reserved;

	sw_portset_unite(&lost, &space->blocked);
	return (uint32_t)high - low + 1 - sw_portset_count(&lost, low, high);
}
