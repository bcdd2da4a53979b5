/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <string.h>

#include "base/mem.h"
#include "sockwatch/advice.h"
#include "support/build.h"
#include "support/suite.h"

/* TIME_WAIT has taken all of Debian's 28232 ports; at 62.048 s each they sustain 455.003/s. */
static struct sw_outlook closing_first(void)
{
	struct sw_outlook outlook = build_outlook(28232);

	outlook.level = SW_LEVEL_EXHAUSTED;
	outlook.held = 0;
	outlook.time_wait = 28232;
	outlook.forecast.ceiling_per_s = 28232 / 62.048;
	return outlook;
}

static struct sw_remedy remedies[SW_MAX_REMEDIES];

static void check_remedy(size_t i, enum sw_remedy_kind kind, double sustains_per_s,
			 uint32_t more_ports)
{
	ck_assert_int_eq(remedies[i].kind, kind);
	ck_assert_msg(remedies[i].sustains_per_s == sustains_per_s ||
			      fabs(remedies[i].sustains_per_s - sustains_per_s) < 0.01,
		      "%s: %g", sw_remedy_id(kind), remedies[i].sustains_per_s);
	ck_assert_uint_eq(remedies[i].more_ports, more_ports);
}

START_TEST(for_a_client_that_closes_first_there_are_four_remedies)
{
	struct sw_outlook outlook = closing_first();

	ck_assert_uint_eq(sw_advice_remedies(&outlook, remedies), 4);
	check_remedy(0, SW_REMEDY_KEEPALIVE, SW_NEVER, 0);
	/* A second instead of 62.048. */
	check_remedy(1, SW_REMEDY_TW_REUSE, 28232, 0);
	/* Twice as many ports. */
	check_remedy(2, SW_REMEDY_ADDRESSES, 910.005, 0);
	/* 10240 to 65535 are 55296 ports: 55296 / 62.048. */
	check_remedy(3, SW_REMEDY_RANGE, 891.181, 0);
}
END_TEST

START_TEST(live_sockets_go_only_where_there_are_more_ports)
{
	struct sw_outlook outlook = closing_first();

	outlook.held = 14116;
	outlook.time_wait = 14116;
	ck_assert_uint_eq(sw_advice_remedies(&outlook, remedies), 3);
	check_remedy(0, SW_REMEDY_POOL, 0, 1);
	check_remedy(1, SW_REMEDY_ADDRESSES, 0, 28232);
	check_remedy(2, SW_REMEDY_RANGE, 0, 27064); /* 55296 - 28232 */
}
END_TEST

/* What holds most of them tells what to do before anything else. */
START_TEST(a_leak_is_closed_and_a_black_hole_looked_into)
{
	struct sw_outlook outlook = closing_first();

	outlook.time_wait = 0;
	outlook.held = 28232;
	outlook.n_by_state[SW_TCP_CLOSE_WAIT] = 14117;
	ck_assert_uint_eq(sw_advice_remedies(&outlook, remedies), 3);
	check_remedy(0, SW_REMEDY_CLOSE, 0, 14117);
	check_remedy(1, SW_REMEDY_ADDRESSES, 0, 28232);
	outlook.n_by_state[SW_TCP_CLOSE_WAIT] = 14116;
	ck_assert_uint_eq(sw_advice_remedies(&outlook, remedies), 3);
	check_remedy(0, SW_REMEDY_POOL, 0, 1);
	outlook.n_by_state[SW_TCP_SYN_SENT] = 20000;
	ck_assert_uint_eq(sw_advice_remedies(&outlook, remedies), 3);
	check_remedy(0, SW_REMEDY_ANSWER, 0, 20000);
}
END_TEST

START_TEST(what_others_block_is_for_others_to_free)
{
	struct sw_outlook outlook = closing_first();

	outlook.time_wait = 100;
	outlook.blocked = 28000;
	outlook.capacity = 232;
	outlook.wide.capacity = 27296; /* 55296 - 28000 */
	ck_assert_uint_eq(sw_advice_remedies(&outlook, remedies), 2);
	check_remedy(0, SW_REMEDY_UNBLOCK, 0, 28000);
	check_remedy(1, SW_REMEDY_RANGE, 0, 27064);
	outlook.n_bound = 27990;
	ck_assert_uint_eq(sw_advice_remedies(&outlook, remedies), 3);
	check_remedy(0, SW_REMEDY_NO_PORT, 0, 27990);
	check_remedy(1, SW_REMEDY_UNBLOCK, 0, 10);
	outlook.n_bound = 40000;
	ck_assert_uint_eq(sw_advice_remedies(&outlook, remedies), 2);
	check_remedy(0, SW_REMEDY_NO_PORT, 0, 28000);
}
END_TEST

/* Under the line they are a few listeners, and moving them would change nothing. */
START_TEST(blocked_ports_are_a_remedy_once_they_are_many)
{
	struct sw_outlook outlook = closing_first();

	outlook.capacity = 26000;
	outlook.blocked = 1300;
	ck_assert_uint_eq(sw_advice_remedies(&outlook, remedies), 4);
	outlook.blocked = 1301;
	ck_assert_uint_eq(sw_advice_remedies(&outlook, remedies), 5);
	check_remedy(4, SW_REMEDY_UNBLOCK, (28232 + 1301) / 62.048, 0);
}
END_TEST

/* 500 closes a second come, one pair sustains 455. */
START_TEST(a_remedy_says_whether_it_is_enough)
{
	struct sw_outlook outlook = closing_first();

	outlook.forecast.present_per_s = 905;
	ck_assert_uint_eq(sw_advice_remedies(&outlook, remedies), 4);
	ck_assert(remedies[0].suffices); /* no close at all */
	ck_assert(remedies[1].suffices);
	ck_assert(remedies[2].suffices);  /* 910 */
	ck_assert(!remedies[3].suffices); /* 891 */
}
END_TEST

START_TEST(reuse_after_a_longer_delay_gains_less)
{
	struct sw_outlook outlook = closing_first();

	outlook.reuse_delay_s = 30;
	ck_assert_uint_eq(sw_advice_remedies(&outlook, remedies), 4);
	check_remedy(1, SW_REMEDY_TW_REUSE, 941.067, 0); /* 28232 / 30 */
}
END_TEST

START_TEST(reuse_is_no_remedy_without_timestamps_or_where_it_is_in_force)
{
	struct sw_outlook outlook = closing_first();

	outlook.reuse_possible = false;
	ck_assert_uint_eq(sw_advice_remedies(&outlook, remedies), 3);
	ck_assert_int_eq(remedies[1].kind, SW_REMEDY_ADDRESSES);
	outlook.reuse_possible = true;
	outlook.reuse = SW_REUSE_LOOPBACK;
	ck_assert_uint_eq(sw_advice_remedies(&outlook, remedies), 3);
	ck_assert_int_eq(remedies[1].kind, SW_REMEDY_ADDRESSES);
}
END_TEST

/* A second each: twice the ports are 56464/s, 27064 more are 55296/s. */
START_TEST(under_reuse_more_ports_gain_by_the_delay)
{
	struct sw_outlook outlook = closing_first();

	outlook.reuse = SW_REUSE_YES;
	outlook.forecast.ceiling_per_s = 28232;
	ck_assert_uint_eq(sw_advice_remedies(&outlook, remedies), 3);
	check_remedy(0, SW_REMEDY_KEEPALIVE, SW_NEVER, 0);
	check_remedy(1, SW_REMEDY_ADDRESSES, 56464, 0);
	check_remedy(2, SW_REMEDY_RANGE, 55296, 0);
}
END_TEST

START_TEST(a_wide_range_is_not_made_wider)
{
	struct sw_outlook outlook = closing_first();

	outlook.capacity = 55295;
	ck_assert_uint_eq(sw_advice_remedies(&outlook, remedies), 4);
	outlook.capacity = 55296;
	ck_assert_uint_eq(sw_advice_remedies(&outlook, remedies), 3);
	ck_assert_int_eq(remedies[2].kind, SW_REMEDY_ADDRESSES);
	outlook.held = outlook.time_wait;
	ck_assert_uint_eq(sw_advice_remedies(&outlook, remedies), 2);
	outlook.capacity = 55295;
	ck_assert_uint_eq(sw_advice_remedies(&outlook, remedies), 3);
	ck_assert_uint_eq(remedies[2].more_ports, 1);
}
END_TEST

/* Listeners above the present range are in the way of a wider one, too. */
START_TEST(a_wider_range_is_told_without_what_blocks_it)
{
	struct sw_outlook outlook = closing_first();

	outlook.wide = (struct sw_wide_range){ .low = 5000, .high = 65535, .capacity = 40000 };
	ck_assert_uint_eq(sw_advice_remedies(&outlook, remedies), 4);
	check_remedy(3, SW_REMEDY_RANGE, 40000 / 62.048, 0);
	ck_assert_uint_eq(remedies[3].range_low, 5000);
	ck_assert_uint_eq(remedies[3].range_high, 65535);
	outlook.wide.capacity = 0;
	ck_assert_uint_eq(sw_advice_remedies(&outlook, remedies), 3);
}
END_TEST

static const struct {
	enum sw_level level;
	size_t n;
} levels[] = {
	{ SW_LEVEL_OK, 0 },       { SW_LEVEL_NOTICE, 4 },    { SW_LEVEL_WARNING, 4 },
	{ SW_LEVEL_CRITICAL, 4 }, { SW_LEVEL_EXHAUSTED, 4 }, { SW_LEVEL_UNKNOWN, 0 },
};

START_TEST(nothing_helps_where_nothing_is_wrong)
{
	struct sw_outlook outlook = closing_first();

	outlook.level = levels[_i].level;
	ck_assert_uint_eq(sw_advice_remedies(&outlook, remedies), levels[_i].n);
}
END_TEST

START_TEST(ids_are_stable)
{
	ck_assert_str_eq(sw_remedy_id(SW_REMEDY_KEEPALIVE), "keepalive");
	ck_assert_str_eq(sw_remedy_id(SW_REMEDY_TW_REUSE), "tcp-tw-reuse");
	ck_assert_str_eq(sw_remedy_id(SW_REMEDY_ADDRESSES), "more-addresses");
	ck_assert_str_eq(sw_remedy_id(SW_REMEDY_RANGE), "wider-range");
	ck_assert_str_eq(sw_remedy_id(SW_REMEDY_UNBLOCK), "unblock-ports");
	ck_assert_str_eq(sw_remedy_id(SW_REMEDY_NO_PORT), "bind-address-no-port");
	ck_assert_str_eq(sw_remedy_id(SW_REMEDY_CLOSE), "close-after-peer");
	ck_assert_str_eq(sw_remedy_id(SW_REMEDY_ANSWER), "unanswered");
	ck_assert_str_eq(sw_remedy_id(SW_REMEDY_POOL), "smaller-pool");
}
END_TEST

START_TEST(the_text_of_a_remedy_can_be_pasted)
{
	static const struct {
		enum sw_remedy_kind kind;
		const char *part;
	} texts[] = {
		{ SW_REMEDY_KEEPALIVE, "keepalive" },
		{ SW_REMEDY_TW_REUSE, "sysctl -w net.ipv4.tcp_tw_reuse=1" },
		{ SW_REMEDY_ADDRESSES, "address" },
		{ SW_REMEDY_RANGE, "ip_local_port_range \"10240 65535\"" },
		{ SW_REMEDY_UNBLOCK, "ss -Htlan" },
		{ SW_REMEDY_NO_PORT, "IP_BIND_ADDRESS_NO_PORT" },
		{ SW_REMEDY_CLOSE, "CLOSE_WAIT" },
		{ SW_REMEDY_ANSWER, "SYN_SENT" },
		{ SW_REMEDY_POOL, "pool" },
	};
	char buffer[SW_REMEDY_TEXT_SIZE];

	for (size_t i = 0; i < SW_ARRAY_SIZE(texts); i++) {
		struct sw_remedy remedy = { .kind = texts[i].kind,
					    .range_low = 10240,
					    .range_high = 65535 };

		ck_assert_ptr_nonnull(strstr(sw_remedy_format(&remedy, buffer), texts[i].part));
		/* The screen has room for so much. */
		ck_assert_uint_le(strlen(buffer), 58);
	}
}
END_TEST

int main(void)
{
	TCase *tcase = tcase_create("advice");

	tcase_add_test(tcase, for_a_client_that_closes_first_there_are_four_remedies);
	tcase_add_test(tcase, live_sockets_go_only_where_there_are_more_ports);
	tcase_add_test(tcase, a_leak_is_closed_and_a_black_hole_looked_into);
	tcase_add_test(tcase, blocked_ports_are_a_remedy_once_they_are_many);
	tcase_add_test(tcase, a_remedy_says_whether_it_is_enough);
	tcase_add_test(tcase, a_wider_range_is_told_without_what_blocks_it);
	tcase_add_test(tcase, what_others_block_is_for_others_to_free);
	tcase_add_test(tcase, reuse_after_a_longer_delay_gains_less);
	tcase_add_test(tcase, reuse_is_no_remedy_without_timestamps_or_where_it_is_in_force);
	tcase_add_test(tcase, under_reuse_more_ports_gain_by_the_delay);
	tcase_add_test(tcase, a_wide_range_is_not_made_wider);
	tcase_add_loop_test(tcase, nothing_helps_where_nothing_is_wrong, 0, SW_ARRAY_SIZE(levels));
	tcase_add_test(tcase, ids_are_stable);
	tcase_add_test(tcase, the_text_of_a_remedy_can_be_pasted);
	return suite_run("advice", tcase);
}
