/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The alerts of an engine apart from their timing: identity, groups, blindness, memory. */

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "sockwatch/engine.h"
#include "support/build.h"
#include "support/failing-alloc.h"
#include "support/stepper.h"
#include "support/suite.h"

static struct stepper stepper;
static struct sw_engine_config config;
static struct sw_outlook list[SW_ENGINE_MAX_WATCHES + 1];

/* Every tuple of the list is full, and goes to a destination of its own. */
static void set_up(void)
{
	config = stepper_config();
	stepper_begin(&stepper, &config);
	for (size_t i = 0; i < SW_ARRAY_SIZE(list); i++) {
		list[i] = build_outlook(28232);
		list[i].level = SW_LEVEL_EXHAUSTED;
		list[i].tuple.destination.bytes[2] = (uint8_t)(i / 256);
		list[i].tuple.destination.bytes[3] = (uint8_t)(i % 256);
	}
}

static void tear_down(void)
{
	stepper_end(&stepper);
}

/* What a tuple of the list has from now on. */
static void set_own(size_t i, double own)
{
	struct sw_tuple tuple = list[i].tuple;

	list[i] = build_outlook((uint32_t)(own * 28232));
	list[i].tuple = tuple;
}

/* Readings of the first `n` tuples every five seconds, from `seconds` to `until`. */
static void keep(double seconds, double until, size_t n)
{
	for (; seconds <= until; seconds += 5)
		stepper_step(&stepper, seconds, list, n);
}

static size_t n_firing(void)
{
	size_t n;

	free(stepper_firing(&stepper, &n));
	return n;
}

static const struct sw_alert *alert(void)
{
	return &stepper_event(&stepper)->alert;
}

static void check_now(struct sw_now now, double seconds)
{
	struct sw_now wanted = stepper_moment(seconds);

	ck_assert_uint_eq(now.boot, wanted.boot);
	ck_assert_uint_eq(now.wall, wanted.wall);
}

START_TEST(an_alert_carries_both_clocks_and_what_it_was)
{
	set_own(0, 0.51);
	keep(0, 120, 1);
	ck_assert_int_eq(alert()->rule, SW_RULE_EPHEMERAL_PORTS);
	ck_assert_int_eq(alert()->previous, SW_LEVEL_OK);
	check_now(alert()->since, 120);
	check_now(alert()->changed, 120);
	ck_assert_uint_eq(alert()->lasted_usec, 0);
	set_own(0, 0.99);
	keep(125, 125, 1);
	ck_assert_int_eq(alert()->previous, SW_LEVEL_NOTICE);
	check_now(alert()->since, 120);
	check_now(alert()->changed, 125);
	ck_assert_uint_eq(alert()->lasted_usec, 5 * SECOND);
	set_own(0, 0.1);
	keep(130, 430, 1);
	ck_assert_int_eq(stepper_event(&stepper)->state, SW_EVENT_RESOLVED);
	ck_assert_int_eq(alert()->severity, SW_LEVEL_CRITICAL);
	ck_assert_int_eq(alert()->previous, SW_LEVEL_CRITICAL);
	check_now(alert()->since, 120);
	check_now(alert()->changed, 430);
	ck_assert_uint_eq(alert()->lasted_usec, 310 * SECOND);
}
END_TEST

START_TEST(a_second_episode_has_the_same_id_a_new_sequence_and_no_past)
{
	struct sw_alert first;

	keep(0, 0, 1);
	first = *alert();
	set_own(0, 0.1);
	keep(5, 305, 1);
	ck_assert_int_eq(stepper_event(&stepper)->state, SW_EVENT_RESOLVED);
	ck_assert_uint_eq(alert()->id, first.id);
	ck_assert_uint_gt(alert()->sequence, first.sequence);
	set_own(0, 0.99);
	keep(400, 400, 1);
	ck_assert_int_eq(stepper_event(&stepper)->state, SW_EVENT_FIRING);
	ck_assert_uint_eq(alert()->id, first.id);
	ck_assert_uint_gt(alert()->sequence, first.sequence + 305 * SECOND);
	ck_assert_int_eq(alert()->previous, SW_LEVEL_OK);
	ck_assert_uint_lt(alert()->peak_used, 28232);
	ck_assert_uint_eq(alert()->exhausted_usec, 0);
	ck_assert_uint_eq(alert()->lasted_usec, 0);
	check_now(alert()->since, 400);
}
END_TEST

static uint64_t id_of(struct sw_tuple tuple)
{
	struct sw_outlook outlook = list[0];

	outlook.tuple = tuple;
	stepper_begin(&stepper, &config);
	stepper_step(&stepper, 0, &outlook, 1);
	return alert()->id;
}

START_TEST(an_id_is_of_the_machine_the_namespace_and_the_tuple)
{
	struct sw_tuple tuples[] = {
		build_tuple("10.0.0.5", "10.0.0.9", 5432),
		build_tuple("10.0.0.6", "10.0.0.9", 5432),
		build_tuple("10.0.0.5", "10.0.0.8", 5432),
		build_tuple("10.0.0.5", "10.0.0.9", 5433),
		build_tuple("10.0.0.5", "10.0.0.9", 5432),
	};
	uint64_t ids[SW_ARRAY_SIZE(tuples) + 2];

	tuples[4].device = 2;
	for (size_t i = 0; i < SW_ARRAY_SIZE(tuples); i++)
		ids[i] = id_of(tuples[i]);
	config.machine_id[0] = 'f';
	ids[5] = id_of(tuples[0]);
	config = stepper_config();
	snprintf(config.netns, sizeof(config.netns), "blue");
	ids[6] = id_of(tuples[0]);
	for (size_t i = 0; i < SW_ARRAY_SIZE(ids); i++)
		for (size_t j = 0; j < i; j++)
			ck_assert_uint_ne(ids[i], ids[j]);
	/* The same after a restart. */
	config = stepper_config();
	ck_assert_uint_eq(id_of(tuples[0]), ids[0]);
}
END_TEST

static uint64_t id_of_blindness(void)
{
	stepper_begin(&stepper, &config);
	for (int i = 0; i < 3; i++)
		stepper_step_failed(&stepper, i, "no");
	return alert()->id;
}

static uint64_t id_of_group(void)
{
	config.max_active = 1;
	stepper_begin(&stepper, &config);
	stepper_step(&stepper, 0, list, 2);
	ck_assert_uint_eq(stepper.n_events, 2);
	ck_assert_int_eq(stepper.events[1].alert.rule, SW_RULE_EPHEMERAL_PORTS);
	return stepper.events[1].alert.id;
}

START_TEST(groups_and_blindness_have_ids_like_others)
{
	uint64_t (*ids[])(void) = { id_of_blindness, id_of_group };
	uint64_t here = ids[_i](), again = ids[_i]();

	ck_assert_uint_eq(again, here);
	config.machine_id[0] = 'f';
	ck_assert_uint_ne(ids[_i](), here);
	ck_assert_uint_ne(ids[!_i](), ids[_i]());
}
END_TEST

/* The index of an interface is another one after each boot. */
START_TEST(an_id_knows_interfaces_by_name)
{
	uint64_t ids[2];

	for (uint32_t i = 0; i < 2; i++) {
		struct sw_ifname ifname = { .index = 2 + i, .name = "eth0" };
		struct sw_ifnames names = { &ifname, 1 };

		list[0].tuple = build_tuple("fe80::1%2", "fe80::2%2", 443);
		list[0].tuple.source.zone = list[0].tuple.destination.zone = ifname.index;
		stepper_begin(&stepper, &config);
		sw_engine_set_names(stepper.engine, &names);
		keep(0, 0, 1);
		ids[i] = alert()->id;
	}
	ck_assert_uint_eq(ids[1], ids[0]);
	ck_assert_uint_ne(id_of(list[0].tuple), ids[0]); /* without names */
}
END_TEST

START_TEST(other_values_leave_the_identity)
{
	struct sw_engine_config other = { .max_active = 1, .machine_id = "f", .netns = "blue" };
	uint64_t id = id_of(list[0].tuple);

	stepper_begin(&stepper, &config);
	sw_engine_configure(stepper.engine, &other);
	stepper_step(&stepper, 0, list, 3);
	ck_assert_uint_eq(stepper.n_events, 2); /* one, and the group of the others */
	ck_assert_uint_eq(stepper.events[0].alert.id, id);
}
END_TEST

START_TEST(sequences_rise_within_one_step_and_over_a_restart)
{
	uint64_t last = 0;

	for (int restart = 0; restart < 2; restart++) {
		stepper_begin(&stepper, &config);
		stepper_step(&stepper, restart, list, 3);
		ck_assert_uint_eq(stepper.n_events, 3);
		for (size_t i = 0; i < 3; i++) {
			ck_assert_uint_gt(stepper.events[i].alert.sequence, last);
			last = stepper.events[i].alert.sequence;
		}
	}
}
END_TEST

START_TEST(tuples_are_judged_each_on_its_own)
{
	set_own(0, 0.51);
	set_own(1, 0.51);
	keep(0, 0, 1);
	ck_assert_uint_eq(n_firing(), 0);
	keep(5, 120, 2);
	ck_assert_str_eq(stepper.said, "120 firing notice\n");
	ck_assert_mem_eq(&alert()->outlook.tuple, &list[0].tuple, sizeof(list[0].tuple));
	keep(125, 125, 2);
	ck_assert_mem_eq(&alert()->outlook.tuple, &list[1].tuple, sizeof(list[1].tuple));
	ck_assert_uint_eq(n_firing(), 2);
}
END_TEST

START_TEST(tuples_beyond_the_bound_are_not_watched_until_others_clear)
{
	stepper_step(&stepper, 0, list, SW_ENGINE_MAX_WATCHES + 1);
	ck_assert_uint_eq(stepper.n_events, SW_ENGINE_MAX_WATCHES);
	ck_assert_uint_eq(n_firing(), SW_ENGINE_MAX_WATCHES);
	stepper_step(&stepper, 5, &list[SW_ENGINE_MAX_WATCHES], 1);
	stepper_step(&stepper, 305, &list[SW_ENGINE_MAX_WATCHES], 1);
	ck_assert_uint_eq(stepper.n_events, SW_ENGINE_MAX_WATCHES);
	ck_assert_int_eq(stepper.events[0].state, SW_EVENT_RESOLVED);
	stepper_step(&stepper, 310, &list[SW_ENGINE_MAX_WATCHES], 1);
	ck_assert_int_eq(stepper_event(&stepper)->state, SW_EVENT_FIRING);
	ck_assert_uint_eq(n_firing(), 1);
}
END_TEST

/* 1023 of 1024 have 51 %, one a little less. */
START_TEST(when_all_are_taken_the_best_off_makes_way)
{
	for (size_t i = 0; i < SW_ENGINE_MAX_WATCHES; i++)
		set_own(i, i == 7 ? 0.505 : 0.51);
	keep(0, 0, SW_ENGINE_MAX_WATCHES);
	keep(5, 5, SW_ENGINE_MAX_WATCHES + 1);
	ck_assert_str_eq(stepper.said, "5 firing critical\n");
	keep(10, 120, SW_ENGINE_MAX_WATCHES + 1);
	ck_assert_uint_eq(n_firing(), SW_ENGINE_MAX_WATCHES);
	for (size_t i = 0; i < stepper.n_events; i++)
		ck_assert_mem_ne(&stepper.events[i].alert.outlook.tuple, &list[7].tuple,
				 sizeof(list[7].tuple));
}
END_TEST

/* Repeats. */

START_TEST(a_critical_alert_is_repeated)
{
	config.repeat = 60 * SECOND;
	stepper_begin(&stepper, &config);
	keep(0, 120, 1);
	ck_assert_str_eq(stepper.said,
			 "0 firing critical\n60 repeat critical\n120 repeat critical\n");
	ck_assert_int_eq(alert()->previous, SW_LEVEL_CRITICAL);
}
END_TEST

START_TEST(a_change_is_as_good_as_a_repeat)
{
	config.repeat = 60 * SECOND;
	stepper_begin(&stepper, &config);
	set_own(0, 0.81);
	keep(0, 150, 1);
	set_own(0, 0.99);
	keep(155, 215, 1);
	ck_assert_str_eq(stepper.said,
			 "120 firing warning\n155 changed critical\n215 repeat critical\n");
}
END_TEST

START_TEST(without_an_interval_nothing_is_repeated)
{
	keep(0, 1000, 1);
	ck_assert_str_eq(stepper.said, "0 firing critical\n");
}
END_TEST

/* Groups: alerts beyond max_active. */

static void begin_groups(uint32_t max_active)
{
	config.max_active = max_active;
	stepper_begin(&stepper, &config);
}

START_TEST(alerts_beyond_the_allowed_number_are_one_group)
{
	begin_groups(2);
	list[3].used = 28000; /* not as bad as the other */
	stepper_step(&stepper, 0, list, 4);
	ck_assert_str_eq(stepper.said, "0 firing critical\n0 firing critical\n0 firing critical\n");
	ck_assert_uint_eq(stepper.events[0].alert.n_grouped, 0);
	ck_assert_uint_eq(stepper.events[1].alert.n_grouped, 0);
	ck_assert_uint_eq(stepper.events[2].alert.n_grouped, 2);
	ck_assert_mem_eq(&stepper.events[2].alert.outlook.tuple, &list[2].tuple,
			 sizeof(list[2].tuple));
	ck_assert_uint_ne(stepper.events[2].alert.id, stepper.events[0].alert.id);
	ck_assert_uint_eq(n_firing(), 3);
}
END_TEST

START_TEST(what_is_not_due_is_not_of_the_group)
{
	begin_groups(1);
	set_own(2, 0.51);
	stepper_step(&stepper, 0, list, 3);
	ck_assert_uint_eq(stepper.n_events, 2);
	ck_assert_uint_eq(stepper.events[1].alert.n_grouped, 1);
}
END_TEST

START_TEST(as_many_as_are_allowed_are_no_group)
{
	begin_groups(2);
	stepper_step(&stepper, 0, list, 2);
	ck_assert_uint_eq(stepper.n_events, 2);
	ck_assert_uint_eq(stepper.events[1].alert.n_grouped, 0);
	ck_assert_uint_eq(n_firing(), 2);
}
END_TEST

START_TEST(a_group_is_as_bad_as_its_worst_and_tells_it_once)
{
	begin_groups(1);
	set_own(1, 0.51);
	set_own(2, 0.51);
	keep(0, 120, 3);
	ck_assert_str_eq(stepper.said, "0 firing critical\n120 firing notice\n");
	ck_assert_uint_eq(alert()->n_grouped, 2);
	set_own(2, 0.99);
	keep(125, 125, 3);
	ck_assert_str_eq(stepper.said,
			 "0 firing critical\n120 firing notice\n125 changed critical\n");
	ck_assert_mem_eq(&alert()->outlook.tuple, &list[2].tuple, sizeof(list[2].tuple));
	set_own(2, 0.51);
	keep(130, 400, 3);
	ck_assert_uint_eq(stepper.n_events, 0);
}
END_TEST

START_TEST(a_group_resolves_when_its_last_member_is_calm)
{
	begin_groups(1);
	keep(0, 0, 3);
	set_own(1, 0.1);
	keep(5, 10, 3);
	set_own(2, 0.1);
	keep(15, 315, 3);
	ck_assert_str_eq(stepper.said,
			 "0 firing critical\n0 firing critical\n315 resolved critical\n");
	ck_assert_uint_gt(alert()->n_grouped, 0);
	ck_assert_uint_eq(n_firing(), 1);
}
END_TEST

START_TEST(a_member_speaks_for_itself_once_there_is_room)
{
	begin_groups(1);
	keep(0, 0, 2);
	set_own(0, 0.1);
	keep(5, 305, 2);
	/* The first is over, the second fires on its own, and its group of one is over too. */
	ck_assert_uint_eq(stepper.n_events, 3);
	ck_assert_int_eq(stepper.events[0].state, SW_EVENT_RESOLVED);
	ck_assert_mem_eq(&stepper.events[0].alert.outlook.tuple, &list[0].tuple,
			 sizeof(list[0].tuple));
	ck_assert_int_eq(stepper.events[1].state, SW_EVENT_FIRING);
	ck_assert_uint_eq(stepper.events[1].alert.n_grouped, 0);
	ck_assert_int_eq(stepper.events[1].alert.previous, SW_LEVEL_OK);
	ck_assert_mem_eq(&stepper.events[1].alert.outlook.tuple, &list[1].tuple,
			 sizeof(list[1].tuple));
	ck_assert_int_eq(stepper.events[2].state, SW_EVENT_RESOLVED);
	ck_assert_uint_eq(stepper.events[2].alert.n_grouped, 1);
	ck_assert_uint_eq(n_firing(), 1);
}
END_TEST

/* What the configuration allows: how bad an alert may get. */

START_TEST(severity_stops_where_the_configuration_says)
{
	list[0].max_severity = SW_LEVEL_WARNING;
	keep(0, 600, 1);
	ck_assert_str_eq(stepper.said, "0 firing warning\n");
	list[0].max_severity = SW_LEVEL_CRITICAL;
	keep(605, 605, 1);
	ck_assert_str_eq(stepper.said, "0 firing warning\n605 changed critical\n");
}
END_TEST

START_TEST(what_nobody_asks_for_does_not_fire)
{
	list[0].max_severity = SW_LEVEL_OK;
	keep(0, 600, 1);
	ck_assert_str_eq(stepper.said, "");
	ck_assert_uint_eq(n_firing(), 0);
}
END_TEST

START_TEST(what_nobody_asks_for_any_more_is_resolved_at_once)
{
	keep(0, 5, 1);
	ck_assert(!stepper.events[0].alert.removed);
	list[0].max_severity = SW_LEVEL_OK;
	keep(10, 10, 1);
	ck_assert_str_eq(stepper.said, "0 firing critical\n10 resolved critical\n");
	ck_assert(alert()->removed);
	list[0].max_severity = SW_LEVEL_CRITICAL;
	keep(15, 15, 1);
	ck_assert_int_eq(stepper_event(&stepper)->state, SW_EVENT_FIRING);
	ck_assert(!alert()->removed);
}
END_TEST

START_TEST(so_it_is_with_blindness)
{
	config.max_blind_severity = SW_LEVEL_NOTICE;
	stepper_begin(&stepper, &config);
	for (int i = 0; i < 3; i++)
		stepper_step_failed(&stepper, i, "no");
	ck_assert_str_eq(stepper.said, "2 firing notice\n");
	ck_assert(!alert()->removed);
	config.max_blind_severity = SW_LEVEL_OK;
	sw_engine_configure(stepper.engine, &config);
	stepper_step_failed(&stepper, 5, "no");
	ck_assert_str_eq(stepper.said, "2 firing notice\n5 resolved notice\n");
	ck_assert(alert()->removed);
	stepper_step_failed(&stepper, 10, "no");
	ck_assert_uint_eq(stepper.n_events, 0);
}
END_TEST

/* Blindness. */

START_TEST(three_failed_readings_in_a_row_are_blindness)
{
	stepper_step_failed(&stepper, 0, "no");
	stepper_step_failed(&stepper, 5, "no");
	ck_assert_str_eq(stepper.said, "");
	stepper_step_failed(&stepper, 10, "the dump broke off");
	ck_assert_str_eq(stepper.said, "10 firing warning\n");
	ck_assert_int_eq(alert()->rule, SW_RULE_BLIND);
	ck_assert_str_eq(alert()->why, "the dump broke off");
	stepper_step_failed(&stepper, 15, "no");
	ck_assert_uint_eq(stepper.n_events, 0);
	ck_assert_uint_eq(n_firing(), 1);
	/* No tuple of it: no reason to look more often. */
	ck_assert_uint_eq(sw_engine_next_delay(stepper.engine, 5 * SECOND), 5 * SECOND);
}
END_TEST

START_TEST(a_reading_in_between_begins_the_count_anew)
{
	stepper_step_failed(&stepper, 0, "no");
	stepper_step_failed(&stepper, 5, "no");
	keep(10, 10, 0);
	stepper_step_failed(&stepper, 15, "no");
	stepper_step_failed(&stepper, 20, "no");
	ck_assert_str_eq(stepper.said, "");
}
END_TEST

START_TEST(three_readings_in_a_row_are_sight)
{
	for (int i = 0; i < 3; i++)
		stepper_step_failed(&stepper, i, "no");
	keep(5, 10, 0);
	stepper_step_failed(&stepper, 15, "no");
	keep(20, 25, 0);
	ck_assert_str_eq(stepper.said, "2 firing warning\n");
	keep(30, 30, 0);
	ck_assert_str_eq(stepper.said, "2 firing warning\n30 resolved warning\n");
	ck_assert_uint_eq(alert()->lasted_usec, 28 * SECOND);
}
END_TEST

START_TEST(a_second_blindness_is_a_new_episode)
{
	uint64_t id;

	for (int i = 0; i < 3; i++)
		stepper_step_failed(&stepper, i, "no");
	id = alert()->id;
	keep(5, 15, 0);
	for (int i = 0; i < 3; i++)
		stepper_step_failed(&stepper, 20 + i, "no");
	ck_assert_str_eq(stepper.said,
			 "2 firing warning\n15 resolved warning\n22 firing warning\n");
	ck_assert_uint_eq(alert()->id, id);
	ck_assert_int_eq(alert()->previous, SW_LEVEL_OK);
	ck_assert_uint_eq(alert()->lasted_usec, 0);
	check_now(alert()->since, 22);
}
END_TEST

START_TEST(nothing_changes_while_it_is_blind)
{
	keep(0, 0, 1);
	for (double seconds = 5; seconds <= 600; seconds += 5)
		stepper_step_failed(&stepper, seconds, "no");
	ck_assert_str_eq(stepper.said, "0 firing critical\n15 firing warning\n");
	ck_assert_uint_eq(n_firing(), 2);
}
END_TEST

START_TEST(a_long_reason_is_cut)
{
	char why[400];

	memset(why, 'x', sizeof(why));
	why[sizeof(why) - 1] = '\0';
	for (int i = 0; i < 3; i++)
		stepper_step_failed(&stepper, i, why);
	ck_assert_uint_eq(strlen(alert()->why), sizeof(alert()->why) - 1);
}
END_TEST

/* Taking over from an earlier daemon. */

/* Lets an engine find `n` full tuples and then another go on with its alerts at 1000 s. */
static size_t restart(size_t n)
{
	struct sw_alert *alerts;
	size_t n_alerts;

	keep(0, 30, n);
	alerts = stepper_firing(&stepper, &n_alerts);
	stepper_begin(&stepper, &config);
	sw_engine_take_over(stepper.engine, alerts, n_alerts, stepper_moment(1000));
	free(alerts);
	return n_alerts;
}

START_TEST(an_alert_goes_on_over_a_restart)
{
	ck_assert_uint_eq(restart(1), 1);
	ck_assert_uint_eq(n_firing(), 1);
	keep(1005, 1005, 1);
	set_own(0, 0.1);
	keep(1010, 1310, 1);
	ck_assert_str_eq(stepper.said, "1310 resolved critical\n");
	check_now(alert()->since, 0);
	/* 30 s of the first, and from the first reading of the second until it found a port. */
	ck_assert_uint_eq(alert()->exhausted_usec, 35 * SECOND);
	/* It fired all the while, also when no daemon was there. */
	ck_assert_uint_eq(alert()->lasted_usec, 1310 * SECOND);
	ck_assert_uint_eq(alert()->peak_used, 28232);
}
END_TEST

/* The clock that counts from the boot is behind that of its latest event then. */
START_TEST(an_alert_goes_on_over_a_reboot)
{
	struct sw_alert *alerts;
	size_t n;

	keep(0, 30, 1);
	alerts = stepper_firing(&stepper, &n);
	stepper_begin(&stepper, &config);
	sw_engine_take_over(stepper.engine, alerts, n, stepper_moment(-990));
	free(alerts);
	keep(-985, -985, 1);
	set_own(0, 0.1);
	keep(-980, -680, 1);
	ck_assert_str_eq(stepper.said, "-680 resolved critical\n");
	/* Since the reboot: what was before, nobody can tell by this clock. */
	ck_assert_uint_eq(alert()->lasted_usec, 310 * SECOND);
}
END_TEST

START_TEST(an_alert_whose_tuple_is_gone_after_a_restart_is_calm)
{
	restart(1);
	keep(1005, 1305, 0);
	ck_assert_str_eq(stepper.said, "1305 resolved critical\n");
}
END_TEST

/* From the disk come its figures, and no limits. */
START_TEST(an_alert_whose_tuple_is_gone_after_a_restart_is_not_taken_for_removed)
{
	struct sw_alert *alerts;
	size_t n;

	keep(0, 0, 1);
	alerts = stepper_firing(&stepper, &n);
	memset(&alerts[0].outlook.limits, 0, sizeof(alerts[0].outlook.limits));
	alerts[0].outlook.max_severity = SW_LEVEL_OK;
	stepper_begin(&stepper, &config);
	sw_engine_take_over(stepper.engine, alerts, n, stepper_moment(1000));
	free(alerts);
	keep(1005, 1305, 0);
	ck_assert_str_eq(stepper.said, "1305 resolved critical\n");
	ck_assert(!alert()->removed);
}
END_TEST

START_TEST(after_a_restart_sequences_and_ids_go_on)
{
	uint64_t last, id;

	keep(0, 0, 1);
	id = alert()->id;
	last = alert()->sequence;
	restart(1);
	set_own(0, 0.1);
	keep(1005, 1305, 1);
	ck_assert_uint_eq(alert()->id, id);
	ck_assert_uint_gt(alert()->sequence, last);
}
END_TEST

START_TEST(a_restart_is_no_reason_to_repeat)
{
	config.repeat = 60 * SECOND;
	stepper_begin(&stepper, &config);
	restart(1);
	keep(1005, 1060, 1);
	ck_assert_str_eq(stepper.said, "1060 repeat critical\n");
}
END_TEST

START_TEST(a_sequence_that_ran_ahead_of_the_clock_goes_on)
{
	struct sw_alert *alerts;
	uint64_t ahead = stepper_moment(5000).boot;
	size_t n;

	keep(0, 0, 1);
	alerts = stepper_firing(&stepper, &n);
	alerts[0].sequence = ahead;
	stepper_begin(&stepper, &config);
	sw_engine_take_over(stepper.engine, alerts, n, stepper_moment(1000));
	free(alerts);
	keep(1005, 1305, 0);
	ck_assert_uint_gt(alert()->sequence, ahead);
}
END_TEST

START_TEST(a_group_of_one_goes_on_over_a_restart)
{
	begin_groups(1);
	ck_assert_uint_eq(restart(2), 2);
	keep(1005, 1400, 2);
	ck_assert_str_eq(stepper.said, "");
	ck_assert_uint_eq(n_firing(), 2);
	set_own(0, 0.1);
	keep(1405, 1705, 2);
	/* Now there is room for the other one. */
	ck_assert_str_eq(stepper.said, "1705 resolved critical\n1705 firing critical\n"
				       "1705 resolved critical\n");
}
END_TEST

START_TEST(a_group_goes_on_over_a_restart)
{
	begin_groups(1);
	ck_assert_uint_eq(restart(3), 2);
	keep(1005, 1400, 3);
	ck_assert_str_eq(stepper.said, "");
	ck_assert_uint_eq(n_firing(), 2);
	keep(1405, 1705, 1);
	ck_assert_str_eq(stepper.said, "1705 resolved critical\n");
	ck_assert_uint_eq(alert()->n_grouped, 2);
}
END_TEST

START_TEST(a_group_whose_members_are_gone_after_a_restart_is_calm)
{
	begin_groups(1);
	restart(3);
	keep(1005, 1300, 1);
	ck_assert_str_eq(stepper.said, "");
	keep(1305, 1305, 1);
	ck_assert_str_eq(stepper.said, "1305 resolved critical\n");
}
END_TEST

START_TEST(blindness_goes_on_over_a_restart)
{
	struct sw_alert *alerts;
	size_t n;

	for (int i = 0; i < 3; i++)
		stepper_step_failed(&stepper, i, "no");
	alerts = stepper_firing(&stepper, &n);
	stepper_begin(&stepper, &config);
	sw_engine_take_over(stepper.engine, alerts, n, stepper_moment(1000));
	free(alerts);
	stepper_step_failed(&stepper, 1005, "no");
	keep(1010, 1020, 0);
	ck_assert_str_eq(stepper.said, "1020 resolved warning\n");
}
END_TEST

/* Memory. */

/* The engine, its watches and its events are an allocation each. */
START_TEST(out_of_memory_gives_no_engine)
{
	struct sw_engine *none = NULL;
	int r;

	failing_alloc_after((unsigned int)_i);
	r = sw_engine_new(&none, &config);
	ck_assert(failing_alloc_stop());
	ck_assert_int_eq(r, -ENOMEM);
	ck_assert_ptr_null(none);
	sw_engine_free(NULL);
}
END_TEST

/* All the room there is comes with the engine. */
START_TEST(steps_and_taking_over_need_no_memory)
{
	struct sw_alert *alerts;
	size_t n;

	set_own(0, 0.51);
	keep(0, 0, 1);
	failing_alloc_after(0);
	keep(5, 120, 2);
	for (int i = 0; i < 3; i++)
		stepper_step_failed(&stepper, 125 + i, "no");
	ck_assert(!failing_alloc_stop());
	ck_assert_str_eq(stepper.said, "5 firing critical\n120 firing notice\n"
				       "127 firing warning\n");
	alerts = stepper_firing(&stepper, &n);
	stepper_begin(&stepper, &config);
	failing_alloc_after(0);
	sw_engine_take_over(stepper.engine, alerts, n, stepper_moment(1000));
	ck_assert(!failing_alloc_stop());
	free(alerts);
	ck_assert_uint_eq(n_firing(), 3);
}
END_TEST

START_TEST(out_of_memory_gives_no_list)
{
	struct sw_alert *alerts = NULL;
	size_t n = 7;
	int r;

	keep(0, 0, 1);
	failing_alloc_after(0);
	r = sw_engine_firing(stepper.engine, &alerts, &n);
	ck_assert(failing_alloc_stop());
	ck_assert_int_eq(r, -ENOMEM);
	ck_assert_ptr_null(alerts);
	ck_assert_uint_eq(n, 7);
}
END_TEST

START_TEST(names_are_those_of_the_schema)
{
	ck_assert_str_eq(sw_event_state_to_string(SW_EVENT_FIRING), "firing");
	ck_assert_str_eq(sw_event_state_to_string(SW_EVENT_CHANGED), "changed");
	ck_assert_str_eq(sw_event_state_to_string(SW_EVENT_REPEAT), "repeat");
	ck_assert_str_eq(sw_event_state_to_string(SW_EVENT_RESOLVED), "resolved");
	ck_assert_str_eq(sw_rule_to_string(SW_RULE_EPHEMERAL_PORTS), "ephemeral-ports");
	ck_assert_str_eq(sw_rule_to_string(SW_RULE_BLIND), "blind");
}
END_TEST

static void add_tests_of_identity(TCase *tcase)
{
	tcase_add_test(tcase, an_alert_carries_both_clocks_and_what_it_was);
	tcase_add_test(tcase, a_second_episode_has_the_same_id_a_new_sequence_and_no_past);
	tcase_add_test(tcase, an_id_is_of_the_machine_the_namespace_and_the_tuple);
	tcase_add_loop_test(tcase, groups_and_blindness_have_ids_like_others, 0, 2);
	tcase_add_test(tcase, an_id_knows_interfaces_by_name);
	tcase_add_test(tcase, other_values_leave_the_identity);
	tcase_add_test(tcase, sequences_rise_within_one_step_and_over_a_restart);
	tcase_add_test(tcase, tuples_are_judged_each_on_its_own);
	tcase_add_test(tcase, tuples_beyond_the_bound_are_not_watched_until_others_clear);
	tcase_add_test(tcase, when_all_are_taken_the_best_off_makes_way);
	tcase_add_test(tcase, names_are_those_of_the_schema);
}

int main(void)
{
	TCase *tcase = tcase_create("engine-alerts");

	tcase_add_checked_fixture(tcase, set_up, tear_down);
	add_tests_of_identity(tcase);
	tcase_add_test(tcase, a_critical_alert_is_repeated);
	tcase_add_test(tcase, a_change_is_as_good_as_a_repeat);
	tcase_add_test(tcase, without_an_interval_nothing_is_repeated);
	tcase_add_test(tcase, alerts_beyond_the_allowed_number_are_one_group);
	tcase_add_test(tcase, what_is_not_due_is_not_of_the_group);
	tcase_add_test(tcase, as_many_as_are_allowed_are_no_group);
	tcase_add_test(tcase, a_group_is_as_bad_as_its_worst_and_tells_it_once);
	tcase_add_test(tcase, a_group_resolves_when_its_last_member_is_calm);
	tcase_add_test(tcase, a_member_speaks_for_itself_once_there_is_room);
	tcase_add_test(tcase, severity_stops_where_the_configuration_says);
	tcase_add_test(tcase, what_nobody_asks_for_does_not_fire);
	tcase_add_test(tcase, what_nobody_asks_for_any_more_is_resolved_at_once);
	tcase_add_test(tcase, so_it_is_with_blindness);
	tcase_add_test(tcase, three_failed_readings_in_a_row_are_blindness);
	tcase_add_test(tcase, a_reading_in_between_begins_the_count_anew);
	tcase_add_test(tcase, three_readings_in_a_row_are_sight);
	tcase_add_test(tcase, a_second_blindness_is_a_new_episode);
	tcase_add_test(tcase, nothing_changes_while_it_is_blind);
	tcase_add_test(tcase, a_long_reason_is_cut);
	tcase_add_test(tcase, an_alert_goes_on_over_a_restart);
	tcase_add_test(tcase, an_alert_goes_on_over_a_reboot);
	tcase_add_test(tcase, an_alert_whose_tuple_is_gone_after_a_restart_is_calm);
	tcase_add_test(tcase,
		       an_alert_whose_tuple_is_gone_after_a_restart_is_not_taken_for_removed);
	tcase_add_test(tcase, after_a_restart_sequences_and_ids_go_on);
	tcase_add_test(tcase, a_restart_is_no_reason_to_repeat);
	tcase_add_test(tcase, a_sequence_that_ran_ahead_of_the_clock_goes_on);
	tcase_add_test(tcase, a_group_of_one_goes_on_over_a_restart);
	tcase_add_test(tcase, a_group_goes_on_over_a_restart);
	tcase_add_test(tcase, a_group_whose_members_are_gone_after_a_restart_is_calm);
	tcase_add_test(tcase, blindness_goes_on_over_a_restart);
	tcase_add_loop_test(tcase, out_of_memory_gives_no_engine, 0, 3);
	tcase_add_test(tcase, steps_and_taking_over_need_no_memory);
	tcase_add_test(tcase, out_of_memory_gives_no_list);
	return suite_run("engine-alerts", tcase);
}
