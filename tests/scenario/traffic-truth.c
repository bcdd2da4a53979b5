/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What is so, for whoever holds something else against it. */

#include <stdlib.h>
#include <string.h>

#include "scenario/traffic-inside.h"

struct sw_jiffies traffic_jiffies(const struct traffic *traffic)
{
	/* As times() would tell it. */
	return (struct sw_jiffies){ JIFFY_USEC * UINT64_C(1000),
				    (traffic->now + traffic->wheel_phase) / 10000 * 10000 };
}

static uint32_t count_in_range(const struct traffic *traffic, const struct queue *queue)
{
	uint32_t n = 0;

	for (size_t i = queue->head; i < queue->tail; i++)
		n += traffic_is_in_range(traffic, queue->list[i].port);
	return n;
}

uint32_t traffic_n_free(const struct traffic *traffic, size_t number)
{
	const struct connections *tuple = &traffic->tuples[number];
	const struct queue *queue = &tuple->time_wait;
	uint32_t n_used =
		count_in_range(traffic, &tuple->open) + count_in_range(traffic, &tuple->held) +
		count_in_range(traffic, &tuple->unanswered) +
		count_in_range(traffic, &tuple->backlog.waiting) + count_in_range(traffic, queue);

	for (size_t i = queue->head;
	     i < queue->tail && traffic_is_reusable(traffic, tuple, &queue->list[i]); i++)
		n_used -= traffic_is_in_range(traffic, queue->list[i].port);
	return traffic->config.high - traffic->config.low + 1u - n_used;
}

uint64_t traffic_n_overflows(const struct traffic *traffic)
{
	return traffic->n_overflows;
}

uint64_t traffic_n_listen_overflows(const struct traffic *traffic)
{
	return traffic->n_listen_overflows;
}

struct traffic_backlog traffic_backlog(const struct traffic *traffic, size_t number)
{
	const struct backlog *backlog = &traffic->tuples[number].backlog;

	return (struct traffic_backlog){
		.full = queue_length(&backlog->waiting) > backlog->limit,
		.accepted = backlog->accepted,
		.overflowed = backlog->overflowed,
	};
}

uint32_t traffic_n_unanswered(const struct traffic *traffic, size_t number, sw_usec age)
{
	const struct queue *queue = &traffic->tuples[number].unanswered;
	uint32_t n = 0;

	for (size_t i = queue->head; i < queue->tail; i++)
		n += traffic->now - traffic_began(&queue->list[i]) >= age;
	return n;
}

bool traffic_has_failed(struct traffic *traffic, size_t number, sw_usec *ret)
{
	struct connections *tuple = &traffic->tuples[number];
	bool failed = tuple->failed != NEVER;

	*ret = tuple->failed;
	tuple->failed = NEVER;
	return failed;
}

uint32_t traffic_n_forgotten(const struct traffic *traffic, size_t number)
{
	const struct connections *tuple = &traffic->tuples[number];
	size_t n = queue_length(&tuple->held);

	return n < tuple->n_forgotten ? (uint32_t)n : tuple->n_forgotten;
}

uint32_t traffic_n_live(const struct traffic *traffic, size_t number)
{
	const struct connections *tuple = &traffic->tuples[number];

	return (uint32_t)(queue_length(&tuple->open) + queue_length(&tuple->held) +
			  queue_length(&tuple->unanswered) + queue_length(&tuple->backlog.waiting));
}

static void *copy(const void *list, size_t n, size_t size)
{
	void *copied = calloc(n + 1, size);

	if (copied == NULL)
		abort();
	if (n > 0)
		memcpy(copied, list, n * size);
	return copied;
}

static void copy_queue(struct queue *queue)
{
	queue->list = copy(queue->list, queue->tail, sizeof(*queue->list));
	queue->n_allocated = queue->tail;
}

static void copy_pool(struct pool *pool)
{
	pool->returned = copy(pool->returned, pool->n_returned, sizeof(*pool->returned));
	pool->n_allocated = pool->n_returned;
}

/* A world with nothing but this tuple in it. */
static struct traffic *copy_world(const struct traffic *traffic, size_t number)
{
	struct traffic *world = copy(traffic, 1, sizeof(*traffic));
	struct connections *tuple;

	world->cards = NULL;
	world->n_cards_allocated = 0;
	world->n_tuples = world->n_allocated = 1;
	world->tuples = copy(&traffic->tuples[number], 1, sizeof(*world->tuples));
	tuple = &world->tuples[0];
	tuple->failed = NEVER;
	copy_pool(&tuple->pools[0]);
	copy_pool(&tuple->pools[1]);
	copy_queue(&tuple->open);
	copy_queue(&tuple->time_wait);
	copy_queue(&tuple->held);
	copy_queue(&tuple->unanswered);
	copy_queue(&tuple->backlog.waiting);
	return world;
}

struct traffic_future traffic_imagine(const struct traffic *traffic, size_t number, sw_usec span)
{
	struct traffic *world = copy_world(traffic, number);
	struct traffic_future future = { .n_free = traffic_n_free(traffic, number) };
	sw_usec end = world->now + span;

	/* There are most before a turn of the wheel; a second is short enough to see nearly that.
	 */
	while (world->now < end && !future.fails) {
		uint32_t n_free;

		traffic_advance(world, world->now + SW_USEC_PER_SEC);
		n_free = traffic_n_free(world, 0);
		future.n_free = n_free < future.n_free ? n_free : future.n_free;
		future.fails = world->tuples[0].failed != NEVER;
	}
	traffic_free(world);
	return future;
}
