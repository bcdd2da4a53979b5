/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "scenario/traffic.h"

#include <math.h>
#include <stdlib.h>

#include "scenario/traffic-inside.h"

uint64_t traffic_draw(uint64_t *state)
{
	uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

/* Below 1, and never so near that its logarithm has no end. */
static double draw_share(uint64_t *state)
{
	return (double)(traffic_draw(state) >> 11) * 0x1p-53;
}

static uint64_t jiffies(const struct traffic *traffic, sw_usec at)
{
	return (at + traffic->wheel_phase) / JIFFY_USEC;
}

/* When the wheel frees a TIME_WAIT that began at `closed`. */
static sw_usec release_of(const struct traffic *traffic, sw_usec closed)
{
	uint64_t expiry = jiffies(traffic, closed) + TIME_WAIT_JIFFIES;

	return (((expiry >> WHEEL_BITS) + 1) << WHEEL_BITS) * JIFFY_USEC - traffic->wheel_phase;
}

uint32_t traffic_age_msec(const struct traffic *traffic, sw_usec closed)
{
	return (uint32_t)(jiffies(traffic, traffic->now) - jiffies(traffic, closed)) * JIFFY_MSEC;
}

static void plan_connect(struct traffic *traffic, struct connections *tuple)
{
	double gap;

	if (tuple->rate <= 0) {
		tuple->next_connect = NEVER;
	} else if (traffic->config.seed == 0) {
		gap = (double)tuple->n_since++ / tuple->rate;
		tuple->next_connect = tuple->rate_since + (sw_usec)llround(gap * 1e6);
	} else {
		gap = -log1p(-draw_share(&tuple->random)) / tuple->rate;
		tuple->next_connect = traffic->now + (sw_usec)llround(gap * 1e6);
	}
}

static void do_connect(struct traffic *traffic, struct connections *tuple)
{
	struct entry entry;

	if (traffic_take_port(traffic, tuple, &entry))
		traffic_answer(traffic, tuple, entry);
	plan_connect(traffic, tuple);
}

static void do_close(struct traffic *traffic, struct connections *tuple)
{
	struct entry entry = tuple->open.list[tuple->open.head++];

	if (traffic->n_time_wait >= traffic->config.max_buckets) {
		traffic_give_back(traffic, tuple, entry.port);
		traffic->n_overflows++;
		return;
	}
	entry.at = traffic->now;
	queue_add(&tuple->time_wait, entry);
	traffic->n_time_wait++;
}

static void do_release(struct traffic *traffic, struct connections *tuple)
{
	traffic_give_back(traffic, tuple, tuple->time_wait.list[tuple->time_wait.head++].port);
	traffic->n_time_wait--;
}

/* What happens next to this tuple, and when: a release before a close before a connect. */
static sw_usec next_of(const struct traffic *traffic, const struct connections *tuple,
		       void (**ret_do)(struct traffic *, struct connections *))
{
	sw_usec at = tuple->next_connect;

	*ret_do = do_connect;
	if (queue_length(&tuple->open) > 0 && tuple->open.list[tuple->open.head].at <= at) {
		at = tuple->open.list[tuple->open.head].at;
		*ret_do = do_close;
	}
	if (queue_length(&tuple->unanswered) > 0 &&
	    tuple->unanswered.list[tuple->unanswered.head].at <= at) {
		at = tuple->unanswered.list[tuple->unanswered.head].at;
		*ret_do = traffic_send_again;
	}
	if (traffic_next_accept(&tuple->backlog) <= at) {
		at = traffic_next_accept(&tuple->backlog);
		*ret_do = traffic_accept;
	}
	if (tuple->backlog.next_stray <= at) {
		at = tuple->backlog.next_stray;
		*ret_do = traffic_meet_stray;
	}
	if (queue_length(&tuple->time_wait) > 0) {
		sw_usec release =
			release_of(traffic, tuple->time_wait.list[tuple->time_wait.head].at);

		if (release <= at) {
			at = release;
			*ret_do = do_release;
		}
	}
	return at;
}

struct traffic *traffic_new(const struct traffic_config *config)
{
	struct traffic *traffic = calloc(1, sizeof(*traffic));

	if (traffic == NULL)
		abort();
	traffic->config = *config;
	traffic->random = config->seed;
	if (config->seed != 0)
		traffic->wheel_phase = traffic_draw(&traffic->random) % (JIFFY_USEC << WHEEL_BITS);
	return traffic;
}

void traffic_free(struct traffic *traffic)
{
	for (size_t i = 0; i < traffic->n_tuples; i++) {
		struct connections *tuple = &traffic->tuples[i];

		free(tuple->pools[0].returned);
		free(tuple->pools[1].returned);
		free(tuple->open.list);
		free(tuple->time_wait.list);
		free(tuple->held.list);
		free(tuple->unanswered.list);
		free(tuple->backlog.waiting.list);
	}
	free(traffic->tuples);
	free(traffic->cards);
	free(traffic);
}

size_t traffic_add(struct traffic *traffic, const struct sw_tuple *tuple)
{
	const struct traffic_config *config = &traffic->config;

	traffic->tuples = ports_grow(traffic->tuples, &traffic->n_allocated, traffic->n_tuples + 1,
				     sizeof(*traffic->tuples));
	traffic->tuples[traffic->n_tuples] = (struct connections){
		.tuple = *tuple,
		.next_connect = NEVER,
		.random = traffic_draw(&traffic->random),
		.pools = { { .next = config->low, .last = config->high },
			   { .next = config->low + 1u, .last = config->high } },
		.failed = NEVER,
		.backlog = { .accepts_per_s = -1, .limit = 4096, .next_stray = NEVER },
	};
	return traffic->n_tuples++;
}

/* What happens next, of tuples that may get in each other's way. */
static struct connections *next_tuple(struct traffic *traffic, sw_usec *ret_at,
				      void (**ret_do)(struct traffic *, struct connections *))
{
	struct connections *first = NULL;

	*ret_at = NEVER;
	for (size_t i = 0; i < traffic->n_tuples; i++) {
		void (*happen)(struct traffic *, struct connections *);
		sw_usec at = next_of(traffic, &traffic->tuples[i], &happen);

		if (at >= *ret_at)
			continue;
		first = &traffic->tuples[i];
		*ret_at = at;
		*ret_do = happen;
	}
	return first;
}

static void advance_together(struct traffic *traffic, sw_usec now)
{
	void (*happen)(struct traffic *, struct connections *) = do_connect;
	struct connections *tuple;
	sw_usec at;

	while ((tuple = next_tuple(traffic, &at, &happen)) != NULL && at <= now) {
		traffic->now = at;
		happen(traffic, tuple);
	}
}

static void advance_alone(struct traffic *traffic, struct connections *tuple, sw_usec now)
{
	void (*happen)(struct traffic *, struct connections *);
	sw_usec at;

	while ((at = next_of(traffic, tuple, &happen)) <= now) {
		traffic->now = at;
		happen(traffic, tuple);
	}
}

/* connect() shares ports between destinations; bind() does not. */
void traffic_advance(struct traffic *traffic, sw_usec now)
{
	if (traffic->has_binder)
		advance_together(traffic, now);
	else
		for (size_t i = 0; i < traffic->n_tuples; i++)
			advance_alone(traffic, &traffic->tuples[i], now);
	traffic->now = now;
}

void traffic_set_rate(struct traffic *traffic, size_t number, double per_s)
{
	struct connections *tuple = &traffic->tuples[number];

	tuple->rate = per_s;
	tuple->rate_since = traffic->now;
	tuple->n_since = 0;
	plan_connect(traffic, tuple);
}

void traffic_set_duration(struct traffic *traffic, size_t number, sw_usec duration)
{
	traffic->tuples[number].duration = duration;
}

void traffic_set_held(struct traffic *traffic, size_t number, uint32_t n)
{
	struct connections *tuple = &traffic->tuples[number];
	struct entry entry;

	while (queue_length(&tuple->held) > n)
		traffic_give_back(traffic, tuple, tuple->held.list[tuple->held.head++].port);
	while (queue_length(&tuple->held) < n && traffic_take_port(traffic, tuple, &entry))
		queue_add(&tuple->held, entry);
}

void traffic_set_forgotten(struct traffic *traffic, size_t number, uint32_t n)
{
	traffic->tuples[number].n_forgotten = n;
}

void traffic_set_here(struct traffic *traffic, size_t number, bool inbound)
{
	traffic->tuples[number].here = true;
	traffic->tuples[number].inbound = inbound;
}

static void put_off(struct queue *queue, sw_usec duration)
{
	for (size_t i = queue->head; i < queue->tail; i++)
		queue->list[i].at += duration;
}

void traffic_sleep(struct traffic *traffic, sw_usec duration)
{
	traffic->now += duration;
	/* So that jiffies are what they were. */
	traffic->wheel_phase -= duration;
	for (size_t i = 0; i < traffic->n_tuples; i++) {
		struct connections *tuple = &traffic->tuples[i];

		put_off(&tuple->open, duration);
		put_off(&tuple->time_wait, duration);
		put_off(&tuple->unanswered, duration);
		put_off(&tuple->backlog.waiting, duration);
		tuple->backlog.next_accept += duration;
		if (tuple->backlog.next_stray != NEVER)
			tuple->backlog.next_stray += duration;
		tuple->rate_since += duration;
		if (tuple->next_connect != NEVER)
			tuple->next_connect += duration;
	}
}
