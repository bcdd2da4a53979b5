/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Two readings: a whole one, and one of hot tuples after it. */

#include <stdio.h>

#include "core/suspicion.h"
#include "sockwatch/hot.h"
#include "sockwatch/ledger.h"
#include "sockwatch/planner.h"
#include "sockwatch/report.h"
#include "support/build.h"
#include "support/suite.h"

#define SECOND SW_USEC_PER_SEC

enum { LOW = 32768 };

static struct sw_settings settings;
static struct sw_reading *before, *reading;
static struct sw_hot hot;
static struct sw_planner planner;
static struct sw_counters counters;

static struct sw_reading *new_reading(sw_usec now)
{
	struct sw_reading *made;

	ck_assert_int_eq(sw_reading_new(&made), 0);
	made->began.boot = now;
	sw_port_space_init(&made->space, LOW, 60999);
	ck_assert_int_eq(sw_tally_new(&made->tally, &made->space, &made->reuse, 1), 0);
	return made;
}

static void set_up(void)
{
	sw_settings_init(&settings);
	before = new_reading(1000 * SECOND);
	before->duration_usec = SECOND / 2;
	reading = NULL;
	planner = (struct sw_planner){ 0 };
	counters = (struct sw_counters){ .active_opens = 50000, .n_in_use = 20000 };
}

static void tear_down(void)
{
	sw_reading_free(before);
	sw_reading_free(reading);
}

/* Sockets in one state, on the ports from `first` on. */
static void show(struct sw_reading *to, enum sw_tcp_state state, const char *destination,
		 uint16_t first, uint16_t n, uint32_t expires_ms)
{
	for (uint16_t i = 0; i < n; i++) {
		struct sw_sock sock = build_sock(state, "10.0.0.5", (uint16_t)(LOW + first + i),
						 destination, 5432);

		sock.mini = state == SW_TCP_TIME_WAIT;
		sock.expires_ms = expires_ms;
		sw_tally_add(to->tally, &sock);
	}
}

static struct sw_report report_on(const struct sw_reading *of)
{
	const struct sw_report_filter everything = { 0 };
	struct sw_report report;

	ck_assert_int_eq(sw_report_init(&report, of, &settings, &everything), 0);
	return report;
}

static void note(const struct sw_reading *of)
{
	struct sw_report report = report_on(of);

	sw_planner_note(&planner, &report, &settings);
	sw_report_deinit(&report);
}

static enum sw_need look(sw_usec now)
{
	return sw_planner_look(&planner, &counters, false, 60 * SECOND, now);
}

/* Ends the whole reading, and begins the next one. */
static void go_on(void)
{
	struct sw_report report;

	(void)look(1000 * SECOND);
	sw_tally_finish(before->tally);
	report = report_on(before);
	sw_hot_begin(&hot, &report);
	sw_report_deinit(&report);
	note(before);
	reading = new_reading(1004 * SECOND);
	reading->hot = hot;
}

static void widen(void)
{
	ck_assert_int_eq(sw_hot_widen(&reading->hot, reading, before->tally, &settings), 0);
}

/* Ends the reading of hot tuples. */
static void end(void)
{
	sw_tally_finish_hot(reading->tally, before->tally, &reading->hot);
	sw_hot_end(&reading->hot, reading);
	reading->scope = SW_SCOPE_HOT;
	reading->rest_age = 4 * SECOND;
}

static const struct sw_tuple_tally *row(const char *destination)
{
	struct sw_tuple tuple = { .source = build_addr("10.0.0.5"),
				  .destination = build_addr(destination),
				  .port = 5432 };
	const struct sw_tuple_tally *found = sw_tally_find_tuple(reading->tally, &tuple);

	ck_assert_ptr_nonnull(found);
	return found;
}

START_TEST(a_tuple_that_is_not_hot_stays_as_it_was)
{
	struct sw_report report;

	show(before, SW_TCP_ESTABLISHED, "10.0.0.9", 0, 13000, 0);
	show(before, SW_TCP_ESTABLISHED, "10.0.0.8", 0, 4000, 0);
	go_on();
	ck_assert_uint_eq(hot.n, 1);
	ck_assert_uint_eq(hot.n_live_then, 13000);
	/* One closes some, the other a few. */
	show(reading, SW_TCP_TIME_WAIT, "10.0.0.9", 0, 100, 59000);
	show(reading, SW_TCP_TIME_WAIT, "10.0.0.8", 0, 20, 59000);
	widen();
	ck_assert_uint_eq(reading->hot.n, 1);
	show(reading, SW_TCP_ESTABLISHED, "10.0.0.9", 100, 12950, 0);
	end();
	ck_assert_uint_eq(row("10.0.0.9")->n_taken, 13050);
	ck_assert_uint_eq(row("10.0.0.9")->n_taken_time_wait, 100);
	ck_assert_uint_eq(row("10.0.0.8")->n_taken, 4000);
	ck_assert_uint_eq(row("10.0.0.8")->n_taken_time_wait, 0);
	report = report_on(reading);
	ck_assert_uint_eq(report.n_outlooks, 2);
	ck_assert_double_eq(report.outlooks[0].age_s, 0);
	ck_assert_double_eq(report.outlooks[1].age_s, 4);
	sw_report_deinit(&report);
}
END_TEST

/* Not what has closed and is supposed to be there still. */
START_TEST(only_what_is_counted_is_known_to_have_been_half_full)
{
	struct sw_ledger *ledger;
	struct sw_tuple busy = build_tuple("10.0.0.5", "10.0.0.9", 5432);
	struct sw_tuple quiet = build_tuple("10.0.0.5", "10.0.0.8", 5432);

	ck_assert_int_eq(sw_ledger_new(&ledger), 0);
	settings.rules.ephemeral_ports.notice = 0.95;
	show(before, SW_TCP_ESTABLISHED, "10.0.0.9", 0, 25000, 0);
	show(before, SW_TCP_ESTABLISHED, "10.0.0.8", 0, 8000, 0);
	go_on();
	sw_tally_set_ledger(reading->tally, ledger);
	show(reading, SW_TCP_TIME_WAIT, "10.0.0.8", 0, 8000, 0);
	widen();
	ck_assert_uint_eq(reading->hot.n, 1);
	show(reading, SW_TCP_ESTABLISHED, "10.0.0.9", 0, 25000, 0);
	end();
	ck_assert(sw_portset_has(sw_ledger_half_full(ledger), sw_tuple_mark(&busy)));
	ck_assert(!sw_portset_has(sw_ledger_half_full(ledger), sw_tuple_mark(&quiet)));
	sw_ledger_free(ledger);
}
END_TEST

START_TEST(what_went_to_hot_ones_is_known)
{
	show(before, SW_TCP_ESTABLISHED, "10.0.0.9", 0, 13000, 0);
	show(before, SW_TCP_TIME_WAIT, "10.0.0.9", 20000, 500, 58000);
	go_on();
	show(reading, SW_TCP_TIME_WAIT, "10.0.0.9", 20000, 500, 54000);
	/* 3.5 s have gone by since. By the slots of the ages these surely closed after that ... */
	show(reading, SW_TCP_TIME_WAIT, "10.0.0.9", 21000, 300, 56501);
	/* ... and these may have been before. */
	show(reading, SW_TCP_TIME_WAIT, "10.0.0.9", 22000, 70, 56499);
	widen();
	show(reading, SW_TCP_ESTABLISHED, "10.0.0.9", 0, 12900, 0);
	end();
	ck_assert_uint_eq(reading->hot.n_opened, 12900 + 300 - 13000);
}
END_TEST

START_TEST(one_that_was_not_there_is_hot_by_its_time_wait)
{
	show(before, SW_TCP_ESTABLISHED, "10.0.0.8", 0, 4000, 0);
	go_on();
	ck_assert_uint_eq(hot.n, 0);
	show(reading, SW_TCP_TIME_WAIT, "10.0.0.7", 0, 2000, 58000);
	widen();
	ck_assert_uint_eq(reading->hot.n, 1);
	show(reading, SW_TCP_ESTABLISHED, "10.0.0.7", 2000, 10, 0);
	end();
	ck_assert_uint_eq(row("10.0.0.7")->n_taken, 2010);
	ck_assert_uint_eq(row("10.0.0.8")->n_taken, 4000);
	ck_assert_uint_eq(reading->hot.n_opened, 2010);
}
END_TEST

START_TEST(one_that_is_gone_is_empty)
{
	show(before, SW_TCP_ESTABLISHED, "10.0.0.9", 0, 13000, 0);
	go_on();
	widen();
	end();
	ck_assert_uint_eq(row("10.0.0.9")->n_total, 0);
	ck_assert_uint_eq(reading->hot.n_opened, 0);
}
END_TEST

START_TEST(more_than_there_is_room_for_take_a_whole_reading)
{
	go_on();
	for (int i = 1; i <= SW_REQUEST_MAX_TOWARDS + 1; i++) {
		char destination[16];

		snprintf(destination, sizeof(destination), "10.0.1.%d", i);
		show(reading, SW_TCP_TIME_WAIT, destination, 0, 2000, 58000);
	}
	widen();
	ck_assert(reading->hot.more);
}
END_TEST

START_TEST(where_some_tuples_had_to_make_way_there_is_no_telling)
{
	for (uint32_t i = 0; i <= SW_TALLY_MAX_TUPLES; i++) {
		char destination[16];

		snprintf(destination, sizeof(destination), "10.1.%u.%u", i / 256, i % 256);
		show(before, SW_TCP_ESTABLISHED, destination, 0, 1, 0);
	}
	go_on();
	ck_assert(hot.more);
}
END_TEST

/* A tenth of the capacity is 2823 ports. */
START_TEST(what_others_may_have_got_is_held_against_what_was_allowed)
{
	show(before, SW_TCP_ESTABLISHED, "10.0.0.9", 0, 13000, 0);
	show(before, SW_TCP_ESTABLISHED, "10.0.0.8", 0, 4000, 0);
	go_on();
	counters.active_opens += 3000;
	counters.n_in_use += 3000;
	ck_assert_int_eq(look(1004 * SECOND), SW_NEED_ROOM);
	widen();
	/* 177 of them are seen, and one more. */
	show(reading, SW_TCP_ESTABLISHED, "10.0.0.9", 0, (uint16_t)(13000 + 176 + _i), 0);
	end();
	note(reading);
	ck_assert_int_eq(look(1005 * SECOND), _i == 0 ? SW_NEED_OTHERS : SW_NEED_AGE);
	ck_assert(planner.others == (_i == 0));
}
END_TEST

/* A hundred closes are no harm as long as no tuple can have that many sockets. */
START_TEST(closes_take_sockets_that_others_may_have_got_by_now)
{
	show(before, SW_TCP_ESTABLISHED, "10.0.0.8", 0, 10, 0);
	go_on();
	counters.active_opens += _i == 0 ? 20 : 100;
	counters.n_in_use += _i == 0 ? 20 : 100;
	ck_assert_int_eq(look(1004 * SECOND), SW_NEED_NOTHING);
	widen();
	end();
	note(reading);
	ck_assert_int_eq(look(1005 * SECOND), SW_NEED_NOTHING);
	counters.active_opens += 80;
	counters.n_in_use -= 20;
	ck_assert_int_eq(look(1006 * SECOND), _i == 0 ? SW_NEED_NOTHING : SW_NEED_PACE);
}
END_TEST

/* They answer, and close again: what was SYN_SENT then nobody has counted since. */
START_TEST(what_was_about_to_connect_may_have_and_may_close)
{
	show(before, SW_TCP_SYN_SENT, "10.0.0.8", 0, 8000, 0);
	go_on();
	ck_assert_uint_eq(hot.n, 0);
	ck_assert_int_eq(look(1004 * SECOND), SW_NEED_NOTHING);
	widen();
	end();
	note(reading);
	ck_assert_int_eq(look(1005 * SECOND), SW_NEED_NOTHING);
	counters.n_in_use -= 8000;
	ck_assert_int_eq(look(1006 * SECOND), SW_NEED_PACE);
}
END_TEST

/* The dump was soon enough, and what came since may have gone to one of the others as well. */
START_TEST(beyond_what_was_allowed_it_takes_another_look)
{
	show(before, SW_TCP_ESTABLISHED, "10.0.0.8", 0, 11200, 0);
	go_on();
	ck_assert_uint_eq(hot.n, 0);
	counters.active_opens += 2800;
	counters.n_in_use += 2800;
	ck_assert_int_eq(look(1004 * SECOND), SW_NEED_PACE);
	widen();
	end();
	note(reading);
	ck_assert_int_eq(look(1005 * SECOND), SW_NEED_AGE);
	counters.active_opens += 200;
	counters.n_in_use += 200;
	ck_assert_int_eq(look(1006 * SECOND), SW_NEED_ROOM);
	ck_assert(!planner.others);
}
END_TEST

/* Notice= may be less than what is allowed. */
START_TEST(a_tuple_that_is_not_there_yet_may_have_got_it)
{
	settings.rules.ephemeral_ports.notice = 0.05;
	go_on();
	counters.active_opens += 2000;
	counters.n_in_use += 2000;
	ck_assert_int_eq(look(1004 * SECOND), SW_NEED_ROOM);
	widen();
	end();
	note(reading);
	ck_assert_int_eq(look(1005 * SECOND), SW_NEED_OTHERS);
}
END_TEST

START_TEST(where_a_hot_one_needs_the_room_of_others_it_takes_a_whole_reading)
{
	for (uint32_t i = 0; i < SW_TALLY_MAX_TUPLES; i++) {
		char destination[16];

		snprintf(destination, sizeof(destination), "10.1.%u.%u", i / 256, i % 256);
		show(before, i % 2 == 0 ? SW_TCP_ESTABLISHED : SW_TCP_TIME_WAIT, destination, 0, 1,
		     1000);
	}
	go_on();
	ck_assert(!hot.more);
	show(reading, SW_TCP_TIME_WAIT, "10.0.0.7", 0, 2000, 58000);
	widen();
	ck_assert_uint_eq(reading->hot.n, 1);
	end();
	ck_assert(reading->hot.more);
}
END_TEST

/* TIME_WAIT does not age meanwhile. */
START_TEST(while_the_host_sleeps_nothing_closes)
{
	before->jiffies = (struct sw_jiffies){ 4000000, 500 * SECOND };
	show(before, SW_TCP_ESTABLISHED, "10.0.0.9", 0, 11000, 0);
	show(before, SW_TCP_TIME_WAIT, "10.0.0.9", 12000, 3000, 50000);
	go_on();
	reading->began.boot += 100 * SECOND;
	reading->jiffies = (struct sw_jiffies){ 4000000, 504 * SECOND };
	show(reading, SW_TCP_TIME_WAIT, "10.0.0.9", 12000, 3000, 46000);
	/* In 3.5 s. */
	show(reading, SW_TCP_TIME_WAIT, "10.0.0.9", 20000, 70, 56501);
	widen();
	show(reading, SW_TCP_ESTABLISHED, "10.0.0.9", 0, 11000, 0);
	end();
	ck_assert_uint_eq(reading->hot.n_opened, 70);
}
END_TEST

int main(void)
{
	TCase *tcase = tcase_create("hot");

	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_add_test(tcase, a_tuple_that_is_not_hot_stays_as_it_was);
	tcase_add_test(tcase, only_what_is_counted_is_known_to_have_been_half_full);
	tcase_add_test(tcase, what_went_to_hot_ones_is_known);
	tcase_add_test(tcase, one_that_was_not_there_is_hot_by_its_time_wait);
	tcase_add_test(tcase, one_that_is_gone_is_empty);
	tcase_add_test(tcase, more_than_there_is_room_for_take_a_whole_reading);
	tcase_add_test(tcase, where_some_tuples_had_to_make_way_there_is_no_telling);
	tcase_add_loop_test(tcase, what_others_may_have_got_is_held_against_what_was_allowed, 0, 2);
	tcase_add_loop_test(tcase, closes_take_sockets_that_others_may_have_got_by_now, 0, 2);
	tcase_add_test(tcase, what_was_about_to_connect_may_have_and_may_close);
	tcase_add_test(tcase, beyond_what_was_allowed_it_takes_another_look);
	tcase_add_test(tcase, a_tuple_that_is_not_there_yet_may_have_got_it);
	tcase_add_test(tcase, where_a_hot_one_needs_the_room_of_others_it_takes_a_whole_reading);
	tcase_add_test(tcase, while_the_host_sleeps_nothing_closes);
	return suite_run("hot", tcase);
}
