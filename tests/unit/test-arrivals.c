/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What half-second counts of a minute tell of how they came, and what they do not. */

#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "core/arrivals.h"
#include "support/build.h"
#include "support/suite.h"

static uint64_t n_by_age[SW_AGE_N_SLOTS];
static double sums[SW_AGE_N_SLOTS + 1];
static struct sw_arrivals arrivals;

static void set_up(void)
{
	memset(n_by_age, 0, sizeof(n_by_age));
}

static void fill(uint32_t first, uint32_t n_slots, uint64_t per_slot)
{
	for (uint32_t i = first; i < first + n_slots; i++)
		n_by_age[i] += per_slot;
}

static void look_at(uint32_t n_slots, bool closely)
{
	for (uint32_t i = 0; i < SW_AGE_N_SLOTS; i++)
		sums[i + 1] = sums[i] + (double)n_by_age[i];
	sw_arrivals_read(sums, n_slots, closely, &arrivals);
}

static void look(void)
{
	look_at(SW_AGE_N_SLOTS, true);
}

/* A Poisson number (Knuth's way, so the mean must be small). */
static uint64_t draw(double mean, uint64_t *random)
{
	double limit = exp(-mean), product = 1;
	uint64_t n = 0;

	for (;; n++) {
		product *= (double)(build_random(random) >> 11) * 0x1p-53;
		if (product <= limit)
			return n;
	}
}

/* `per_s(age)` is the mean rate so many seconds ago. */
static void draw_record(double (*per_s)(double age), uint64_t *random)
{
	for (uint32_t i = 0; i < SW_AGE_N_SLOTS; i++)
		n_by_age[i] = draw(per_s((i + 0.5) / 2) / 2, random);
	look();
}

struct stretch {
	uint32_t first, n_slots;
	uint64_t per_slot;
};

static const struct change {
	const char *story;
	struct stretch stretches[3];
	bool changed;
	double since_s, present, before;
} changes[] = {
	{ "nothing", { { 0 } }, false, 60, 0, 0 },
	{ "the same for a minute", { { 0, 120, 300 } }, false, 60, 600, 0 },
	{ "from 210/s to 612/s", { { 0, 20, 306 }, { 20, 100, 105 } }, true, 10, 612, 210 },
	{ "from nothing", { { 0, 60, 10 } }, true, 30, 20, 0 },
	{ "only what was just before is what it was",
	  { { 0, 20, 300 }, { 20, 40, 100 }, { 60, 60, 10 } },
	  true,
	  10,
	  600,
	  200 },
	{ "a burst that is over", { { 5, 5, 1000 } }, true, 2.5, 0, 2000 },
	{ "down to a third", { { 0, 30, 20 }, { 30, 90, 60 } }, true, 15, 40, 120 },
	{ "two may well be chance", { { 0, 2, 1 } }, false, 60, 2 / 60.0, 0 },
	{ "from one to three in half a second, for 15 s",
	  { { 0, 30, 3 }, { 30, 90, 1 } },
	  true,
	  15,
	  6,
	  2 },
	/* 100 in the window of 5 s. */
	{ "what began a second ago is not yet believed", { { 0, 2, 50 } }, true, 1, 20, 0 },
};

START_TEST(a_change_is_found_where_it_is_clear)
{
	const struct change *c = &changes[_i];

	for (size_t i = 0; i < SW_ARRAY_SIZE(c->stretches); i++)
		fill(c->stretches[i].first, c->stretches[i].n_slots, c->stretches[i].per_slot);
	look();
	ck_assert_msg(arrivals.changed == c->changed, "%s", c->story);
	ck_assert_msg(fabs(arrivals.present_per_s - c->present) < 1e-9, "%s: %g/s", c->story,
		      arrivals.present_per_s);
	ck_assert_double_eq(arrivals.rise_per_s2, 0);
	ck_assert_double_eq_tol(arrivals.stretch_s, c->since_s, 1e-9);
	if (c->changed)
		ck_assert_msg(fabs(arrivals.before_per_s - c->before) < 1e-9, "%s: %g/s before",
			      c->story, arrivals.before_per_s);
}
END_TEST

static double ten(double age)
{
	(void)age;
	return 10;
}

static double one(double age)
{
	(void)age;
	return 1;
}

START_TEST(chance_is_no_change)
{
	uint64_t random = 1 + (uint64_t)_i;
	unsigned int n_changed = 0;

	for (int round = 0; round < 2000; round++) {
		draw_record(_i == 0 ? one : ten, &random);
		n_changed += arrivals.changed;
		ck_assert_double_le(arrivals.low_per_s, arrivals.present_per_s);
	}
	ck_assert_msg(n_changed <= 10, "%u of 2000", n_changed);
}
END_TEST

static double doubled(double age)
{
	return age < 15 ? 40 : 20;
}

START_TEST(a_rate_that_doubles_is_found_at_its_time)
{
	uint64_t random = 3;
	unsigned int n_found = 0;

	for (int round = 0; round < 200; round++) {
		draw_record(doubled, &random);
		n_found += arrivals.changed && fabs(arrivals.stretch_s - 15) <= 2 &&
			   fabs(arrivals.present_per_s - 40) < 8 &&
			   fabs(arrivals.before_per_s - 20) < 5;
	}
	ck_assert_msg(n_found >= 180, "%u of 200", n_found);
}
END_TEST

static double rising(double age)
{
	return 100 - 1.5 * age;
}

static double rising_lately(double age)
{
	return age < 30 ? 100 - 3 * age : 10;
}

/* Nothing, then 40/s, and from there on up. */
static double rising_after_a_jump(double age)
{
	return age < 30 ? 100 - 2 * age : 0;
}

static const struct {
	double (*per_s)(double age);
	double rise;
} ramps[] = { { rising, 1.5 }, { rising_lately, 3 }, { rising_after_a_jump, 2 } };

START_TEST(a_ramp_is_told_from_a_step)
{
	uint64_t random = 4;
	unsigned int n_found = 0;

	for (int round = 0; round < 200; round++) {
		draw_record(ramps[_i].per_s, &random);
		n_found += fabs(arrivals.present_per_s - 100) < 15 &&
			   fabs(arrivals.rise_per_s2 - ramps[_i].rise) < 0.4 * ramps[_i].rise &&
			   arrivals.rise_low_per_s2 < arrivals.rise_per_s2;
	}
	ck_assert_msg(n_found >= 180, "%u of 200", n_found);
}
END_TEST

/* Each falls or rises as fast as the record can tell; the rate stays one. */
START_TEST(what_falls_does_not_rise)
{
	for (uint32_t i = 0; i < SW_AGE_N_SLOTS; i++)
		n_by_age[i] = 20 + i;
	look();
	ck_assert_double_eq_tol(arrivals.present_per_s, 40, 4);
	ck_assert_double_eq(arrivals.rise_per_s2, 0);
	ck_assert_double_ge(arrivals.low_per_s, 0);
}
END_TEST

/* A program that closes a hundred at a time, every two seconds: 50/s, whatever second it is. */
START_TEST(batches_are_one_rate)
{
	for (uint32_t phase = 0; phase < 4; phase++) {
		set_up();
		for (uint32_t i = phase; i < SW_AGE_N_SLOTS; i += 4)
			n_by_age[i] = 100;
		look();
		ck_assert_double_eq_tol(arrivals.present_per_s, 50, 1e-9);
		ck_assert(!arrivals.changed);
		/* 3000 in batches are less sure than 3000 one by one: 46.3/s. */
		ck_assert_double_lt(arrivals.low_per_s, 40);
	}
}
END_TEST

START_TEST(of_few_only_the_window_is_looked_at)
{
	fill(0, 4, 30);
	look_at(SW_AGE_N_SLOTS, false);
	ck_assert_double_eq_tol(arrivals.present_per_s, 24, 1e-9);
	ck_assert(!arrivals.changed);
}
END_TEST

START_TEST(any_record_gives_numbers)
{
	uint64_t random = 5;

	for (int round = 0; round < 3000; round++) {
		uint64_t scale = 1 + build_random(&random) % 300;

		for (uint32_t i = 0; i < SW_AGE_N_SLOTS; i++)
			n_by_age[i] =
				build_random(&random) % 8 > 0 ? 0 : build_random(&random) % scale;
		look_at(1 + (uint32_t)(build_random(&random) % SW_AGE_N_SLOTS), true);
		ck_assert(isfinite(arrivals.present_per_s) && arrivals.present_per_s >= 0);
		ck_assert(isfinite(arrivals.low_per_s) && arrivals.low_per_s >= 0);
		ck_assert(isfinite(arrivals.rise_per_s2) && arrivals.rise_per_s2 >= 0);
		ck_assert(isfinite(arrivals.before_per_s) && arrivals.before_per_s >= 0);
		ck_assert_double_le(arrivals.low_per_s, arrivals.present_per_s);
		ck_assert_double_le(arrivals.rise_low_per_s2, arrivals.rise_per_s2);
		ck_assert_double_le(sw_arrivals_sustained(sums, &arrivals, 10 * SW_USEC_PER_SEC),
				    arrivals.low_per_s);
	}
}
END_TEST

int main(void)
{
	TCase *tcase = tcase_create("arrivals");

	tcase_add_checked_fixture(tcase, set_up, NULL);
	tcase_set_timeout(tcase, 60);
	tcase_add_loop_test(tcase, a_change_is_found_where_it_is_clear, 0, SW_ARRAY_SIZE(changes));
	tcase_add_loop_test(tcase, chance_is_no_change, 0, 2);
	tcase_add_test(tcase, a_rate_that_doubles_is_found_at_its_time);
	tcase_add_loop_test(tcase, a_ramp_is_told_from_a_step, 0, SW_ARRAY_SIZE(ramps));
	tcase_add_test(tcase, what_falls_does_not_rise);
	tcase_add_test(tcase, batches_are_one_rate);
	tcase_add_test(tcase, of_few_only_the_window_is_looked_at);
	tcase_add_test(tcase, any_record_gives_numbers);
	return suite_run("arrivals", tcase);
}
