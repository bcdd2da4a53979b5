/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <errno.h>
#include <math.h>

#include "base/mem.h"
#include "sockwatch/report.h"
#include "support/build.h"
#include "support/failing-alloc.h"
#include "support/suite.h"

/* Ports 40000 to 40999, so that ten sockets of a tuple are one percent. */
static struct sw_reading *reading;
static struct sw_report report;
static struct sw_report_filter filter;

static void set_up(void)
{
	ck_assert_int_eq(sw_reading_new(&reading), 0);
	reading->reuse = (struct sw_reuse_rule){ .timestamps = true, .delay_msec = 1000 };
	sw_port_space_init(&reading->space, 40000, 40999);
	ck_assert_int_eq(sw_tally_new(&reading->tally, &reading->space, &reading->reuse, 1), 0);
	filter = (struct sw_report_filter){ 0 };
}

static void tear_down(void)
{
	sw_report_deinit(&report);
	sw_reading_free(reading);
}

static void add(struct sw_sock sock)
{
	sw_tally_add(reading->tally, &sock);
}

/* `n` established connections from 10.0.0.5. */
static void add_tuple(const char *destination, uint16_t port, uint16_t n)
{
	for (uint16_t i = 0; i < n; i++)
		add(build_sock(SW_TCP_ESTABLISHED, "10.0.0.5", (uint16_t)(40000 + i), destination,
			       port));
}

/* `n` TIME_WAIT that this side made on a port of its own. */
static void add_served(uint16_t port, uint16_t n)
{
	for (uint16_t i = 0; i < n; i++)
		add(build_time_wait("10.0.0.5", port, "10.0.0.2", (uint16_t)(10000 + i), 30000));
}

static void make_report(void)
{
	sw_report_deinit(&report);
	ck_assert_int_eq(sw_report_init(&report, reading, NULL, &filter), 0);
}

static void filter_destination(const char *address, uint32_t port)
{
	filter.has_destination = true;
	filter.destination = build_addr(address);
	filter.destination_port = port;
}

START_TEST(an_incomplete_reading_is_unknown_and_lists_nothing)
{
	add_tuple("10.0.0.9", 5432, 1000);
	sw_reading_spoil(reading, "dump", "broke off");
	make_report();
	ck_assert_int_eq(report.level, SW_LEVEL_UNKNOWN);
	ck_assert_uint_eq(report.n_outlooks, 0);
	ck_assert_uint_eq(report.n_ports, 0);
	ck_assert_uint_eq(report.n_walls, 0);
	ck_assert_ptr_null(sw_report_server_closer(&report));
}
END_TEST

START_TEST(an_empty_reading_is_ok)
{
	make_report();
	ck_assert_int_eq(report.level, SW_LEVEL_OK);
	ck_assert_uint_eq(report.n_outlooks, 0);
	ck_assert_double_eq(report.wheel.turn_s, 2.048);
	ck_assert_double_eq(report.time_wait_rate_per_s, 0);
}
END_TEST

START_TEST(without_a_port_to_choose_everything_is_exhausted)
{
	for (uint16_t port = 40000; port < 40999; port++)
		sw_port_space_block(&reading->space, port);
	make_report();
	ck_assert_int_eq(report.level, SW_LEVEL_OK);
	sw_port_space_block(&reading->space, 40999);
	make_report();
	ck_assert_int_eq(report.level, SW_LEVEL_EXHAUSTED);
}
END_TEST

START_TEST(the_worst_tuple_comes_first_and_gives_its_level)
{
	add_tuple("10.0.0.7", 80, 10);
	add_tuple("10.0.0.9", 5432, 810);
	add_tuple("10.0.0.8", 80, 600);
	make_report();
	ck_assert_uint_eq(report.n_outlooks, 3);
	ck_assert_uint_eq(report.outlooks[0].tuple.port, 5432);
	ck_assert_int_eq(report.outlooks[0].level, SW_LEVEL_WARNING);
	ck_assert_int_eq(report.outlooks[1].level, SW_LEVEL_NOTICE);
	ck_assert_int_eq(report.outlooks[2].level, SW_LEVEL_OK);
	ck_assert_int_eq(report.level, SW_LEVEL_WARNING);
}
END_TEST

START_TEST(a_single_tuple_gives_its_level)
{
	add_tuple("10.0.0.9", 5432, 1000);
	make_report();
	ck_assert_int_eq(report.level, SW_LEVEL_EXHAUSTED);
	ck_assert_int_eq(report.outlooks[0].max_severity, SW_LEVEL_CRITICAL);
}
END_TEST

/* Large: too large for a stack. */
static struct sw_settings settings;

static void make_report_by_settings(void)
{
	sw_report_deinit(&report);
	ck_assert_int_eq(sw_report_init(&report, reading, &settings, &filter), 0);
}

START_TEST(tuples_are_judged_by_the_settings)
{
	sw_settings_init(&settings);
	settings.rules.ephemeral_ports.notice = 0.1;
	settings.rules.common[SW_RULE_EPHEMERAL_PORTS].max_severity = SW_LEVEL_WARNING;
	add_tuple("10.0.0.9", 5432, 101);
	make_report_by_settings();
	ck_assert_int_eq(report.level, SW_LEVEL_NOTICE);
	ck_assert_int_eq(report.outlooks[0].max_severity, SW_LEVEL_WARNING);
	ck_assert_double_eq(report.outlooks[0].limits.notice, 0.1);
}
END_TEST

/* 40 in 5 s are 8/s, which take the last 100 of 140 ports in 12.5 s. */
START_TEST(beyond_the_horizon_nothing_is_in_sight)
{
	static const struct {
		sw_usec horizon;
		bool in_sight;
	} horizons[] = { { 12600000, true }, { 12400000, false } };

	sw_port_space_init(&reading->space, 40000, 40139);
	for (uint16_t i = 0; i < 40; i++)
		add(build_time_wait("10.0.0.5", (uint16_t)(40000 + i), "10.0.0.9", 80, 60000));
	for (size_t i = 0; i < SW_ARRAY_SIZE(horizons); i++) {
		sw_settings_init(&settings);
		settings.alert.horizon = horizons[i].horizon;
		make_report_by_settings();
		ck_assert_int_eq(isfinite(report.outlooks[0].forecast.exhausted_in_s),
				 horizons[i].in_sight);
	}
}
END_TEST

START_TEST(tuples_are_listed_from_one_percent_on)
{
	add_tuple("10.0.0.7", 80, 9);
	add_tuple("10.0.0.8", 80, 10);
	make_report();
	ck_assert_uint_eq(report.n_outlooks, 2);
	ck_assert_uint_eq(report.n_outlooks_listed, 1);
	ck_assert_uint_eq(report.outlooks[0].used, 10);
}
END_TEST

START_TEST(a_filter_by_destination_lists_even_the_smallest)
{
	add_tuple("10.0.0.9", 5432, 900);
	add_tuple("10.0.0.9", 80, 1);
	add_tuple("10.0.0.8", 80, 1);
	filter_destination("10.0.0.9", 0);
	make_report();
	ck_assert_uint_eq(report.n_outlooks, 2);
	ck_assert_uint_eq(report.n_outlooks_listed, 2);
	filter_destination("10.0.0.9", 80);
	make_report();
	ck_assert_uint_eq(report.filter.destination_port, 80);
	ck_assert_uint_eq(report.n_outlooks, 1);
	ck_assert_uint_eq(report.n_outlooks_listed, 1);
	ck_assert_uint_eq(report.outlooks[0].tuple.port, 80);
	ck_assert_int_eq(report.level, SW_LEVEL_OK);
	filter_destination("10.0.0.7", 0);
	make_report();
	ck_assert_uint_eq(report.n_outlooks, 0);
	ck_assert_int_eq(report.level, SW_LEVEL_OK);
}
END_TEST

START_TEST(a_filter_by_port_is_for_tuples_and_ports)
{
	add(build_listener("0.0.0.0", 80));
	add(build_listener("0.0.0.0", 443));
	add_tuple("10.0.0.9", 80, 20);
	add_tuple("10.0.0.9", 5432, 20);
	filter.port = 80;
	make_report();
	ck_assert_uint_eq(report.n_outlooks, 1);
	ck_assert_uint_eq(report.outlooks[0].tuple.port, 80);
	ck_assert_uint_eq(report.n_ports, 2);
	ck_assert_uint_eq(report.ports[0]->port, 80);
	ck_assert_uint_eq(report.ports[0]->role, SW_PORT_LISTENING);
	ck_assert_uint_eq(report.ports[1]->port, 80);
	ck_assert_uint_eq(report.ports[1]->role, SW_PORT_OUTGOING);
}
END_TEST

/* The row that status --destination makes where no source is known. */
static void track_without_source(const char *destination, uint32_t port)
{
	struct sw_tuple tuple = { .destination = build_addr(destination), .port = port };

	ck_assert_int_eq(sw_tally_track(reading->tally, &tuple), 0);
	filter_destination(destination, port);
}

START_TEST(a_destination_nobody_talks_to_has_a_row)
{
	track_without_source("10.0.0.9", 5432);
	make_report();
	ck_assert_uint_eq(report.n_outlooks, 1);
	ck_assert_uint_eq(report.n_outlooks_listed, 1);
	ck_assert_uint_eq(report.outlooks[0].free, 1000);
}
END_TEST

START_TEST(a_row_without_a_source_says_nothing_where_others_do)
{
	track_without_source("10.0.0.9", 5432);
	add_tuple("10.0.0.9", 5432, 1);
	make_report();
	ck_assert_uint_eq(report.n_outlooks, 1);
	ck_assert_uint_eq(report.outlooks[0].used, 1);
}
END_TEST

START_TEST(so_it_is_where_those_others_use_nothing)
{
	track_without_source("10.0.0.9", 5432);
	add(build_sock(SW_TCP_ESTABLISHED, "10.0.0.5", 50000, "10.0.0.9", 5432));
	make_report();
	ck_assert_uint_eq(report.n_outlooks, 1);
	ck_assert_uint_eq(report.n_outlooks_listed, 1);
	ck_assert_uint_eq(report.outlooks[0].used, 0);
	ck_assert_uint_eq(report.outlooks[0].held, 1);
}
END_TEST

/* 40 TIME_WAIT in 5 s are 8/s and head for 8 x 62.048 of 1000 ports, if they may. */
static const struct {
	bool known;
	uint64_t max_tw_buckets;
	double heading;
} limits[] = {
	{ false, 0, 0.496384 }, { true, 100000, 0.496384 },
	{ true, 100, 0.09 }, /* 10 belong to FIN_WAIT2 of others */
	{ true, 50, 0.04 },     { true, 10, 0.04 },
};

START_TEST(no_more_time_wait_is_projected_than_the_namespace_takes)
{
	struct sw_sock mini = build_sock(SW_TCP_FIN_WAIT2, "10.0.0.5", 40000, "10.0.0.8", 80);

	reading->kernel.figures[SW_KERNEL_MAX_TW_BUCKETS] = (struct sw_figure){
		.known = limits[_i].known,
		.value = limits[_i].max_tw_buckets,
	};
	for (uint16_t i = 0; i < 40; i++)
		add(build_time_wait("10.0.0.5", (uint16_t)(40000 + i), "10.0.0.9", 80, 60000));
	mini.mini = true;
	for (uint16_t i = 0; i < 10; i++, mini.local_port++)
		add(mini);
	filter_destination("10.0.0.9", 80);
	make_report();
	ck_assert_double_eq_tol(report.outlooks[0].forecast.heading_to, limits[_i].heading, 1e-9);
}
END_TEST

/*
 * 300 closes in 30 s, of either side, are 10/s: none leaves within 30 s, so that there are 350 in
 * 5 s, the mini sockets counted too.
 */
static const struct {
	bool known;
	uint64_t max_tw_buckets;
	double seconds;
} meetings[] = {
	{ true, 360, 5 },         { true, 310, 0 },  { true, 100, 0 },
	{ true, 1000, INFINITY }, { false, 0, NAN },
};

START_TEST(it_is_foreseen_when_the_limit_of_time_wait_is_met)
{
	struct sw_sock mini = build_sock(SW_TCP_FIN_WAIT2, "10.0.0.5", 40900, "10.0.0.8", 80);

	reading->kernel.figures[SW_KERNEL_MAX_TW_BUCKETS] = (struct sw_figure){
		.known = meetings[_i].known,
		.value = meetings[_i].max_tw_buckets,
	};
	add(build_listener("0.0.0.0", 443));
	for (uint16_t i = 0; i < 300; i++)
		add(build_time_wait("10.0.0.5", i % 2 ? 443 : (uint16_t)(40000 + i), "10.0.0.2",
				    (uint16_t)(i % 2 ? 1000 + i : 80), 60000 - 100U * i));
	mini.mini = true;
	for (uint16_t i = 0; i < 10; i++, mini.local_port++)
		add(mini);
	make_report();
	if (isnan(meetings[_i].seconds))
		ck_assert(isnan(report.time_wait_limit_in_s));
	else if (isinf(meetings[_i].seconds))
		ck_assert(isinf(report.time_wait_limit_in_s));
	else
		ck_assert_double_eq_tol(report.time_wait_limit_in_s, meetings[_i].seconds, 0.3);
}
END_TEST

START_TEST(what_is_reused_makes_the_limit_of_time_wait_no_matter_of_time)
{
	reading->kernel.figures[SW_KERNEL_MAX_TW_BUCKETS] = (struct sw_figure){ true, 10 };
	sw_tally_free(reading->tally);
	reading->reuse.always = true;
	ck_assert_int_eq(sw_tally_new(&reading->tally, &reading->space, &reading->reuse, 1), 0);
	add(build_time_wait("10.0.0.5", 40000, "10.0.0.9", 80, 30000));
	make_report();
	ck_assert(isnan(report.time_wait_limit_in_s));
}
END_TEST

START_TEST(the_fullest_accept_queue_comes_first)
{
	static const uint16_t wanted[] = { 25, 443, 80, 8080 };
	struct sw_sock smtp = build_listener("0.0.0.0", 25), https = build_listener("0.0.0.0", 443);

	smtp.queued = 1;
	smtp.queue_limit = 0;
	https.queued = 100;
	https.queue_limit = 1000;
	add(build_listener("0.0.0.0", 8080));
	add(build_listener("0.0.0.0", 80));
	add(https);
	add(smtp);
	add_served(80, 5);
	make_report();
	for (size_t i = 0; i < SW_ARRAY_SIZE(wanted); i++)
		ck_assert_uint_eq(report.ports[i]->port, wanted[i]);
}
END_TEST

START_TEST(listening_ports_come_first_then_the_largest_then_by_number)
{
	static const struct {
		uint32_t port, role, n;
	} wanted[] = {
		{ 443, SW_PORT_LISTENING, 6 }, { 25, SW_PORT_LISTENING, 1 },
		{ 80, SW_PORT_LISTENING, 1 },  { 5432, SW_PORT_OUTGOING, 9 },
		{ 6379, SW_PORT_OUTGOING, 1 },
	};

	add(build_listener("0.0.0.0", 80));
	add(build_listener("0.0.0.0", 443));
	add(build_listener("0.0.0.0", 25));
	add_tuple("10.0.0.9", 6379, 1);
	add_tuple("10.0.0.9", 5432, 9);
	add_served(443, 5);
	make_report();
	ck_assert_uint_eq(report.n_ports, SW_ARRAY_SIZE(wanted));
	ck_assert_uint_eq(report.n_ports_listed, SW_ARRAY_SIZE(wanted));
	for (size_t i = 0; i < SW_ARRAY_SIZE(wanted); i++) {
		ck_assert_uint_eq(report.ports[i]->port, wanted[i].port);
		ck_assert_uint_eq(report.ports[i]->role, wanted[i].role);
		ck_assert_uint_eq(report.ports[i]->n_total, wanted[i].n);
	}
}
END_TEST

START_TEST(sources_come_by_what_goes_out_then_by_address)
{
	static const char *const wanted[] = { "10.0.0.5", "10.0.0.2", "10.0.0.3" };

	add(build_sock(SW_TCP_BOUND, "10.0.0.3", 41000, "0.0.0.0", 0));
	add(build_sock(SW_TCP_BOUND, "10.0.0.2", 41000, "0.0.0.0", 0));
	add_tuple("10.0.0.9", 5432, 2);
	make_report();
	ck_assert_uint_eq(report.n_walls, SW_ARRAY_SIZE(wanted));
	for (size_t i = 0; i < SW_ARRAY_SIZE(wanted); i++) {
		struct sw_addr addr = build_addr(wanted[i]);

		ck_assert(sw_addr_equal(&report.walls[i].source, &addr));
	}
}
END_TEST

START_TEST(rows_beyond_the_bound_are_counted_not_listed)
{
	for (uint16_t port = 1; port <= SW_REPORT_MAX_ROWS + 1; port++)
		add_tuple("10.0.0.9", port, 10);
	make_report();
	ck_assert_uint_eq(report.n_outlooks, 1001);
	ck_assert_uint_eq(report.n_outlooks_listed, 1000);
	ck_assert_uint_eq(report.n_ports, 1001);
	ck_assert_uint_eq(report.n_ports_listed, 1000);
}
END_TEST

/* `n` connections of a peer to 10.0.0.5:443. */
static void add_inbound(const char *peer, uint16_t n)
{
	for (uint16_t i = 0; i < n; i++)
		add(build_sock(SW_TCP_ESTABLISHED, "10.0.0.5", 443, peer, (uint16_t)(32768 + i)));
}

START_TEST(peers_are_listed_from_one_percent_on)
{
	add(build_listener("0.0.0.0", 443));
	add_inbound("10.0.0.2", 283);
	add_inbound("10.0.0.3", 282);
	add_inbound("10.0.0.4", 22586);
	make_report();
	ck_assert_uint_eq(report.n_inbounds, 2);
	ck_assert_uint_eq(report.n_inbounds_listed, 2);
	ck_assert_uint_eq(report.inbounds[0].n_held, 22586);
	ck_assert_int_eq(report.inbounds[0].level, SW_LEVEL_NOTICE);
	ck_assert_int_eq(report.inbounds[0].max_severity, SW_LEVEL_CRITICAL);
	ck_assert_uint_eq(report.inbounds[1].n_held, 283);
	ck_assert_int_eq(report.inbounds[1].level, SW_LEVEL_OK);
	/* It is no trouble of this host's. */
	ck_assert_int_eq(report.level, SW_LEVEL_OK);
	filter.port = 80;
	make_report();
	ck_assert_uint_eq(report.n_inbounds, 0);
}
END_TEST

START_TEST(peers_are_judged_by_the_settings)
{
	sw_settings_init(&settings);
	settings.rules.inbound.notice = 0.01;
	settings.ignore[SW_RULE_INBOUND].n = 1;
	settings.ignore[SW_RULE_INBOUND].list[0] =
		(struct sw_match){ .addr = build_addr("10.0.0.2"), .n_bits = 32, .port = 443 };
	add(build_listener("0.0.0.0", 443));
	add_inbound("10.0.0.2", 300);
	ck_assert_int_eq(sw_report_init(&report, reading, &settings, &filter), 0);
	ck_assert_uint_eq(report.n_inbounds, 1);
	ck_assert_int_eq(report.inbounds[0].level, SW_LEVEL_NOTICE);
	ck_assert_double_eq(report.inbounds[0].notice, 0.01);
	ck_assert_int_eq(report.inbounds[0].max_severity, SW_LEVEL_OK);
}
END_TEST

START_TEST(a_peer_on_this_host_is_left_to_its_tuple)
{
	struct sw_tuple tuple = build_tuple("10.0.0.6", "10.0.0.5", 443);

	add(build_listener("0.0.0.0", 443));
	add_inbound("10.0.0.6", 300);
	/* Asked for, and nothing there. */
	ck_assert_int_eq(sw_tally_track(reading->tally, &tuple), 0);
	make_report();
	ck_assert_uint_eq(report.n_inbounds, 1);
	add(build_sock(SW_TCP_ESTABLISHED, "10.0.0.6", 40000, "10.0.0.5", 443));
	make_report();
	ck_assert_uint_eq(report.n_inbounds, 0);
}
END_TEST

START_TEST(the_rate_of_time_wait_is_that_of_both_sides)
{
	add(build_listener("0.0.0.0", 443));
	/* 20 + 20 in the last half second: 40 in 5 s. */
	for (uint16_t i = 0; i < 20; i++) {
		add(build_time_wait("10.0.0.5", 443, "10.0.0.2", (uint16_t)(10000 + i), 59996));
		add(build_time_wait("10.0.0.5", (uint16_t)(40000 + i), "10.0.0.9", 80, 59997));
	}
	make_report();
	ck_assert_double_eq_tol(report.time_wait_rate_per_s, 8, 1e-9);
}
END_TEST

START_TEST(the_wheel_is_that_of_the_kernel)
{
	add_tuple("10.0.0.9", 5432, 10);
	reading->jiffies = (struct sw_jiffies){ 1000000, 3 * 4096000 + 1000000 };
	make_report();
	ck_assert_double_eq_tol(report.wheel.turn_s, 4.096, 1e-9);
	ck_assert_double_eq_tol(report.wheel.left_s, 3.091, 1e-9);
	ck_assert_double_eq_tol(report.outlooks[0].wheel_s, 4.096, 1e-9);
}
END_TEST

static const struct closer {
	const char *story;
	enum sw_tcp_state state;
	enum sw_closer closer;
} closers[] = {
	{ "who has TIME_WAIT closed first", SW_TCP_TIME_WAIT, SW_CLOSER_US },
	{ "FIN sent", SW_TCP_FIN_WAIT1, SW_CLOSER_US },
	{ "FIN acknowledged", SW_TCP_FIN_WAIT2, SW_CLOSER_US },
	{ "both at once", SW_TCP_CLOSING, SW_CLOSER_US },
	{ "FIN received", SW_TCP_CLOSE_WAIT, SW_CLOSER_PEER },
	{ "FIN answered", SW_TCP_LAST_ACK, SW_CLOSER_PEER },
	{ "open", SW_TCP_ESTABLISHED, SW_CLOSER_UNKNOWN },
	{ "listening", SW_TCP_LISTEN, SW_CLOSER_UNKNOWN },
};

START_TEST(what_closes_leave_behind_tells_who_began)
{
	const struct closer *c = &closers[_i];
	struct sw_port_tally port = { .n_by_state = { [SW_TCP_ESTABLISHED] = 100 } };

	port.n_by_state[c->state] += 2;
	ck_assert_msg(sw_closes_first(port.n_by_state) == c->closer, "%s", c->story);
	/* As many of the other kind make it a draw, one more turns it. */
	port.n_by_state[c->closer == SW_CLOSER_US ? SW_TCP_LAST_ACK : SW_TCP_TIME_WAIT] +=
		c->closer == SW_CLOSER_UNKNOWN ? 0 : 2;
	ck_assert_msg(sw_closes_first(port.n_by_state) == SW_CLOSER_UNKNOWN, "%s", c->story);
}
END_TEST

START_TEST(a_server_that_closes_first_is_worth_a_word_from_1000_on)
{
	add(build_listener("0.0.0.0", 443));
	add_served(443, 999);
	make_report();
	ck_assert_ptr_null(sw_report_server_closer(&report));
	add_served(443, 1);
	make_report();
	ck_assert_uint_eq(sw_report_server_closer(&report)->port, 443);
}
END_TEST

START_TEST(the_server_with_the_most_is_the_one)
{
	add(build_listener("0.0.0.0", 80));
	add(build_listener("0.0.0.0", 443));
	add_served(80, 1000);
	add_served(443, 1001);
	/* More sockets, but not closed by us. */
	for (uint16_t i = 0; i < 900; i++)
		add(build_sock(SW_TCP_ESTABLISHED, "10.0.0.5", 80, "10.0.0.3", (uint16_t)(i + 1)));
	make_report();
	ck_assert_uint_eq(report.ports[0]->port, 80);
	ck_assert_uint_eq(sw_report_server_closer(&report)->port, 443);
}
END_TEST

START_TEST(a_server_whose_peers_close_first_is_none)
{
	add(build_listener("0.0.0.0", 443));
	add_served(443, 1000);
	for (uint16_t i = 0; i < 1001; i++)
		add(build_sock(SW_TCP_CLOSE_WAIT, "10.0.0.5", 443, "10.0.0.3", (uint16_t)(i + 1)));
	make_report();
	ck_assert_ptr_null(sw_report_server_closer(&report));
}
END_TEST

START_TEST(a_client_that_closes_first_is_no_server)
{
	for (uint16_t i = 0; i < 1000; i++)
		add(build_time_wait("10.0.0.5", (uint16_t)(40000 + i), "10.0.0.9", 80, 30000));
	make_report();
	ck_assert_ptr_null(sw_report_server_closer(&report));
}
END_TEST

/* Tuples, ports and sources are one allocation each. */
START_TEST(out_of_memory_gives_no_report)
{
	int r;

	add_tuple("10.0.0.9", 5432, 20);
	failing_alloc_after((unsigned int)_i);
	r = sw_report_init(&report, reading, NULL, &filter);
	ck_assert(failing_alloc_stop());
	ck_assert_int_eq(r, -ENOMEM);
	ck_assert_int_eq(report.level, SW_LEVEL_UNKNOWN);
	ck_assert_ptr_null(report.outlooks);
	ck_assert_ptr_null(report.ports);
	ck_assert_ptr_null(report.walls);
}
END_TEST

int main(void)
{
	TCase *tcase = tcase_create("report");

	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_add_test(tcase, an_incomplete_reading_is_unknown_and_lists_nothing);
	tcase_add_test(tcase, an_empty_reading_is_ok);
	tcase_add_test(tcase, without_a_port_to_choose_everything_is_exhausted);
	tcase_add_test(tcase, the_worst_tuple_comes_first_and_gives_its_level);
	tcase_add_test(tcase, a_single_tuple_gives_its_level);
	tcase_add_test(tcase, tuples_are_judged_by_the_settings);
	tcase_add_test(tcase, beyond_the_horizon_nothing_is_in_sight);
	tcase_add_test(tcase, tuples_are_listed_from_one_percent_on);
	tcase_add_test(tcase, a_filter_by_destination_lists_even_the_smallest);
	tcase_add_test(tcase, a_filter_by_port_is_for_tuples_and_ports);
	tcase_add_test(tcase, a_destination_nobody_talks_to_has_a_row);
	tcase_add_test(tcase, a_row_without_a_source_says_nothing_where_others_do);
	tcase_add_test(tcase, so_it_is_where_those_others_use_nothing);
	tcase_add_loop_test(tcase, no_more_time_wait_is_projected_than_the_namespace_takes, 0,
			    SW_ARRAY_SIZE(limits));
	tcase_add_loop_test(tcase, it_is_foreseen_when_the_limit_of_time_wait_is_met, 0,
			    SW_ARRAY_SIZE(meetings));
	tcase_add_test(tcase, what_is_reused_makes_the_limit_of_time_wait_no_matter_of_time);
	tcase_add_test(tcase, the_fullest_accept_queue_comes_first);
	tcase_add_test(tcase, listening_ports_come_first_then_the_largest_then_by_number);
	tcase_add_test(tcase, sources_come_by_what_goes_out_then_by_address);
	tcase_add_test(tcase, rows_beyond_the_bound_are_counted_not_listed);
	tcase_add_test(tcase, peers_are_listed_from_one_percent_on);
	tcase_add_test(tcase, peers_are_judged_by_the_settings);
	tcase_add_test(tcase, a_peer_on_this_host_is_left_to_its_tuple);
	tcase_add_test(tcase, the_rate_of_time_wait_is_that_of_both_sides);
	tcase_add_test(tcase, the_wheel_is_that_of_the_kernel);
	tcase_add_loop_test(tcase, what_closes_leave_behind_tells_who_began, 0,
			    SW_ARRAY_SIZE(closers));
	tcase_add_test(tcase, a_server_that_closes_first_is_worth_a_word_from_1000_on);
	tcase_add_test(tcase, the_server_with_the_most_is_the_one);
	tcase_add_test(tcase, a_server_whose_peers_close_first_is_none);
	tcase_add_test(tcase, a_client_that_closes_first_is_no_server);
	tcase_add_loop_test(tcase, out_of_memory_gives_no_report, 0, 4);
	return suite_run("report", tcase);
}
