/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Readings that cost more than the CPU budget has, in a scripted world: what waits, and who is
 * told. */

#include <errno.h>
#include <string.h>

#include "support/suite.h"
#include "world/costly.h"

#define MSEC SW_USEC_PER_MSEC

START_TEST(no_five_minutes_have_more_than_the_budget)
{
	enum { N = 3000, WINDOW = 300 };
	static sw_usec used[N];
	size_t n_dumps = 0;

	world->request_cost = 100 * MSEC;
	for (size_t i = 0; i < N; i++) {
		n_dumps += costly_tick(1000);
		used[i] = world->cpu_used;
		if (i > WINDOW)
			ck_assert_uint_le(used[i] - used[i - WINDOW], 6 * SW_USEC_PER_SEC);
	}
	/* Each costs 200 ms, and there are 60 s. */
	ck_assert_uint_ge(n_dumps, 230);
}
END_TEST

START_TEST(a_tick_that_waits_lives_and_says_how_late_it_may_be)
{
	size_t n_touched, n_persisted;

	world->request_cost = 60 * MSEC;
	/* Until what was saved is used up. */
	while (costly_tick(1000))
		;
	/* 120 ms last for 7.5 s. */
	ck_assert_double_ge(costly_delay_told(), 5);
	ck_assert_double_le(costly_delay_told(), 9);
	n_touched = world->n_touched;
	n_persisted = world->n_persisted;
	ck_assert(!costly_tick(1000));
	ck_assert_uint_eq(world->n_touched, n_touched + 1);
	ck_assert_uint_eq(world->n_persisted, n_persisted);
	ck_assert_str_eq(last_alert, "");
	/* There is nothing any more that could be seen late. */
	while (!costly_tick(0))
		;
	while (costly_tick(0))
		;
	ck_assert_double_eq(costly_delay_told(), 0);
}
END_TEST

START_TEST(later_than_ten_seconds_is_blindness_until_it_is_not)
{
	bool dumped = true;

	world->request_cost = 200 * MSEC;
	while (n_alerts == 0)
		dumped = costly_tick(1000);
	/* It was known before there was a reading. */
	ck_assert(!dumped);
	ck_assert_ptr_nonnull(strstr(last_alert, "sockwatch is blind for 2"));
	ck_assert_ptr_nonnull(
		strstr(last_alert, " s at a time: to read 10 sockets costs 0.4 s of CPU time, and "
				   "CpuBudget=2% allows no more\n"));
	ck_assert_ptr_nonnull(strstr(last_alert, "SOCKWATCH_CAUSE=cpu-budget\n"));
	ck_assert_ptr_nonnull(strstr(last_alert, "PRIORITY=4\n"));
	ck_assert_double_ge(costly_delay_told(), 20);
	ck_assert_ptr_nonnull(strstr(world->persisted, "\"rule\":\"blind\""));
	for (int i = 0; i < 600; i++)
		costly_tick(1000);
	ck_assert_uint_eq(n_alerts, 1);
	world->request_cost = 10 * MSEC;
	while (n_alerts == 1)
		costly_tick(1000);
	ck_assert_ptr_nonnull(strstr(last_alert, "sockwatch sees again: it was blind for "));
	ck_assert_ptr_null(strstr(world->persisted, "\"rule\":\"blind\""));
}
END_TEST

START_TEST(where_nothing_happens_any_more_it_is_not_blind)
{
	world->request_cost = 200 * MSEC;
	while (n_alerts == 0)
		costly_tick(1000);
	for (int i = 0; i < 120; i++)
		costly_tick(0);
	ck_assert_uint_eq(n_alerts, 2);
	ck_assert_double_eq(costly_delay_told(), 0);
}
END_TEST

/* Two minutes of readings that are 25 s apart. */
START_TEST(holds_go_on_while_readings_wait)
{
	settings.blind.enabled = false;
	sw_daemon_configure(daemon_, &settings);
	world->request_cost = 200 * MSEC;
	costly_set_held(85);
	for (int i = 0; i < 180; i++)
		costly_tick(1000);
	ck_assert_uint_eq(n_alerts, 1);
	ck_assert_ptr_nonnull(strstr(last_alert, "SOCKWATCH_RULE=ephemeral-ports\n"));
	ck_assert_ptr_nonnull(strstr(last_alert, "SOCKWATCH_SEVERITY=warning\n"));
}
END_TEST

START_TEST(what_was_not_taken_is_offered_again_meanwhile)
{
	size_t n_persisted;

	world->request_cost = 200 * MSEC;
	while (world->cpu_used < SW_USEC_PER_SEC)
		costly_tick(1000);
	world->persist_error = -ENOSPC;
	n_persisted = world->n_persisted;
	ck_assert(!costly_tick(1000));
	ck_assert_uint_eq(world->n_persisted, n_persisted);
	world->persist_error = 0;
	ck_assert(!costly_tick(1000));
	ck_assert_uint_eq(world->n_persisted, n_persisted + 1);
	ck_assert(!costly_tick(1000));
	ck_assert_uint_eq(world->n_persisted, n_persisted + 1);
}
END_TEST

/* A file with many rows costs as much as a small reading. */
START_TEST(to_say_how_late_it_is_does_not_make_it_later)
{
	size_t n_dumps = 0;

	world->request_cost = 200 * MSEC;
	world->persist_cost = 20 * MSEC;
	for (int i = 0; i < 3000; i++)
		n_dumps += costly_tick(1000);
	/* Each costs 420 ms, and there are 48 s; a fifth of that is for all else. */
	ck_assert_uint_ge(n_dumps, 90);
	ck_assert_double_le(costly_delay_told(), 40);
}
END_TEST

START_TEST(a_larger_budget_is_used_at_once)
{
	world->request_cost = 200 * MSEC;
	while (costly_tick(1000))
		;
	settings.cpu_budget = 0.5;
	sw_daemon_configure(daemon_, &settings);
	costly_tick(1000);
	for (int i = 0; i < 100; i++)
		ck_assert(costly_tick(1000));
}
END_TEST

int main(void)
{
	TCase *tcase = tcase_create("late");

	tcase_add_checked_fixture(tcase, costly_set_up, costly_tear_down);
	tcase_add_test(tcase, no_five_minutes_have_more_than_the_budget);
	tcase_add_test(tcase, a_tick_that_waits_lives_and_says_how_late_it_may_be);
	tcase_add_test(tcase, later_than_ten_seconds_is_blindness_until_it_is_not);
	tcase_add_test(tcase, where_nothing_happens_any_more_it_is_not_blind);
	tcase_add_test(tcase, holds_go_on_while_readings_wait);
	tcase_add_test(tcase, what_was_not_taken_is_offered_again_meanwhile);
	tcase_add_test(tcase, to_say_how_late_it_is_does_not_make_it_later);
	tcase_add_test(tcase, a_larger_budget_is_used_at_once);
	return suite_run("late", tcase);
}
