/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "render/sentence.h"
#include "sockwatch/hook-report.h"
#include "support/build.h"
#include "support/suite.h"

/* 10.0.0.5 closes 612 times a second: 5327 of 28232 ports are left. */
static struct sw_event closing_first(void)
{
	struct sw_event event = {
		.state = SW_EVENT_FIRING,
		.alert = {
			.severity = SW_LEVEL_CRITICAL,
			.outlook = build_outlook(28232 - 5327),
		},
	};
	struct sw_outlook *outlook = &event.alert.outlook;

	event.alert.subject.tuple = outlook->tuple;
	outlook->held = 60;
	outlook->time_wait = 22845;
	outlook->forecast.present_per_s = 612;
	outlook->forecast.ceiling_per_s = 454.04;
	outlook->forecast.exhausted_in_s = 13.1;
	return event;
}

static void check_sentence(const struct sw_event *event, const char *wanted)
{
	char buffer[SW_SENTENCE_SIZE];

	ck_assert_str_eq(sw_render_sentence(event, NULL, buffer), wanted);
}

START_TEST(a_projection_says_when)
{
	struct sw_event event = closing_first();

	check_sentence(&event, "Ports from 10.0.0.5 to 10.0.0.9:5432 run out in about 13 s: "
			       "5327 of 28232 left (81 % gone), 612 closes/s, sustains 454; "
			       "this side closes first; do: keepalive, or tcp_tw_reuse=1");
	event.state = SW_EVENT_CHANGED;
	event.alert.outlook.forecast.exhausted_in_s = 0.4;
	check_sentence(&event, "Ports from 10.0.0.5 to 10.0.0.9:5432 run out in about 0.4 s: "
			       "5327 of 28232 left (81 % gone), 612 closes/s, sustains 454; "
			       "this side closes first; do: keepalive, or tcp_tw_reuse=1");
}
END_TEST

START_TEST(a_tuple_without_ports_says_what_fails)
{
	struct sw_event event = closing_first();

	event.alert.outlook.free = 0;
	event.alert.outlook.utilization = 1;
	event.alert.outlook.forecast.exhausted_in_s = 0;
	check_sentence(&event, "Ports from 10.0.0.5 to 10.0.0.9:5432 are exhausted: "
			       "connect() fails with EADDRNOTAVAIL: "
			       "0 of 28232 left (100 % gone), 612 closes/s, sustains 454; "
			       "this side closes first; do: keepalive, or tcp_tw_reuse=1");
}
END_TEST

START_TEST(live_connections_get_other_advice)
{
	struct sw_event event = closing_first();

	event.alert.outlook = build_outlook(23000);
	event.alert.outlook.reserved = 32;
	event.alert.outlook.free = 5200;
	event.alert.outlook.forecast.ceiling_per_s = 83.8;
	check_sentence(&event, "Ports from 10.0.0.5 to 10.0.0.9:5432 are running short: "
			       "5200 of 28200 left (81 % gone), 0 closes/s, sustains 84; "
			       "23000 live connections hold them; "
			       "do: more addresses, or fewer connections");
}
END_TEST

START_TEST(a_unit_that_is_known_is_named)
{
	struct sw_event event = closing_first();
	struct sw_owners *owners = &event.alert.owners;

	*owners = (struct sw_owners){ .n = 1, .units = { "nginx.service" } };
	check_sentence(&event, "Ports from 10.0.0.5 to 10.0.0.9:5432 run out in about 13 s: "
			       "5327 of 28232 left (81 % gone), 612 closes/s, sustains 454; "
			       "nginx.service closes first; do: keepalive, or tcp_tw_reuse=1");
	/* Nobody holds a socket now: that they were theirs is not more than likely. */
	owners->earlier = true;
	check_sentence(&event, "Ports from 10.0.0.5 to 10.0.0.9:5432 run out in about 13 s: "
			       "5327 of 28232 left (81 % gone), 612 closes/s, sustains 454; "
			       "this side (was nginx.service) closes first; do: keepalive, or "
			       "tcp_tw_reuse=1");
	event.alert.outlook = build_outlook(23000);
	*owners = (struct sw_owners){ .n = 2, .units = { "app.service", "b.service" } };
	check_sentence(&event, "Ports from 10.0.0.5 to 10.0.0.9:5432 are running short: "
			       "5232 of 28232 left (81 % gone), 0 closes/s, sustains 0; "
			       "23000 live connections of app.service +1 hold them; "
			       "do: more addresses, or fewer connections");
}
END_TEST

START_TEST(reuse_is_not_advised_where_it_cannot_help)
{
	static const char ending[] = "; this side closes first; do: keepalive";
	struct sw_event event = closing_first();
	char buffer[SW_SENTENCE_SIZE];

	event.alert.outlook.reuse_possible = false;
	sw_render_sentence(&event, NULL, buffer);
	ck_assert_str_eq(buffer + strlen(buffer) - strlen(ending), ending);
	event.alert.outlook.reuse_possible = true;
	event.alert.outlook.reuse = SW_REUSE_YES;
	sw_render_sentence(&event, NULL, buffer);
	ck_assert_str_eq(buffer + strlen(buffer) - strlen(ending), ending);
}
END_TEST

START_TEST(without_sockets_there_are_others_to_blame_or_nobody)
{
	struct sw_event event = closing_first();

	event.alert.outlook = build_outlook(0);
	event.alert.outlook.blocked = 28000;
	event.alert.outlook.free = 232;
	event.alert.outlook.utilization = 28000 / 28232.0;
	check_sentence(&event, "Ports from 10.0.0.5 to 10.0.0.9:5432 are running short: "
			       "232 of 28232 left (99 % gone), 0 closes/s, sustains 0; "
			       "listeners and bound sockets block 28000 of them; "
			       "do: bind outside the range");
	event.alert.outlook.blocked = 0;
	check_sentence(&event, "Ports from 10.0.0.5 to 10.0.0.9:5432 are running short: "
			       "232 of 28232 left (99 % gone), 0 closes/s, sustains 0");
}
END_TEST

START_TEST(the_end_says_how_long_and_how_bad)
{
	struct sw_event event = closing_first();

	event.state = SW_EVENT_RESOLVED;
	event.alert.lasted_usec = 388 * SW_USEC_PER_SEC;
	event.alert.exhausted_usec = 48 * SW_USEC_PER_SEC;
	event.alert.peak_utilization = 1;
	event.alert.outlook.utilization = 0.312;
	check_sentence(&event, "Ports from 10.0.0.5 to 10.0.0.9:5432: resolved after 6 min 28 s: "
			       "31 % gone; exhausted for 48 s, peak 100 %");
}
END_TEST

START_TEST(a_group_is_its_number_and_its_worst)
{
	struct sw_event event = closing_first();

	event.alert.n_grouped = 17;
	check_sentence(&event, "Ports of 17 more destinations, worst from 10.0.0.5 to "
			       "10.0.0.9:5432 run out in about 13 s: "
			       "5327 of 28232 left (81 % gone), 612 closes/s, sustains 454; "
			       "this side closes first; do: keepalive, or tcp_tw_reuse=1");
}
END_TEST

START_TEST(blindness_says_what_fails_and_how_long_it_was)
{
	struct sw_event event = {
		.state = SW_EVENT_FIRING,
		.alert = { .rule = SW_RULE_BLIND, .why = "dump: broke off" },
	};

	check_sentence(&event, "sockwatch is blind: the sockets cannot be counted: "
			       "dump: broke off");
	event.state = SW_EVENT_RESOLVED;
	event.alert.lasted_usec = 65 * SW_USEC_PER_SEC;
	check_sentence(&event, "sockwatch sees again: it was blind for 1 min 5 s");
}
END_TEST

START_TEST(what_nobody_asks_for_any_more_is_said_to_be_so)
{
	struct sw_event event = closing_first();

	event.state = SW_EVENT_RESOLVED;
	event.alert.removed = true;
	check_sentence(&event, "Ports from 10.0.0.5 to 10.0.0.9:5432: no longer watched, "
			       "by the configuration");
	event.alert.rule = SW_RULE_BLIND;
	check_sentence(&event, "sockwatch is no longer asked whether it is blind");
}
END_TEST

START_TEST(a_subject_is_the_tuple_the_rest_or_the_namespace)
{
	struct sw_event event = closing_first();
	char buffer[SW_TUPLE_TEXT_SIZE];

	ck_assert_str_eq(sw_alert_subject_format(&event.alert, NULL, buffer),
			 "10.0.0.5->10.0.0.9:5432");
	event.alert.n_grouped = 1;
	ck_assert_str_eq(sw_alert_subject_format(&event.alert, NULL, buffer), "more");
	event.alert = (struct sw_alert){ .rule = SW_RULE_BLIND, .subject.name = "self" };
	ck_assert_str_eq(sw_alert_subject_format(&event.alert, NULL, buffer), "self");
}
END_TEST

START_TEST(interfaces_have_their_names)
{
	static struct sw_ifname list[] = { { 2, "eth0" } };
	static const struct sw_ifnames names = { list, SW_ARRAY_SIZE(list) };
	static const char beginning[] = "Ports from fe80::1%eth0 to [fe80::2%eth0]:443 run out ";
	struct sw_event event = closing_first();
	char buffer[SW_SENTENCE_SIZE];

	event.alert.subject.tuple = build_tuple("fe80::1%2", "fe80::2%2", 443);
	sw_render_sentence(&event, &names, buffer);
	ck_assert_int_eq(strncmp(buffer, beginning, sizeof(beginning) - 1), 0);
}
END_TEST

START_TEST(what_and_where_stand_in_the_first_64_characters)
{
	static const char beginning[] =
		"Ports from 255.255.255.255 to 255.255.255.255:65535 run out ";
	struct sw_event event = closing_first();
	char buffer[SW_SENTENCE_SIZE];

	event.alert.subject.tuple = build_tuple("255.255.255.255", "255.255.255.255", 65535);
	sw_render_sentence(&event, NULL, buffer);
	ck_assert_uint_le(sizeof(beginning) - 1, 64);
	ck_assert_int_eq(strncmp(buffer, beginning, sizeof(beginning) - 1), 0);
}
END_TEST

START_TEST(the_longest_sentence_has_room)
{
	static const char longest[] = "febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff%4294967295";
	static const char ending[] = "; do: more addresses, or fewer connections";
	struct sw_event event = closing_first();
	char buffer[SW_SENTENCE_SIZE];

	event.alert.subject.tuple = build_tuple(longest, longest, 65535);
	event.alert.outlook.range = event.alert.outlook.free = UINT32_MAX;
	event.alert.outlook.held = UINT32_MAX;
	event.alert.outlook.forecast.present_per_s = 65535 * 2;
	event.alert.outlook.forecast.ceiling_per_s = 65536 * 1000.0;
	event.alert.outlook.forecast.exhausted_in_s = 1e9;
	sw_render_sentence(&event, NULL, buffer);
	ck_assert_str_eq(buffer + strlen(buffer) - strlen(ending), ending);
}
END_TEST

static const struct {
	double share;
	unsigned int percent;
} percents[] = {
	{ -0.1, 0 },   { 0, 0 },      { 0.00004, 1 },  { 0.0149, 1 }, { 0.0151, 2 }, { 0.5, 50 },
	{ 0.811, 81 }, { 0.989, 99 }, { 0.99996, 99 }, { 1, 100 },    { 1.41, 100 },
};

START_TEST(a_percentage_is_0_for_nothing_and_100_for_all)
{
	ck_assert_uint_eq(sw_percent(percents[_i].share), percents[_i].percent);
}
END_TEST

static const struct {
	double seconds;
	const char *text;
} seconds[] = {
	{ 0, "0.0 s" },   { 0.44, "0.4 s" },  { 9.94, "9.9 s" },       { 9.96, "10 s" },
	{ 13.1, "13 s" }, { 60, "60 s" },     { 119.4, "119 s" },      { 119.6, "2 min" },
	{ 180, "3 min" }, { 5400, "90 min" }, { 1e9, "16666667 min" },
};

START_TEST(seconds_are_as_people_say_them)
{
	char buffer[16];

	ck_assert_str_eq(sw_seconds_format(seconds[_i].seconds, buffer), seconds[_i].text);
}
END_TEST

START_TEST(a_hook_that_failed_is_named)
{
	char text[SW_SENTENCE_SIZE];
	struct sw_event event = {
		.state = SW_EVENT_FIRING,
		.alert = { .rule = SW_RULE_HOOK_FAILED,
			   .subject.name = "10-mail",
			   .why = "timeout (timeout) for event b-1",
			   .lasted_usec = 90 * SW_USEC_PER_SEC },
	};

	ck_assert_str_eq(sw_render_sentence(&event, NULL, text),
			 "Hook 10-mail failed: timeout (timeout) for event b-1");
	event.alert.n_grouped = 3;
	ck_assert_str_eq(sw_render_sentence(&event, NULL, text),
			 "3 more hooks failed: timeout (timeout) for event b-1");
	event.alert.n_grouped = 0;
	event.state = SW_EVENT_RESOLVED;
	ck_assert_str_eq(sw_render_sentence(&event, NULL, text),
			 "Hook 10-mail: resolved after 1 min 30 s");
	snprintf(event.alert.subject.name, sizeof(event.alert.subject.name), "%s",
		 SW_HOOK_REPORT_RUNNER);
	ck_assert_str_eq(sw_render_sentence(&event, NULL, text),
			 "Hooks: resolved after 1 min 30 s");
}
END_TEST

int main(void)
{
	TCase *tcase = tcase_create("sentence");

	tcase_add_test(tcase, a_projection_says_when);
	tcase_add_test(tcase, a_tuple_without_ports_says_what_fails);
	tcase_add_test(tcase, live_connections_get_other_advice);
	tcase_add_test(tcase, a_unit_that_is_known_is_named);
	tcase_add_test(tcase, reuse_is_not_advised_where_it_cannot_help);
	tcase_add_test(tcase, without_sockets_there_are_others_to_blame_or_nobody);
	tcase_add_test(tcase, the_end_says_how_long_and_how_bad);
	tcase_add_test(tcase, a_group_is_its_number_and_its_worst);
	tcase_add_test(tcase, blindness_says_what_fails_and_how_long_it_was);
	tcase_add_test(tcase, what_nobody_asks_for_any_more_is_said_to_be_so);
	tcase_add_test(tcase, a_subject_is_the_tuple_the_rest_or_the_namespace);
	tcase_add_test(tcase, interfaces_have_their_names);
	tcase_add_test(tcase, what_and_where_stand_in_the_first_64_characters);
	tcase_add_test(tcase, a_hook_that_failed_is_named);
	tcase_add_test(tcase, the_longest_sentence_has_room);
	tcase_add_loop_test(tcase, a_percentage_is_0_for_nothing_and_100_for_all, 0,
			    SW_ARRAY_SIZE(percents));
	tcase_add_loop_test(tcase, seconds_are_as_people_say_them, 0, SW_ARRAY_SIZE(seconds));
	return suite_run("sentence", tcase);
}
