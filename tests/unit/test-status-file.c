/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <errno.h>
#include <string.h>

#include "base/mem.h"
#include "render/status-file.h"
#include "support/suite.h"

#define SCHEMA "\"schema\":\"sockwatch.status/1\""
#define ALERTS "\"alerts\":[{\"rule\":\"ephemeral-ports\"}]"
#define DAEMON "\"daemon\":{\"interval_s\":5,\"last_poll\":\"2026-11-22T03:12:01.250Z\"}"
#define WHOLE "{" SCHEMA "," ALERTS "," DAEMON "}"

static struct sw_daemon_status status;

static void set_up(void)
{
	status = (struct sw_daemon_status){ 0 };
}

static void tear_down(void)
{
	sw_daemon_status_deinit(&status);
}

static int parse(const char *text, sw_usec age)
{
	return sw_daemon_status_parse(&status, text, strlen(text), age);
}

START_TEST(a_young_file_tells_of_a_running_daemon)
{
	ck_assert_int_eq(parse(WHOLE, 0), 0);
	ck_assert(status.running);
	ck_assert_double_eq(status.interval_s, 5);
	ck_assert_str_eq(status.last_poll, "2026-11-22T03:12:01.250Z");
	ck_assert_uint_eq(json_array_size(status.alerts), 1);
	ck_assert_str_eq(
		json_string_value(json_object_get(json_array_get(status.alerts, 0), "rule")),
		"ephemeral-ports");
	sw_daemon_status_deinit(&status);
	ck_assert_ptr_null(status.alerts);
}
END_TEST

START_TEST(who_starts_the_hooks_may_be_said)
{
	ck_assert_int_eq(parse(WHOLE, 0), 0);
	ck_assert_str_eq(status.hooks, "");
	tear_down();
	ck_assert_int_eq(parse("{" SCHEMA "," ALERTS ",\"daemon\":{\"interval_s\":5,"
			       "\"last_poll\":\"\",\"hooks\":\"no\"}}",
			       0),
			 0);
	ck_assert_str_eq(status.hooks, "no");
}
END_TEST

START_TEST(how_often_it_counted_may_be_said)
{
	ck_assert_int_eq(parse(WHOLE, 0), 0);
	ck_assert_str_eq(status.last_dump_reason, "");
	tear_down();
	ck_assert_int_eq(parse("{" SCHEMA "," ALERTS ",\"daemon\":{\"interval_s\":5,"
			       "\"last_poll\":\"\",\"dumps\":7,\"dumps_skipped\":90,"
			       "\"last_dump_reason\":\"age\"}}",
			       0),
			 0);
	ck_assert_int_eq(status.n_dumps, 7);
	ck_assert_int_eq(status.n_dumps_skipped, 90);
	ck_assert_str_eq(status.last_dump_reason, "age");
}
END_TEST

START_TEST(three_intervals_without_news_are_too_many)
{
	ck_assert_int_eq(parse(WHOLE, 14999999), 0);
	ck_assert(status.running);
	tear_down();
	ck_assert_int_eq(parse(WHOLE, 15000000), 0);
	ck_assert(!status.running);
	ck_assert_double_eq(status.interval_s, 5);
	ck_assert_str_eq(status.last_poll, "2026-11-22T03:12:01.250Z");
}
END_TEST

START_TEST(what_fired_when_a_daemon_stopped_is_not_firing)
{
	ck_assert_int_eq(parse(WHOLE, UINT64_MAX), 0);
	ck_assert(!status.running);
	ck_assert_ptr_null(status.alerts);
}
END_TEST

/* An interval in tenths, and whether a file 100 ms old is of a running daemon. */
static const struct {
	const char *interval;
	bool running;
} intervals[] = { { "0.04", true }, { "0.03", false }, { "0", false }, { "-5", false } };

START_TEST(the_interval_may_be_any_number)
{
	char text[256];

	snprintf(text, sizeof(text),
		 "{" SCHEMA "," ALERTS ",\"daemon\":{\"interval_s\":%s,\"last_poll\":\"\"}}",
		 intervals[_i].interval);
	ck_assert_int_eq(parse(text, 100000), 0);
	ck_assert_int_eq(status.running, intervals[_i].running);
}
END_TEST

START_TEST(more_than_is_asked_for_is_fine)
{
	ck_assert_int_eq(parse("{\"level\":\"ok\"," SCHEMA ",\"alerts\":[],\"daemon\":{\"running\":"
			       "true,\"interval_s\":1.5,\"last_poll\":\"x\"},\"new\":null}",
			       0),
			 0);
	ck_assert(status.running);
	ck_assert_uint_eq(json_array_size(status.alerts), 0);
}
END_TEST

START_TEST(what_is_known_of_sockets_is_passed_over)
{
	/* No JSON, as would show if it were read. */
	ck_assert_int_eq(parse("{" SCHEMA ",\"level\":\"ok\",\"namespaces\":[{\"what\":\"a "
			       "\\\"alerts\\\":[\",,}]," ALERTS "," DAEMON "}",
			       0),
			 0);
	ck_assert(status.running);
	ck_assert_uint_eq(json_array_size(status.alerts), 1);
}
END_TEST

START_TEST(another_layout_is_read_as_well)
{
	ck_assert_int_eq(
		parse("{ " SCHEMA ", \"namespaces\": [ {} ], \"alerts\": [], " DAEMON " }", 0), 0);
	ck_assert(status.running);
}
END_TEST

START_TEST(a_long_last_poll_is_cut)
{
	ck_assert_int_eq(parse("{" SCHEMA "," ALERTS ",\"daemon\":{\"interval_s\":1,\"last_poll\":"
			       "\"0123456789012345678901234567890123456789\"}}",
			       0),
			 0);
	ck_assert_str_eq(status.last_poll, "0123456789012345678901234567890");
}
END_TEST

static const struct refused {
	const char *story;
	const char *text;
} refused[] = {
	{ "nothing", "" },
	{ "no JSON", "sockwatch" },
	{ "half a file", "{" SCHEMA "," ALERTS "," },
	{ "nothing behind the namespaces", "{" SCHEMA ",\"namespaces\":[{}]" },
	{ "something behind it", WHOLE "x" },
	{ "a list", "[" WHOLE "]" },
	{ "an empty object", "{}" },
	{ "another schema", "{\"schema\":\"sockwatch.status/2\"," ALERTS "," DAEMON "}" },
	{ "no schema", "{" ALERTS "," DAEMON "}" },
	{ "a schema that is no text", "{\"schema\":1," ALERTS "," DAEMON "}" },
	{ "no alerts", "{" SCHEMA "," DAEMON "}" },
	{ "alerts that are no list", "{" SCHEMA ",\"alerts\":{}," DAEMON "}" },
	{ "no daemon", "{" SCHEMA "," ALERTS "}" },
	{ "no interval", "{" SCHEMA "," ALERTS ",\"daemon\":{\"last_poll\":\"\"}}" },
	{ "an interval in words",
	  "{" SCHEMA "," ALERTS ",\"daemon\":{\"interval_s\":\"5\",\"last_poll\":\"\"}}" },
	{ "no last poll", "{" SCHEMA "," ALERTS ",\"daemon\":{\"interval_s\":5}}" },
};

START_TEST(what_is_no_status_is_refused)
{
	ck_assert_msg(parse(refused[_i].text, 0) == -EBADMSG, "%s", refused[_i].story);
	ck_assert_msg(!status.running && status.alerts == NULL, "%s", refused[_i].story);
}
END_TEST

START_TEST(only_the_given_bytes_are_read)
{
	ck_assert_int_eq(sw_daemon_status_parse(&status, WHOLE "trailing", strlen(WHOLE), 0), 0);
	ck_assert_int_eq(sw_daemon_status_parse(&status, WHOLE, strlen(WHOLE) - 1, 0), -EBADMSG);
}
END_TEST

static unsigned int n_left;

static void *failing_malloc(size_t size)
{
	return n_left == 0 ? NULL : (n_left--, malloc(size));
}

/* Jansson does not always say that it was memory. */
START_TEST(out_of_memory_gives_no_status)
{
	unsigned int n_allowed = 0;
	int r;

	json_set_alloc_funcs(failing_malloc, free);
	do {
		n_left = n_allowed++;
		r = parse(WHOLE, 0);
		ck_assert(r == 0 || r == -ENOMEM || r == -EBADMSG);
		ck_assert((r == 0) == status.running && (r == 0) == (status.alerts != NULL));
	} while (r < 0);
	json_set_alloc_funcs(malloc, free);
	ck_assert_uint_gt(n_allowed, 10);
}
END_TEST

int main(void)
{
	TCase *tcase = tcase_create("status-file");

	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_add_test(tcase, who_starts_the_hooks_may_be_said);
	tcase_add_test(tcase, a_young_file_tells_of_a_running_daemon);
	tcase_add_test(tcase, how_often_it_counted_may_be_said);
	tcase_add_test(tcase, three_intervals_without_news_are_too_many);
	tcase_add_test(tcase, what_fired_when_a_daemon_stopped_is_not_firing);
	tcase_add_loop_test(tcase, the_interval_may_be_any_number, 0, SW_ARRAY_SIZE(intervals));
	tcase_add_test(tcase, more_than_is_asked_for_is_fine);
	tcase_add_test(tcase, what_is_known_of_sockets_is_passed_over);
	tcase_add_test(tcase, another_layout_is_read_as_well);
	tcase_add_test(tcase, a_long_last_poll_is_cut);
	tcase_add_loop_test(tcase, what_is_no_status_is_refused, 0, SW_ARRAY_SIZE(refused));
	tcase_add_test(tcase, only_the_given_bytes_are_read);
	tcase_add_test(tcase, out_of_memory_gives_no_status);
	return suite_run("status-file", tcase);
}
