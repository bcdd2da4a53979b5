/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Small helpers for arrays and memory. */

#include <stdint.h>
#include <string.h>

#define SW_ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))
#define SW_MIN(a, b) ((a) < (b) ? (a) : (b))
#define SW_MAX(a, b) ((a) > (b) ? (a) : (b))

/*
 * Writes two neighbours of four bytes by one store. A processor that loads eight bytes which two
 * stores have just written waits until both have left it; keys are hashed and compared by eight.
 */
static inline void sw_put_pair(void *to, uint32_t first, uint32_t second)
{
	union {
		uint32_t halves[2];
		uint64_t whole;
	} pair = { { first, second } };

	memcpy(to, &pair.whole, sizeof(pair.whole));
}
