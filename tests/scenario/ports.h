/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Ports: those that are free, and those on their way back. All of it ends the program when memory
 * runs out. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sockwatch/time.h"

/* Ports on their way: in order of `at`. */
struct entry {
	sw_usec at;
	uint16_t port;
	uint8_t n_syns;  /* of a connect that is not answered: sent again */
	uint32_t serial; /* of the connection: no other has it */
};
struct queue {
	struct entry *list;
	size_t head, tail, n_allocated;
};

/* Free ports of one parity: those that came back, and those never used, from `next` to `last`. */
struct pool {
	uint16_t *returned;
	size_t n_returned, n_allocated;
	uint32_t next, last;
};

/* `list` with room for `n_needed` of `size`. */
void *ports_grow(void *list, size_t *n_allocated, size_t n_needed, size_t size);

size_t queue_length(const struct queue *queue);

/* Keeps the order: an entry may belong before the last ones. */
void queue_add(struct queue *queue, struct entry entry);

/* Takes an entry out; queue->head is the first. */
struct entry queue_remove(struct queue *queue, size_t i);

/* Takes a port out, if there is one. */
bool pool_take(struct pool *pool, uint16_t *ret);
void pool_give_back(struct pool *pool, uint16_t port);
