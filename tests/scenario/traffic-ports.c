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

bool traffic_is_open(const struct traffic *traffic, uint16_t port)
{
	return traffic_is_in_range(traffic, port) && traffic->n_bound[port] == 0;
}

static void count(struct traffic *traffic, const struct connections *tuple, uint16_t port, int n)
{
	if (traffic->has_binder && sw_addr_equal(&tuple->tuple.source, &traffic->binder))
		traffic->n_on[port] = (uint16_t)(traffic->n_on[port] + n);
	if (tuple->binds)
		traffic->n_bound[port] = (uint16_t)(traffic->n_bound[port] + n);
}

static void put_back(const struct traffic *traffic, struct connections *tuple, uint16_t port)
{
	if (!tuple->binds && traffic_is_in_range(traffic, port))
		pool_give_back(&tuple->pools[(port ^ traffic->config.low) & 1], port);
}

void traffic_give_back(struct traffic *traffic, struct connections *tuple, uint16_t port)
{
	count(traffic, tuple, port, -1);
	put_back(traffic, tuple, port);
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

	while (i < queue->tail && !traffic_is_open(traffic, queue->list[i].port))
		i++;
	if (i == queue->tail || !traffic_is_reusable(traffic, tuple, &queue->list[i]))
		return false;
	*ret = queue_remove(queue, i).port;
	traffic->n_time_wait--;
	return true;
}

/* connect() passes by what is bound, whoever has bound it. */
static bool choose(struct traffic *traffic, struct connections *tuple, uint16_t *ret)
{
	struct sw_portset passed = { 0 };
	uint32_t n_passed = 0, port;
	bool found = false;

	while (!found && (pool_take(&tuple->pools[0], ret) || pool_take(&tuple->pools[1], ret))) {
		found = traffic_is_open(traffic, *ret);
		n_passed += !found;
		if (!found)
			sw_portset_add(&passed, *ret);
	}
	for (port = 0; n_passed > 0; n_passed--, port++) {
		port = sw_portset_next(&passed, port);
		put_back(traffic, tuple, (uint16_t)port);
	}
	return found;
}

/* bind((address, 0)): any port that the address has no socket on, those of the second parity first
 * (inet_csk_find_open_port). */
static bool choose_to_bind(struct traffic *traffic, uint16_t *ret)
{
	uint32_t low = traffic->config.low, n = traffic->config.high - low + 1u;
	uint32_t offset = (uint32_t)(traffic_draw(&traffic->random) % n);

	for (uint32_t i = 0; i < 2 * n; i++) {
		uint32_t at = (offset + i) % n;

		*ret = (uint16_t)(low + at);
		if (at % 2 == (i < n) && traffic->n_on[*ret] == 0)
			return true;
	}
	return false;
}

bool traffic_take_port(struct traffic *traffic, struct connections *tuple, struct entry *ret)
{
	*ret = (struct entry){ .serial = traffic->n_connects++ };
	if (tuple->binds ? choose_to_bind(traffic, &ret->port)
			 : choose(traffic, tuple, &ret->port)) {
		count(traffic, tuple, ret->port, 1);
		return true;
	}
	if (!tuple->binds && take_over(traffic, tuple, &ret->port))
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
			put_back(traffic, tuple, (uint16_t)port);
}

void traffic_set_range(struct traffic *traffic, uint16_t low, uint16_t high)
{
	traffic->config.low = low;
	traffic->config.high = high;
	for (size_t i = 0; i < traffic->n_tuples; i++)
		lay_pools(traffic, &traffic->tuples[i]);
}

void traffic_set_binds(struct traffic *traffic, size_t number)
{
	traffic->tuples[number].binds = true;
	traffic->binder = traffic->tuples[number].tuple.source;
	traffic->has_binder = true;
}
