/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <errno.h>
#include <string.h>

#include "base/mem.h"
#include "render/timestamp.h"
#include "support/suite.h"

/* Seconds since 1970, as date(1) gives them for the texts beside. */
static const struct moment {
	sw_usec wall;
	const char *text;
	const char *human;
} moments[] = {
	{ 0, "1970-01-01T00:00:00.000Z", "1970-01-01 00:00:00 UTC" },
	{ 999, "1970-01-01T00:00:00.000Z", "1970-01-01 00:00:00 UTC" },
	{ 1000, "1970-01-01T00:00:00.001Z", "1970-01-01 00:00:00 UTC" },
	{ 999999, "1970-01-01T00:00:00.999Z", "1970-01-01 00:00:00 UTC" },
	{ 1795317121250000, "2026-11-22T03:12:01.250Z", "2026-11-22 03:12:01 UTC" },
	/* a leap day */
	{ 1709164800000000, "2024-02-29T00:00:00.000Z", "2024-02-29 00:00:00 UTC" },
	/* beyond 32 bits */
	{ 2147483648000000, "2038-01-19T03:14:08.000Z", "2038-01-19 03:14:08 UTC" },
	{ 253402300799999999, "9999-12-31T23:59:59.999Z", "9999-12-31 23:59:59 UTC" },
};

START_TEST(a_moment_is_written_in_utc)
{
	char buffer[SW_TIMESTAMP_SIZE];

	ck_assert_str_eq(sw_timestamp_format(moments[_i].wall, buffer), moments[_i].text);
	ck_assert_str_eq(sw_timestamp_format_human(moments[_i].wall, buffer), moments[_i].human);
}
END_TEST

START_TEST(the_last_moment_there_is_has_room)
{
	char buffer[SW_TIMESTAMP_SIZE];

	ck_assert_uint_eq(strlen(sw_timestamp_format(UINT64_MAX, buffer)),
			  strlen("2026-11-22T03:12:01.250Z"));
	ck_assert_uint_eq(strlen(sw_timestamp_format_human(UINT64_MAX, buffer)),
			  strlen("2026-11-22 03:12:01 UTC"));
}
END_TEST

#define SECOND SW_USEC_PER_SEC
#define MINUTE (60 * SECOND)
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)

static const struct {
	sw_usec duration;
	const char *text;
} durations[] = {
	{ 0, "0 s" },
	{ SECOND / 2 - 1, "0 s" },
	{ SECOND / 2, "1 s" },
	{ 48 * SECOND, "48 s" },
	{ 59 * SECOND, "59 s" },
	{ MINUTE - SECOND / 2 - 1, "59 s" },
	{ MINUTE - SECOND / 2, "1 min 0 s" },
	{ MINUTE, "1 min 0 s" },
	{ 6 * MINUTE + 28 * SECOND, "6 min 28 s" },
	{ HOUR - SECOND, "59 min 59 s" },
	{ HOUR, "1 h 0 min" },
	{ 3 * HOUR + 5 * MINUTE + 59 * SECOND, "3 h 5 min" },
	{ DAY - SECOND, "23 h 59 min" },
	{ DAY, "1 d 0 h" },
	{ 12 * DAY + 4 * HOUR + 59 * MINUTE, "12 d 4 h" },
	{ 1000 * DAY, "1000 d 0 h" },
};

START_TEST(a_duration_is_its_two_largest_units)
{
	char buffer[SW_TIMESTAMP_SIZE];

	ck_assert_str_eq(sw_duration_format(durations[_i].duration, buffer), durations[_i].text);
}
END_TEST

START_TEST(a_moment_is_read_as_it_is_written)
{
	char text[SW_TIMESTAMP_SIZE];
	sw_usec wall;

	for (size_t i = 0; i < SW_ARRAY_SIZE(moments); i++) {
		sw_timestamp_format(moments[i].wall, text);
		ck_assert_int_eq(sw_timestamp_parse(text, &wall), 0);
		ck_assert_uint_eq(wall, moments[i].wall / SW_USEC_PER_MSEC * SW_USEC_PER_MSEC);
	}
	ck_assert_int_eq(sw_timestamp_parse("2026-11-22T03:12:01Z", &wall), 0);
	ck_assert_uint_eq(wall, UINT64_C(1795317121000000));
}
END_TEST

START_TEST(what_is_no_moment_in_utc_is_refused)
{
	static const char *const texts[] = {
		"",
		"now",
		"2026-11-22",
		"2026-11-22T03:12Z",
		"2026-11-22T03:12:01",
		"2026-11-22T03:12:01.",
		"2026-11-22T03:12:01.Z",
		"2026-11-22T03:12:01.2Z",
		"2026-11-22T03:12:01.2500Z",
		"2026-11-22T03:12:01+01:00",
		"2026-11-22 03:12:01Z",
		"2026-11-22t03:12:01z",
		"2026-11-22T03:12:01Z ",
		" 2026-11-22T03:12:01Z",
		"2026-11-22T03:12:01ZZ",
		"2026-1-22T03:12:01Z",
		"2026-11-022T03:12:01Z",
		"2026-02-29T03:12:01Z",
		"2026-13-01T03:12:01Z",
		"2026-11-22T24:00:00Z",
		"2026-11-22T03:12:60Z",
		"1969-12-31T23:59:59Z",
		"0000-00-00T00:00:00Z",
		"99999-11-22T03:12:01Z",
	};
	sw_usec wall;

	for (size_t i = 0; i < SW_ARRAY_SIZE(texts); i++)
		ck_assert_msg(sw_timestamp_parse(texts[i], &wall) == -EINVAL, "%s", texts[i]);
}
END_TEST

START_TEST(a_clock_is_the_time_of_day)
{
	char buffer[SW_TIMESTAMP_SIZE];

	ck_assert_str_eq(sw_clock_format(UINT64_C(1795317121250000), buffer), "03:12:01");
	ck_assert_str_eq(sw_clock_format(0, buffer), "00:00:00");
}
END_TEST

int main(void)
{
	TCase *tcase = tcase_create("timestamp");

	tcase_add_test(tcase, a_clock_is_the_time_of_day);
	tcase_add_loop_test(tcase, a_moment_is_written_in_utc, 0, SW_ARRAY_SIZE(moments));
	tcase_add_test(tcase, the_last_moment_there_is_has_room);
	tcase_add_test(tcase, a_moment_is_read_as_it_is_written);
	tcase_add_test(tcase, what_is_no_moment_in_utc_is_refused);
	tcase_add_loop_test(tcase, a_duration_is_its_two_largest_units, 0,
			    SW_ARRAY_SIZE(durations));
	return suite_run("timestamp", tcase);
}
