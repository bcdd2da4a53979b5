/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Since when a rate has been what it is, as readings one after the other tell. */

#include <math.h>

#include "base/mem.h"
#include "sockwatch/report.h"
#include "support/build.h"
#include "support/suite.h"

enum { FIRST_PORT = 30000, N_PORTS = 3000, MAX_CLOSES = 40000 };

/* From `at` on so many closes a second. */
struct phase {
	double at, per_s;
};

static double closes[MAX_CLOSES]; /* when */
static uint32_t n_closes;
static struct sw_trends *trends;
static struct sw_onset onset; /* as of the latest reading */
static sw_usec since;         /* likewise, on a wall clock that began with the closes */

static void set_up(void)
{
	n_closes = 0;
	ck_assert_int_eq(sw_trends_new(&trends, 1), 0);
}

static void tear_down(void)
{
	sw_trends_free(trends);
}

/* Up to `end`, evenly spaced, or with `noise` as chance has it. */
static void play(const struct phase *phases, size_t n, double end, bool noise)
{
	uint64_t random = 5;
	double now = phases[0].at;

	for (size_t i = 0; i < n; i++) {
		double until = i + 1 < n ? phases[i + 1].at : end;

		for (now = phases[i].at; phases[i].per_s > 0 && now < until;) {
			double chance = (double)(build_random(&random) >> 11) / 0x1p53;

			closes[n_closes++] = now;
			now += (noise ? -log(1 - chance) : 1) / phases[i].per_s;
		}
	}
}

static void look_at(double now, enum sw_scope scope)
{
	const struct sw_report_filter everything = { 0 };
	struct sw_reading *reading;
	struct sw_report report;

	ck_assert_int_eq(sw_reading_new(&reading), 0);
	reading->began = (struct sw_now){ (sw_usec)((5000 + now) * 1e6), (sw_usec)(now * 1e6) };
	reading->complete = true;
	sw_port_space_init(&reading->space, FIRST_PORT, FIRST_PORT + N_PORTS - 1);
	ck_assert_int_eq(sw_tally_new(&reading->tally, &reading->space, &reading->reuse, 1), 0);
	for (uint32_t i = 0; i < n_closes; i++) {
		double left = closes[i] + 60 - now;

		if (closes[i] <= now && left > 0) {
			struct sw_sock sock =
				build_time_wait("10.0.0.5", (uint16_t)(FIRST_PORT + i % N_PORTS),
						"10.0.0.9", 80, (uint32_t)(left * 1000));

			sw_tally_add(reading->tally, &sock);
		}
	}
	reading->scope = scope;
	reading->trends = trends;
	reading->hot =
		(struct sw_hot){ .destinations = { { build_addr("10.0.0.9"), 80 } }, .n = 1 };
	ck_assert_int_eq(sw_trends_update(trends, reading, (struct sw_figure){ 0 }), 0);
	ck_assert_int_eq(sw_report_init(&report, reading, NULL, &everything), 0);
	sw_report_keep_onsets(&report, trends);
	onset = report.n_outlooks > 0 ? report.outlooks[0].forecast.onset : (struct sw_onset){ 0 };
	since = report.n_outlooks > 0 ? report.outlooks[0].rate_since : 0;
	sw_report_deinit(&report);
	sw_reading_free(reading);
}

static void look(double now)
{
	look_at(now, SW_SCOPE_WHOLE);
}

static void look_at_hot(double now)
{
	look_at(now, SW_SCOPE_HOT);
}

static void check_onset(double now, double at, double before_per_s, double tolerance)
{
	ck_assert_msg(onset.known, "at %g s: no onset", now);
	ck_assert_msg(fabs((double)since / 1e6 - at) <= tolerance, "at %g s: since %g s", now,
		      (double)since / 1e6);
	ck_assert_msg(fabs(onset.before_per_s - before_per_s) <= 0.2 * before_per_s,
		      "at %g s: %g/s before", now, onset.before_per_s);
}

/* A reading of hot tuples learns nothing for the next ones, and time goes on. */
START_TEST(a_reading_of_hot_tuples_does_not_move_it)
{
	static const struct phase phases[] = { { 0, 10 }, { 200, 25 } };

	play(phases, 2, 900, false);
	for (double now = 60; now <= 400; now += 5)
		look(now);
	check_onset(400, 200, 10, 2);
	look_at_hot(440);
	check_onset(440, 200, 10, 2);
}
END_TEST

START_TEST(an_onset_is_known_for_longer_than_a_minute)
{
	static const struct phase phases[] = { { 0, 10 }, { 200, 25 } };

	play(phases, 2, 900, _i == 1);
	for (double now = 60; now < 200; now += 5) {
		look(now);
		ck_assert_msg(!onset.known, "at %g s", now);
	}
	for (double now = 215; now <= 900; now += 5) {
		look(now);
		check_onset(now, 200, 10, _i == 1 ? 5 : 2);
	}
}
END_TEST

START_TEST(a_newer_one_takes_its_place)
{
	static const struct phase phases[] = { { 0, 10 }, { 200, 25 }, { 400, 5 } };

	play(phases, 3, 700, false);
	for (double now = 60; now <= 400; now += 5)
		look(now);
	check_onset(400, 200, 10, 2);
	for (double now = 405; now <= 700; now += 5)
		look(now);
	check_onset(700, 400, 25, 2);
}
END_TEST

/* What was before is now again. */
START_TEST(it_is_over_when_the_rate_comes_back)
{
	static const struct phase phases[] = { { 0, 10 }, { 200, 16 }, { 320, 13 }, { 440, 11 } };

	play(phases, 4, 700, false);
	for (double now = 60; now <= 320; now += 5)
		look(now);
	check_onset(320, 200, 10, 3);
	for (double now = 325; now <= 600; now += 5)
		look(now);
	ck_assert(!onset.known || fabs(onset.before_per_s - 10) > 1);
}
END_TEST

START_TEST(a_small_change_is_no_reason_to_forget_a_large_one)
{
	static const struct phase phases[] = { { 0, 8 }, { 200, 40 }, { 300, 33 } };

	play(phases, 3, 600, false);
	for (double now = 60; now <= 600; now += 5)
		look(now);
	check_onset(600, 200, 8, 2);
}
END_TEST

START_TEST(without_the_readings_before_only_the_last_minute_tells)
{
	static const struct phase phases[] = { { 0, 10 }, { 200, 25 } };

	play(phases, 2, 900, false);
	look(240);
	check_onset(240, 200, 10, 2);
	/* Nobody looked for longer than a minute. */
	look(301);
	ck_assert(!onset.known);
}
END_TEST

START_TEST(a_day_is_long_enough)
{
	static const struct phase phases[] = { { 0, 10 }, { 200, 25 } };
	struct sw_onset old = { .known = true, .ago_s = 86399, .before_per_s = 3 };
	struct sw_tuple tuple = build_tuple("10.0.0.5", "10.0.0.9", 80);
	sw_usec now = (sw_usec)105100 * SW_USEC_PER_SEC;

	play(phases, 2, 400, false);
	for (size_t i = 0; i < n_closes; i++)
		closes[i] += 100000;
	look(100100);
	sw_trends_keep_onset(trends, &tuple, &old);
	ck_assert_double_eq_tol(sw_trends_of(trends, &tuple, now).onset.ago_s, 86399, 1e-6);
	old.ago_s = 86401;
	sw_trends_keep_onset(trends, &tuple, &old);
	ck_assert(!sw_trends_of(trends, &tuple, now).onset.known);
}
END_TEST

int main(void)
{
	TCase *tcase = tcase_create("onset");

	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_add_test(tcase, a_reading_of_hot_tuples_does_not_move_it);
	tcase_add_loop_test(tcase, an_onset_is_known_for_longer_than_a_minute, 0, 2);
	tcase_add_test(tcase, a_newer_one_takes_its_place);
	tcase_add_test(tcase, it_is_over_when_the_rate_comes_back);
	tcase_add_test(tcase, a_small_change_is_no_reason_to_forget_a_large_one);
	tcase_add_test(tcase, without_the_readings_before_only_the_last_minute_tells);
	tcase_add_test(tcase, a_day_is_long_enough);
	return suite_run("onset", tcase);
}
