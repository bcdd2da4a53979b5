/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A day of a daemon whose readings cost what chance has them cost, and what it never exceeds. */

#include <stdlib.h>

#include "base/mem.h"
#include "sockwatch/budget.h"
#include "support/build.h"
#include "support/suite.h"

#define SECOND SW_USEC_PER_SEC
#define MSEC SW_USEC_PER_MSEC
#define SHARE 0.02

enum { N_TICKS = 20000 };

static struct sw_budget budget;
static sw_usec now, cpu;
static enum sw_extent extent;

static void set_up(void)
{
	budget = (struct sw_budget){ .share = SHARE };
	now = 1000 * SECOND;
	cpu = 10 * MSEC;
	extent = SW_EXTENT_WHOLE;
	sw_budget_note(&budget, cpu, SW_EXTENT_NONE, now);
}

/* What a reading costs, and that it was made. */
static void read_for(sw_usec cost)
{
	cpu += cost;
	sw_budget_note(&budget, cpu, extent, now);
}

static sw_usec ask_at(sw_usec time, enum sw_need need)
{
	now = time;
	sw_budget_note(&budget, cpu, SW_EXTENT_NONE, now);
	return sw_budget_ask(&budget, need, false, &extent);
}

START_TEST(the_first_reading_is_made_at_once)
{
	ck_assert_uint_eq(sw_budget_ask(&budget, SW_NEED_COUNTERS, false, &extent), 0);
	ck_assert_uint_eq(budget.delay, 0);
}
END_TEST

START_TEST(what_is_cheap_never_waits)
{
	for (int i = 1; i < 1000; i++) {
		ck_assert_uint_eq(ask_at(now + SECOND, SW_NEED_ROOM), 0);
		read_for(12 * MSEC);
	}
}
END_TEST

START_TEST(after_long_quiet_several_are_made_at_once)
{
	read_for(100 * MSEC);
	now += 3600 * SECOND;
	/* A fifth of what five minutes allow: 1.2 s. */
	for (int i = 1; i <= 10; i++) {
		ck_assert_uint_eq(ask_at(now + SECOND, SW_NEED_ROOM), 0);
		read_for(100 * MSEC);
	}
	for (int i = 0; i < 10 && ask_at(now + SECOND, SW_NEED_ROOM) == 0; i++)
		read_for(100 * MSEC);
	ck_assert_uint_gt(sw_budget_ask(&budget, SW_NEED_ROOM, false, &extent), 0);
}
END_TEST

/* 50 ms allow one reading each 2.5 s, or a bit later. */
START_TEST(what_is_dear_comes_as_often_as_the_share_allows)
{
	uint32_t n = 0;

	for (int i = 0; i < 10000; i++)
		if (ask_at(now + SECOND / 10, SW_NEED_PACE) == 0) {
			read_for(50 * MSEC);
			n++;
		}
	/* Of 400, and 24 that were saved. */
	ck_assert_uint_ge(n, 320);
	ck_assert_uint_le(n, 400);
}
END_TEST

/* 1.2 s were saved, 0.4 s of them are left, and 16 ms come in a second. */
START_TEST(the_next_may_cost_a_quarter_more)
{
	read_for(800 * MSEC);
	ck_assert_uint_ge(sw_budget_ask(&budget, SW_NEED_ROOM, false, &extent), 37 * SECOND);
	ck_assert_uint_le(sw_budget_ask(&budget, SW_NEED_ROOM, false, &extent), 39 * SECOND);
}
END_TEST

START_TEST(the_wait_is_as_long_as_said)
{
	sw_usec wait;

	read_for(2 * SECOND);
	wait = ask_at(now + SECOND, SW_NEED_ROOM);
	ck_assert_uint_gt(wait, 0);
	ck_assert_uint_gt(ask_at(now + wait - 1000, SW_NEED_ROOM), 0);
	ck_assert_uint_eq(ask_at(now + 1001, SW_NEED_ROOM), 0);
}
END_TEST

/* What narrow readings owe when there are none any more is paid first, by three quarters. */
START_TEST(the_wait_is_as_long_as_said_while_narrow_ones_owe)
{
	sw_usec wait;

	read_for(1500 * MSEC);
	sw_budget_set_narrow(&budget, 0.2);
	ck_assert_uint_eq(ask_at(now + 40 * SECOND, SW_NEED_ROOM), 0);
	ck_assert_int_eq(extent, SW_EXTENT_NARROW);
	read_for(900 * MSEC);
	sw_budget_set_narrow(&budget, 0);
	wait = ask_at(now + SECOND, SW_NEED_ROOM);
	ck_assert_uint_gt(ask_at(now + wait - 1000, SW_NEED_ROOM), 0);
	ck_assert_uint_eq(ask_at(now + 1001, SW_NEED_ROOM), 0);
}
END_TEST

/* At rest all runs into the bucket of whole ones once the other is full. */
START_TEST(the_wait_is_as_long_as_said_when_narrow_ones_are_not_made)
{
	sw_usec wait;

	read_for(1400 * MSEC);
	sw_budget_set_narrow(&budget, 0.07);
	wait = ask_at(now + SECOND, SW_NEED_AGE);
	ck_assert_uint_gt(ask_at(now + wait - 1000, SW_NEED_AGE), 0);
	ck_assert_uint_eq(ask_at(now + 1001, SW_NEED_AGE), 0);
}
END_TEST

START_TEST(what_waits_is_late_and_knows_it_from_the_start)
{
	sw_usec wait, since;

	read_for(2 * SECOND);
	wait = ask_at(now + SECOND, SW_NEED_ROOM);
	since = now;
	ck_assert_uint_eq(budget.delay, wait);
	ask_at(now + 10 * SECOND, SW_NEED_PACE);
	ck_assert_uint_ge(budget.delay + 1, wait);
	ck_assert_uint_le(budget.delay, wait + 1);
	ck_assert_uint_eq(ask_at(since + wait + SECOND, SW_NEED_ROOM), 0);
	ck_assert_uint_eq(budget.delay, wait + SECOND);
	read_for(100 * MSEC);
	/* The next need is a new one. */
	ask_at(now + SECOND, SW_NEED_ROOM);
	ck_assert_uint_lt(budget.delay, wait);
}
END_TEST

START_TEST(when_the_need_is_gone_nothing_is_late)
{
	read_for(2 * SECOND);
	ck_assert_uint_gt(ask_at(now + SECOND, SW_NEED_ROOM), 0);
	ck_assert_uint_eq(ask_at(now + SECOND, SW_NEED_NOTHING), 0);
	ck_assert_uint_eq(budget.delay, 0);
}
END_TEST

START_TEST(age_and_those_who_ask_wait_but_nothing_is_late)
{
	read_for(2 * SECOND);
	ck_assert_uint_gt(ask_at(now + SECOND, SW_NEED_AGE), 0);
	ck_assert_uint_eq(budget.delay, 0);
	ck_assert_uint_gt(ask_at(now + SECOND, SW_NEED_ASKED), 0);
	ck_assert_uint_eq(budget.delay, 0);
}
END_TEST

/* It is paid for afterwards: one a window would be too much. */
START_TEST(what_is_dearer_than_the_window_allows_is_paid_for_later)
{
	uint32_t n = 0;

	read_for(20 * SECOND);
	for (int i = 0; i < 100000; i++) {
		cpu += MSEC / 10;
		if (ask_at(now + SECOND, SW_NEED_ROOM) == 0) {
			read_for(20 * SECOND);
			n++;
		}
	}
	ck_assert_uint_ge(n, 70);
	ck_assert_uint_le(n, 100);
}
END_TEST

START_TEST(a_smaller_share_holds_from_then_on)
{
	read_for(10 * MSEC);
	budget.share = SHARE / 20;
	/* A bucket of 60 ms, and four fifths of a millisecond a second. */
	for (int i = 0; i < 9; i++)
		if (ask_at(now + SECOND, SW_NEED_ROOM) == 0)
			read_for(10 * MSEC);
	ck_assert_uint_ge(ask_at(now + SECOND, SW_NEED_ROOM), SECOND);
}
END_TEST

/* Whole ones cost 1.4 s, as of a million sockets; narrow ones 100 ms. */
START_TEST(narrow_ones_are_made_where_whole_ones_would_be_late)
{
	uint32_t n[3] = { 0 };
	sw_usec latest = 0;

	read_for(1400 * MSEC);
	sw_budget_set_narrow(&budget, 0.07);
	for (int i = 0; i < 30000; i++)
		if (ask_at(now + SECOND, SW_NEED_ROOM) == 0) {
			n[extent]++;
			if (i > 1000 && budget.delay > latest)
				latest = budget.delay;
			read_for(extent == SW_EXTENT_WHOLE ? 1400 * MSEC : 100 * MSEC);
		}
	ck_assert_uint_ge(n[SW_EXTENT_WHOLE], 60);
	ck_assert_uint_ge(n[SW_EXTENT_NARROW], 3000);
	ck_assert_uint_le(latest, 10 * SECOND);
}
END_TEST

/* Whole ones cost 1.5 s, narrow ones 250 ms, looks 0.4 ms; there is always need for a reading. */
START_TEST(narrow_ones_do_not_keep_whole_ones_out_for_ever)
{
	uint32_t n[3] = { 0 };
	sw_usec whole, longest = 0;

	read_for(1500 * MSEC);
	whole = now;
	sw_budget_set_narrow(&budget, 1.0 / 6);
	for (int i = 0; i < 20000; i++) {
		cpu += 400;
		if (ask_at(now + SECOND, SW_NEED_PACE) > 0)
			continue;
		n[extent]++;
		if (extent == SW_EXTENT_WHOLE) {
			longest = SW_MAX(longest, now - whole);
			whole = now;
		}
		read_for(extent == SW_EXTENT_WHOLE ? 1500 * MSEC : 250 * MSEC);
	}
	ck_assert_uint_le(SW_MAX(longest, now - whole), 3 * SW_BUDGET_WINDOW);
	ck_assert_uint_ge(n[SW_EXTENT_NARROW], 500);
}
END_TEST

START_TEST(against_age_only_a_whole_one_helps)
{
	read_for(1400 * MSEC);
	sw_budget_set_narrow(&budget, 0.07);
	ask_at(now + 20 * SECOND, SW_NEED_AGE);
	ck_assert_int_eq(extent, SW_EXTENT_WHOLE);
	ck_assert_uint_gt(sw_budget_ask(&budget, SW_NEED_AGE, false, &extent), 0);
	ck_assert_uint_eq(sw_budget_ask(&budget, SW_NEED_ASKED, false, &extent), 0);
	ck_assert_int_eq(extent, SW_EXTENT_NARROW);
}
END_TEST

/* All that comes in is for whole ones then, but what narrow ones keep. */
START_TEST(at_rest_whole_ones_get_what_narrow_ones_leave)
{
	read_for(1400 * MSEC);
	sw_budget_set_narrow(&budget, 0.07);
	ck_assert_uint_gt(ask_at(now + 60 * SECOND, SW_NEED_AGE), 0);
	for (int i = 0; i < 90; i++)
		ask_at(now + SECOND, SW_NEED_NOTHING);
	ck_assert_uint_eq(ask_at(now + SECOND, SW_NEED_AGE), 0);
}
END_TEST

static double chance(uint64_t *random)
{
	return (double)(build_random(random) >> 11) / 9007199254740992.0;
}

struct use {
	sw_usec at, cpu;
};

static const struct sw_use_case {
	double share;
	sw_usec cheapest, dearest;
} cases[] = {
	{ 0.02, 1 * MSEC, 200 * MSEC },    { 0.02, 100 * MSEC, 1200 * MSEC },
	{ 0.02, 500 * MSEC, 2000 * MSEC }, { 0.001, 1 * MSEC, 100 * MSEC },
	{ 0.5, 100 * MSEC, 30 * SECOND },  { 0.02, 1500 * MSEC, 2500 * MSEC },
};

/* Times of need and times of none, costs that drift, ticks of a second and of a fifth of it. */
START_TEST(no_window_has_more_than_the_share)
{
	static struct use uses[N_TICKS];
	const double share = cases[_i % 6].share;
	double cost = (double)cases[_i % 6].cheapest;
	uint64_t random = (uint64_t)_i * 7919 + 1;
	enum sw_need need = SW_NEED_ROOM;
	double narrow = _i % 2 == 0 ? 0 : 0.05 + 0.4 * chance(&random);
	sw_usec sum = 0;
	size_t oldest = 0;

	budget = (struct sw_budget){ .share = share };
	for (size_t i = 0; i < N_TICKS; i++) {
		sw_usec tick = (sw_usec)(share * 10 * (double)MSEC * chance(&random));

		now += chance(&random) < 0.5 ? SECOND : SECOND / 5;
		cpu += tick;
		sw_budget_note(&budget, cpu, SW_EXTENT_NONE, now);
		if (chance(&random) < 0.003)
			need = chance(&random) < 0.3 ? SW_NEED_NOTHING : SW_NEED_ROOM;
		uses[i] = (struct use){ now, tick };
		if (sw_budget_ask(&budget, need, false, &extent) > 0 || need == SW_NEED_NOTHING)
			continue;
		if (extent == SW_EXTENT_NARROW) {
			read_for((sw_usec)(cost * narrow));
			uses[i].cpu += (sw_usec)(cost * narrow);
			continue;
		}
		/* No more than a quarter dearer than the one before. */
		cost *= 0.8 + 0.45 * chance(&random);
		if (cost < (double)cases[_i % 6].cheapest)
			cost = (double)cases[_i % 6].cheapest;
		if (cost > (double)cases[_i % 6].dearest)
			cost = (double)cases[_i % 6].dearest;
		read_for((sw_usec)cost);
		uses[i].cpu += (sw_usec)cost;
		sw_budget_set_narrow(&budget, narrow);
	}
	for (size_t i = 0; i < N_TICKS; i++) {
		sum += uses[i].cpu;
		while (uses[oldest].at + SW_BUDGET_WINDOW <= uses[i].at)
			sum -= uses[oldest++].cpu;
		/* The first reading is not foreseen. */
		ck_assert(oldest == 0 || (double)sum <= share * (double)SW_BUDGET_WINDOW);
	}
}
END_TEST

/* A tuple may have been where it is since the narrow reading was needed that could not tell. */
START_TEST(what_a_narrow_reading_cannot_tell_is_late_since_it_was_needed)
{
	sw_usec asked, wait;

	read_for(1500 * MSEC);
	sw_budget_set_narrow(&budget, 0.2);
	ck_assert_uint_eq(ask_at(now + 40 * SECOND, SW_NEED_ROOM), 0);
	ck_assert_int_eq(extent, SW_EXTENT_NARROW);
	read_for(900 * MSEC);
	wait = ask_at(now + SECOND, SW_NEED_ROOM);
	asked = now;
	ck_assert_uint_gt(wait, 10 * SECOND);
	ck_assert_uint_eq(ask_at(now + wait + 1, SW_NEED_ROOM), 0);
	ck_assert_int_eq(extent, SW_EXTENT_NARROW);
	read_for(300 * MSEC);
	now += SECOND;
	sw_budget_note(&budget, cpu, SW_EXTENT_NONE, now);
	wait = sw_budget_ask(&budget, SW_NEED_OTHERS, true, &extent);
	ck_assert_uint_gt(wait, 0);
	ck_assert_uint_eq(budget.delay, now + wait - asked);
}
END_TEST

int main(void)
{
	TCase *tcase = tcase_create("budget");

	tcase_add_checked_fixture(tcase, set_up, NULL);
	tcase_add_test(tcase, the_first_reading_is_made_at_once);
	tcase_add_test(tcase, what_is_cheap_never_waits);
	tcase_add_test(tcase, after_long_quiet_several_are_made_at_once);
	tcase_add_test(tcase, what_is_dear_comes_as_often_as_the_share_allows);
	tcase_add_test(tcase, the_next_may_cost_a_quarter_more);
	tcase_add_test(tcase, the_wait_is_as_long_as_said);
	tcase_add_test(tcase, the_wait_is_as_long_as_said_while_narrow_ones_owe);
	tcase_add_test(tcase, the_wait_is_as_long_as_said_when_narrow_ones_are_not_made);
	tcase_add_test(tcase, what_waits_is_late_and_knows_it_from_the_start);
	tcase_add_test(tcase, when_the_need_is_gone_nothing_is_late);
	tcase_add_test(tcase, age_and_those_who_ask_wait_but_nothing_is_late);
	tcase_add_test(tcase, what_is_dearer_than_the_window_allows_is_paid_for_later);
	tcase_add_test(tcase, a_smaller_share_holds_from_then_on);
	tcase_add_test(tcase, narrow_ones_are_made_where_whole_ones_would_be_late);
	tcase_add_test(tcase, narrow_ones_do_not_keep_whole_ones_out_for_ever);
	tcase_add_test(tcase, against_age_only_a_whole_one_helps);
	tcase_add_test(tcase, at_rest_whole_ones_get_what_narrow_ones_leave);
	tcase_add_loop_test(tcase, no_window_has_more_than_the_share, 0, 60);
	tcase_add_test(tcase, what_a_narrow_reading_cannot_tell_is_late_since_it_was_needed);
	return suite_run("budget", tcase);
}
