/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <errno.h>

#include "base/parse.h"
#include "support/suite.h"

#define S UINT64_C(1000000)

static const struct {
	const char *text;
	int r;
	uint64_t usec;
} durations[] = {
	{ "0", 0, 0 },
	{ "5", 0, 5 * S },
	{ "5s", 0, 5 * S },
	{ "5 s", 0, 5 * S },
	{ "1.5h", 0, 5400 * S },
	{ "0.25s", 0, S / 4 },
	{ "1min 30s", 0, 90 * S },
	{ "1min30s", 0, 90 * S },
	{ "1h 1h", 0, 7200 * S },
	{ "1week 1day 1hour 1minute 1second 1msec 1usec", 0, 694861 * S + 1001 },
	{ "2d", 0, 172800 * S },
	{ "100ms", 0, 100000 },
	{ "7us", 0, 7 },
	{ "366d", 0, SW_PARSE_YEAR_USEC },
	{ "367d", -ERANGE, 0 },
	{ "366d 1us", -ERANGE, 0 },
	{ "99999999999999999999s", -ERANGE, 0 },
	{ "", -EINVAL, 0 },
	{ "s", -EINVAL, 0 },
	{ "-5s", -EINVAL, 0 },
	{ "5.s", -EINVAL, 0 },
	{ "5x", -EINVAL, 0 },
	{ "5S", -EINVAL, 0 },
	{ "5 5", -EINVAL, 0 },
	{ "1min 30", -EINVAL, 0 },
	{ "30 1min", -EINVAL, 0 },
	{ "5s,", -EINVAL, 0 },
	{ "infinity", -EINVAL, 0 },
};

START_TEST(durations_are_as_systemd_has_them)
{
	uint64_t usec = 1;
	int r = sw_parse_duration(durations[_i].text, &usec);

	ck_assert_msg(r == durations[_i].r, "\"%s\" gave %d", durations[_i].text, r);
	ck_assert_msg(usec == (r == 0 ? durations[_i].usec : 1), "\"%s\" gave %llu us",
		      durations[_i].text, (unsigned long long)usec);
}
END_TEST

static const struct {
	const char *text;
	int r;
	uint32_t hundredths;
} percentages[] = {
	{ "0%", 0, 0 },
	{ "50%", 0, 5000 },
	{ "97.25%", 0, 9725 },
	{ "97.2%", 0, 9720 },
	{ "0.01%", 0, 1 },
	{ "250%", 0, 25000 },
	{ "97.255%", -EINVAL, 0 },
	{ "50", -EINVAL, 0 },
	{ "%", -EINVAL, 0 },
	{ "50 %", -EINVAL, 0 },
	{ "50%%", -EINVAL, 0 },
	{ ".5%", -EINVAL, 0 },
	{ "-1%", -EINVAL, 0 },
	{ "99999999999%", -ERANGE, 0 },
};

START_TEST(a_percentage_has_its_sign)
{
	uint32_t hundredths = 1;
	int r = sw_parse_percent(percentages[_i].text, &hundredths);

	ck_assert_msg(r == percentages[_i].r, "\"%s\" gave %d", percentages[_i].text, r);
	ck_assert_uint_eq(hundredths, r == 0 ? percentages[_i].hundredths : 1);
}
END_TEST

int main(void)
{
	TCase *tcase = tcase_create("parse");

	tcase_add_loop_test(tcase, durations_are_as_systemd_has_them, 0,
			    sizeof(durations) / sizeof(durations[0]));
	tcase_add_loop_test(tcase, a_percentage_has_its_sign, 0,
			    sizeof(percentages) / sizeof(percentages[0]));
	return suite_run("parse", tcase);
}
