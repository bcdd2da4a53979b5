/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <errno.h>
#include <string.h>

#include "base/mem.h"
#include "sockwatch/reading.h"
#include "support/failing-alloc.h"
#include "support/suite.h"

static struct sw_reading *reading;

static void set_up(void)
{
	ck_assert_int_eq(sw_reading_new(&reading), 0);
}

static void tear_down(void)
{
	sw_reading_free(reading);
}

START_TEST(a_new_reading_is_complete_and_has_nothing_in_it)
{
	ck_assert(reading->complete);
	ck_assert_uint_eq(reading->n_problems, 0);
	ck_assert(!reading->range_known);
	ck_assert_ptr_null(reading->tally);
	ck_assert_uint_eq(reading->ifnames.n, 0);
}
END_TEST

START_TEST(a_reading_owns_its_tally_and_its_names)
{
	struct sw_reading *other;

	ck_assert_int_eq(sw_reading_new(&other), 0);
	sw_port_space_init(&other->space, 40000, 40099);
	ck_assert_int_eq(sw_tally_new(&other->tally, &other->space, &other->reuse, 1), 0);
	ck_assert_int_eq(sw_ifnames_parse(&other->ifnames,
					  "fe800000000000000000000000000001 02 40 20 80 eth0\n"),
			 0);
	sw_reading_free(other); /* or a leak report says no */
}
END_TEST

START_TEST(no_reading_can_be_freed)
{
	sw_reading_free(NULL);
}
END_TEST

enum { UNKNOWN = -1 };

static const struct rule {
	const char *story;
	int tw_reuse, timestamps, delay; /* sysctls */
	bool always, loopback, with_timestamps;
	uint32_t delay_msec;
} rules[] = {
	{ "off", 0, 1, 1000, false, false, true, 1000 },
	{ "on", 1, 1, 1000, true, false, true, 1000 },
	{ "for loopback, the default", 2, 1, 1000, false, true, true, 1000 },
	{ "a value of the future", 3, 1, 1000, false, false, true, 1000 },
	{ "on, timestamps without random offsets", 1, 2, 1000, true, false, true, 1000 },
	{ "on, but no timestamps", 1, 0, 1000, true, false, false, 1000 },
	{ "for loopback, but no timestamps", 2, 0, 1000, false, true, false, 1000 },
	{ "unknown", UNKNOWN, 1, 1000, false, false, true, 1000 },
	{ "on, timestamps unknown", 1, UNKNOWN, 1000, true, false, false, 1000 },
	{ "a kernel before 6.14: a second", 1, 1, UNKNOWN, true, false, true, 1000 },
	{ "the shortest delay", 1, 1, 1, true, false, true, 1 },
	{ "the longest delay", 1, 1, 60000, true, false, true, 60000 },
};

static void set(struct sw_kernel *kernel, enum sw_kernel_figure figure, int value)
{
	if (value != UNKNOWN)
		kernel->figures[figure] =
			(struct sw_figure){ .known = true, .value = (uint64_t)value };
}

START_TEST(reuse_follows_from_the_sysctls)
{
	const struct rule *c = &rules[_i];
	struct sw_reuse_rule rule;

	set(&reading->kernel, SW_KERNEL_TW_REUSE, c->tw_reuse);
	set(&reading->kernel, SW_KERNEL_TIMESTAMPS, c->timestamps);
	set(&reading->kernel, SW_KERNEL_TW_REUSE_DELAY, c->delay);
	rule = sw_reuse_rule_of(&reading->kernel);
	ck_assert_msg(rule.always == c->always, "%s", c->story);
	ck_assert_msg(rule.loopback == c->loopback, "%s", c->story);
	ck_assert_msg(rule.timestamps == c->with_timestamps, "%s", c->story);
	ck_assert_msg(rule.delay_msec == c->delay_msec, "%s", c->story);
}
END_TEST

START_TEST(a_problem_is_what_and_why)
{
	char buffer[SW_PROBLEM_TEXT_SIZE];

	sw_reading_add_problem(reading, "tcp_tw_reuse", "cannot read %s: %d", "it", 13);
	ck_assert_uint_eq(reading->n_problems, 1);
	ck_assert_str_eq(reading->problems[0].what, "tcp_tw_reuse");
	ck_assert_str_eq(reading->problems[0].why, "cannot read it: 13");
	ck_assert_str_eq(sw_problem_format(&reading->problems[0], buffer),
			 "tcp_tw_reuse: cannot read it: 13");
	ck_assert(reading->complete);
}
END_TEST

START_TEST(problems_beyond_the_bound_are_dropped_but_for_the_one_that_spoils)
{
	for (int i = 0; i < SW_READING_MAX_PROBLEMS + 2; i++)
		sw_reading_add_problem(reading, "sysctl", "number %d", i);
	ck_assert_uint_eq(reading->n_problems, SW_READING_MAX_PROBLEMS - 1);
	ck_assert_str_eq(reading->problems[0].why, "number 0");
	ck_assert_str_eq(reading->problems[SW_READING_MAX_PROBLEMS - 2].why, "number 6");
	sw_reading_spoil(reading, "dump", "broke off");
	ck_assert_uint_eq(reading->n_problems, SW_READING_MAX_PROBLEMS);
	ck_assert_str_eq(reading->problems[SW_READING_MAX_PROBLEMS - 1].what, "dump");
	sw_reading_spoil(reading, "dump", "and again");
	ck_assert_uint_eq(reading->n_problems, SW_READING_MAX_PROBLEMS);
}
END_TEST

START_TEST(long_problems_are_cut)
{
	char text[400], buffer[SW_PROBLEM_TEXT_SIZE];

	memset(text, 'x', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	sw_reading_add_problem(reading, text, "%s", text);
	ck_assert_uint_eq(strlen(reading->problems[0].what), 47);
	ck_assert_uint_eq(strlen(reading->problems[0].why), 207);
	ck_assert_uint_eq(strlen(sw_problem_format(&reading->problems[0], buffer)), 47 + 2 + 207);
	sw_reading_spoil(reading, text, "%s", text);
	ck_assert_uint_eq(strlen(reading->spoiled_by.what), 47);
	ck_assert_uint_eq(strlen(reading->spoiled_by.why), 207);
}
END_TEST

START_TEST(a_problem_cannot_steer_a_terminal)
{
	char buffer[SW_PROBLEM_TEXT_SIZE];

	sw_reading_add_problem(reading, "a\x1b[31m", "b\nc");
	ck_assert_str_eq(sw_problem_format(&reading->problems[0], buffer), "a?[31m: b?c");
}
END_TEST

START_TEST(a_spoiled_reading_says_why_and_has_no_tally)
{
	sw_port_space_init(&reading->space, 40000, 40099);
	ck_assert_int_eq(sw_tally_new(&reading->tally, &reading->space, &reading->reuse, 1), 0);
	sw_reading_spoil(reading, "dump", "broke off after %d rows", 7);
	ck_assert(!reading->complete);
	ck_assert_ptr_null(reading->tally);
	ck_assert_str_eq(reading->spoiled_by.what, "dump");
	ck_assert_str_eq(reading->spoiled_by.why, "broke off after 7 rows");
	ck_assert_uint_eq(reading->n_problems, 1);
	ck_assert_str_eq(reading->problems[0].why, "broke off after 7 rows");
}
END_TEST

START_TEST(out_of_memory_gives_no_reading)
{
	struct sw_reading *none = NULL;
	int r;

	failing_alloc_after(0);
	r = sw_reading_new(&none);
	ck_assert(failing_alloc_stop());
	ck_assert_int_eq(r, -ENOMEM);
	ck_assert_ptr_null(none);
}
END_TEST

int main(void)
{
	TCase *tcase = tcase_create("reading");

	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_add_test(tcase, a_new_reading_is_complete_and_has_nothing_in_it);
	tcase_add_test(tcase, a_reading_owns_its_tally_and_its_names);
	tcase_add_test(tcase, no_reading_can_be_freed);
	tcase_add_loop_test(tcase, reuse_follows_from_the_sysctls, 0, SW_ARRAY_SIZE(rules));
	tcase_add_test(tcase, a_problem_is_what_and_why);
	tcase_add_test(tcase, problems_beyond_the_bound_are_dropped_but_for_the_one_that_spoils);
	tcase_add_test(tcase, long_problems_are_cut);
	tcase_add_test(tcase, a_problem_cannot_steer_a_terminal);
	tcase_add_test(tcase, a_spoiled_reading_says_why_and_has_no_tally);
	tcase_add_test(tcase, out_of_memory_gives_no_reading);
	return suite_run("reading", tcase);
}
