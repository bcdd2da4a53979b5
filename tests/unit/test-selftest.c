/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The self-test has to be able to fail: here it is shown predictions that are wrong. */

#include "base/mem.h"
#include "sockwatch/selftest.h"
#include "support/suite.h"

enum { RANGE = 100 };

static enum sw_verdict judge(uint32_t low, uint32_t high, uint32_t observed, uint32_t n_hidden)
{
	return sw_selftest_judge((struct sw_selftest_interval){ low, high }, observed, n_hidden,
				 RANGE);
}

START_TEST(what_was_predicted_is_equal)
{
	ck_assert_int_eq(judge(97, 97, 97, 0), SW_VERDICT_EQUAL);
	ck_assert_int_eq(judge(0, 0, 0, 0), SW_VERDICT_EQUAL);
	ck_assert_int_eq(judge(97, 97, 97, 3), SW_VERDICT_EQUAL);
}
END_TEST

START_TEST(one_port_beside_it_is_wrong)
{
	ck_assert_int_eq(judge(97, 97, 96, 0), SW_VERDICT_WRONG);
	ck_assert_int_eq(judge(97, 97, 98, 0), SW_VERDICT_WRONG);
	ck_assert_int_eq(judge(0, 0, 1, 0), SW_VERDICT_WRONG);
	ck_assert_int_eq(judge(90, 100, 89, 10), SW_VERDICT_WRONG);
	ck_assert_int_eq(judge(90, 100, 101, 10), SW_VERDICT_WRONG);
}
END_TEST

START_TEST(anywhere_in_the_interval_is_within)
{
	ck_assert_int_eq(judge(90, 100, 90, 10), SW_VERDICT_WITHIN);
	ck_assert_int_eq(judge(90, 100, 95, 10), SW_VERDICT_WITHIN);
	ck_assert_int_eq(judge(90, 100, 100, 10), SW_VERDICT_WITHIN);
}
END_TEST

START_TEST(an_interval_is_no_wider_than_what_is_hidden_and_two_percent)
{
	ck_assert_int_eq(judge(88, 100, 95, 10), SW_VERDICT_WITHIN);
	ck_assert_int_eq(judge(87, 100, 95, 10), SW_VERDICT_WRONG);
	/* Of three ports two percent are nothing. */
	ck_assert_int_eq(sw_selftest_judge((struct sw_selftest_interval){ 1, 3 }, 2, 1, 3),
			 SW_VERDICT_WRONG);
}
END_TEST

START_TEST(where_nothing_is_hidden_an_interval_is_wrong)
{
	ck_assert_int_eq(judge(99, 100, 100, 0), SW_VERDICT_WRONG);
	ck_assert_int_eq(judge(0, 100, 100, 0), SW_VERDICT_WRONG);
}
END_TEST

/* A self-test of two cases, the first of which is right. */
static bool passes_with(enum sw_verdict second)
{
	struct sw_selftest_case cases[] = { { .verdict = SW_VERDICT_EQUAL },
					    { .verdict = second } };
	struct sw_selftest selftest = { .cases = cases, .n_cases = SW_ARRAY_SIZE(cases) };

	return sw_selftest_passed(&selftest);
}

START_TEST(one_wrong_case_fails_all)
{
	ck_assert(!passes_with(SW_VERDICT_WRONG));
	ck_assert(!passes_with(SW_VERDICT_FAILED));
	ck_assert(passes_with(SW_VERDICT_EQUAL));
	ck_assert(passes_with(SW_VERDICT_WITHIN));
	ck_assert(passes_with(SW_VERDICT_LEFT_OUT));
}
END_TEST

START_TEST(a_test_that_tested_nothing_has_not_passed)
{
	struct sw_selftest_case left_out = { .verdict = SW_VERDICT_LEFT_OUT };
	struct sw_selftest selftest = { .cases = &left_out, .n_cases = 1 };

	ck_assert(!sw_selftest_passed(&selftest));
	selftest.n_cases = 0;
	ck_assert(!sw_selftest_passed(&selftest));
}
END_TEST

START_TEST(cases_are_counted_by_verdict)
{
	struct sw_selftest_case cases[] = {
		{ .verdict = SW_VERDICT_WRONG },  { .verdict = SW_VERDICT_EQUAL },
		{ .verdict = SW_VERDICT_WITHIN }, { .verdict = SW_VERDICT_EQUAL },
		{ .verdict = SW_VERDICT_FAILED }, { .verdict = SW_VERDICT_LEFT_OUT },
	};
	struct sw_selftest selftest = { .cases = cases, .n_cases = SW_ARRAY_SIZE(cases) };

	ck_assert_uint_eq(sw_selftest_count(&selftest, SW_VERDICT_EQUAL), 2);
	ck_assert_uint_eq(sw_selftest_count(&selftest, SW_VERDICT_WITHIN), 1);
	ck_assert_uint_eq(sw_selftest_count(&selftest, SW_VERDICT_WRONG), 1);
	ck_assert_uint_eq(sw_selftest_count(&selftest, SW_VERDICT_FAILED), 1);
	ck_assert_uint_eq(sw_selftest_count(&selftest, SW_VERDICT_LEFT_OUT), 1);
}
END_TEST

START_TEST(verdicts_have_the_names_of_the_schema)
{
	ck_assert_str_eq(sw_verdict_to_string(SW_VERDICT_EQUAL), "equal");
	ck_assert_str_eq(sw_verdict_to_string(SW_VERDICT_WITHIN), "within");
	ck_assert_str_eq(sw_verdict_to_string(SW_VERDICT_WRONG), "wrong");
	ck_assert_str_eq(sw_verdict_to_string(SW_VERDICT_FAILED), "failed");
	ck_assert_str_eq(sw_verdict_to_string(SW_VERDICT_LEFT_OUT), "left-out");
}
END_TEST

int main(void)
{
	TCase *tcase = tcase_create("selftest");

	tcase_add_test(tcase, what_was_predicted_is_equal);
	tcase_add_test(tcase, one_port_beside_it_is_wrong);
	tcase_add_test(tcase, anywhere_in_the_interval_is_within);
	tcase_add_test(tcase, an_interval_is_no_wider_than_what_is_hidden_and_two_percent);
	tcase_add_test(tcase, where_nothing_is_hidden_an_interval_is_wrong);
	tcase_add_test(tcase, one_wrong_case_fails_all);
	tcase_add_test(tcase, a_test_that_tested_nothing_has_not_passed);
	tcase_add_test(tcase, cases_are_counted_by_verdict);
	tcase_add_test(tcase, verdicts_have_the_names_of_the_schema);
	return suite_run("selftest", tcase);
}
