/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "support/model.h"

#include <check.h>
#include <math.h>

#include "sockwatch/hot.h"
#include "support/build.h"

#define SECOND SW_USEC_PER_SEC

enum { LOW = 32768, TURN_MSEC = 2048 };

static const char *const destinations[MODEL_N_TUPLES] = { "10.0.0.6", "10.0.0.7", "10.0.0.8",
							  "10.0.0.9" };

static double chance(struct model *model)
{
	return (double)(build_random(&model->random) >> 11) / 9007199254740992.0;
}

/* A whole number with this mean, most often near it. */
static uint32_t about(struct model *model, double mean)
{
	double n = mean + (chance(model) - 0.5) * 2 * sqrt(mean);

	return n <= 0 ? 0 : (uint32_t)(n + chance(model));
}

static bool is_gone(const struct slot *slot, sw_usec now)
{
	uint64_t msec = slot->closed / SW_USEC_PER_MSEC + SW_TIME_WAIT_MSEC;

	return slot->state == CLOSED &&
	       now / SW_USEC_PER_MSEC >= (msec / TURN_MSEC + 1) * TURN_MSEC;
}

/* connect(): a port that is free, or a TIME_WAIT that is old enough. */
static void open_one(struct model *model, struct party *party)
{
	for (uint32_t i = model->n_bound; i < model->n_ports; i++) {
		uint32_t port =
			model->n_bound + (party->next + i) % (model->n_ports - model->n_bound);
		struct slot *slot = &party->slots[port];

		if (slot->state == LIVE || (slot->state == CLOSED && !is_gone(slot, model->now) &&
					    !(model->reuse && model->now - slot->closed > SECOND)))
			continue;
		slot->state = LIVE;
		party->next = port + 1;
		party->n_live++;
		model->counters.active_opens++;
		model->counters.n_in_use++;
		model->counters.n_allocated++;
		return;
	}
}

static void close_one(struct model *model, struct party *party)
{
	uint32_t at = (uint32_t)(build_random(&model->random) % model->n_ports);

	if (party->n_live == 0)
		return;
	while (party->slots[at].state != LIVE)
		at = (at + 1) % model->n_ports;
	party->slots[at] = (struct slot){ .state = party->we_close_first ? CLOSED : NONE,
					  .closed = model->now };
	party->n_live--;
	model->counters.n_in_use--;
	model->counters.n_allocated--;
}

/* Something else to do, for a while. */
static void turn(struct model *model, struct party *party)
{
	static const double rates[] = { 0, 0, 0.1, 1, 3, 10, 30, 100, 250, 600, 3000 };
	size_t n = sizeof(rates) / sizeof(rates[0]);
	double scale = model->n_ports / (double)MODEL_MAX_PORTS;
	uint64_t kind = build_random(&model->random) % 5;
	/* Mostly little: there is something to be skipped. */
	double rate = rates[build_random(&model->random) % (build_random(&model->random) % n + 1)] *
		      scale;

	party->until = model->now + (2 + build_random(&model->random) % 60) * SECOND;
	party->we_close_first = build_random(&model->random) % 4 != 0;
	party->opens_per_s = kind == 1 ? 0 : rate;
	party->closes_per_s = kind == 2 ? 0 : rate;
	/* A pool that comes at once, rests or goes at a rate of its own, whatever is opened. */
	if (kind == 3)
		party->closes_per_s = 0;
	if (kind == 4)
		party->closes_per_s = rates[build_random(&model->random) % n] * scale;
}

/* A pool that is filled, rests for longer than any TIME_WAIT lasts, and is given up at some rate.
 */
static void turn_pool(struct model *model, struct party *party)
{
	uint64_t size = model->n_ports * (20 + build_random(&model->random) % 28) / 100;

	party->we_close_first = true;
	party->opens_per_s = party->closes_per_s = 0;
	if (party->n_live > 0 && party->until > 0) {
		party->until = model->now + 10 * SECOND;
		party->closes_per_s =
			model->n_ports * (double)(1 + build_random(&model->random) % 60) / 1000;
		return;
	}
	party->until = model->now + (65 + build_random(&model->random) % 20) * SECOND;
	while (party->n_live < size)
		open_one(model, party);
}

static void bind_some(struct model *model)
{
	uint32_t n = model->n_ports / 200;

	if (build_random(&model->random) % 100 != 0 || model->n_bound + n > model->n_ports / 10)
		return;
	/* Only where nobody is, so that what is bound is the first ports of all. */
	for (size_t i = 0; i < MODEL_N_TUPLES; i++)
		for (uint32_t port = model->n_bound; port < model->n_bound + n; port++)
			if (model->parties[i].slots[port].state != NONE)
				return;
	model->n_bound += n;
	model->counters.n_allocated += n;
}

static void advance_party(struct model *model, struct party *party, sw_usec step)
{
	double seconds = (double)step / SECOND;
	uint32_t n_opens = about(model, party->opens_per_s * seconds);
	uint32_t n_closes = about(model, party->closes_per_s * seconds);

	for (; n_opens > 0 && party->n_live < model->n_ports * 9 / 10; n_opens--)
		open_one(model, party);
	for (; n_closes > 0; n_closes--)
		close_one(model, party);
}

void model_go_on(struct model *model, sw_usec span)
{
	for (size_t i = 0; i < MODEL_N_TUPLES; i++)
		advance_party(model, &model->parties[i], span);
}

/* In steps of a fifth of a second. */
void model_advance(struct model *model, sw_usec span)
{
	const sw_usec step = SECOND / 5;

	bind_some(model);
	if (build_random(&model->random) % 30 == 0)
		model->served_per_s = (double)(build_random(&model->random) % 3) * 20;
	for (sw_usec done = 0; done < span; done += step) {
		uint32_t n_served = about(model, model->served_per_s * 0.2);

		model->now += step;
		model->counters.passive_opens += n_served;
		for (size_t i = 0; i < MODEL_N_TUPLES; i++) {
			if (model->now >= model->parties[i].until)
				(model->pools ? turn_pool : turn)(model, &model->parties[i]);
			advance_party(model, &model->parties[i], step);
		}
	}
}

static void show_slot(const struct model *model, const struct slot *slot, struct sw_sock *sock,
		      struct sw_tally *tally)
{
	sw_usec age = model->now - slot->closed;

	sock->mini = slot->state == CLOSED;
	sock->state = sock->mini ? SW_TCP_TIME_WAIT : SW_TCP_ESTABLISHED;
	sock->expires_ms = 0;
	if (sock->mini && age < SW_TIME_WAIT_MSEC * SW_USEC_PER_MSEC)
		sock->expires_ms = (uint32_t)(SW_TIME_WAIT_MSEC - age / SW_USEC_PER_MSEC);
	sw_tally_add(tally, sock);
}

/* All sockets of a party that are in this state. */
static void show(const struct model *model, size_t i, enum socket_state state,
		 struct sw_tally *tally)
{
	struct sw_sock sock =
		build_sock(SW_TCP_ESTABLISHED, "10.0.0.5", LOW, destinations[i], 5432);

	for (uint32_t port = 0; port < model->n_ports; port++) {
		const struct slot *slot = &model->parties[i].slots[port];

		sock.local_port = (uint16_t)(LOW + port);
		if (slot->state == state && !is_gone(slot, model->now))
			show_slot(model, slot, &sock, tally);
	}
}

/* A reading with nothing in it but what is bound. */
static struct sw_reading *begin_reading(const struct model *model)
{
	struct sw_reading *reading;

	ck_assert_int_eq(sw_reading_new(&reading), 0);
	reading->complete = true;
	reading->began.boot = model->now;
	reading->jiffies = (struct sw_jiffies){ 4000000, model->now % ((sw_usec)TURN_MSEC *
								       SW_USEC_PER_MSEC) };
	reading->reuse = (struct sw_reuse_rule){ .always = model->reuse,
						 .timestamps = true,
						 .delay_msec = 1000 };
	sw_port_space_init(&reading->space, LOW, (uint16_t)(LOW + model->n_ports - 1));
	ck_assert_int_eq(sw_tally_new(&reading->tally, &reading->space, &reading->reuse, 1), 0);
	for (uint32_t i = 0; i < model->n_bound; i++) {
		struct sw_sock sock =
			build_sock(SW_TCP_BOUND, "10.0.0.5", (uint16_t)(LOW + i), "0.0.0.0", 0);

		sw_tally_add(reading->tally, &sock);
	}
	return reading;
}

struct sw_reading *model_dump(const struct model *model)
{
	struct sw_reading *reading = begin_reading(model);

	for (size_t i = 0; i < MODEL_N_TUPLES; i++) {
		show(model, i, LIVE, reading->tally);
		show(model, i, CLOSED, reading->tally);
	}
	sw_tally_finish(reading->tally);
	return reading;
}

struct sw_reading *model_dump_hot(const struct model *model, struct sw_reading *before,
				  const struct sw_hot *hot, const struct sw_settings *settings)
{
	struct sw_reading *reading = begin_reading(model);

	reading->hot = *hot;
	for (size_t i = 0; i < MODEL_N_TUPLES; i++)
		show(model, i, CLOSED, reading->tally);
	ck_assert_int_eq(sw_hot_widen(&reading->hot, reading, before->tally, settings), 0);
	ck_assert(!reading->hot.more);
	for (size_t i = 0; i < MODEL_N_TUPLES; i++) {
		struct sw_tuple tuple = { .destination = build_addr(destinations[i]),
					  .port = 5432 };

		if (sw_hot_has(&reading->hot, &tuple))
			show(model, i, LIVE, reading->tally);
	}
	sw_tally_finish_hot(reading->tally, before->tally, &reading->hot);
	sw_hot_end(&reading->hot, reading);
	reading->scope = SW_SCOPE_HOT;
	reading->rest_age = before->rest_age + reading->began.boot - before->began.boot;
	return reading;
}
