/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What the daemon and the runner of hooks tell each other by lines and names of files. */

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "io/hook-result.h"
#include "io/outbox-name.h"
#include "support/suite.h"

static const struct sw_hook_result example = {
	.event_id = "0a1b2c3d-0000-4000-8000-00000000beef-10800000000",
	.alert_id = UINT64_C(0x0123456789abcdef),
	.hook = "10-mail.sh",
	.outcome = SW_HOOK_FAILED,
	.attempt = 2,
	.detail = "exit-3",
};

static const char line[] = "0a1b2c3d-0000-4000-8000-00000000beef-10800000000 0123456789abcdef "
			   "10-mail.sh failed 2 exit-3\n";

START_TEST(a_result_is_a_line)
{
	char text[SW_HOOK_RESULT_SIZE];

	ck_assert_int_eq(sw_hook_result_format(&example, text), (int)strlen(line));
	ck_assert_str_eq(text, line);
}
END_TEST

START_TEST(every_outcome_comes_out_again)
{
	for (int outcome = SW_HOOK_OK; outcome <= SW_HOOK_RETRY; outcome++) {
		struct sw_hook_result result = example, again;
		char text[SW_HOOK_RESULT_SIZE];
		const char *at = text;

		result.outcome = (enum sw_hook_outcome)outcome;
		ck_assert_int_gt(sw_hook_result_format(&result, text), 0);
		ck_assert_int_eq(sw_hook_result_parse(&at, &again), 0);
		ck_assert_int_eq(again.outcome, outcome);
		ck_assert_str_eq(again.event_id, example.event_id);
		ck_assert_uint_eq(again.alert_id, example.alert_id);
		ck_assert_str_eq(again.hook, example.hook);
		ck_assert_uint_eq(again.attempt, 2);
		ck_assert_str_eq(again.detail, "exit-3");
		ck_assert_str_eq(at, "");
	}
}
END_TEST

START_TEST(lines_are_read_one_after_the_other)
{
	const char text[] =
		"a-1 0000000000000001 x ok 1 -\nb-2 0000000000000002 y retry 5 exit-75\nb-2 00";
	const char *at = text;
	struct sw_hook_result result;

	ck_assert_int_eq(sw_hook_result_parse(&at, &result), 0);
	ck_assert_str_eq(result.hook, "x");
	ck_assert_int_eq(sw_hook_result_parse(&at, &result), 0);
	ck_assert_str_eq(result.hook, "y");
	ck_assert_uint_eq(result.attempt, 5);
	/* One that was cut stays where it is, and what was read before as it was. */
	ck_assert_int_eq(sw_hook_result_parse(&at, &result), -EBADMSG);
	ck_assert_str_eq(at, "b-2 00");
	ck_assert_str_eq(result.hook, "y");
}
END_TEST

START_TEST(what_is_no_result_is_refused)
{
	static const char *const texts[] = {
		"",
		"\n",
		"a-1 0000000000000001 x ok 1 -", /* no newline */
		"a-1 0000000000000001 x ok 1\n",
		"a-1 0000000000000001 x ok 0 -\n",
		"a-1 0000000000000001 x ok 6 -\n",
		"a-1 0000000000000001 x ok -1 -\n",
		"a-1 0000000000000001 x ok 1 - \n",
		"a-1 000000000000000G x ok 1 -\n",
		"a-1 000000000000001 x ok 1 -\n",
		"a-1 0000000000000001 x good 1 -\n",
		"a-1 0000000000000001 ../x ok 1 -\n",
		"a-1 0000000000000001 x\033y ok 1 -\n",
		" a-1 0000000000000001 x ok 1 -\n",
		"a-1  0000000000000001 x ok 1 -\n",
		"a-1 0000000000000001 x ok 1 a-detail-that-is-too-long\n",
		("a-1 0000000000000001 "
		 "a-name-that-is-longer-than-a-name-of-a-hook-may-be-since-it-has-65-chars ok 1 "
		 "-\n"),
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct sw_hook_result result;
		const char *at = texts[i];

		ck_assert_msg(sw_hook_result_parse(&at, &result) == -EBADMSG, "%s", texts[i]);
		ck_assert_ptr_eq(at, texts[i]);
	}
}
END_TEST

START_TEST(a_result_that_could_not_be_read_is_not_written)
{
	struct sw_hook_result result = example;
	char text[SW_HOOK_RESULT_SIZE];

	snprintf(result.hook, sizeof(result.hook), "two words");
	ck_assert_int_eq(sw_hook_result_format(&result, text), -EINVAL);
	result = example;
	result.attempt = 0;
	ck_assert_int_eq(sw_hook_result_format(&result, text), -EINVAL);
	result = example;
	result.detail[0] = '\0';
	ck_assert_int_eq(sw_hook_result_format(&result, text), -EINVAL);
}
END_TEST

static const struct sw_outbox_name name = {
	.number = 42,
	.alert_id = UINT64_C(0x670332e4e919f90f),
	.state = "firing",
	.event_id = "0a1b2c3d-0000-4000-8000-00000000beef-10800000000",
};

static const char file[] = "000000000042-670332e4e919f90f-firing-"
			   "0a1b2c3d-0000-4000-8000-00000000beef-10800000000.json";

START_TEST(a_name_tells_number_alert_state_and_event)
{
	char text[SW_OUTBOX_NAME_SIZE];
	struct sw_outbox_name again;

	ck_assert_int_eq(sw_outbox_name_format(&name, text), 0);
	ck_assert_str_eq(text, file);
	ck_assert_int_eq(sw_outbox_name_parse(text, &again), 0);
	ck_assert_uint_eq(again.number, 42);
	ck_assert_uint_eq(again.alert_id, name.alert_id);
	ck_assert_str_eq(again.state, "firing");
	ck_assert_str_eq(again.event_id, name.event_id);
}
END_TEST

START_TEST(names_sort_by_their_number)
{
	struct sw_outbox_name earlier = name, later = name;
	char a[SW_OUTBOX_NAME_SIZE], b[SW_OUTBOX_NAME_SIZE];

	earlier.number = 9;
	later.number = SW_OUTBOX_MAX_NUMBER;
	ck_assert_int_eq(sw_outbox_name_format(&earlier, a), 0);
	ck_assert_int_eq(sw_outbox_name_format(&later, b), 0);
	ck_assert_int_lt(strcmp(a, file), 0);
	ck_assert_int_lt(strcmp(file, b), 0);
	later.number++;
	ck_assert_int_eq(sw_outbox_name_format(&later, b), -EINVAL);
}
END_TEST

START_TEST(what_is_no_name_is_refused)
{
	static const char *const texts[] = {
		"",
		".json",
		"42-670332e4e919f90f-firing-a-1.json",
		"000000000042-670332e4e919f90f-firing-a-1",
		"000000000042-670332e4e919f90f-firing-a-1.json.bak",
		"000000000042-670332e4e919f90f-firing-.json",
		"000000000042-670332e4e919f90f--a-1.json",
		"000000000042-670332E4E919F90F-firing-a-1.json",
		"00000000004x-670332e4e919f90f-firing-a-1.json",
		"000000000042-670332e4e919f90f-Firing-a-1.json",
		"000000000042-670332e4e919f90f-averylongstateword-a-1.json",
		"000000000042-670332e4e919f90f-firing-a/1.json",
		"000000000042-670332e4e919f90f-firing-../1.json",
		"000000000042-670332e4e919f90f-firing-a\n1.json",
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct sw_outbox_name ignored;

		ck_assert_msg(sw_outbox_name_parse(texts[i], &ignored) == -EINVAL, "%s", texts[i]);
	}
}
END_TEST

START_TEST(only_changed_and_repeat_can_be_replaced)
{
	static const struct {
		const char *state;
		bool replaceable;
	} cases[] = {
		{ "firing", false },
		{ "changed", true },
		{ "repeat", true },
		{ "resolved", false },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct sw_outbox_name one = name;

		snprintf(one.state, sizeof(one.state), "%s", cases[i].state);
		ck_assert_int_eq(sw_outbox_name_is_replaceable(&one), cases[i].replaceable);
	}
}
END_TEST

int main(void)
{
	TCase *tcase = tcase_create("hook-result");

	tcase_add_test(tcase, a_result_is_a_line);
	tcase_add_test(tcase, every_outcome_comes_out_again);
	tcase_add_test(tcase, lines_are_read_one_after_the_other);
	tcase_add_test(tcase, what_is_no_result_is_refused);
	tcase_add_test(tcase, a_result_that_could_not_be_read_is_not_written);
	tcase_add_test(tcase, a_name_tells_number_alert_state_and_event);
	tcase_add_test(tcase, names_sort_by_their_number);
	tcase_add_test(tcase, what_is_no_name_is_refused);
	tcase_add_test(tcase, only_changed_and_repeat_can_be_replaced);
	return suite_run("hook-result", tcase);
}
