/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <string.h>

#include "base/mem.h"
#include "sockwatch/outlook.h"
#include "support/build.h"
#include "support/suite.h"

/* Debian's 28232 ports, TIME_WAIT of 62.048 s, no reuse, unless a test says otherwise. */
static struct sw_port_space space;
static struct sw_reuse_rule reuse;
static struct sw_tuple_tally tally;
static struct sw_outlook outlook;

static void set_up(void)
{
	sw_port_space_init(&space, 32768, 60999);
	reuse = (struct sw_reuse_rule){ .timestamps = true, .delay_msec = 1000 };
	memset(&tally, 0, sizeof(tally));
	tally.tuple = build_tuple("10.0.0.5", "10.0.0.9", 5432);
}

static void compute(void)
{
	struct sw_outlook_input input = {
		.tally = &tally,
		.space = &space,
		.reuse = &reuse,
		.limits = &sw_ephemeral_limits_default,
		.max_severity = SW_LEVEL_CRITICAL,
		.wheel = { 2.048, 2.048 },
		.time_wait_room = UINT64_MAX,
	};

	sw_outlook_compute(&input, &outlook);
}

/* 100 ports, ten of them reserved and nine of the others blocked. */
static void set_up_small_space(void)
{
	static struct sw_portset reserved;

	ck_assert_int_eq(sw_portset_add_list(&reserved, "40000-40009"), 0);
	sw_port_space_init(&space, 40000, 40099);
	sw_port_space_reserve(&space, &reserved);
	for (uint16_t port = 40010; port < 40019; port++)
		sw_port_space_block(&space, port);
}

START_TEST(ports_are_used_or_free)
{
	set_up_small_space();
	build_held(&tally, 18);
	compute();
	ck_assert_uint_eq(outlook.range, 100);
	ck_assert_uint_eq(outlook.reserved, 10);
	ck_assert_uint_eq(outlook.blocked, 9);
	ck_assert_uint_eq(outlook.capacity, 81);
	ck_assert_uint_eq(outlook.used, 18);
	ck_assert_uint_eq(outlook.free, 63);
	ck_assert_uint_eq(outlook.free_low, 63);
	/* 63 of 90 are free, and 18 of 81 taken */
	ck_assert_double_eq_tol(outlook.utilization, 0.3, 1e-12);
	ck_assert_double_eq_tol(outlook.own, 18 / 81.0, 1e-12);
	ck_assert_mem_eq(&outlook.tuple, &tally.tuple, sizeof(tally.tuple));
}
END_TEST

/* 30 in 5 s are 6/s, which is 372.288 in 62.048 s; 9 more of 90 are blocked. */
START_TEST(the_heading_is_a_share_of_what_is_not_reserved)
{
	set_up_small_space();
	build_time_waits(&tally, 0, 10, 3);
	compute();
	ck_assert_double_eq_tol(outlook.forecast.heading_to, (372.288 + 9) / 90, 1e-9);
}
END_TEST

START_TEST(blocked_ports_are_gone_even_without_sockets)
{
	set_up_small_space();
	compute();
	ck_assert_uint_eq(outlook.free, 81);
	ck_assert_double_eq_tol(outlook.utilization, 0.1, 1e-12);
	ck_assert_double_eq(outlook.own, 0);
	ck_assert(!outlook.slow_connects);
}
END_TEST

START_TEST(a_row_that_came_twice_uses_no_more_than_there_is)
{
	build_held(&tally, 28233);
	compute();
	ck_assert_uint_eq(outlook.used, 28232);
	ck_assert_uint_eq(outlook.free, 0);
	ck_assert_double_eq(outlook.utilization, 1);
}
END_TEST

START_TEST(without_usable_ports_everything_is_gone)
{
	static struct sw_portset all;

	ck_assert_int_eq(sw_portset_add_list(&all, "40000-40099"), 0);
	sw_port_space_init(&space, 40000, 40099);
	sw_port_space_reserve(&space, &all);
	compute();
	ck_assert_double_eq(outlook.utilization, 1);
	ck_assert_double_eq(outlook.own, 0);
	ck_assert_int_eq(outlook.level, SW_LEVEL_EXHAUSTED);
}
END_TEST

/* 98 of 100 ports are blocked, and half of the rest is taken. */
START_TEST(a_level_goes_by_what_the_tuple_took_itself)
{
	sw_port_space_init(&space, 40000, 40099);
	for (uint16_t port = 40002; port <= 40099; port++)
		sw_port_space_block(&space, port);
	build_held(&tally, 1);
	compute();
	ck_assert_double_eq_tol(outlook.utilization, 0.99, 1e-12);
	ck_assert_double_eq(outlook.own, 0.5);
	ck_assert_int_eq(outlook.level, SW_LEVEL_OK);
}
END_TEST

START_TEST(of_an_odd_range_one_port_may_go_unfound)
{
	sw_port_space_init(&space, 40000, 40100);
	build_held(&tally, 100);
	compute();
	ck_assert_uint_eq(outlook.free, 1);
	ck_assert_uint_eq(outlook.free_low, 0);
	build_held(&tally, 1);
	compute();
	ck_assert_uint_eq(outlook.free, 0);
	ck_assert_uint_eq(outlook.free_low, 0);
}
END_TEST

START_TEST(states_are_told_apart)
{
	build_held(&tally, 7);
	build_time_waits(&tally, 3, 2, 10);
	tally.n_reusable = tally.n_taken_reusable = 5;
	compute();
	ck_assert_uint_eq(outlook.held, 7);
	ck_assert_uint_eq(outlook.time_wait, 20);
	ck_assert_uint_eq(outlook.reusable, 5);
	ck_assert_uint_eq(outlook.used, 22);
	ck_assert_uint_eq(outlook.n_by_state[SW_TCP_ESTABLISHED], 7);
	ck_assert_uint_eq(outlook.n_by_state[SW_TCP_TIME_WAIT], 20);
	ck_assert_double_eq(outlook.wheel_s, 2.048);
	ck_assert_double_eq(outlook.reuse_delay_s, 1);
}
END_TEST

/* 14116 of 28232 ports have the parity of 32768. */
START_TEST(connects_are_slow_once_the_first_pass_is_full)
{
	build_held(&tally, 14200);
	tally.n_used_first = 14115;
	compute();
	ck_assert_uint_eq(outlook.used_first, 14115);
	ck_assert(!outlook.slow_connects);
	tally.n_used_first = 14116;
	compute();
	ck_assert(outlook.slow_connects);
	build_held(&tally, 14031); /* one is left */
	compute();
	ck_assert_uint_eq(outlook.free, 1);
	ck_assert(outlook.slow_connects);
}
END_TEST

START_TEST(connects_that_fail_have_searched_everything)
{
	build_held(&tally, 28232);
	tally.n_used_first = 14116;
	compute();
	ck_assert_uint_eq(outlook.free, 0);
	ck_assert(outlook.slow_connects);
}
END_TEST

START_TEST(a_first_pass_that_others_block_is_full_as_well)
{
	for (uint32_t port = 32768; port < 60999; port += 2)
		sw_port_space_block(&space, (uint16_t)port);
	compute();
	ck_assert_uint_eq(outlook.free, 14116);
	ck_assert(outlook.slow_connects);
}
END_TEST

START_TEST(blocked_ports_of_the_first_pass_make_it_full_sooner)
{
	sw_port_space_block(&space, 32768);
	build_held(&tally, 14115);
	tally.n_used_first = 14115;
	compute();
	ck_assert(outlook.slow_connects);
}
END_TEST

/* Half, 80 % and 98 % of 28232 are 14116, 22585.6 and 27667.4; of 100 ports they are whole. */
static const struct {
	uint16_t high; /* of the range */
	uint32_t held;
	enum sw_level level;
} levels[] = {
	{ 60999, 0, SW_LEVEL_OK },
	{ 60999, 14116, SW_LEVEL_OK },
	{ 60999, 14117, SW_LEVEL_NOTICE },
	{ 60999, 22585, SW_LEVEL_NOTICE },
	{ 60999, 22586, SW_LEVEL_WARNING },
	{ 60999, 27667, SW_LEVEL_WARNING },
	{ 60999, 27668, SW_LEVEL_CRITICAL },
	{ 60999, 28231, SW_LEVEL_CRITICAL },
	{ 60999, 28232, SW_LEVEL_EXHAUSTED },
	{ 32867, 50, SW_LEVEL_OK },
	{ 32867, 51, SW_LEVEL_NOTICE },
	{ 32867, 80, SW_LEVEL_NOTICE },
	{ 32867, 81, SW_LEVEL_WARNING },
	{ 32867, 98, SW_LEVEL_WARNING },
	{ 32867, 99, SW_LEVEL_CRITICAL },
	{ 32867, 100, SW_LEVEL_EXHAUSTED },
};

START_TEST(a_level_begins_above_its_line)
{
	sw_port_space_init(&space, 32768, levels[_i].high);
	build_held(&tally, levels[_i].held);
	compute();
	ck_assert_int_eq(outlook.level, levels[_i].level);
}
END_TEST

static const struct traffic {
	const char *story;
	uint32_t first, n_slots;
	uint16_t per_slot;
	enum sw_level level;
} traffics[] = {
	/* 380/s x 62.048 s are 84 %, and 40 s of it 54 %. */
	{ "beyond the knee, heading over the warning line", 0, 80, 190, SW_LEVEL_WARNING },
	{ "the same, not beyond the knee yet", 0, 70, 190, SW_LEVEL_OK },
	/* 360/s x 62.048 s are 79 %. */
	{ "beyond the knee, heading not so far", 0, 80, 180, SW_LEVEL_NOTICE },
	/* 20000 in 10 s; the rest goes in some 4 s. */
	{ "beyond the knee, fails in seconds", 0, 20, 1000, SW_LEVEL_CRITICAL },
	/* 14000 in 5 s, less than half. */
	{ "a burst of five seconds that stays below the knee", 0, 10, 1400, SW_LEVEL_OK },
	/* 9180 in 15 s; 580/s at the least, so it fails within 33 s. */
	{ "not half full, but it fails within the minute for certain", 0, 30, 306,
	  SW_LEVEL_CRITICAL },
	{ "the same for ten seconds only", 0, 20, 306, SW_LEVEL_OK },
};

START_TEST(what_is_coming_raises_the_level)
{
	build_time_waits(&tally, traffics[_i].first, traffics[_i].n_slots, traffics[_i].per_slot);
	compute();
	ck_assert_msg(outlook.level == traffics[_i].level, "%s: %s", traffics[_i].story,
		      sw_level_to_string(outlook.level));
}
END_TEST

static const struct imminence {
	const char *story;
	double own, low_s, sustained_s;
	bool imminent;
} imminences[] = {
	{ "nothing in sight", 0.9, SW_NEVER, SW_NEVER, false },
	{ "within 20 s, beyond the knee", 0.51, 20, SW_NEVER, true },
	{ "within 20 s, at the knee", 0.50, 20, SW_NEVER, false },
	{ "a little later", 0.51, 20.01, SW_NEVER, false },
	{ "sustained, within a minute", 0.1, 70, 60, true },
	{ "sustained, a little later", 0.1, 70, 60.01, false },
	{ "now", 0.1, SW_NEVER, 0, true },
};

START_TEST(imminent_is_soon_beyond_the_knee_or_sustained)
{
	const struct imminence *c = &imminences[_i];

	outlook = build_outlook(0);
	outlook.own = c->own;
	outlook.forecast.exhausted_in_low_s = c->low_s;
	outlook.forecast.exhausted_in_sustained_s = c->sustained_s;
	ck_assert_msg(sw_outlook_is_imminent(&outlook, &sw_ephemeral_limits_default) == c->imminent,
		      "%s", c->story);
}
END_TEST

START_TEST(reuse_makes_the_delay_the_lifetime)
{
	reuse.always = true;
	build_time_waits(&tally, 0, 2, 100);
	build_time_waits(&tally, 2, 118, 100);
	tally.n_reusable = tally.n_taken_reusable = 11800;
	compute();
	ck_assert_int_eq(outlook.reuse, SW_REUSE_YES);
	ck_assert_uint_eq(outlook.used, 200);
	ck_assert_uint_eq(outlook.free, 28032);
	ck_assert_double_eq_tol(outlook.forecast.ceiling_per_s, 28232, 1e-9);
}
END_TEST

START_TEST(reuse_for_loopback_is_for_loopback)
{
	reuse.loopback = true;
	compute();
	ck_assert_int_eq(outlook.reuse, SW_REUSE_NONE);
	tally.tuple = build_tuple("127.0.0.1", "127.0.0.1", 5432);
	compute();
	ck_assert_int_eq(outlook.reuse, SW_REUSE_LOOPBACK);
	ck_assert_double_eq_tol(outlook.forecast.ceiling_per_s, 28232, 1e-9);
}
END_TEST

START_TEST(reuse_is_possible_with_timestamps)
{
	compute();
	ck_assert(outlook.reuse_possible);
	reuse.delay_msec = 1;
	compute();
	ck_assert(outlook.reuse_possible);
	reuse.timestamps = false;
	compute();
	ck_assert(!outlook.reuse_possible);
}
END_TEST

static const struct cause {
	const char *story;
	uint32_t held, time_wait, reusable, blocked;
	enum sw_cause cause;
} causes[] = {
	{ "no sockets", 0, 0, 0, 0, SW_CAUSE_NONE },
	{ "only what can be reused", 0, 10, 10, 0, SW_CAUSE_NONE },
	{ "only TIME_WAIT", 0, 1, 0, 0, SW_CAUSE_CLIENT_CLOSES_FIRST },
	{ "only live sockets", 1, 0, 0, 0, SW_CAUSE_HELD },
	{ "as many of both", 10, 10, 0, 0, SW_CAUSE_HELD },
	{ "one TIME_WAIT more", 10, 11, 0, 0, SW_CAUSE_CLIENT_CLOSES_FIRST },
	{ "but that one can be reused", 10, 11, 1, 0, SW_CAUSE_HELD },
	{ "as many blocked as both together", 10, 11, 0, 21, SW_CAUSE_CLIENT_CLOSES_FIRST },
	{ "one more blocked", 10, 11, 0, 22, SW_CAUSE_PORTS_BLOCKED },
	{ "more blocked than cannot be reused", 10, 11, 1, 21, SW_CAUSE_PORTS_BLOCKED },
	{ "only blocked ones", 0, 0, 0, 1, SW_CAUSE_PORTS_BLOCKED },
};

START_TEST(the_cause_is_what_holds_most_ports)
{
	struct sw_outlook held = {
		.held = causes[_i].held,
		.time_wait = causes[_i].time_wait,
		.reusable = causes[_i].reusable,
		.blocked = causes[_i].blocked,
	};

	ck_assert_msg(sw_outlook_cause(&held) == causes[_i].cause, "%s", causes[_i].story);
}
END_TEST

START_TEST(causes_have_the_names_of_the_schema)
{
	ck_assert_ptr_null(sw_cause_to_string(SW_CAUSE_NONE));
	ck_assert_str_eq(sw_cause_to_string(SW_CAUSE_CLIENT_CLOSES_FIRST), "client-closes-first");
	ck_assert_str_eq(sw_cause_to_string(SW_CAUSE_HELD), "held");
	ck_assert_str_eq(sw_cause_to_string(SW_CAUSE_PORTS_BLOCKED), "ports-blocked");
}
END_TEST

START_TEST(the_worst_comes_first_then_the_fullest_then_by_address)
{
	static const struct {
		const char *destination;
		enum sw_level level;
		uint32_t used;
	} wanted[] = {
		{ "10.0.0.4", SW_LEVEL_CRITICAL, 10 }, { "10.0.0.3", SW_LEVEL_WARNING, 20 },
		{ "10.0.0.5", SW_LEVEL_WARNING, 15 },  { "10.0.0.1", SW_LEVEL_OK, 30 },
		{ "10.0.0.2", SW_LEVEL_OK, 30 },       { "10.0.0.3", SW_LEVEL_OK, 30 },
	};
	enum { N = SW_ARRAY_SIZE(wanted) };
	struct sw_outlook list[N];

	/* Each rotation of the right order is put right again. */
	for (size_t shift = 0; shift < N; shift++) {
		for (size_t i = 0; i < N; i++) {
			list[(i + shift) % N] = (struct sw_outlook){
				.tuple = build_tuple("10.0.0.5", wanted[i].destination, 80),
				.level = wanted[i].level,
				.used = wanted[i].used,
			};
		}
		qsort(list, N, sizeof(list[0]), sw_outlook_compare);
		for (size_t i = 0; i < N; i++) {
			struct sw_addr addr = build_addr(wanted[i].destination);

			ck_assert(sw_addr_equal(&list[i].tuple.destination, &addr));
			ck_assert_int_eq(list[i].level, wanted[i].level);
		}
	}
	ck_assert_int_eq(sw_outlook_compare(&list[0], &list[0]), 0);
}
END_TEST

START_TEST(the_defaults_are_those_of_the_manual)
{
	const struct sw_ephemeral_limits *limits = &sw_ephemeral_limits_default;

	ck_assert_double_eq(limits->notice, 0.5);
	ck_assert_double_eq(limits->warning, 0.8);
	ck_assert_double_eq(limits->critical, 0.98);
	ck_assert_uint_eq(limits->critical_in, 60000000);
	ck_assert_uint_eq(limits->critical_hold, 10000000);
	ck_assert_uint_eq(limits->warning_hold, 120000000);
	ck_assert_uint_eq(limits->clear, 300000000);
}
END_TEST

int main(void)
{
	TCase *tcase = tcase_create("outlook");

	tcase_add_checked_fixture(tcase, set_up, NULL);
	tcase_add_test(tcase, ports_are_used_or_free);
	tcase_add_test(tcase, the_heading_is_a_share_of_what_is_not_reserved);
	tcase_add_test(tcase, blocked_ports_are_gone_even_without_sockets);
	tcase_add_test(tcase, a_row_that_came_twice_uses_no_more_than_there_is);
	tcase_add_test(tcase, without_usable_ports_everything_is_gone);
	tcase_add_test(tcase, a_level_goes_by_what_the_tuple_took_itself);
	tcase_add_test(tcase, of_an_odd_range_one_port_may_go_unfound);
	tcase_add_test(tcase, states_are_told_apart);
	tcase_add_test(tcase, connects_are_slow_once_the_first_pass_is_full);
	tcase_add_test(tcase, connects_that_fail_have_searched_everything);
	tcase_add_test(tcase, a_first_pass_that_others_block_is_full_as_well);
	tcase_add_test(tcase, blocked_ports_of_the_first_pass_make_it_full_sooner);
	tcase_add_loop_test(tcase, a_level_begins_above_its_line, 0, SW_ARRAY_SIZE(levels));
	tcase_add_loop_test(tcase, what_is_coming_raises_the_level, 0, SW_ARRAY_SIZE(traffics));
	tcase_add_loop_test(tcase, imminent_is_soon_beyond_the_knee_or_sustained, 0,
			    SW_ARRAY_SIZE(imminences));
	tcase_add_test(tcase, reuse_makes_the_delay_the_lifetime);
	tcase_add_test(tcase, reuse_for_loopback_is_for_loopback);
	tcase_add_test(tcase, reuse_is_possible_with_timestamps);
	tcase_add_loop_test(tcase, the_cause_is_what_holds_most_ports, 0, SW_ARRAY_SIZE(causes));
	tcase_add_test(tcase, causes_have_the_names_of_the_schema);
	tcase_add_test(tcase, the_worst_comes_first_then_the_fullest_then_by_address);
	tcase_add_test(tcase, the_defaults_are_those_of_the_manual);
	return suite_run("outlook", tcase);
}
