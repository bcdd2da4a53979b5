/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Random traffic, looked at twice: by dumps on every tick, and by the planner, who sees
 * the counters alone. A tick that it skips must be one on which a dump would have found
 * nothing: no tuple beyond a line, none without a port, none projected to fail or heading
 * beyond Warning. So no alert can come later than with a dump every tick. And what a dump of hot
 * tuples does not find, a whole one would not either.
 */

#include <stdlib.h>
#include <string.h>

#include "sockwatch/hot.h"
#include "support/build.h"
#include "support/model.h"
#include "support/suite.h"

#define SECOND SW_USEC_PER_SEC

enum { N_TICKS = 200 };

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
	reading = model_dump_hot(player->model, player->last, &player->hot, &player->settings);
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

	model_advance(model, interval);
	counters = model->counters;
	need = sw_planner_look(&player->planner, &counters, false, 60 * SECOND, model->now);
	/* Traffic does not wait for the dump. */
	model_go_on(model, SECOND / 100);
	reading = model_dump(model);
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
	uint32_t n_ports = seed == 6 && !pools ? MODEL_MAX_PORTS : 500 + 400 * (uint32_t)seed;
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
