/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The life of an alert that is mute for a while: who hears of what, and when. */

#include <stdio.h>

#include "sockwatch/engine.h"
#include "support/build.h"
#include "support/stepper.h"
#include "support/suite.h"

static struct stepper stepper;
static struct sw_engine_config config;
static struct sw_mutes mutes;
static struct sw_outlook outlooks[3];

/* Everything about ephemeral-ports, or only one subject of it, is mute until then. */
static void mute(const char *subject, double until)
{
	struct sw_mute one = { .rule = SW_RULE_EPHEMERAL_PORTS,
			       .until = stepper_moment(until).wall };

	snprintf(one.subject, sizeof(one.subject), "%s", subject);
	ck_assert_int_eq(sw_mutes_set(&mutes, &one), 0);
	sw_engine_set_mutes(stepper.engine, &mutes);
}

static void begin(void)
{
	stepper_begin(&stepper, &config);
	sw_engine_set_mutes(stepper.engine, &mutes);
}

static void set_up(void)
{
	mutes.n = 0;
	config = stepper_config();
	begin();
	for (size_t i = 0; i < 3; i++) {
		outlooks[i] = build_outlook(28232 * 9 / 10);
		outlooks[i].tuple.destination.bytes[3] = (uint8_t)(9 + i);
	}
}

static void tear_down(void)
{
	stepper_end(&stepper);
}

/* What the first tuple has from now on. */
static void set_own(double own)
{
	outlooks[0] = build_outlook((uint32_t)(own * 28232));
}

static void keep(double seconds, double until, size_t n)
{
	for (; seconds <= until; seconds += 5)
		stepper_step(&stepper, seconds, outlooks, n);
}

/* The only alert that fires. */
static struct sw_alert firing(void)
{
	struct sw_alert *list, alert;
	size_t n;

	list = stepper_firing(&stepper, &n);
	ck_assert_uint_eq(n, 1);
	alert = list[0];
	free(list);
	return alert;
}

/* Another daemon takes over what fires. */
static void restart(double seconds)
{
	struct sw_alert *list;
	char said[sizeof(stepper.said)];
	size_t n;

	list = stepper_firing(&stepper, &n);
	snprintf(said, sizeof(said), "%s", stepper.said);
	begin();
	sw_engine_take_over(stepper.engine, list, n, stepper_moment(seconds));
	free(list);
	snprintf(stepper.said, sizeof(stepper.said), "%s", said);
}

START_TEST(what_begins_and_ends_in_a_mute_is_not_told)
{
	mute("", 1000);
	keep(0, 200, 1);
	ck_assert_int_eq(firing().severity, SW_LEVEL_WARNING);
	ck_assert_uint_eq(firing().muted_until, stepper_moment(1000).wall);
	ck_assert_uint_eq(firing().sequence, 0);
	set_own(0.1);
	keep(205, 800, 1);
	ck_assert_str_eq(stepper.said, "");
	/* The next episode has nothing of it. */
	set_own(0.99);
	keep(1005, 1005, 1);
	ck_assert_str_eq(stepper.said, "1005 firing critical\n");
	ck_assert_uint_eq(stepper_event(&stepper)->alert.lasted_usec, 0);
}
END_TEST

START_TEST(what_still_fires_when_the_mute_ends_is_announced_once)
{
	mute("", 200);
	keep(0, 300, 1);
	ck_assert_str_eq(stepper.said, "200 firing warning\n");
	ck_assert_int_eq(firing().previous, SW_LEVEL_OK);
	/* It has fired since it did, not since it was told. */
	ck_assert_uint_eq(firing().since.wall, stepper_moment(120).wall);
	ck_assert_uint_eq(firing().lasted_usec, 80 * SECOND);
	set_own(0.1);
	keep(305, 605, 1);
	ck_assert_str_eq(stepper.said, "200 firing warning\n605 resolved warning\n");
	ck_assert_uint_eq(stepper_event(&stepper)->alert.lasted_usec, 485 * SECOND);
}
END_TEST

START_TEST(an_end_is_told_to_those_who_know_of_the_beginning)
{
	keep(0, 125, 1);
	mute("", 10000);
	set_own(0.1);
	keep(130, 800, 1);
	ck_assert_str_eq(stepper.said, "120 firing warning\n430 resolved warning\n");
}
END_TEST

START_TEST(what_got_worse_in_a_mute_is_told_as_changed_after_it)
{
	keep(0, 125, 1);
	mute("", 300);
	set_own(0.99);
	keep(130, 295, 1);
	ck_assert_int_eq(firing().severity, SW_LEVEL_CRITICAL);
	ck_assert_str_eq(stepper.said, "120 firing warning\n");
	keep(300, 400, 1);
	ck_assert_str_eq(stepper.said, "120 firing warning\n300 changed critical\n");
	ck_assert_int_eq(firing().previous, SW_LEVEL_WARNING);
}
END_TEST

START_TEST(whoever_knew_is_reminded_when_the_mute_ends)
{
	keep(0, 125, 1);
	mute("", 300);
	keep(130, 400, 1);
	ck_assert_str_eq(stepper.said, "120 firing warning\n300 repeat warning\n");
}
END_TEST

START_TEST(a_mute_that_is_taken_back_ends_at_once)
{
	mute("", 10000);
	keep(0, 150, 1);
	mutes.n = 0;
	keep(155, 200, 1);
	ck_assert_str_eq(stepper.said, "155 firing warning\n");
}
END_TEST

START_TEST(repeats_wait_for_the_end_of_the_mute)
{
	config.repeat = 60 * SECOND;
	begin();
	set_own(0.99);
	keep(0, 0, 1);
	mute("", 200);
	keep(5, 250, 1);
	ck_assert_str_eq(stepper.said, "0 firing critical\n200 repeat critical\n");
	keep(255, 260, 1);
	ck_assert_str_eq(stepper.said,
			 "0 firing critical\n200 repeat critical\n260 repeat critical\n");
}
END_TEST

START_TEST(only_what_the_mute_is_about_is_mute)
{
	mute("10.0.0.9:5432", 1000);
	keep(0, 120, 2);
	ck_assert_uint_eq(stepper_event(&stepper)->alert.outlook.tuple.destination.bytes[3], 10);
	ck_assert_str_eq(stepper.said, "120 firing warning\n");
}
END_TEST

START_TEST(a_restart_in_a_mute_changes_nothing)
{
	mute("", 500);
	keep(0, 150, 1);
	ck_assert(!sw_engine_has_moved(stepper.engine));
	restart(150);
	keep(155, 300, 1);
	ck_assert_str_eq(stepper.said, "");
	/* The mute ends while nobody runs. */
	restart(300);
	keep(600, 650, 1);
	ck_assert_str_eq(stepper.said, "600 firing warning\n");
	mute("", 900);
	keep(655, 700, 1);
	restart(700);
	keep(1000, 1000, 1);
	ck_assert_str_eq(stepper.said, "600 firing warning\n1000 repeat warning\n");
	mute("", 5000);
	set_own(0.1);
	keep(1005, 1010, 1);
	restart(1010);
	keep(1015, 1400, 1);
	ck_assert_str_eq(stepper.said,
			 "600 firing warning\n1000 repeat warning\n1315 resolved warning\n");
}
END_TEST

START_TEST(what_moves_in_silence_is_to_be_written_down)
{
	mute("", 1000);
	keep(0, 115, 1);
	ck_assert(!sw_engine_has_moved(stepper.engine));
	keep(120, 120, 1); /* fires */
	ck_assert(sw_engine_has_moved(stepper.engine));
	keep(125, 125, 1);
	ck_assert(!sw_engine_has_moved(stepper.engine));
	set_own(0.99); /* gets worse */
	keep(130, 130, 1);
	ck_assert(sw_engine_has_moved(stepper.engine));
	mute("", 2000);
	keep(135, 135, 1);
	ck_assert(sw_engine_has_moved(stepper.engine));
	set_own(0.1);
	keep(140, 435, 1);
	ck_assert(!sw_engine_has_moved(stepper.engine));
	keep(440, 440, 1); /* is over */
	ck_assert(sw_engine_has_moved(stepper.engine));
	ck_assert_str_eq(stepper.said, "");
}
END_TEST

START_TEST(the_wall_clock_decides_also_when_it_jumps)
{
	struct sw_now now = stepper_moment(125);

	mute("", 10000);
	keep(0, 120, 1);
	now.wall = stepper_moment(10000).wall;
	stepper_step_at(&stepper, now, outlooks, 1);
	ck_assert_int_eq(stepper_event(&stepper)->state, SW_EVENT_FIRING);
	/* Back again: the mute goes on, and nothing is told twice. */
	stepper_step_at(&stepper, stepper_moment(130), outlooks, 1);
	ck_assert_uint_eq(stepper.n_events, 0);
}
END_TEST

START_TEST(the_group_speaks_for_those_that_are_not_mute)
{
	config.max_active = 1;
	begin();
	mute("10.0.0.10", 300);
	keep(0, 200, 2);
	/* The first has its own event; the second would be the group. */
	ck_assert_str_eq(stepper.said, "120 firing warning\n");
	keep(205, 300, 2);
	ck_assert_str_eq(stepper.said, "120 firing warning\n300 firing warning\n");
	ck_assert_uint_eq(stepper_event(&stepper)->alert.n_grouped, 1);
}
END_TEST

START_TEST(blindness_can_be_mute_too)
{
	struct sw_mute one = { .rule = SW_RULE_BLIND, .until = stepper_moment(100).wall };

	snprintf(one.subject, sizeof(one.subject), "self");
	ck_assert_int_eq(sw_mutes_set(&mutes, &one), 0);
	for (double seconds = 0; seconds <= 120; seconds += 5)
		stepper_step_failed(&stepper, seconds, "no");
	ck_assert_str_eq(stepper.said, "100 firing warning\n");
}
END_TEST

int main(void)
{
	TCase *tcase = tcase_create("engine-mute");

	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_add_test(tcase, what_begins_and_ends_in_a_mute_is_not_told);
	tcase_add_test(tcase, what_still_fires_when_the_mute_ends_is_announced_once);
	tcase_add_test(tcase, an_end_is_told_to_those_who_know_of_the_beginning);
	tcase_add_test(tcase, what_got_worse_in_a_mute_is_told_as_changed_after_it);
	tcase_add_test(tcase, whoever_knew_is_reminded_when_the_mute_ends);
	tcase_add_test(tcase, a_mute_that_is_taken_back_ends_at_once);
	tcase_add_test(tcase, repeats_wait_for_the_end_of_the_mute);
	tcase_add_test(tcase, only_what_the_mute_is_about_is_mute);
	tcase_add_test(tcase, a_restart_in_a_mute_changes_nothing);
	tcase_add_test(tcase, what_moves_in_silence_is_to_be_written_down);
	tcase_add_test(tcase, the_wall_clock_decides_also_when_it_jumps);
	tcase_add_test(tcase, the_group_speaks_for_those_that_are_not_mute);
	tcase_add_test(tcase, blindness_can_be_mute_too);
	return suite_run("engine-mute", tcase);
}
