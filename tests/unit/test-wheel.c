/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "base/mem.h"
#include "sockwatch/wheel.h"
#include "support/suite.h"

/* 512 jiffies, or 4096 of one millisecond: the level of the wheel that holds a minute. */
static const struct kernel {
	const char *story;
	uint64_t jiffy_nsec;
	double turn_s;
} kernels[] = {
	{ "100 Hz", 10000000, 5.12 },
	{ "250 Hz", 4000000, 2.048 },
	{ "300 Hz", 3333333, 1.706666496 },
	{ "1000 Hz", 1000000, 4.096 },
	{ "unknown", 0, 2.048 },
	{ "no kernel has a coarse clock of a nanosecond", 1, 2.048 },
	{ "nor one of a second", 1000000000, 2.048 },
	{ "nor such a one", UINT64_MAX, 2.048 },
};

START_TEST(hz_tells_how_long_a_turn_is)
{
	const struct kernel *c = &kernels[_i];
	struct sw_jiffies jiffies = { .nsec = c->jiffy_nsec };
	struct sw_wheel wheel = sw_wheel_at(&jiffies);

	ck_assert_msg(fabs(wheel.turn_s - c->turn_s) < 1e-9, "%s: %g", c->story, wheel.turn_s);
}
END_TEST

static const struct phase {
	sw_usec passed;
	double left_s;
} phases[] = {
	{ 0, 2.043 },       { 1000000, 1.043 }, { 2040000, 0.003 },
	{ 2048000, 2.043 }, { 2050000, 2.041 }, { UINT64_C(17191953970000), 0.457 },
};

START_TEST(jiffies_tell_when_the_next_turn_comes)
{
	struct sw_jiffies jiffies = { 4000000, phases[_i].passed };
	struct sw_wheel wheel = sw_wheel_at(&jiffies);

	ck_assert_msg(fabs(wheel.left_s - phases[_i].left_s) < 1e-9, "%g", wheel.left_s);
}
END_TEST

START_TEST(of_an_unknown_clock_half_a_turn_is_left)
{
	struct sw_jiffies jiffies = { 0, 123456 };

	ck_assert_double_eq_tol(sw_wheel_at(&jiffies).left_s, 1.024, 1e-9);
}
END_TEST

START_TEST(there_is_always_something_left)
{
	for (sw_usec passed = 0; passed < 10000000; passed += 10000) {
		struct sw_jiffies jiffies = { 3333333, passed };
		struct sw_wheel wheel = sw_wheel_at(&jiffies);

		ck_assert(wheel.left_s > 0 && wheel.left_s <= wheel.turn_s);
	}
}
END_TEST

int main(void)
{
	TCase *tcase = tcase_create("wheel");

	tcase_add_loop_test(tcase, hz_tells_how_long_a_turn_is, 0, SW_ARRAY_SIZE(kernels));
	tcase_add_loop_test(tcase, jiffies_tell_when_the_next_turn_comes, 0, SW_ARRAY_SIZE(phases));
	tcase_add_test(tcase, of_an_unknown_clock_half_a_turn_is_left);
	tcase_add_test(tcase, there_is_always_something_left);
	return suite_run("wheel", tcase);
}
