/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <errno.h>
#include <string.h>

#include "base/mem.h"
#include "sockwatch/kernel.h"
#include "support/suite.h"

static struct sw_kernel kernel;

static void set_up(void)
{
	memset(&kernel, 0, sizeof(kernel));
}

static const struct {
	enum sw_kernel_figure figure;
	const char *key, *path;
} figures[] = {
	{ SW_KERNEL_TW_REUSE, "tcp_tw_reuse", "/proc/sys/net/ipv4/tcp_tw_reuse" },
	{ SW_KERNEL_TW_REUSE_DELAY, "tcp_tw_reuse_delay_ms",
	  "/proc/sys/net/ipv4/tcp_tw_reuse_delay" },
	{ SW_KERNEL_TW_RECYCLE, "tcp_tw_recycle", "/proc/sys/net/ipv4/tcp_tw_recycle" },
	{ SW_KERNEL_TIMESTAMPS, "tcp_timestamps", "/proc/sys/net/ipv4/tcp_timestamps" },
	{ SW_KERNEL_FIN_TIMEOUT, "tcp_fin_timeout", "/proc/sys/net/ipv4/tcp_fin_timeout" },
	{ SW_KERNEL_MAX_TW_BUCKETS, "tcp_max_tw_buckets", "/proc/sys/net/ipv4/tcp_max_tw_buckets" },
	{ SW_KERNEL_SOMAXCONN, "somaxconn", "/proc/sys/net/core/somaxconn" },
	{ SW_KERNEL_CONNTRACK_COUNT, "nf_conntrack_count",
	  "/proc/sys/net/netfilter/nf_conntrack_count" },
	{ SW_KERNEL_CONNTRACK_MAX, "nf_conntrack_max", "/proc/sys/net/netfilter/nf_conntrack_max" },
};

START_TEST(a_figure_has_a_key_and_a_file)
{
	ck_assert_uint_eq(SW_ARRAY_SIZE(figures), SW_KERNEL_N_FIGURES);
	ck_assert_str_eq(sw_kernel_key(figures[_i].figure), figures[_i].key);
	ck_assert_str_eq(sw_kernel_path(figures[_i].figure), figures[_i].path);
}
END_TEST

START_TEST(the_sysctls_come_before_the_counts)
{
	ck_assert_int_eq(SW_KERNEL_CONNTRACK_COUNT, SW_KERNEL_N_SYSCTLS);
}
END_TEST

START_TEST(a_figure_is_read_into_its_own_place)
{
	enum sw_kernel_figure figure = figures[_i].figure;

	ck_assert_int_eq(sw_kernel_parse_figure(&kernel, figure, "1000\n"), 0);
	for (int i = 0; i < SW_KERNEL_N_FIGURES; i++) {
		ck_assert_int_eq(kernel.figures[i].known, i == (int)figure);
		ck_assert_uint_eq(kernel.figures[i].value, i == (int)figure ? 1000 : 0);
	}
}
END_TEST

START_TEST(a_figure_may_be_zero_and_up_to_32_bits)
{
	ck_assert_int_eq(sw_kernel_parse_figure(&kernel, SW_KERNEL_SOMAXCONN, "0\n"), 0);
	ck_assert(kernel.figures[SW_KERNEL_SOMAXCONN].known);
	ck_assert_int_eq(sw_kernel_parse_figure(&kernel, SW_KERNEL_SOMAXCONN, "4294967295\n"), 0);
	ck_assert_uint_eq(kernel.figures[SW_KERNEL_SOMAXCONN].value, UINT32_MAX);
	ck_assert_int_eq(sw_kernel_parse_figure(&kernel, SW_KERNEL_SOMAXCONN, "4294967296\n"),
			 -EINVAL);
}
END_TEST

static const struct {
	const char *text;
	int result;
} delays[] = { { "0\n", -EINVAL }, { "1\n", 0 }, { "60000\n", 0 }, { "60001\n", -EINVAL } };

START_TEST(a_reuse_delay_is_what_the_kernel_takes)
{
	enum sw_kernel_figure figure = SW_KERNEL_TW_REUSE_DELAY;

	ck_assert_int_eq(sw_kernel_parse_figure(&kernel, figure, delays[_i].text),
			 delays[_i].result);
	ck_assert_int_eq(kernel.figures[figure].known, delays[_i].result == 0);
}
END_TEST

static const char *const no_figures[] = { "", "\n", "-1\n", "2 3\n", "on\n", "0x2\n", "2\n3\n" };

START_TEST(a_figure_that_cannot_be_read_is_unknown)
{
	ck_assert_int_eq(sw_kernel_parse_figure(&kernel, SW_KERNEL_TW_REUSE, "2\n"), 0);
	ck_assert_int_eq(sw_kernel_parse_figure(&kernel, SW_KERNEL_TW_REUSE, no_figures[_i]),
			 -EINVAL);
	ck_assert(!kernel.figures[SW_KERNEL_TW_REUSE].known);
}
END_TEST

static const struct range {
	const char *story;
	const char *text;
	uint16_t low, high;
} ranges[] = {
	{ "as the kernel writes it", "32768\t60999\n", 32768, 60999 },
	{ "with a space", "32768 60999\n", 32768, 60999 },
	{ "without a newline", "32768\t60999", 32768, 60999 },
	{ "one port", "40000\t40000\n", 40000, 40000 },
	{ "everything", "1\t65535\n", 1, 65535 },
};

START_TEST(a_range_is_two_ports)
{
	const struct range *c = &ranges[_i];

	ck_assert_msg(sw_kernel_parse_range(&kernel, c->text) == 0, "%s", c->story);
	ck_assert_msg(kernel.range_low == c->low, "%s", c->story);
	ck_assert_msg(kernel.range_high == c->high, "%s", c->story);
}
END_TEST

static const char *const no_ranges[] = {
	"",
	"\n",
	"32768\n",
	"32768\t\n",
	"\t60999\n",
	"60999\t60998\n",
	"32768\t65536\n",
	"65536\t65536\n",
	"32768-60999\n",
	"32768\t60999\t1\n",
	"a\tb\n",
	"-1\t5\n",
};

START_TEST(what_is_no_range_leaves_the_old_one)
{
	kernel.range_low = 1;
	kernel.range_high = 2;
	ck_assert_int_eq(sw_kernel_parse_range(&kernel, no_ranges[_i]), -EINVAL);
	ck_assert_uint_eq(kernel.range_low, 1);
	ck_assert_uint_eq(kernel.range_high, 2);
}
END_TEST

START_TEST(the_orphans_stand_in_the_tcp_line)
{
	ck_assert_int_eq(sw_kernel_parse_sockstat(&kernel,
						  "sockets: used 157\n"
						  "TCP: inuse 8 orphan 3 tw 12 alloc 11 mem 1\n"
						  "UDP: inuse 4 mem 2\n"),
			 0);
	ck_assert(kernel.orphans.known);
	ck_assert_uint_eq(kernel.orphans.value, 3);
}
END_TEST

static const char *const no_sockstats[] = {
	"",
	"sockets: used 157\n",
	"UDP: inuse 4 orphan 2\n",
	"TCP: inuse 8 tw 12 alloc 11 mem 1\n",
	"TCP: inuse 8 orphan x tw 12\n",
	"TCP: inuse 8 orphan -1 tw 12\n",
	"TCP: inuse 8 orphan 4294967296 tw 12\n",
	"TCP: inuse 8 orphan ",
};

START_TEST(a_sockstat_without_orphans_leaves_them_unknown)
{
	kernel.orphans = (struct sw_figure){ .known = true, .value = 5 };
	ck_assert_int_eq(sw_kernel_parse_sockstat(&kernel, no_sockstats[_i]), -EINVAL);
	ck_assert(!kernel.orphans.known);
}
END_TEST

START_TEST(the_overflows_stand_below_their_name)
{
	ck_assert_int_eq(sw_kernel_parse_netstat(&kernel,
						 "TcpExt: SyncookiesSent TCPTimeWaitOverflow "
						 "TCPTimeWaitOverflowing ListenOverflows\n"
						 "TcpExt: 7 18446744073709551615 9 4\n"
						 "IpExt: InNoRoutes\nIpExt: 0\n"),
			 0);
	ck_assert(kernel.time_wait_overflows.known);
	ck_assert_uint_eq(kernel.time_wait_overflows.value, UINT64_MAX);
	ck_assert(kernel.listen_overflows.known);
	ck_assert_uint_eq(kernel.listen_overflows.value, 4);
	ck_assert(!kernel.listen_overflows_after.known);
	ck_assert_int_eq(sw_kernel_parse_netstat_after(&kernel, "TcpExt: ListenOverflows\n"
								"TcpExt: 5\n"),
			 0);
	ck_assert_uint_eq(kernel.listen_overflows_after.value, 5);
	ck_assert_uint_eq(kernel.listen_overflows.value, 4);
	ck_assert_int_eq(sw_kernel_parse_netstat(&kernel, "IpExt: A\nIpExt: 1\nTcpExt: X "
							  "TCPTimeWaitOverflow\nTcpExt: 1 2"),
			 -EINVAL);
	ck_assert_uint_eq(kernel.time_wait_overflows.value, 2);
	ck_assert(!kernel.listen_overflows.known);
}
END_TEST

static const char *const no_netstats[] = {
	"",
	"IpExt: InNoRoutes\nIpExt: 0\n",
	"TcpExt: TCPTimeWaitOverflow\n",
	"TcpExt: TCPTimeWaitOverflowing\nTcpExt: 1\n",
	"TcpExt: SyncookiesSent TCPTimeWaitOverflow\nTcpExt: 1\n",
	"TcpExt: SyncookiesSent TCPTimeWaitOverflow\nTcpExt: 1 x\n",
	"TcpExt: SyncookiesSent TCPTimeWaitOverflow\nTcpExt: 1 18446744073709551616\n",
	"TcpExt: SyncookiesSent TCPTimeWaitOverflow\nTcpExt: 1\n2 3\n",
};

START_TEST(a_netstat_without_overflows_leaves_them_unknown)
{
	kernel.time_wait_overflows = (struct sw_figure){ .known = true, .value = 5 };
	ck_assert_int_eq(sw_kernel_parse_netstat(&kernel, no_netstats[_i]), -EINVAL);
	ck_assert(!kernel.time_wait_overflows.known);
}
END_TEST

int main(void)
{
	TCase *tcase = tcase_create("kernel");

	tcase_add_checked_fixture(tcase, set_up, NULL);
	tcase_add_loop_test(tcase, a_figure_has_a_key_and_a_file, 0, SW_KERNEL_N_FIGURES);
	tcase_add_test(tcase, the_sysctls_come_before_the_counts);
	tcase_add_loop_test(tcase, a_figure_is_read_into_its_own_place, 0, SW_KERNEL_N_FIGURES);
	tcase_add_loop_test(tcase, a_reuse_delay_is_what_the_kernel_takes, 0,
			    SW_ARRAY_SIZE(delays));
	tcase_add_test(tcase, a_figure_may_be_zero_and_up_to_32_bits);
	tcase_add_loop_test(tcase, a_figure_that_cannot_be_read_is_unknown, 0,
			    SW_ARRAY_SIZE(no_figures));
	tcase_add_loop_test(tcase, a_range_is_two_ports, 0, SW_ARRAY_SIZE(ranges));
	tcase_add_loop_test(tcase, what_is_no_range_leaves_the_old_one, 0,
			    SW_ARRAY_SIZE(no_ranges));
	tcase_add_test(tcase, the_orphans_stand_in_the_tcp_line);
	tcase_add_loop_test(tcase, a_sockstat_without_orphans_leaves_them_unknown, 0,
			    SW_ARRAY_SIZE(no_sockstats));
	tcase_add_test(tcase, the_overflows_stand_below_their_name);
	tcase_add_loop_test(tcase, a_netstat_without_overflows_leaves_them_unknown, 0,
			    SW_ARRAY_SIZE(no_netstats));
	return suite_run("kernel", tcase);
}
