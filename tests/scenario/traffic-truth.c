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

static uint32_t count_open(const struct traffic *traffic, const struct queue *queue)
{
	uint32_t n = 0;

	for (size_t i = queue->head; i < queue->tail; i++)
		n += traffic_is_open(traffic, queue->list[i].port);
	return n;
}

/* What connect() may choose from at all. */
static uint32_t capacity(const struct traffic *traffic)
{
	uint32_t n = traffic->config.high - traffic->config.low + 1u;

	for (uint32_t port = traffic->config.low;
	     traffic->has_binder && port <= traffic->config.high; port++)
		n -= traffic->n_bound[port] > 0;
	return n;
}

uint32_t traffic_n_free(const struct traffic *traffic, size_t number)
{
	const struct connections *tuple = &traffic->tuples[number];
	const struct queue *queue = &tuple->time_wait;
	uint32_t n_used = count_open(traffic, &tuple->open) + count_open(traffic, &tuple->held) +
			  count_open(traffic, &tuple->unanswered) +
			  count_open(traffic, &tuple->backlog.waiting) + count_open(traffic, queue);

	for (size_t i = queue->head;
	     i < queue->tail && traffic_is_reusable(traffic, tuple, &queue->list[i]); i++)
		n_used -= traffic_is_open(traffic, queue->list[i].port);
	return capacity(traffic) - n_used;
}

uint32_t traffic_n_bind_free(const struct traffic *traffic)
{
	uint32_t n = 0;

	for (uint32_t port = traffic->config.low; port <= traffic->config.high; port++)
		n += traffic->n_on[port] == 0;
	return n;
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

static void copy_tuple(struct connections *tuple)
{
	tuple->failed = NEVER;
	copy_pool(&tuple->pools[0]);
	copy_pool(&tuple->pools[1]);
	copy_queue(&tuple->open);
	copy_queue(&tuple->time_wait);
	copy_queue(&tuple->held);
	copy_queue(&tuple->unanswered);
	copy_queue(&tuple->backlog.waiting);
}

/* A world with nothing but these tuples in it. */
static struct traffic *copy_world(const struct traffic *traffic, size_t first, size_t n)
{
	struct traffic *world = copy(traffic, 1, sizeof(*traffic));

	world->cards = NULL;
	world->n_cards_allocated = 0;
	world->n_tuples = world->n_allocated = n;
	world->tuples = copy(&traffic->tuples[first], n, sizeof(*world->tuples));
	for (size_t i = 0; i < n; i++)
		copy_tuple(&world->tuples[i]);
	return world;
}

/* Of the tuple, or of bind() where that is how it gets its ports. */
static uint32_t n_left(const struct traffic *world, size_t number)
{
	return world->tuples[number].binds ? traffic_n_bind_free(world)
					   : traffic_n_free(world, number);
}

static bool has_failed(const struct traffic *world, size_t number)
{
	bool failed = world->tuples[number].failed != NEVER;

	for (size_t i = 0; i < world->n_tuples && world->tuples[number].binds; i++)
		failed = failed || (world->tuples[i].binds && world->tuples[i].failed != NEVER);
	return failed;
}

struct traffic_future traffic_imagine(const struct traffic *traffic, size_t number, sw_usec span)
{
	size_t at = traffic->has_binder ? number : 0;
	struct traffic *world = traffic->has_binder ? copy_world(traffic, 0, traffic->n_tuples)
						    : copy_world(traffic, number, 1);
	struct traffic_future future = { .n_free = n_left(world, at) };
	sw_usec end = world->now + span;

	/* There are most before a turn of the wheel; a second is short enough to see nearly that.
	 */
	while (world->now < end && !future.fails) {
		uint32_t n_free;

		traffic_advance(world, world->now + SW_USEC_PER_SEC);
		n_free = n_left(world, at);
		future.n_free = n_free < future.n_free ? n_free : future.n_free;
		future.fails = has_failed(world, at);
	}
	traffic_free(world);
	return future;
}
