/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <math.h>

#include "base/mem.h"
#include "sockwatch/sizing.h"
#include "support/suite.h"

/* Debian's range on a kernel of 250 Hz, to one destination. */
static const struct sw_sizing_input debian = {
	.rate_per_s = 227.5,
	.n_pairs = 1,
	.capacity = 28232,
	.life_s = 62.048,
	.enough = 0.8,
};

static struct sw_sizing sizing;

START_TEST(a_close_keeps_its_port_a_minute_and_a_turn_of_the_wheel)
{
	ck_assert_double_eq_tol(sw_sizing_life_s(false, 2.048, 1), 62.048, 1e-9);
	ck_assert_double_eq_tol(sw_sizing_life_s(true, 2.048, 1), 1, 1e-9);
	ck_assert_double_eq_tol(sw_sizing_life_s(true, 2.048, 30), 30, 1e-9);
}
END_TEST

START_TEST(the_ceiling_is_what_is_not_held_over_the_life)
{
	ck_assert_double_eq_tol(sw_sizing_ceiling_per_s(28232, 0, 62.048), 455.003, 0.001);
	ck_assert_double_eq_tol(sw_sizing_ceiling_per_s(28232, 14116, 62.048), 227.501, 0.001);
	ck_assert_double_eq(sw_sizing_ceiling_per_s(100, 100, 62.048), 0);
	ck_assert_double_eq(sw_sizing_ceiling_per_s(100, 200, 62.048), 0);
}
END_TEST

START_TEST(what_is_beyond_the_ceiling_fails)
{
	ck_assert_double_eq(sw_sizing_failing_share(400, 455), 0);
	ck_assert_double_eq(sw_sizing_failing_share(455, 455), 0);
	ck_assert_double_eq_tol(sw_sizing_failing_share(910, 455), 0.5, 1e-9);
	ck_assert_double_eq(sw_sizing_failing_share(10, 0), 1);
	ck_assert_double_eq(sw_sizing_failing_share(0, 0), 0);
}
END_TEST

START_TEST(half_the_ceiling_uses_half_the_ports)
{
	sw_sizing_compute(&debian, &sizing);
	ck_assert_double_eq_tol(sizing.ceiling_per_s, 455.003, 0.001);
	ck_assert_double_eq_tol(sizing.utilization, 0.5, 0.001);
	ck_assert_double_eq(sizing.failing, 0);
	/* That is enough already. */
	ck_assert_uint_eq(sizing.enough_pairs, 0);
	ck_assert_uint_eq(sizing.enough_ports, 0);
	ck_assert_uint_eq(sizing.enough_requests, 0);
}
END_TEST

/* 1365.009 a second are three times what one pair sustains. */
START_TEST(what_would_be_enough_is_enough_and_one_less_is_not)
{
	struct sw_sizing_input input = debian;
	struct sw_sizing better;

	input.rate_per_s = 1365.009;
	sw_sizing_compute(&input, &sizing);
	ck_assert_double_eq_tol(sizing.utilization, 3, 0.001);
	ck_assert_double_eq_tol(sizing.failing, 2 / 3.0, 0.001);
	ck_assert_uint_eq(sizing.enough_pairs, 4); /* 3 / 0.8 = 3.75 */
	ck_assert_uint_eq(sizing.enough_ports, 0); /* 105870: more than there are */
	ck_assert_uint_eq(sizing.enough_requests, 4);

	input.n_pairs = sizing.enough_pairs;
	sw_sizing_compute(&input, &better);
	ck_assert_double_le(better.utilization, input.enough);
	input.n_pairs--;
	sw_sizing_compute(&input, &better);
	ck_assert_double_gt(better.utilization, input.enough);

	input = debian;
	input.rate_per_s = 500;
	sw_sizing_compute(&input, &sizing);
	input.capacity = sizing.enough_ports;
	sw_sizing_compute(&input, &better);
	ck_assert_double_le(better.utilization, input.enough);
	input.capacity--;
	sw_sizing_compute(&input, &better);
	ck_assert_double_gt(better.utilization, input.enough);
}
END_TEST

START_TEST(an_open_connection_has_its_port_as_well)
{
	struct sw_sizing_input input = debian;

	input.hold_s = 62.048;
	sw_sizing_compute(&input, &sizing);
	ck_assert_double_eq_tol(sizing.utilization, 1, 0.001);
	ck_assert_double_eq_tol(sizing.ceiling_per_s, 227.501, 0.001);
	/* Open alone they are half of it: 14116 of 22585 that are enough, so the closed ones have
	 * to be 8470, 1.67 times fewer. */
	ck_assert_uint_eq(sizing.enough_requests, 2);
	input.hold_s = 100;
	sw_sizing_compute(&input, &sizing);
	ck_assert_uint_eq(sizing.enough_requests, 0);
	ck_assert_uint_eq(sizing.enough_pairs, 2);
}
END_TEST

START_TEST(what_stays_open_is_there_on_each_pair)
{
	struct sw_sizing_input input = debian;

	input.n_held = 14116;
	input.n_pairs = 2;
	input.rate_per_s = 455.003;
	sw_sizing_compute(&input, &sizing);
	ck_assert_double_eq_tol(sizing.ceiling_per_s, 455.003, 0.001);
	ck_assert_double_eq_tol(sizing.used, 28232, 0.1);
	/* More is held than is to be used: no number of addresses helps. */
	input.n_held = 22600;
	sw_sizing_compute(&input, &sizing);
	ck_assert_uint_eq(sizing.enough_pairs, 0);
	ck_assert_uint_eq(sizing.enough_requests, 0);
	ck_assert_uint_gt(sizing.enough_ports, 28232);
}
END_TEST

START_TEST(without_ports_nothing_fits)
{
	struct sw_sizing_input input = debian;

	input.capacity = 0;
	sw_sizing_compute(&input, &sizing);
	ck_assert_double_eq(sizing.ceiling_per_s, 0);
	ck_assert(isinf(sizing.utilization));
	ck_assert_double_eq(sizing.failing, 1);
	ck_assert_uint_eq(sizing.enough_pairs, 0);
}
END_TEST

int main(void)
{
	TCase *tcase = tcase_create("sizing");

	tcase_add_test(tcase, a_close_keeps_its_port_a_minute_and_a_turn_of_the_wheel);
	tcase_add_test(tcase, the_ceiling_is_what_is_not_held_over_the_life);
	tcase_add_test(tcase, what_is_beyond_the_ceiling_fails);
	tcase_add_test(tcase, half_the_ceiling_uses_half_the_ports);
	tcase_add_test(tcase, what_would_be_enough_is_enough_and_one_less_is_not);
	tcase_add_test(tcase, an_open_connection_has_its_port_as_well);
	tcase_add_test(tcase, what_stays_open_is_there_on_each_pair);
	tcase_add_test(tcase, without_ports_nothing_fits);
	return suite_run("sizing", tcase);
}
