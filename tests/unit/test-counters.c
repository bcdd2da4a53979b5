/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The texts of /proc that count connections, of several kernels and of none. */

#include <errno.h>

#include "sockwatch/planner.h"
#include "support/suite.h"

static struct sw_counters counters;

static void set_up(void)
{
	counters = (struct sw_counters){ 0 };
}

START_TEST(opens_are_found_by_their_names)
{
	static const char snmp[] = "Ip: Forwarding DefaultTTL\nIp: 2 64\n"
				   "Tcp: RtoAlgorithm MaxConn ActiveOpens PassiveOpens CurrEstab\n"
				   "Tcp: 1 -1 100 4 7\nUdp: InDatagrams\nUdp: 247\n";

	ck_assert_int_eq(sw_counters_parse_snmp(&counters, snmp), 0);
	ck_assert_uint_eq(counters.active_opens, 100);
	ck_assert_uint_eq(counters.passive_opens, 4);
	/* In any order, and as the last word of a line. */
	ck_assert_int_eq(sw_counters_parse_snmp(&counters,
						"Tcp: PassiveOpens New ActiveOpens\nTcp: 9 8 7\n"),
			 0);
	ck_assert_uint_eq(counters.active_opens, 7);
	ck_assert_uint_eq(counters.passive_opens, 9);
}
END_TEST

START_TEST(overflows_are_found_by_their_name)
{
	static const char *const wrong[] = { "", "TcpExt: ListenOverflows\n",
					     "TcpExt: Listen\nTcpExt: 3\n" };

	ck_assert_int_eq(
		sw_counters_parse_netstat(&counters,
					  "TcpExt: ListenOverflowsOf ListenOverflows ListenDrops\n"
					  "TcpExt: 1 2 3\nIpExt: InNoRoutes\nIpExt: 0\n"),
		0);
	ck_assert_uint_eq(counters.listen_overflows, 2);
	for (size_t i = 0; i < 3; i++)
		ck_assert_int_eq(sw_counters_parse_netstat(&counters, wrong[i]), -EINVAL);
	ck_assert_uint_eq(counters.listen_overflows, 2);
}
END_TEST

START_TEST(sockets_of_both_families_add_up)
{
	ck_assert_int_eq(sw_counters_parse_sockstat(&counters, "sockets: used 16\n"
							       "TCP: inuse 5 orphan 0 tw 2 alloc 9 "
							       "mem 286\nUDP: inuse 1 mem 0\n"),
			 0);
	ck_assert_uint_eq(counters.n_in_use, 5);
	ck_assert_uint_eq(counters.n_allocated, 9);
	ck_assert_int_eq(sw_counters_parse_sockstat6(&counters, "TCP6: inuse 3\nUDP6: inuse 1\n"),
			 0);
	ck_assert_uint_eq(counters.n_in_use, 8);
}
END_TEST

START_TEST(what_is_not_there_is_said_and_changes_nothing)
{
	static const char *const snmp[] = {
		"",
		"Tcp: ActiveOpens PassiveOpens\n",
		"Tcp: ActiveOpens PassiveOpens\nTcp: 1\n",
		"Tcp: ActiveOpens PassiveOpens\nTcp: -1 2\n",
		"Tcp: ActiveOpens\nTcp: 1\n",
		"Tcp:  \nTcp:  \n",
	};
	static const char *const sockstat[] = {
		"",      "TCP: inuse 1\n", "TCP: inuse 1\nUDP: alloc 3\n", "TCP: inuse x alloc 2\n",
		"TCP: ",
	};

	for (size_t i = 0; i < sizeof(snmp) / sizeof(snmp[0]); i++)
		ck_assert_int_eq(sw_counters_parse_snmp(&counters, snmp[i]), -EINVAL);
	for (size_t i = 0; i < sizeof(sockstat) / sizeof(sockstat[0]); i++)
		ck_assert_int_eq(sw_counters_parse_sockstat(&counters, sockstat[i]), -EINVAL);
	ck_assert_int_eq(sw_counters_parse_sockstat6(&counters, "UDP6: inuse 3\n"), -EINVAL);
	ck_assert_uint_eq(counters.active_opens + counters.passive_opens, 0);
	ck_assert_uint_eq(counters.n_in_use + counters.n_allocated, 0);
}
END_TEST

int main(void)
{
	TCase *tcase = tcase_create("counters");

	tcase_add_checked_fixture(tcase, set_up, NULL);
	tcase_add_test(tcase, opens_are_found_by_their_names);
	tcase_add_test(tcase, overflows_are_found_by_their_name);
	tcase_add_test(tcase, sockets_of_both_families_add_up);
	tcase_add_test(tcase, what_is_not_there_is_said_and_changes_nothing);
	return suite_run("counters", tcase);
}
