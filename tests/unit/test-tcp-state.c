/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <netinet/tcp.h>
#include <string.h>

#include "sockwatch/tcp-state.h"
#include "support/suite.h"

START_TEST(the_kernels_numbers_are_those_of_the_system_headers)
{
	static const struct {
		uint8_t kernel;
		enum sw_tcp_state state;
	} pairs[] = {
		{ TCP_ESTABLISHED, SW_TCP_ESTABLISHED }, { TCP_SYN_SENT, SW_TCP_SYN_SENT },
		{ TCP_SYN_RECV, SW_TCP_SYN_RECV },       { TCP_FIN_WAIT1, SW_TCP_FIN_WAIT1 },
		{ TCP_FIN_WAIT2, SW_TCP_FIN_WAIT2 },     { TCP_TIME_WAIT, SW_TCP_TIME_WAIT },
		{ TCP_CLOSE_WAIT, SW_TCP_CLOSE_WAIT },   { TCP_LAST_ACK, SW_TCP_LAST_ACK },
		{ TCP_LISTEN, SW_TCP_LISTEN },           { TCP_CLOSING, SW_TCP_CLOSING },
	};

	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++)
		ck_assert_int_eq(sw_tcp_state_from_kernel(pairs[i].kernel), pairs[i].state);
}
END_TEST

START_TEST(close_is_a_bound_but_idle_socket)
{
	ck_assert_int_eq(sw_tcp_state_from_kernel(TCP_CLOSE), SW_TCP_BOUND);
}
END_TEST

START_TEST(a_request_socket_is_in_syn_recv)
{
	ck_assert_int_eq(sw_tcp_state_from_kernel(12), SW_TCP_SYN_RECV);
}
END_TEST

START_TEST(numbers_of_newer_kernels_are_other)
{
	ck_assert_int_eq(sw_tcp_state_from_kernel(0), SW_TCP_OTHER);
	for (unsigned int number = 13; number <= UINT8_MAX; number++)
		ck_assert_int_eq(sw_tcp_state_from_kernel((uint8_t)number), SW_TCP_OTHER);
}
END_TEST

START_TEST(keys_are_those_of_the_schema)
{
	static const char *const keys[] = {
		"established", "syn_sent", "syn_recv",   "fin_wait1", "fin_wait2",
		"time_wait",   "close",    "close_wait", "last_ack",  "listen",
		"closing",     "bound",    "other",
	};

	ck_assert_uint_eq(sizeof(keys) / sizeof(keys[0]), SW_TCP_N_STATES);
	for (int i = 0; i < SW_TCP_N_STATES; i++)
		ck_assert_str_eq(sw_tcp_state_key((enum sw_tcp_state)i), keys[i]);
}
END_TEST

int main(void)
{
	TCase *tcase = tcase_create("tcp-state");

	tcase_add_test(tcase, the_kernels_numbers_are_those_of_the_system_headers);
	tcase_add_test(tcase, close_is_a_bound_but_idle_socket);
	tcase_add_test(tcase, a_request_socket_is_in_syn_recv);
	tcase_add_test(tcase, numbers_of_newer_kernels_are_other);
	tcase_add_test(tcase, keys_are_those_of_the_schema);
	return suite_run("tcp-state", tcase);
}
