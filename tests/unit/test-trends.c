/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Tuples as several readings show them, each made of real sockets. */

#include <math.h>

#include "base/mem.h"
#include "sockwatch/reading.h"
#include "sockwatch/trends.h"
#include "support/build.h"
#include "support/suite.h"

static const struct sw_hot *hot;
static struct sw_trends *trends;
static struct sw_figure active_opens;

static void set_up(void)
{
	hot = NULL;
	ck_assert_int_eq(sw_trends_new(&trends, 1), 0);
	active_opens = (struct sw_figure){ 0 };
}

static void tear_down(void)
{
	sw_trends_free(trends);
}

/* `n_held` connections, and as many TIME_WAIT that came in the last second, all on even ports
 * first. */
static void look(double seconds, uint32_t n_held, uint32_t n_closed)
{
	struct sw_reading *reading;

	ck_assert_int_eq(sw_reading_new(&reading), 0);
	sw_port_space_init(&reading->space, 32768, 34767);
	reading->began.boot = (sw_usec)((1000 + seconds) * 1e6);
	if (hot != NULL) {
		reading->scope = SW_SCOPE_HOT;
		reading->hot = *hot;
	}
	ck_assert_int_eq(sw_tally_new(&reading->tally, &reading->space, &reading->reuse, 1), 0);
	for (uint32_t i = 0; i < n_held + n_closed; i++) {
		uint16_t port = (uint16_t)(32768 + (i < 1000 ? 2 * i : 2 * (i - 1000) + 1));
		struct sw_sock sock =
			i < n_held
				? build_sock(SW_TCP_ESTABLISHED, "10.0.0.5", port, "10.0.0.9", 5432)
				: build_time_wait("10.0.0.5", port, "10.0.0.9", 5432, 59500);

		sw_tally_add(reading->tally, &sock);
	}
	ck_assert_int_eq(sw_trends_update(trends, reading, active_opens), 0);
	sw_reading_free(reading);
}

static struct sw_trend trend(void)
{
	struct sw_tuple tuple = build_tuple("10.0.0.5", "10.0.0.9", 5432);

	return sw_trends_of(trends, &tuple, 0);
}

START_TEST(of_one_reading_there_is_no_trend)
{
	ck_assert(isnan(trend().slow_share));
	look(0, 500, 0);
	ck_assert(isnan(trend().slow_share));
	ck_assert_double_eq(trend().held_per_s, 0);
}
END_TEST

START_TEST(steady_growth_is_seen_after_a_minute)
{
	for (int i = 0; i <= 5; i++)
		look(10 * i, (uint32_t)(200 + 20 * i), 0);
	ck_assert_double_eq(trend().held_per_s, 0);
	look(60, 320, 0);
	ck_assert_double_eq_tol(trend().held_per_s, 2, 1e-9);
	ck_assert_double_eq_tol(trend().held_low_per_s, 2, 1e-9);
	ck_assert_double_eq_tol(trend().held_s, 60, 1e-9);
}
END_TEST

START_TEST(readings_in_between_change_nothing)
{
	for (int i = 0; i <= 120; i++)
		look(i, (uint32_t)(200 + 2 * i), 0);
	ck_assert_double_eq_tol(trend().held_per_s, 2, 1e-9);
	ck_assert_double_eq_tol(trend().held_s, 120, 1e-9);
}
END_TEST

/* Of hot tuples, as long as they are counted. */
START_TEST(readings_that_count_others_change_nothing)
{
	static const struct sw_hot others;
	struct sw_hot with = { .n = 1 };

	with.destinations[0] =
		(struct sw_destination){ .addr = build_addr("10.0.0.9"), .port = 5432 };
	look(0, 200, 0);
	for (int i = 1; i <= 30; i++) {
		hot = i % 3 == 0 ? &with : &others;
		look(10 * i, (uint32_t)(200 + (i % 3 == 0 ? 20 * i : 700)), 0);
	}
	ck_assert_double_eq_tol(trend().held_per_s, 2, 1e-9);
	ck_assert_double_eq_tol(trend().held_s, 300, 1e-9);
	ck_assert(isnan(trend().open_per_s));
}
END_TEST

START_TEST(no_more_than_five_minutes_are_kept)
{
	for (int i = 0; i <= 100; i++)
		look(10 * i, (uint32_t)(200 + i), 0);
	ck_assert_double_eq_tol(trend().held_s, 300, 1e-9);
}
END_TEST

/* Samples every ten seconds. */
static const struct story {
	const char *story;
	uint32_t held[12];
} stories[] = {
	{ "a pool that is filled at once",
	  { 50, 50, 50, 50, 900, 900, 900, 900, 900, 900, 900, 900 } },
	{ "a pool that was filled before anything else",
	  { 50, 900, 900, 900, 900, 900, 900, 900, 900, 900, 900, 900 } },
	{ "up and down", { 300, 500, 310, 480, 320, 510, 300, 490, 310, 520, 300, 500 } },
	{ "less and less", { 900, 850, 800, 750, 700, 650, 600, 550, 500, 450, 400, 350 } },
	{ "the same", { 500, 500, 500, 500, 500, 500, 500, 500, 500, 500, 500, 500 } },
};

START_TEST(what_does_not_rise_steadily_does_not_grow)
{
	for (int i = 0; i < 12; i++) {
		look(10 * i, stories[_i].held[i], 0);
		ck_assert_msg(trend().held_per_s == 0 && trend().held_low_per_s == 0, "%s",
			      stories[_i].story);
	}
}
END_TEST

START_TEST(noise_makes_growth_less_sure)
{
	uint64_t random = 3;

	for (int i = 0; i <= 20; i++)
		look(10 * i, (uint32_t)(200 + 10 * i + build_random(&random) % 20), 0);
	ck_assert_double_eq_tol(trend().held_per_s, 1, 0.2);
	ck_assert_double_gt(trend().held_low_per_s, 0.5);
	ck_assert_double_lt(trend().held_low_per_s, trend().held_per_s);
}
END_TEST

/* Once a second ten close. 995 are held: the first pass has 1000 ports. */
START_TEST(slow_is_who_finds_the_first_pass_full)
{
	for (int i = 0; i <= 59; i++)
		look(i, 900, 10);
	ck_assert(isnan(trend().slow_share));
	look(60, 900, 10);
	ck_assert_double_eq(trend().slow_share, 0);
	for (int i = 61; i <= 90; i++)
		look(i, 995, 10);
	ck_assert_double_eq_tol(trend().slow_share, 0.5, 0.12);
	for (int i = 91; i <= 160; i++)
		look(i, 995, 10);
	ck_assert_double_eq(trend().slow_share, 1);
	for (int i = 161; i <= 240; i++)
		look(i, 995, 0);
	ck_assert(isnan(trend().slow_share));
}
END_TEST

START_TEST(after_a_gap_all_begins_anew)
{
	for (int i = 0; i <= 60; i++)
		look(i, (uint32_t)(200 + 2 * i), 10);
	look(121, 322, 10);
	ck_assert_double_eq(trend().held_per_s, 0);
	ck_assert(isnan(trend().slow_share));
}
END_TEST

START_TEST(who_uses_little_is_forgotten)
{
	for (int i = 0; i <= 70; i++)
		look(i, (uint32_t)(200 + 2 * i), 10);
	look(71, 19, 0);
	look(72, 342, 10);
	ck_assert_double_eq(trend().held_per_s, 0);
}
END_TEST

/* Ten more are held each second, and ten were closed: twenty connects. */
static void open_twenty(int seconds, uint64_t untold)
{
	look(seconds, (uint32_t)(100 + 10 * seconds), 10);
	active_opens.known = true;
	active_opens.value += 20 + untold;
}

START_TEST(a_second_reading_tells_what_was_opened)
{
	ck_assert(isnan(trend().open_per_s));
	/* As of the first reading, so much has been opened. */
	active_opens = (struct sw_figure){ .known = true, .value = 12345 };
	open_twenty(0, 0);
	ck_assert(isnan(trend().open_per_s));
	open_twenty(1, 0);
	ck_assert_double_eq(trend().open_per_s, 20);
	for (int i = 2; i <= 30; i++) {
		open_twenty(i, 0);
		ck_assert_double_eq(trend().open_per_s, 20);
	}
}
END_TEST

START_TEST(without_the_counter_it_does_not)
{
	for (int i = 0; i <= 30; i++)
		look(i, (uint32_t)(100 + 10 * i), 10);
	ck_assert(isnan(trend().open_per_s));
}
END_TEST

START_TEST(nor_where_a_tenth_may_have_left_nothing_behind)
{
	active_opens.known = true;
	open_twenty(0, 2);
	for (int i = 1; i <= 20; i++)
		open_twenty(i, 2);
	ck_assert_double_eq(trend().open_per_s, 20);
	for (int i = 21; i <= 24; i++)
		open_twenty(i, 4);
	ck_assert(isnan(trend().open_per_s));
	for (int i = 25; i <= 34; i++)
		open_twenty(i, 0);
	ck_assert_double_eq(trend().open_per_s, 20);
}
END_TEST

START_TEST(after_a_gap_it_is_not_known_what_was_opened)
{
	active_opens.known = true;
	for (int i = 0; i <= 10; i++)
		open_twenty(i, 0);
	look(71, 210, 0);
	ck_assert(isnan(trend().open_per_s));
	look(72, 210, 0);
	ck_assert_double_eq(trend().open_per_s, 0);
}
END_TEST

int main(void)
{
	TCase *tcase = tcase_create("trends");

	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_add_test(tcase, of_one_reading_there_is_no_trend);
	tcase_add_test(tcase, steady_growth_is_seen_after_a_minute);
	tcase_add_test(tcase, readings_in_between_change_nothing);
	tcase_add_test(tcase, readings_that_count_others_change_nothing);
	tcase_add_test(tcase, no_more_than_five_minutes_are_kept);
	tcase_add_loop_test(tcase, what_does_not_rise_steadily_does_not_grow, 0,
			    SW_ARRAY_SIZE(stories));
	tcase_add_test(tcase, noise_makes_growth_less_sure);
	tcase_add_test(tcase, slow_is_who_finds_the_first_pass_full);
	tcase_add_test(tcase, after_a_gap_all_begins_anew);
	tcase_add_test(tcase, who_uses_little_is_forgotten);
	tcase_add_test(tcase, a_second_reading_tells_what_was_opened);
	tcase_add_test(tcase, without_the_counter_it_does_not);
	tcase_add_test(tcase, nor_where_a_tenth_may_have_left_nothing_behind);
	tcase_add_test(tcase, after_a_gap_it_is_not_known_what_was_opened);
	return suite_run("trends", tcase);
}
