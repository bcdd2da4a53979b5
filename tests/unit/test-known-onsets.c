/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The onsets of a daemon's status.json, in a report. */

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "render/known-onsets.h"
#include "support/build.h"
#include "support/suite.h"

#define ONSETS                                                                                     \
	"{\"namespaces\":[{\"tuples\":["                                                           \
	"{\"source\":\"10.0.0.5\",\"destination\":\"10.0.0.9\",\"port\":5432,"                     \
	"\"device\":\"if7\",\"rate_since\":\"2026-11-22T02:00:00.000Z\",\"rate_before_per_s\":1}," \
	"{\"source\":\"10.0.0.5\",\"destination\":\"10.0.0.9\",\"port\":5432,\"device\":null,"     \
	"\"rate_since\":\"2026-11-22T03:00:00.000Z\",\"rate_before_per_s\":210,"                   \
	"\"open_rate_per_s\":600,\"slow_share\":0.5}]}]}"

/* What becomes of a tuple at 300 a second; `since` is what the reading itself shows. */
static struct sw_outlook with_onset(const char *text, double per_s, sw_usec since)
{
	static struct sw_reading reading = { .began.wall = UINT64_C(1795317121000000) };
	static struct sw_outlook outlook;
	struct sw_report report = {
		.reading = &reading, .outlooks = &outlook, .n_outlooks = 1, .n_outlooks_listed = 1
	};

	outlook = (struct sw_outlook){
		.tuple = build_tuple("10.0.0.5", "10.0.0.9", 5432),
		.open_per_s = NAN,
		.slow_share = NAN,
		.rate_since = since,
		.forecast = { .present_per_s = per_s, .onset = { since != 0, 10, 50 } },
	};
	sw_known_onsets_add(text, strlen(text), &report);
	return outlook;
}

START_TEST(an_onset_that_only_the_daemon_saw_is_taken_from_it)
{
	struct sw_outlook outlook = with_onset(ONSETS, 300, 0);

	ck_assert_uint_eq(outlook.rate_since, UINT64_C(1795316400000000));
	ck_assert_double_eq(outlook.forecast.onset.before_per_s, 210);
	ck_assert_double_eq(outlook.forecast.onset.ago_s, 721);
	/* How old these are nobody knows. */
	ck_assert(isnan(outlook.open_per_s));
	ck_assert(isnan(outlook.slow_share));
}
END_TEST

START_TEST(an_onset_of_a_rate_that_is_over_is_none)
{
	ck_assert_uint_eq(with_onset(ONSETS, 220, 0).rate_since, 0);
}
END_TEST

START_TEST(what_the_reading_shows_goes_before)
{
	struct sw_outlook outlook = with_onset(ONSETS, 300, 42);

	ck_assert_uint_eq(outlook.rate_since, 42);
	ck_assert_double_eq(outlook.forecast.onset.before_per_s, 50);
}
END_TEST

START_TEST(onsets_that_make_no_sense_are_left_aside)
{
	static const char *const rows[] = {
		"null",
		"7",
		"{}",
		"{\"port\":5432,\"destination\":\"10.0.0.9\"}",
		"{\"source\":\"10.0.0.5\",\"destination\":\"10.0.0.9\",\"port\":5432,"
		"\"rate_since\":\"2027-11-22T03:00:00.000Z\",\"rate_before_per_s\":210}",
		"{\"source\":\"10.0.0.5\",\"destination\":\"10.0.0.9\",\"port\":5432,"
		"\"rate_since\":\"2026-11-22T03:00:00.000Z\",\"rate_before_per_s\":null}",
		"{\"source\":\"10.0.0.5\",\"destination\":\"10.0.0.9\",\"port\":5432,"
		"\"rate_since\":\"soon\",\"rate_before_per_s\":210}",
	};

	for (size_t i = 0; i < SW_ARRAY_SIZE(rows); i++) {
		char text[512];

		snprintf(text, sizeof(text), "{\"namespaces\":[{\"tuples\":[%s]}]}", rows[i]);
		ck_assert_uint_eq(with_onset(text, 300, 0).rate_since, 0);
	}
	ck_assert_uint_eq(with_onset("{\"tuples\":[", 300, 0).rate_since, 0);
}
END_TEST

int main(void)
{
	TCase *tcase = tcase_create("known-onsets");

	tcase_add_test(tcase, an_onset_that_only_the_daemon_saw_is_taken_from_it);
	tcase_add_test(tcase, an_onset_of_a_rate_that_is_over_is_none);
	tcase_add_test(tcase, what_the_reading_shows_goes_before);
	tcase_add_test(tcase, onsets_that_make_no_sense_are_left_aside);
	return suite_run("known-onsets", tcase);
}
