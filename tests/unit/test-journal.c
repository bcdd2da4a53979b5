/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <endian.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "render/journal.h"
#include "render/sentence.h"
#include "support/build.h"
#include "support/suite.h"

#define SECOND SW_USEC_PER_SEC

static struct sw_event event;
static struct sw_event_origin origin;
static char *text;
static size_t size;

static void set_up(void)
{
	struct sw_outlook *outlook = &event.alert.outlook;

	event = (struct sw_event){
		.state = SW_EVENT_FIRING,
		.alert = {
			.id = 0x00c0ffee12345678,
			.sequence = 100000000,
			.severity = SW_LEVEL_CRITICAL,
			/* 2026-11-22T03:12:01.250Z */
			.since = { .boot = 100 * SECOND, .wall = 1795317121250000 },
			.changed = { .boot = 100 * SECOND, .wall = 1795317121250000 },
			.peak_used = 28232,
			.peak_utilization = 1,
			.slow_usec = 90 * SECOND,
			.exhausted_usec = 48 * SECOND + 500000,
			.outlook = build_outlook(22905),
		},
	};
	event.alert.subject.tuple = outlook->tuple;
	outlook->level = SW_LEVEL_CRITICAL;
	outlook->held = 60;
	outlook->time_wait = 22845;
	outlook->forecast.present_per_s = 612.04;
	outlook->forecast.ceiling_per_s = 454.04;
	outlook->forecast.exhausted_in_s = 13.1;
	origin = (struct sw_event_origin){
		.host = "db1",
		.netns = "self",
		.boot_id = "0123456789abcdef0123456789abcdef",
	};
	text = NULL;
}

static void tear_down(void)
{
	free(text);
}

static FILE *begin_text(void)
{
	free(text);
	return open_memstream(&text, &size);
}

static void render(void (*how)(FILE *, const struct sw_event *, const struct sw_event_origin *))
{
	FILE *out = begin_text();

	how(out, &event, &origin);
	ck_assert_int_eq(fclose(out), 0);
}

/* One field of the native protocol. */
struct field {
	char key[64];
	char value[SW_SENTENCE_SIZE];
};

static struct field fields[64];
static size_t n_fields;

/*
 * Takes a datagram apart as journald does: KEY=value and a newline, or KEY, a
 * newline, the length in 64 bits of little endian, the value, a newline.
 */
static void take_apart(void)
{
	const char *at = text, *end = text + size;

	for (n_fields = 0; at < end; n_fields++) {
		struct field *field = &fields[n_fields];
		size_t key = strcspn(at, "=\n");
		uint64_t length;

		ck_assert_uint_lt(n_fields, SW_ARRAY_SIZE(fields));
		*field = (struct field){ 0 };
		ck_assert_uint_lt(key, sizeof(field->key));
		memcpy(field->key, at, key);
		at += key;
		if (*at++ == '=') {
			length = strcspn(at, "\n");
		} else {
			memcpy(&length, at, sizeof(length));
			length = le64toh(length);
			at += sizeof(length);
		}
		ck_assert_uint_lt(length, sizeof(field->value));
		memcpy(field->value, at, length);
		at += length;
		ck_assert_int_eq(*at++, '\n');
	}
	ck_assert_ptr_eq(at, end);
}

static void render_native(void)
{
	render(sw_render_journal);
	take_apart();
}

/* The value of a field, which comes at most once. NULL when it is absent. */
static const char *value_of(const char *key)
{
	const char *value = NULL;

	for (size_t i = 0; i < n_fields; i++)
		if (strcmp(fields[i].key, key) == 0) {
			ck_assert_ptr_null(value);
			value = fields[i].value;
		}
	return value;
}

static const struct expected {
	const char *key;
	const char *value; /* while it fires; NULL = absent */
} expected[] = {
	{ "MESSAGE_ID", "5f2ab4c07d8f4e2c9a1e63d0b8c94a17" },
	{ "PRIORITY", "2" },
	{ "SYSLOG_IDENTIFIER", "sockwatchd" },
	{ "DOCUMENTATION", "man:sockwatchd(8)" },
	{ "SOCKWATCH_EVENT_ID", "0123456789abcdef0123456789abcdef-100000000" },
	{ "SOCKWATCH_ALERT_ID", "00c0ffee12345678" },
	{ "SOCKWATCH_RULE", "ephemeral-ports" },
	{ "SOCKWATCH_STATE", "firing" },
	{ "SOCKWATCH_SEVERITY", "critical" },
	{ "SOCKWATCH_NETNS", "self" },
	{ "SOCKWATCH_SUBJECT", "10.0.0.5->10.0.0.9:5432" },
	{ "SOCKWATCH_SOURCE", "10.0.0.5" },
	{ "SOCKWATCH_DESTINATION", "10.0.0.9" },
	{ "SOCKWATCH_PORT", "5432" },
	{ "SOCKWATCH_USED", "22905" },
	{ "SOCKWATCH_CAPACITY", "28232" },
	{ "SOCKWATCH_FREE", "5327" },
	{ "SOCKWATCH_RATE", "612.0" },
	{ "SOCKWATCH_CEILING", "454.0" },
	{ "SOCKWATCH_EXHAUSTED_IN_SEC", "13.1" },
	{ "SOCKWATCH_ADVICE", "keep connections open (nginx: \"keepalive\" in upstream{})" },
	{ "SOCKWATCH_CAUSE", "client-closes-first" },
	{ "SOCKWATCH_ERRNO", NULL },
	{ "SOCKWATCH_SINCE", "2026-11-22T03:12:01.250Z" },
	{ "SOCKWATCH_DURATION_SEC", NULL },
	{ "SOCKWATCH_EXHAUSTED_FOR_SEC", NULL },
	{ "SOCKWATCH_SLOW_FOR_SEC", NULL },
	{ "SOCKWATCH_PEAK_USED", NULL },
	{ "SOCKWATCH_SCHEMA", "sockwatch.event/1" },
};

START_TEST(an_alert_that_fires_has_these_fields_and_no_others)
{
	size_t n_present = 1; /* MESSAGE */

	render_native();
	for (size_t i = 0; i < SW_ARRAY_SIZE(expected); i++) {
		const char *value = value_of(expected[i].key);

		ck_assert_msg((value == NULL) == (expected[i].value == NULL), "%s",
			      expected[i].key);
		if (value != NULL)
			ck_assert_str_eq(value, expected[i].value);
		n_present += value != NULL;
	}
	ck_assert_uint_eq(n_fields, n_present);
	ck_assert_str_eq(fields[0].key, "MESSAGE");
	ck_assert_int_eq(strncmp(fields[0].value, "Ports from 10.0.0.5 to ", 23), 0);
}
END_TEST

static const struct {
	enum sw_event_state state;
	const char *name;
} later[] = { { SW_EVENT_CHANGED, "changed" }, { SW_EVENT_REPEAT, "repeat" } };

START_TEST(each_unit_has_a_field_of_its_own)
{
	event.alert.owners = (struct sw_owners){
		.n = 2,
		.units = { "nginx.service", "user@1000.service/sync.service" },
	};
	render(sw_render_journal);
	ck_assert_ptr_nonnull(strstr(text, "\nSOCKWATCH_UNIT=nginx.service\n"
					   "SOCKWATCH_UNIT=user@1000.service/sync.service\n"));
	render(sw_render_line);
	ck_assert_ptr_nonnull(strstr(text, " SOCKWATCH_UNIT=nginx.service "
					   "SOCKWATCH_UNIT=user@1000.service/sync.service "));
}
END_TEST

START_TEST(what_comes_later_uses_the_message_of_firing)
{
	event.state = later[_i].state;
	render_native();
	ck_assert_str_eq(value_of("MESSAGE_ID"), "5f2ab4c07d8f4e2c9a1e63d0b8c94a17");
	ck_assert_str_eq(value_of("SOCKWATCH_STATE"), later[_i].name);
	ck_assert_ptr_null(value_of("SOCKWATCH_DURATION_SEC"));
}
END_TEST

START_TEST(a_resolved_alert_tells_how_long_and_how_bad)
{
	event.state = SW_EVENT_RESOLVED;
	event.alert.lasted_usec = 388 * SECOND + 250000;
	render_native();
	ck_assert_str_eq(value_of("MESSAGE_ID"), "c3e09d6a51b74b6f8d42f7a6e10b5c98");
	ck_assert_str_eq(value_of("PRIORITY"), "5");
	ck_assert_str_eq(value_of("SOCKWATCH_STATE"), "resolved");
	ck_assert_str_eq(value_of("SOCKWATCH_SEVERITY"), "critical");
	ck_assert_str_eq(value_of("SOCKWATCH_DURATION_SEC"), "388.250");
	ck_assert_str_eq(value_of("SOCKWATCH_EXHAUSTED_FOR_SEC"), "48.500");
	ck_assert_str_eq(value_of("SOCKWATCH_SLOW_FOR_SEC"), "90.000");
	ck_assert_str_eq(value_of("SOCKWATCH_PEAK_USED"), "28232");
}
END_TEST

START_TEST(blindness_has_no_tuple_and_no_figures)
{
	static const char *const absent[] = {
		"SOCKWATCH_SOURCE",
		"SOCKWATCH_DESTINATION",
		"SOCKWATCH_PORT",
		"SOCKWATCH_USED",
		"SOCKWATCH_CAPACITY",
		"SOCKWATCH_FREE",
		"SOCKWATCH_RATE",
		"SOCKWATCH_CEILING",
		"SOCKWATCH_EXHAUSTED_IN_SEC",
		"SOCKWATCH_ADVICE",
		"SOCKWATCH_CAUSE",
		"SOCKWATCH_ERRNO",
		"SOCKWATCH_PEAK_USED",
		"SOCKWATCH_EXHAUSTED_FOR_SEC",
		"SOCKWATCH_SLOW_FOR_SEC",
	};

	event.alert.rule = SW_RULE_BLIND;
	event.alert.subject = (struct sw_subject){ .name = "self" };
	event.alert.severity = SW_LEVEL_WARNING;
	event.alert.lasted_usec = 30 * SECOND;
	for (int resolved = 0; resolved < 2; resolved++) {
		event.state = resolved ? SW_EVENT_RESOLVED : SW_EVENT_FIRING;
		render_native();
		for (size_t i = 0; i < SW_ARRAY_SIZE(absent); i++)
			ck_assert_msg(value_of(absent[i]) == NULL, "%s", absent[i]);
		ck_assert_str_eq(value_of("SOCKWATCH_RULE"), "blind");
		ck_assert_str_eq(value_of("SOCKWATCH_SUBJECT"), "self");
		ck_assert_str_eq(value_of("MESSAGE_ID"),
				 resolved ? "27f58a90cb6e4d13a4e1059bd8f62c7e"
					  : "9d1c7be2f34a4c05b68f20e5a7d3c641");
	}
	ck_assert_str_eq(value_of("SOCKWATCH_DURATION_SEC"), "30.000");
}
END_TEST

START_TEST(a_group_has_the_tuple_of_its_worst)
{
	event.alert.n_grouped = 17;
	render_native();
	ck_assert_str_eq(value_of("SOCKWATCH_SUBJECT"), "more");
	ck_assert_str_eq(value_of("SOCKWATCH_DESTINATION"), "10.0.0.9");
}
END_TEST

START_TEST(an_exhausted_tuple_names_the_errno)
{
	event.alert.outlook.free = 0;
	event.alert.outlook.forecast.exhausted_in_s = 0;
	render_native();
	ck_assert_str_eq(value_of("SOCKWATCH_FREE"), "0");
	ck_assert_str_eq(value_of("SOCKWATCH_EXHAUSTED_IN_SEC"), "0.0");
	ck_assert_str_eq(value_of("SOCKWATCH_ERRNO"), "EADDRNOTAVAIL");
}
END_TEST

START_TEST(blocked_ports_are_a_cause_with_one_remedy)
{
	event.alert.outlook.blocked = 23000;
	render_native();
	ck_assert_str_eq(value_of("SOCKWATCH_CAUSE"), "ports-blocked");
	ck_assert_str_eq(value_of("SOCKWATCH_ADVICE"),
			 "listen and bind outside the range (ss -Htlan shows who)");
}
END_TEST

START_TEST(fields_without_a_value_are_absent)
{
	event.alert.outlook.held = event.alert.outlook.time_wait = 0;
	event.alert.outlook.forecast.exhausted_in_s = SW_NEVER;
	event.alert.outlook.level = SW_LEVEL_OK;
	render_native();
	ck_assert_ptr_null(value_of("SOCKWATCH_EXHAUSTED_IN_SEC"));
	ck_assert_ptr_null(value_of("SOCKWATCH_CAUSE"));
	ck_assert_ptr_null(value_of("SOCKWATCH_ADVICE"));
}
END_TEST

static const struct {
	enum sw_level severity;
	const char *priority;
} priorities[] = {
	{ SW_LEVEL_NOTICE, "5" },
	{ SW_LEVEL_WARNING, "4" },
	{ SW_LEVEL_CRITICAL, "2" },
};

START_TEST(priority_follows_severity_until_it_is_over)
{
	event.alert.severity = priorities[_i].severity;
	render_native();
	ck_assert_str_eq(value_of("PRIORITY"), priorities[_i].priority);
	render(sw_render_line);
	ck_assert_int_eq(text[0], '<');
	ck_assert_int_eq(text[1], priorities[_i].priority[0]);
	ck_assert_int_eq(text[2], '>');
	event.state = SW_EVENT_RESOLVED;
	render_native();
	ck_assert_str_eq(value_of("PRIORITY"), "5");
}
END_TEST

START_TEST(a_value_of_several_lines_comes_with_its_length)
{
	origin.netns = "blue\nPRIORITY=7";
	render_native();
	ck_assert_str_eq(value_of("SOCKWATCH_NETNS"), "blue\nPRIORITY=7");
	ck_assert_str_eq(value_of("PRIORITY"), "2");
}
END_TEST

START_TEST(interfaces_have_their_names)
{
	static struct sw_ifname list[] = { { 2, "eth0" } };
	static const struct sw_ifnames names = { list, SW_ARRAY_SIZE(list) };

	event.alert.subject.tuple = event.alert.outlook.tuple =
		build_tuple("fe80::1%2", "fe80::2%2", 443);
	origin.names = &names;
	render_native();
	ck_assert_str_eq(value_of("SOCKWATCH_SUBJECT"), "fe80::1%eth0->[fe80::2%eth0]:443");
	ck_assert_str_eq(value_of("SOCKWATCH_SOURCE"), "fe80::1%eth0");
	ck_assert_str_eq(value_of("SOCKWATCH_DESTINATION"), "fe80::2%eth0");
}
END_TEST

START_TEST(an_unknown_boot_leaves_the_sequence)
{
	origin.boot_id = "";
	render_native();
	ck_assert_str_eq(value_of("SOCKWATCH_EVENT_ID"), "-100000000");
}
END_TEST

START_TEST(a_word_for_people_is_a_message_and_its_priority)
{
	FILE *out = begin_text();

	sw_render_journal_word(out, 3, "cannot read:\nPRIORITY=7");
	ck_assert_int_eq(fclose(out), 0);
	take_apart();
	ck_assert_uint_eq(n_fields, 3);
	ck_assert_str_eq(value_of("MESSAGE"), "cannot read:\nPRIORITY=7");
	ck_assert_str_eq(value_of("PRIORITY"), "3");
	ck_assert_str_eq(value_of("SYSLOG_IDENTIFIER"), "sockwatchd");
}
END_TEST

START_TEST(a_line_is_priority_sentence_and_fields)
{
	render(sw_render_line);
	ck_assert_str_eq(text,
			 "<2>Ports from 10.0.0.5 to 10.0.0.9:5432 run out in about 13 s: 5327 of "
			 "28232 left (81 % gone), 612 closes/s, sustains 454; this side closes "
			 "first; do: keepalive, or tcp_tw_reuse=1"
			 " SOCKWATCH_EVENT_ID=0123456789abcdef0123456789abcdef-100000000"
			 " SOCKWATCH_ALERT_ID=00c0ffee12345678"
			 " SOCKWATCH_RULE=ephemeral-ports"
			 " SOCKWATCH_STATE=firing"
			 " SOCKWATCH_SEVERITY=critical"
			 " SOCKWATCH_NETNS=self"
			 " SOCKWATCH_SUBJECT=10.0.0.5->10.0.0.9:5432"
			 " SOCKWATCH_SOURCE=10.0.0.5"
			 " SOCKWATCH_DESTINATION=10.0.0.9"
			 " SOCKWATCH_PORT=5432"
			 " SOCKWATCH_USED=22905"
			 " SOCKWATCH_CAPACITY=28232"
			 " SOCKWATCH_FREE=5327"
			 " SOCKWATCH_RATE=612.0"
			 " SOCKWATCH_CEILING=454.0"
			 " SOCKWATCH_EXHAUSTED_IN_SEC=13.1"
			 " SOCKWATCH_ADVICE=\"keep connections open (nginx: ?keepalive? in "
			 "upstream{})\""
			 " SOCKWATCH_CAUSE=client-closes-first"
			 " SOCKWATCH_SINCE=2026-11-22T03:12:01.250Z"
			 " SOCKWATCH_SCHEMA=sockwatch.event/1\n");
}
END_TEST

START_TEST(nothing_in_a_field_breaks_its_line)
{
	origin.netns = "a\nb\"c\x1b[31m\x7f\x1f d";
	render(sw_render_line);
	ck_assert_ptr_nonnull(strstr(text, " SOCKWATCH_NETNS=\"a?b?c?[31m?? d\" "));
	ck_assert_ptr_eq(strchr(text, '\n'), text + size - 1);
}
END_TEST

int main(void)
{
	TCase *tcase = tcase_create("journal");

	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_add_test(tcase, an_alert_that_fires_has_these_fields_and_no_others);
	tcase_add_test(tcase, each_unit_has_a_field_of_its_own);
	tcase_add_loop_test(tcase, what_comes_later_uses_the_message_of_firing, 0,
			    SW_ARRAY_SIZE(later));
	tcase_add_test(tcase, a_resolved_alert_tells_how_long_and_how_bad);
	tcase_add_test(tcase, blindness_has_no_tuple_and_no_figures);
	tcase_add_test(tcase, a_group_has_the_tuple_of_its_worst);
	tcase_add_test(tcase, an_exhausted_tuple_names_the_errno);
	tcase_add_test(tcase, blocked_ports_are_a_cause_with_one_remedy);
	tcase_add_test(tcase, fields_without_a_value_are_absent);
	tcase_add_loop_test(tcase, priority_follows_severity_until_it_is_over, 0,
			    SW_ARRAY_SIZE(priorities));
	tcase_add_test(tcase, a_value_of_several_lines_comes_with_its_length);
	tcase_add_test(tcase, interfaces_have_their_names);
	tcase_add_test(tcase, an_unknown_boot_leaves_the_sequence);
	tcase_add_test(tcase, a_word_for_people_is_a_message_and_its_priority);
	tcase_add_test(tcase, a_line_is_priority_sentence_and_fields);
	tcase_add_test(tcase, nothing_in_a_field_breaks_its_line);
	return suite_run("journal", tcase);
}
