/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What a reading may leave out. */

#include <stdio.h>

#include "sockwatch/narrow.h"
#include "sockwatch/report.h"
#include "support/build.h"
#include "support/suite.h"

static struct sw_reading *whole;

static void set_up(void)
{
	ck_assert_int_eq(sw_reading_new(&whole), 0);
	sw_port_space_init(&whole->space, 32768, 60999);
	ck_assert_int_eq(sw_tally_new(&whole->tally, &whole->space, &whole->reuse, 1), 0);
}

static void tear_down(void)
{
	sw_reading_free(whole);
}

static void serve(uint16_t port, uint16_t n)
{
	struct sw_sock listener = build_listener("10.0.0.5", port);

	sw_tally_add(whole->tally, &listener);
	for (uint16_t i = 1; i < n; i++) {
		struct sw_sock sock = build_sock(SW_TCP_ESTABLISHED, "10.0.0.5", port, "10.0.0.7",
						 (uint16_t)(10000 + i));

		sw_tally_add(whole->tally, &sock);
	}
}

static void connect_out(enum sw_tcp_state state, const char *destination, uint16_t n)
{
	for (uint16_t i = 0; i < n; i++) {
		struct sw_sock sock =
			build_sock(state, "10.0.0.5", (uint16_t)(33000 + i), destination, 5432);

		sock.expires_ms = 30000;
		sw_tally_add(whole->tally, &sock);
	}
}

static struct sw_narrow narrow_after(void)
{
	const struct sw_report_filter everything = { 0 };
	struct sw_narrow narrow = { 0 };
	struct sw_report report;

	ck_assert_int_eq(sw_report_init(&report, whole, NULL, &everything), 0);
	sw_narrow_note(&narrow, &report);
	sw_report_deinit(&report);
	return narrow;
}

START_TEST(those_with_most_sockets_are_left_out)
{
	struct sw_narrow narrow;

	serve(80, 100);
	serve(443, 600);
	serve(22, 2);
	connect_out(SW_TCP_ESTABLISHED, "10.0.0.9", 298);
	narrow = narrow_after();
	ck_assert_uint_eq(narrow.n_ports, 2);
	ck_assert_uint_eq(narrow.ports[0], 443);
	ck_assert_uint_eq(narrow.ports[1], 80);
	/* Three tenths, and a bit for each of the others. */
	ck_assert_double_eq_tol(narrow.cost, 0.3 + 0.7 * 0.15, 1e-9);
}
END_TEST

START_TEST(of_many_the_eight_largest)
{
	struct sw_narrow narrow;

	for (uint16_t i = 0; i < 12; i++)
		serve((uint16_t)(100 + i), (uint16_t)(50 + (i * 5) % 12));
	narrow = narrow_after();
	ck_assert_uint_eq(narrow.n_ports, SW_REQUEST_MAX_WITHOUT);
	for (size_t i = 0; i < narrow.n_ports; i++)
		ck_assert_uint_eq((uint16_t)((narrow.ports[i] - 100) * 5 % 12), 11 - i);
}
END_TEST

START_TEST(where_most_sockets_are_outgoing_time_wait_it_is_not_worth_it)
{
	serve(443, 499);
	connect_out(SW_TCP_TIME_WAIT, "10.0.0.9", 500);
	ck_assert_int_eq(narrow_after().scope, SW_SCOPE_WHOLE);
	ck_assert_double_eq(narrow_after().cost, 0);
	serve(80, 100);
	ck_assert_int_eq(narrow_after().scope, SW_SCOPE_TUPLES);
	ck_assert_uint_eq(narrow_after().n_ports, 2);
}
END_TEST

START_TEST(where_most_go_out_and_are_established_only_hot_ones_are_needed)
{
	struct sw_narrow narrow;

	connect_out(SW_TCP_ESTABLISHED, "10.0.0.9", 12000);
	connect_out(SW_TCP_ESTABLISHED, "10.0.0.8", 3000);
	connect_out(SW_TCP_TIME_WAIT, "10.0.0.7", 5000);
	narrow = narrow_after();
	ck_assert_int_eq(narrow.scope, SW_SCOPE_HOT);
	ck_assert_double_eq_tol(narrow.cost, 0.25 + 0.75 * 0.25, 1e-9);
	/* A full tuple, and one that got all it has within half a second. */
	ck_assert_uint_eq(narrow.hot.n, 2);
	ck_assert_uint_eq(narrow.hot.n_live_then, 12000);
}
END_TEST

START_TEST(of_too_many_hot_ones_all_are_needed)
{
	for (int i = 1; i <= SW_REQUEST_MAX_TOWARDS + 1; i++) {
		char destination[16];

		ck_assert_int_eq(narrow_after().scope, i == 1 ? SW_SCOPE_WHOLE : SW_SCOPE_HOT);
		snprintf(destination, sizeof(destination), "10.0.1.%d", i);
		connect_out(SW_TCP_ESTABLISHED, destination, 12000);
	}
	ck_assert_int_eq(narrow_after().scope, SW_SCOPE_WHOLE);
}
END_TEST

START_TEST(without_sockets_there_is_nothing_to_leave_out)
{
	ck_assert_int_eq(narrow_after().scope, SW_SCOPE_WHOLE);
	ck_assert_uint_eq(narrow_after().n_ports, 0);
}
END_TEST

int main(void)
{
	TCase *tcase = tcase_create("narrow");

	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_add_test(tcase, those_with_most_sockets_are_left_out);
	tcase_add_test(tcase, of_many_the_eight_largest);
	tcase_add_test(tcase, where_most_sockets_are_outgoing_time_wait_it_is_not_worth_it);
	tcase_add_test(tcase, where_most_go_out_and_are_established_only_hot_ones_are_needed);
	tcase_add_test(tcase, of_too_many_hot_ones_all_are_needed);
	tcase_add_test(tcase, without_sockets_there_is_nothing_to_leave_out);
	return suite_run("narrow", tcase);
}
