/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Which port a connect gets, and where it goes again. */

#include "base/mem.h"
#include "scenario/traffic-inside.h"
#include "sockwatch/portset.h"

enum { REUSE_DELAY_MSEC = 1000 };

bool traffic_is_in_range(const struct traffic *traffic, uint16_t port)
{
	return port >= traffic->config.low && port <= traffic->config.high;
}

void traffic_give_back(const struct traffic *traffic, struct connections *tuple, uint16_t port)
{
	if (traffic_is_in_range(traffic, port))
		pool_give_back(&tuple->pools[(port ^ traffic->config.low) & 1], port);
}

static bool has_reuse(const struct traffic *traffic, const struct sw_tuple *tuple)
{
	return traffic->tw_reuse == 1 ||
	       (traffic->tw_reuse == 2 &&
		(sw_addr_is_loopback(&tuple->source) || sw_addr_is_loopback(&tuple->destination)));
}

bool traffic_is_reusable(const struct traffic *traffic, const struct connections *tuple,
			 const struct entry *time_wait)
{
	return has_reuse(traffic, &tuple->tuple) &&
	       traffic_age_msec(traffic, time_wait->at) > REUSE_DELAY_MSEC;
}

/* The oldest TIME_WAIT, where it may be taken over. */
static bool take_over(struct traffic *traffic, struct connections *tuple, uint16_t *ret)
{
	struct queue *queue = &tuple->time_wait;
	size_t i = queue->head;

	while (i < queue->tail && !traffic_is_in_range(traffic, queue->list[i].port))
		i++;
	if (i == queue->tail || !traffic_is_reusable(traffic, tuple, &queue->list[i]))
		return false;
	*ret = queue_remove(queue, i).port;
	traffic->n_time_wait--;
	return true;
}

bool traffic_take_port(struct traffic *traffic, struct connections *tuple, struct entry *ret)
{
	*ret = (struct entry){ .serial = traffic->n_connects++ };
	if (pool_take(&tuple->pools[0], &ret->port) || pool_take(&tuple->pools[1], &ret->port) ||
	    take_over(traffic, tuple, &ret->port))
		return true;
	if (tuple->failed == NEVER)
		tuple->failed = traffic->now;
	return false;
}

void traffic_set_reuse(struct traffic *traffic, unsigned int tw_reuse)
{
	traffic->tw_reuse = tw_reuse;
}

static void mark(const struct queue *queue, struct sw_portset *taken)
{
	for (size_t i = queue->head; i < queue->tail; i++)
		sw_portset_add(taken, queue->list[i].port);
}

/* The free ports of the range there is now. */
static void lay_pools(const struct traffic *traffic, struct connections *tuple)
{
	struct sw_portset taken = { 0 };

	mark(&tuple->open, &taken);
	mark(&tuple->time_wait, &taken);
	mark(&tuple->held, &taken);
	mark(&tuple->unanswered, &taken);
	mark(&tuple->backlog.waiting, &taken);
	for (size_t i = 0; i < SW_ARRAY_SIZE(tuple->pools); i++) {
		tuple->pools[i].n_returned = 0;
		tuple->pools[i].next = UINT32_MAX;
	}
	for (uint32_t port = traffic->config.low; port <= traffic->config.high; port++)
		if (!sw_portset_has(&taken, (uint16_t)port))
			traffic_give_back(traffic, tuple, (uint16_t)port);
}

void traffic_set_range(struct traffic *traffic, uint16_t low, uint16_t high)
{
	traffic->config.low = low;
	traffic->config.high = high;
	for (size_t i = 0; i < traffic->n_tuples; i++)
		lay_pools(traffic, &traffic->tuples[i]);
}
