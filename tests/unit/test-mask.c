/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "base/mask.h"
#include "support/suite.h"

START_TEST(only_printable_ascii_is_kept)
{
	for (int byte = 1; byte <= 255; byte++) {
		char text[] = { 'a', (char)byte, 'z', '\0' };
		char wanted[] = { 'a', byte >= 0x20 && byte <= 0x7e ? (char)byte : '?', 'z', '\0' };

		ck_assert_ptr_eq(sw_mask(text), text);
		ck_assert_str_eq(text, wanted);
	}
}
END_TEST

START_TEST(an_empty_text_stays_empty)
{
	char text[] = "";

	ck_assert_str_eq(sw_mask(text), "");
}
END_TEST

int main(void)
{
	TCase *tcase = tcase_create("mask");

	tcase_add_test(tcase, only_printable_ascii_is_kept);
	tcase_add_test(tcase, an_empty_text_stays_empty);
	return suite_run("mask", tcase);
}
