/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <errno.h>

#include "sockwatch/explain.h"
#include "support/build.h"
#include "support/suite.h"

static struct sw_reading *reading;
static struct sw_report report;
static struct sw_explanation explanation;

/* A range of ten ports. */
static void set_up(void)
{
	ck_assert_int_eq(sw_reading_new(&reading), 0);
	sw_port_space_init(&reading->space, 40000, 40009);
	reading->range_known = reading->complete = true;
	ck_assert_int_eq(sw_tally_new(&reading->tally, &reading->space, &reading->reuse, 1), 0);
}

static void tear_down(void)
{
	sw_report_deinit(&report);
	sw_reading_free(reading);
}

static void connections(uint16_t n)
{
	for (uint16_t i = 0; i < n; i++) {
		struct sw_sock sock = build_sock(SW_TCP_ESTABLISHED, "10.0.0.5",
						 (uint16_t)(40000 + i), "10.0.0.9", 5432);

		sw_tally_add(reading->tally, &sock);
	}
}

static void explain(void)
{
	const struct sw_report_filter everything = { 0 };

	ck_assert_int_eq(sw_report_init(&report, reading, NULL, &everything), 0);
	sw_explain(&report, &explanation);
}

static bool is_unseen(enum sw_unseen unseen)
{
	for (size_t i = 0; i < explanation.n_unseen; i++)
		if (explanation.unseen[i] == unseen)
			return true;
	return false;
}

START_TEST(a_call_succeeds_while_a_port_is_left)
{
	connections(9);
	explain();
	ck_assert(explanation.connect.known && explanation.bind.known);
	ck_assert_int_eq(explanation.connect.error, 0);
	ck_assert_uint_eq(explanation.connect.more, 1);
	ck_assert_int_eq(explanation.bind.error, 0);
	ck_assert_uint_eq(explanation.bind.more, 1);
}
END_TEST

START_TEST(without_one_connect_and_bind_fail_each_in_its_way)
{
	connections(10);
	explain();
	ck_assert_int_eq(explanation.connect.error, EADDRNOTAVAIL);
	ck_assert_uint_eq(explanation.connect.more, 0);
	ck_assert_int_eq(explanation.bind.error, EADDRINUSE);
}
END_TEST

START_TEST(without_a_route_connect_fails_before_it_looks_for_a_port)
{
	const struct sw_tuple tuple = { .destination = build_addr("10.0.0.9"), .port = 443 };

	reading->route_error = -ENETUNREACH;
	ck_assert_int_eq(sw_tally_track(reading->tally, &tuple), 0);
	explain();
	ck_assert_int_eq(explanation.connect.error, ENETUNREACH);
	ck_assert(!explanation.bind.known);
	ck_assert(!is_unseen(SW_UNSEEN_SOURCE));
}
END_TEST

START_TEST(a_recording_does_not_tell_the_source)
{
	const struct sw_tuple tuple = { .destination = build_addr("10.0.0.9"), .port = 443 };

	ck_assert_int_eq(sw_tally_track(reading->tally, &tuple), 0);
	explain();
	ck_assert_uint_eq(explanation.connect.more, 10);
	ck_assert(!explanation.bind.known);
	ck_assert(is_unseen(SW_UNSEEN_SOURCE));
}
END_TEST

START_TEST(a_source_that_has_no_socket_has_all_ports_to_bind)
{
	const struct sw_tuple tuple = build_tuple("10.0.0.6", "10.0.0.8", 443);
	struct sw_sock listener = build_listener("0.0.0.0", 40003);

	sw_tally_add(reading->tally, &listener);
	ck_assert_int_eq(sw_tally_track(reading->tally, &tuple), 0);
	explain();
	/* But for the port that is taken on all addresses. */
	ck_assert_uint_eq(explanation.bind.more, 9);
	ck_assert_uint_eq(explanation.connect.more, 9);
}
END_TEST

START_TEST(nobody_talking_is_nothing_known)
{
	explain();
	ck_assert_ptr_null(explanation.outlook);
	ck_assert(!explanation.connect.known && !explanation.bind.known);
	ck_assert_int_eq(explanation.closes_first, SW_CLOSER_UNKNOWN);
}
END_TEST

/* 1010 and a thousand more is the line. */
START_TEST(many_more_connections_than_sockets_are_somebody_elses)
{
	struct sw_figure *count = &reading->kernel.figures[SW_KERNEL_CONNTRACK_COUNT];

	connections(5);
	*count = (struct sw_figure){ .known = true, .value = 1010 };
	explain();
	ck_assert(!is_unseen(SW_UNSEEN_NAT));
	ck_assert_uint_eq(sw_foreign_connections(reading), 0);
	sw_report_deinit(&report);
	count->value = 1011;
	explain();
	ck_assert(is_unseen(SW_UNSEEN_NAT));
	ck_assert_uint_eq(sw_foreign_connections(reading), 1006);
	sw_report_deinit(&report);
	count->known = false;
	explain();
	ck_assert(!is_unseen(SW_UNSEEN_NAT));
	ck_assert_uint_eq(sw_foreign_connections(reading), 0);
}
END_TEST

START_TEST(loopback_has_no_nat_on_the_way)
{
	struct sw_sock sock = build_sock(SW_TCP_ESTABLISHED, "127.0.0.1", 40000, "127.0.0.1", 5432);

	sw_tally_add(reading->tally, &sock);
	explain();
	ck_assert(!is_unseen(SW_UNSEEN_BEYOND));
	ck_assert(is_unseen(SW_UNSEEN_OWN_RANGE));
	ck_assert(!is_unseen(SW_UNSEEN_ODD_RANGE));
}
END_TEST

START_TEST(of_an_incomplete_reading_nothing_is_known)
{
	sw_reading_spoil(reading, "sock_diag", "cut");
	explain();
	ck_assert(!explanation.connect.known);
	ck_assert_uint_eq(explanation.n_unseen, 0);
}
END_TEST

int main(void)
{
	TCase *tcase = tcase_create("explain");

	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_add_test(tcase, a_call_succeeds_while_a_port_is_left);
	tcase_add_test(tcase, without_one_connect_and_bind_fail_each_in_its_way);
	tcase_add_test(tcase, without_a_route_connect_fails_before_it_looks_for_a_port);
	tcase_add_test(tcase, a_recording_does_not_tell_the_source);
	tcase_add_test(tcase, a_source_that_has_no_socket_has_all_ports_to_bind);
	tcase_add_test(tcase, nobody_talking_is_nothing_known);
	tcase_add_test(tcase, many_more_connections_than_sockets_are_somebody_elses);
	tcase_add_test(tcase, loopback_has_no_nat_on_the_way);
	tcase_add_test(tcase, of_an_incomplete_reading_nothing_is_known);
	return suite_run("explain", tcase);
}
