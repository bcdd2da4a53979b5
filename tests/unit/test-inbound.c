/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "base/mem.h"
#include "sockwatch/inbound.h"
#include "support/build.h"
#include "support/suite.h"

static const struct {
	const char *whose;
	uint16_t lowest, highest;
	uint32_t range;
} ranges[] = {
	{ "Linux, all of it", 32768, 60999, 28232 },
	{ "Linux, a part", 40000, 40010, 28232 },
	{ "Windows", 49152, 65535, 16384 },
	{ "Windows, a part", 60000, 60010, 16384 },
	{ "one port too low for Windows", 49151, 65535, 28232 },
	{ "widened", 10240, 65535, 55296 },
	{ "as wide as can be", 1, 65535, 65535 },
	{ "elsewhere, narrow", 20000, 20010, 28232 },
};

START_TEST(its_ports_tell_a_peers_range)
{
	const struct sw_peer_tally peer = { .lowest = ranges[_i].lowest,
					    .highest = ranges[_i].highest,
					    .n_held = 1 };

	ck_assert_msg(sw_inbound_range(&peer) == ranges[_i].range, "%s: %u", ranges[_i].whose,
		      sw_inbound_range(&peer));
}
END_TEST

static struct sw_inbound judged(uint32_t n_held)
{
	const struct sw_peer_tally peer = { .tuple = build_tuple("10.0.0.2", "10.0.0.5", 443),
					    .lowest = 32768,
					    .highest = 60999,
					    .n_held = n_held };
	struct sw_inbound inbound;

	sw_inbound_compute(&peer, 0.8, &inbound);
	return inbound;
}

START_TEST(beyond_the_line_it_is_a_notice)
{
	struct sw_inbound inbound = judged(25211);

	ck_assert_uint_eq(inbound.tuple.port, 443);
	ck_assert_uint_eq(inbound.n_held, 25211);
	ck_assert_uint_eq(inbound.range, 28232);
	ck_assert_double_eq_tol(inbound.utilization, 0.893, 0.0001);
	ck_assert_int_eq(inbound.level, SW_LEVEL_NOTICE);
	ck_assert_int_eq(judged(22586).level, SW_LEVEL_NOTICE);
	ck_assert_int_eq(judged(22585).level, SW_LEVEL_OK);
}
END_TEST

START_TEST(a_row_that_came_twice_makes_no_more_than_all)
{
	ck_assert_double_eq(judged(28240).utilization, 1);
}
END_TEST

START_TEST(the_worst_comes_first)
{
	struct sw_inbound full = judged(25211), fuller = judged(25212), other = judged(25211);
	/* By a line of its own. */
	struct sw_inbound noted = judged(300);

	noted.level = SW_LEVEL_NOTICE;
	other.tuple.port = 444;
	ck_assert_int_lt(sw_inbound_compare(&fuller, &full), 0);
	ck_assert_int_gt(sw_inbound_compare(&full, &fuller), 0);
	ck_assert_int_eq(sw_inbound_compare(&full, &full), 0);
	ck_assert_int_ne(sw_inbound_compare(&full, &other), 0);
	full.level = SW_LEVEL_OK;
	ck_assert_int_lt(sw_inbound_compare(&noted, &full), 0);
	ck_assert_int_gt(sw_inbound_compare(&full, &noted), 0);
}
END_TEST

int main(void)
{
	TCase *tcase = tcase_create("inbound");

	tcase_add_loop_test(tcase, its_ports_tell_a_peers_range, 0, SW_ARRAY_SIZE(ranges));
	tcase_add_test(tcase, beyond_the_line_it_is_a_notice);
	tcase_add_test(tcase, a_row_that_came_twice_makes_no_more_than_all);
	tcase_add_test(tcase, the_worst_comes_first);
	return suite_run("inbound", tcase);
}
