/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Random traffic, looked at twice: by dumps on every tick, and by the planner, who sees
 * the counters alone. A tick that it skips must be one on which a dump would have found
 * nothing: no tuple beyond a line, none without a port, none projected to fail or heading
 * beyond Warning. So no alert can come later than with a dump every tick. And what a dump of hot
 * tuples does not find, a whole one would not either.
 *
 * The model knows the kernel's rules and nothing of how they are judged: sockets open,
 * close from either side, sit in TIME_WAIT until a turn of the wheel, are reused, are bound
 * and idle; a server in the same namespace accepts and closes.
 */

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sockwatch/hot.h"
#include "sockwatch/planner.h"
#include "support/build.h"
#include "support/suite.h"

#define SECOND SW_USEC_PER_SEC

enum { N_TUPLES = 4, MAX_PORTS = 28232, LOW = 32768, N_TICKS = 200, TURN_MSEC = 2048 };

static const char *const destinations[N_TUPLES] = { "10.0.0.6", "10.0.0.7", "10.0.0.8",
						    "10.0.0.9" };

enum socket_state { NONE, LIVE, CLOSED };

/* One port of one tuple. */
struct slot {
	enum socket_state state;
	sw_usec closed; /* to TIME_WAIT */
};

struct party {
	struct slot slots[MAX_PORTS];
	uint32_t next; /* a port that may be free */
	uint32_t n_live;
	/* What it does at present. */
	double opens_per_s, closes_per_s;
	bool we_close_first;
	sw_usec until;
};

struct model {
	uint64_t random;
	uint32_t n_ports;
	bool reuse;
	bool pools; /* and nothing else */
	sw_usec now;
	struct party parties[N_TUPLES];
	uint32_t n_bound; /* idle, on ports of their own */
	struct sw_counters counters;
	double served_per_s;
};

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
	double scale = model->n_ports / (double)MAX_PORTS;
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
	for (size_t i = 0; i < N_TUPLES; i++)
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

/* In steps of a fifth of a second. */
static void advance(struct model *model, sw_usec span)
{
	const sw_usec step = SECOND / 5;

	bind_some(model);
	if (build_random(&model->random) % 30 == 0)
		model->served_per_s = (double)(build_random(&model->random) % 3) * 20;
	for (sw_usec done = 0; done < span; done += step) {
		uint32_t n_served = about(model, model->served_per_s * 0.2);

		model->now += step;
		model->counters.passive_opens += n_served;
		for (size_t i = 0; i < N_TUPLES; i++) {
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

static struct sw_reading *dump(const struct model *model)
{
	struct sw_reading *reading = begin_reading(model);

	for (size_t i = 0; i < N_TUPLES; i++) {
		show(model, i, LIVE, reading->tally);
		show(model, i, CLOSED, reading->tally);
	}
	sw_tally_finish(reading->tally);
	return reading;
}

/* As io/attempt.c does it, after `before`. */
static struct sw_reading *dump_hot(const struct model *model, struct sw_reading *before,
				   const struct sw_hot *hot, const struct sw_settings *settings)
{
	struct sw_reading *reading = begin_reading(model);

	reading->hot = *hot;
	for (size_t i = 0; i < N_TUPLES; i++)
		show(model, i, CLOSED, reading->tally);
	ck_assert_int_eq(sw_hot_widen(&reading->hot, reading, before->tally, settings), 0);
	ck_assert(!reading->hot.more);
	for (size_t i = 0; i < N_TUPLES; i++) {
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

/* Is it what an alert may need, now or later? */
static bool is_found(const struct sw_outlook *outlook)
{
	const struct sw_ephemeral_limits *limits = &outlook->limits;
	const struct sw_forecast *forecast = &outlook->forecast;

	return outlook->own > limits->notice || outlook->free == 0 ||
	       (forecast->heading_known && forecast->heading_to > limits->warning) ||
	       forecast->exhausted_in_low_s <= (double)limits->critical_in / SECOND ||
	       forecast->exhausted_in_sustained_s <= (double)limits->critical_in / SECOND;
}

static bool has_found(const struct sw_report *report)
{
	for (size_t i = 0; i < report->n_outlooks; i++)
		if (is_found(&report->outlooks[i]))
			return true;
	return false;
}

struct outcome {
	uint32_t n_skipped, n_found;
	uint32_t n_hot, n_found_hot; /* readings of hot tuples, and tuples found in these */
};

struct player {
	struct model *model;
	struct sw_settings settings;
	struct sw_planner planner;
	struct sw_reading *last; /* NULL before the first */
	struct sw_hot hot;
	struct outcome *outcome;
};

static struct sw_report report_on(const struct player *player, const struct sw_reading *reading)
{
	const struct sw_report_filter everything = { 0 };
	struct sw_report report;

	ck_assert_int_eq(sw_report_init(&report, reading, &player->settings, &everything), 0);
	return report;
}

static const struct sw_outlook *find(const struct sw_report *report, const struct sw_tuple *tuple)
{
	for (size_t i = 0; i < report->n_outlooks; i++)
		if (memcmp(&report->outlooks[i].tuple, tuple, sizeof(*tuple)) == 0)
			return &report->outlooks[i];
	return NULL;
}

/* What a whole dump finds, one of hot tuples finds as well, with the same figures; or the planner
 * knows at once that only a whole one will tell. */
static void check_hot(struct player *player, const struct sw_report *hot,
		      const struct sw_report *whole)
{
	struct sw_planner planner = player->planner;
	const struct sw_counters *counters = &player->model->counters;

	(void)sw_planner_look(&planner, counters, false, 60 * SECOND, player->model->now);
	for (size_t i = 0; i < whole->n_outlooks; i++) {
		const struct sw_outlook *truth = &whole->outlooks[i];
		const struct sw_outlook *seen = find(hot, &truth->tuple);

		if (seen != NULL && seen->age_s == 0) {
			ck_assert_uint_eq(seen->used, truth->used);
			ck_assert_uint_eq(seen->held, truth->held);
			ck_assert_uint_eq(seen->capacity, truth->capacity);
			ck_assert(seen->forecast.exhausted_in_low_s ==
				  truth->forecast.exhausted_in_low_s);
			player->outcome->n_found_hot += is_found(truth);
		} else if (is_found(truth)) {
			ck_assert_msg(planner.others, "%u of %u used, is heading to %g",
				      truth->used, truth->capacity, truth->forecast.heading_to);
		}
		/* Nothing is found in what is old. */
		ck_assert(seen == NULL || seen->age_s == 0 || !is_found(seen));
	}
}

/* The dump that there is need for; of hot tuples, most often, where that may do. */
static void take(struct player *player, enum sw_need need, struct sw_reading *whole,
		 const struct sw_report *report)
{
	bool may_do = need == SW_NEED_ROOM || need == SW_NEED_PACE;
	struct sw_reading *reading;
	struct sw_report of_hot;

	if (!may_do || player->last == NULL || build_random(&player->model->random) % 4 == 0) {
		sw_planner_note(&player->planner, report, &player->settings);
		sw_hot_begin(&player->hot, report);
		sw_reading_free(player->last);
		player->last = whole;
		return;
	}
	reading = dump_hot(player->model, player->last, &player->hot, &player->settings);
	of_hot = report_on(player, reading);
	sw_planner_note(&player->planner, &of_hot, &player->settings);
	check_hot(player, &of_hot, report);
	player->hot = reading->hot;
	player->outcome->n_hot++;
	sw_report_deinit(&of_hot);
	sw_reading_free(player->last);
	player->last = reading;
	sw_reading_free(whole);
}

static void tick(struct player *player, int number, sw_usec interval)
{
	struct model *model = player->model;
	struct sw_counters counters;
	struct sw_reading *reading;
	struct sw_report report;
	enum sw_need need;
	bool found;

	advance(model, interval);
	counters = model->counters;
	need = sw_planner_look(&player->planner, &counters, false, 60 * SECOND, model->now);
	/* Traffic does not wait for the dump. */
	for (size_t i = 0; i < N_TUPLES; i++)
		advance_party(model, &model->parties[i], SECOND / 100);
	reading = dump(model);
	report = report_on(player, reading);
	found = has_found(&report);
	ck_assert_msg(need != SW_NEED_NOTHING || !found,
		      "tick %d: %s has %u of %u used, is heading to %g, fails in %g s, and was "
		      "not looked at",
		      number,
		      report.outlooks[0].tuple.destination.bytes[3] == 6 ? "the first" : "one",
		      report.outlooks[0].used, report.outlooks[0].capacity,
		      report.outlooks[0].forecast.heading_to,
		      report.outlooks[0].forecast.exhausted_in_low_s);
	player->outcome->n_skipped += need == SW_NEED_NOTHING;
	player->outcome->n_found += found;
	if (need == SW_NEED_NOTHING)
		sw_reading_free(reading);
	else
		take(player, need, reading, &report);
	sw_report_deinit(&report);
}

static void play(uint64_t seed, bool pools, struct outcome *outcome)
{
	sw_usec interval = (seed % 5 + 1) * SECOND / 5 * (seed % 7 == 0 ? 15 : 1);
	uint32_t n_ports = seed == 6 && !pools ? MAX_PORTS : 500 + 400 * (uint32_t)seed;
	static struct player player;

	player = (struct player){ .model = calloc(1, sizeof(*player.model)), .outcome = outcome };
	ck_assert_ptr_nonnull(player.model);
	*player.model = (struct model){
		.random = seed,
		.n_ports = n_ports,
		.reuse = seed % 3 == 0,
		.pools = pools,
		.now = 1000 * SECOND,
	};
	sw_settings_init(&player.settings);
	for (int i = 0; i < N_TICKS; i++)
		tick(&player, i, interval);
	sw_reading_free(player.last);
	free(player.model);
}

static void play_all(bool pools)
{
	struct outcome outcome = { 0 };

	for (uint64_t seed = 1; seed <= 8; seed++)
		play(seed, pools, &outcome);
	/* Else it would prove nothing. */
	ck_assert_uint_gt(outcome.n_skipped, 300);
	ck_assert_uint_gt(outcome.n_found, 50);
	ck_assert_uint_gt(outcome.n_hot, 300);
	ck_assert_uint_gt(outcome.n_found_hot, 100);
}

START_TEST(what_is_skipped_would_have_found_nothing)
{
	play_all(false);
}
END_TEST

START_TEST(a_pool_that_is_given_up_is_seen_at_once)
{
	play_all(true);
}
END_TEST

int main(void)
{
	TCase *tcase = tcase_create("planner-random");

	tcase_add_test(tcase, what_is_skipped_would_have_found_nothing);
	tcase_add_test(tcase, a_pool_that_is_given_up_is_seen_at_once);
	return suite_run("planner-random", tcase);
}
