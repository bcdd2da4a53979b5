/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include "base/mem.h"
#include "base/parse.h"
#include "support/build.h"
#include "support/suite.h"

/* What an output holds when nothing was written to it. */
#define UNTOUCHED UINT64_C(0xdeadbeef)

struct number {
	const char *story;
	const char *text;
	uint64_t max;
	int result;
	uint64_t value;
};

static const struct number numbers[] = {
	{ "zero", "0", 9, 0, 0 },
	{ "one digit at the limit", "9", 9, 0, 9 },
	{ "one digit over a limit below ten", "9", 8, -ERANGE, UNTOUCHED },
	{ "one digit where only zero is allowed", "1", 0, -ERANGE, UNTOUCHED },
	{ "zero where only zero is allowed", "0", 0, 0, 0 },
	{ "the limit", "65535", 65535, 0, 65535 },
	{ "one more than the limit", "65536", 65535, -ERANGE, UNTOUCHED },
	{ "one digit more than the limit", "655350", 65535, -ERANGE, UNTOUCHED },
	{ "the largest number there is", "18446744073709551615", UINT64_MAX, 0, UINT64_MAX },
	{ "one more than the largest", "18446744073709551616", UINT64_MAX, -ERANGE, UNTOUCHED },
	{ "ten times more than the largest", "99999999999999999999999", UINT64_MAX, -ERANGE,
	  UNTOUCHED },
	{ "leading zeros", "000042", 99, 0, 42 },
	{ "no text", "", 9, -EINVAL, UNTOUCHED },
	{ "a plus sign", "+1", 9, -EINVAL, UNTOUCHED },
	{ "a minus sign", "-1", 9, -EINVAL, UNTOUCHED },
	{ "a space in front", " 1", 9, -EINVAL, UNTOUCHED },
	{ "the character before 0", "/", 9, -EINVAL, UNTOUCHED },
	{ "the character after 9", ":", 9, -EINVAL, UNTOUCHED },
	{ "one newline behind", "1\n", 9, 0, 1 },
	{ "two newlines behind", "1\n\n", 9, -EINVAL, UNTOUCHED },
	{ "a space behind", "1 ", 9, -EINVAL, UNTOUCHED },
	{ "only a newline", "\n", 9, -EINVAL, UNTOUCHED },
	{ "hexadecimal", "0x10", 99, -EINVAL, UNTOUCHED },
};

START_TEST(a_number_is_digits_and_at_most_one_newline)
{
	const struct number *c = &numbers[_i];
	uint64_t value = UNTOUCHED;
	int r = sw_parse_number(c->text, c->max, &value);

	ck_assert_msg(r == c->result, "%s: %d", c->story, r);
	ck_assert_msg(value == c->value, "%s: %" PRIu64, c->story, value);
}
END_TEST

START_TEST(digits_end_where_something_else_begins)
{
	const char *text = "32768-60999";
	uint64_t value;

	ck_assert_int_eq(sw_parse_digits(&text, UINT16_MAX, &value), 0);
	ck_assert_uint_eq(value, 32768);
	ck_assert_str_eq(text, "-60999");
}
END_TEST

START_TEST(digits_that_do_not_fit_leave_the_text_where_it_was)
{
	const char *text = "65536,1", *before = text;
	uint64_t value = UNTOUCHED;

	ck_assert_int_eq(sw_parse_digits(&text, UINT16_MAX, &value), -ERANGE);
	ck_assert_ptr_eq(text, before);
	text = before = ",1";
	ck_assert_int_eq(sw_parse_digits(&text, UINT16_MAX, &value), -EINVAL);
	ck_assert_ptr_eq(text, before);
	ck_assert_uint_eq(value, UNTOUCHED);
}
END_TEST

START_TEST(a_printed_number_reads_the_same)
{
	uint64_t state = 1, value;
	char text[32];

	for (int i = 0; i < 10000; i++) {
		uint64_t wanted = build_random(&state) >> (build_random(&state) % 64);

		snprintf(text, sizeof(text), "%" PRIu64, wanted);
		ck_assert_int_eq(sw_parse_number(text, wanted, &value), 0);
		ck_assert_uint_eq(value, wanted);
		if (wanted > 0)
			ck_assert_int_eq(sw_parse_number(text, wanted - 1, &value), -ERANGE);
	}
}
END_TEST

int main(void)
{
	TCase *tcase = tcase_create("parse-number");

	tcase_add_loop_test(tcase, a_number_is_digits_and_at_most_one_newline, 0,
			    SW_ARRAY_SIZE(numbers));
	tcase_add_test(tcase, digits_end_where_something_else_begins);
	tcase_add_test(tcase, digits_that_do_not_fit_leave_the_text_where_it_was);
	tcase_add_test(tcase, a_printed_number_reads_the_same);
	return suite_run("parse-number", tcase);
}
