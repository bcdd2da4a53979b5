/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "scenario/ports.h"

#include <stdlib.h>
#include <string.h>

void *ports_grow(void *list, size_t *n_allocated, size_t n_needed, size_t size)
{
	void *grown = list;

	if (n_needed > *n_allocated) {
		*n_allocated = n_needed * 2;
		grown = reallocarray(list, *n_allocated, size);
		if (grown == NULL)
			abort();
	}
	return grown;
}

size_t queue_length(const struct queue *queue)
{
	return queue->tail - queue->head;
}

void queue_add(struct queue *queue, struct entry entry)
{
	size_t at;

	if (queue->head > queue->tail / 2) {
		memmove(queue->list, queue->list + queue->head,
			queue_length(queue) * sizeof(*queue->list));
		queue->tail -= queue->head;
		queue->head = 0;
	}
	queue->list =
		ports_grow(queue->list, &queue->n_allocated, queue->tail + 1, sizeof(*queue->list));
	for (at = queue->tail++; at > queue->head && queue->list[at - 1].at > entry.at; at--)
		queue->list[at] = queue->list[at - 1];
	queue->list[at] = entry;
}

struct entry queue_remove(struct queue *queue, size_t i)
{
	struct entry entry = queue->list[i];

	memmove(queue->list + queue->head + 1, queue->list + queue->head,
		(i - queue->head) * sizeof(*queue->list));
	queue->head++;
	return entry;
}

void pool_give_back(struct pool *pool, uint16_t port)
{
	pool->returned = ports_grow(pool->returned, &pool->n_allocated, pool->n_returned + 1,
				    sizeof(*pool->returned));
	pool->returned[pool->n_returned++] = port;
}

bool pool_take(struct pool *pool, uint16_t *ret)
{
	if (pool->n_returned > 0) {
		*ret = pool->returned[--pool->n_returned];
		return true;
	}
	if (pool->next > pool->last)
		return false;
	*ret = (uint16_t)pool->next;
	pool->next += 2;
	return true;
}
