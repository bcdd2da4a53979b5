/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What each counter makes of a tick, beginning with a dump of a known population. */

#include <string.h>

#include "sockwatch/planner.h"
#include "support/build.h"
#include "support/suite.h"

#define SECOND SW_USEC_PER_SEC

static struct sw_planner planner;
static struct sw_counters counters;
static struct sw_settings settings;
static struct sw_reading *reading;
static sw_usec now;

static void set_up(void)
{
	planner = (struct sw_planner){ 0 };
	counters = (struct sw_counters){ .active_opens = 1000,
					 .passive_opens = 1000,
					 .n_in_use = 500,
					 .n_allocated = 600,
					 .settings = 1 };
	now = 1000 * SECOND;
	sw_settings_init(&settings);
	ck_assert_int_eq(sw_reading_new(&reading), 0);
	sw_port_space_init(&reading->space, 32768, 60999);
	reading->reuse = (struct sw_reuse_rule){ .timestamps = true, .delay_msec = 1000 };
	ck_assert_int_eq(sw_tally_new(&reading->tally, &reading->space, &reading->reuse, 1), 0);
}

static void tear_down(void)
{
	sw_reading_free(reading);
}

static enum sw_need look(void)
{
	return sw_planner_look(&planner, &counters, false, 60 * SECOND, now);
}

/* One second later. */
static enum sw_need look_on(void)
{
	now += SECOND;
	return look();
}

static void hold(uint16_t n)
{
	for (uint16_t i = 0; i < n; i++) {
		struct sw_sock sock = build_sock(SW_TCP_ESTABLISHED, "10.0.0.5",
						 (uint16_t)(32768 + i), "10.0.0.9", 5432);

		sw_tally_add(reading->tally, &sock);
	}
}

static void dump(void)
{
	const struct sw_report_filter everything = { 0 };
	struct sw_report report;

	look();
	ck_assert_int_eq(sw_report_init(&report, reading, &settings, &everything), 0);
	sw_planner_note(&planner, &report, &settings);
	sw_report_deinit(&report);
}

START_TEST(the_first_tick_dumps_and_a_quiet_one_does_not)
{
	ck_assert_int_eq(look(), SW_NEED_COUNTERS);
	dump();
	for (int i = 1; i < 60; i++)
		ck_assert_int_eq(look_on(), SW_NEED_NOTHING);
	ck_assert_int_eq(look_on(), SW_NEED_AGE);
	dump();
	ck_assert_int_eq(look_on(), SW_NEED_NOTHING);
}
END_TEST

START_TEST(a_dump_that_failed_is_tried_again)
{
	dump();
	ck_assert_int_eq(look_on(), SW_NEED_NOTHING);
	sw_planner_note(&planner, NULL, &settings);
	ck_assert_int_eq(look_on(), SW_NEED_COUNTERS);
}
END_TEST

START_TEST(without_counters_every_tick_dumps)
{
	dump();
	ck_assert_int_eq(sw_planner_look(&planner, NULL, false, 60 * SECOND, now),
			 SW_NEED_COUNTERS);
	ck_assert_int_eq(look_on(), SW_NEED_COUNTERS);
	dump();
	ck_assert_int_eq(look_on(), SW_NEED_NOTHING);
	/* They began anew: it is another namespace. */
	counters.active_opens = 0;
	ck_assert_int_eq(look_on(), SW_NEED_COUNTERS);
}
END_TEST

START_TEST(whoever_asks_gets_one)
{
	dump();
	ck_assert_int_eq(sw_planner_look(&planner, &counters, true, 60 * SECOND, now),
			 SW_NEED_ASKED);
}
END_TEST

START_TEST(a_full_accept_queue_is_a_reason)
{
	dump();
	counters.listen_overflows++;
	ck_assert_int_eq(look_on(), SW_NEED_QUEUE);
	dump();
	ck_assert_int_eq(look_on(), SW_NEED_NOTHING);
}
END_TEST

START_TEST(another_sysctl_is_a_reason)
{
	dump();
	counters.settings = 2;
	ck_assert_int_eq(look_on(), SW_NEED_SETTING);
}
END_TEST

START_TEST(what_is_left_to_the_line_bounds_the_opens)
{
	/* 14116 is half of the range. */
	hold(14100);
	dump();
	counters.active_opens += 16;
	counters.n_in_use += 16;
	counters.n_allocated += 16;
	ck_assert_int_eq(look_on(), SW_NEED_NOTHING);
	counters.active_opens++;
	ck_assert_int_eq(look_on(), SW_NEED_ROOM);
}
END_TEST

START_TEST(ports_are_not_only_taken_by_connects)
{
	hold(14100);
	dump();
	/* Bound to a port, and idle. */
	counters.n_allocated += 17;
	ck_assert_int_eq(look_on(), SW_NEED_ROOM);
	/* Half of them listen. */
	counters.n_in_use += 9;
	ck_assert_int_eq(look_on(), SW_NEED_ROOM);
	/* They were accepted from a listener. */
	counters.passive_opens += 17;
	ck_assert_int_eq(look_on(), SW_NEED_NOTHING);
	dump();
	counters.n_in_use += 17;
	ck_assert_int_eq(look_on(), SW_NEED_ROOM);
}
END_TEST

START_TEST(an_override_may_have_the_nearest_line)
{
	dump();
	counters.active_opens += 20;
	counters.n_in_use += 20;
	ck_assert_int_eq(look_on(), SW_NEED_NOTHING);
	settings.n_overrides = 1;
	settings.overrides[0].rules = settings.rules;
	settings.overrides[0].rules.ephemeral_ports.notice = 0.0005;
	/* That of another rule says nothing of ports. */
	settings.overrides[0].rule = SW_RULE_SYN_SENT;
	dump();
	counters.active_opens += 20;
	counters.n_in_use += 20;
	ck_assert_int_eq(look_on(), SW_NEED_NOTHING);
	settings.overrides[0].rule = SW_RULE_EPHEMERAL_PORTS;
	dump();
	counters.active_opens += 20;
	counters.n_in_use += 20;
	ck_assert_int_eq(look_on(), SW_NEED_ROOM);
}
END_TEST

START_TEST(a_pool_that_closes_is_looked_at_and_one_that_rests_is_not)
{
	hold(5000);
	dump();
	for (int i = 0; i < 10; i++)
		ck_assert_int_eq(look_on(), SW_NEED_NOTHING);
	/* No connect() is needed for five thousand TIME_WAIT. */
	counters.n_in_use -= 200;
	ck_assert_int_eq(look_on(), SW_NEED_PACE);
}
END_TEST

START_TEST(few_live_sockets_cannot_close_often)
{
	hold(10);
	dump();
	/* A busy server beside them. */
	for (int i = 0; i < 50; i++) {
		counters.passive_opens += 1000;
		ck_assert_int_eq(look_on(), SW_NEED_NOTHING);
	}
	/* But those that are opened can. */
	counters.passive_opens += 1000;
	counters.active_opens += 200;
	ck_assert_int_eq(look_on(), SW_NEED_PACE);
}
END_TEST

START_TEST(a_slow_turnover_needs_no_dump)
{
	hold(1000);
	dump();
	for (int i = 1; i < 60; i++) {
		counters.active_opens += 2;
		ck_assert_int_eq(look_on(), SW_NEED_NOTHING);
	}
}
END_TEST

START_TEST(every_need_has_a_name)
{
	for (int need = SW_NEED_NOTHING; need <= SW_NEED_COUNTERS; need++)
		ck_assert_uint_gt(strlen(sw_need_to_string((enum sw_need)need)), 0);
}
END_TEST

int main(void)
{
	TCase *tcase = tcase_create("planner");

	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_add_test(tcase, the_first_tick_dumps_and_a_quiet_one_does_not);
	tcase_add_test(tcase, a_dump_that_failed_is_tried_again);
	tcase_add_test(tcase, without_counters_every_tick_dumps);
	tcase_add_test(tcase, whoever_asks_gets_one);
	tcase_add_test(tcase, a_full_accept_queue_is_a_reason);
	tcase_add_test(tcase, another_sysctl_is_a_reason);
	tcase_add_test(tcase, what_is_left_to_the_line_bounds_the_opens);
	tcase_add_test(tcase, ports_are_not_only_taken_by_connects);
	tcase_add_test(tcase, an_override_may_have_the_nearest_line);
	tcase_add_test(tcase, a_pool_that_closes_is_looked_at_and_one_that_rests_is_not);
	tcase_add_test(tcase, few_live_sockets_cannot_close_often);
	tcase_add_test(tcase, a_slow_turnover_needs_no_dump);
	tcase_add_test(tcase, every_need_has_a_name);
	return suite_run("planner", tcase);
}
