/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "sockwatch/level.h"
#include "support/suite.h"

START_TEST(levels_rise_up_to_exhausted)
{
	ck_assert_int_lt(SW_LEVEL_OK, SW_LEVEL_NOTICE);
	ck_assert_int_lt(SW_LEVEL_NOTICE, SW_LEVEL_WARNING);
	ck_assert_int_lt(SW_LEVEL_WARNING, SW_LEVEL_CRITICAL);
	ck_assert_int_lt(SW_LEVEL_CRITICAL, SW_LEVEL_EXHAUSTED);
}
END_TEST

START_TEST(names_are_those_of_the_schema)
{
	ck_assert_str_eq(sw_level_to_string(SW_LEVEL_OK), "ok");
	ck_assert_str_eq(sw_level_to_string(SW_LEVEL_NOTICE), "notice");
	ck_assert_str_eq(sw_level_to_string(SW_LEVEL_WARNING), "warning");
	ck_assert_str_eq(sw_level_to_string(SW_LEVEL_CRITICAL), "critical");
	ck_assert_str_eq(sw_level_to_string(SW_LEVEL_EXHAUSTED), "exhausted");
	ck_assert_str_eq(sw_level_to_string(SW_LEVEL_UNKNOWN), "unknown");
}
END_TEST

int main(void)
{
	TCase *tcase = tcase_create("level");

	tcase_add_test(tcase, levels_rise_up_to_exhausted);
	tcase_add_test(tcase, names_are_those_of_the_schema);
	return suite_run("level", tcase);
}
