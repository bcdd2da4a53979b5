/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Past: what a rule remembers of subjects from reading to reading. Few rows, all
 * allocated at the start; when they are taken, the one that was seen longest ago
 * makes way, but none of those that have been seen in this reading: who comes first
 * keeps its row.
 */

#include <stddef.h>

#include "sockwatch/time.h"
#include "sockwatch/tuple.h"

/* What a row begins with. */
struct sw_past_head {
	struct sw_tuple key; /* members that the rule has no use for are zero */
	sw_usec seen;
};

struct sw_past {
	char *rows; /* owned */
	size_t row_size;
	size_t n, max;
};

/* Returns 0 or -ENOMEM. */
int sw_past_init(struct sw_past *past, size_t row_size, size_t max);
void sw_past_deinit(struct sw_past *past);

/* The row of `key`, NULL when there is none. */
void *sw_past_find(const struct sw_past *past, const struct sw_tuple *key);

/*
 * The row of `key`, a new one with zeros if need be, marked as seen `now`. NULL when
 * all rows are taken by subjects that have been seen now.
 */
void *sw_past_obtain(struct sw_past *past, const struct sw_tuple *key, sw_usec now);

/* Drops rows that have not been seen since `before`. */
void sw_past_forget(struct sw_past *past, sw_usec before);
