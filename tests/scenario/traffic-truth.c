/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What is so, for whoever holds something else against it. */

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
		count_in_range(traffic, &tuple->unanswered) + count_in_range(traffic, queue);

	for (size_t i = queue->head;
	     i < queue->tail && traffic_is_reusable(traffic, tuple, &queue->list[i]); i++)
		n_used -= traffic_is_in_range(traffic, queue->list[i].port);
	return traffic->config.high - traffic->config.low + 1u - n_used;
}

uint64_t traffic_n_overflows(const struct traffic *traffic)
{
	return traffic->n_overflows;
}

uint32_t traffic_n_unanswered(const struct traffic *traffic, size_t number, sw_usec age)
{
	const struct queue *queue = &traffic->tuples[number].unanswered;
	uint32_t n = 0;

	for (size_t i = queue->head; i < queue->tail; i++)
		n += traffic->now + SYN_SEC * SW_USEC_PER_SEC - queue->list[i].at >= age;
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
