/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The wall of bind(0), by way of the report that has one for each source. */

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "sockwatch/ledger.h"
#include "sockwatch/report.h"
#include "support/build.h"
#include "support/suite.h"

static struct sw_ledger *ledger;
static struct sw_reading *reading;
static struct sw_report report;

/* Ports 40000 to 41999. */
static void begin(void)
{
	sw_report_deinit(&report);
	sw_reading_free(reading);
	ck_assert_int_eq(sw_reading_new(&reading), 0);
	sw_port_space_init(&reading->space, 40000, 41999);
	reading->range_known = true;
	reading->reuse = (struct sw_reuse_rule){ .timestamps = true, .delay_msec = 1000 };
	ck_assert_int_eq(sw_tally_new(&reading->tally, &reading->space, &reading->reuse, 1), 0);
	sw_tally_set_ledger(reading->tally, ledger);
}

static void set_up(void)
{
	ck_assert_int_eq(sw_ledger_new(&ledger), 0);
	begin();
}

static void tear_down(void)
{
	sw_report_deinit(&report);
	sw_reading_free(reading);
	reading = NULL;
	sw_ledger_free(ledger);
}

static void add(struct sw_sock sock, uint64_t cookie)
{
	sock.cookie = cookie;
	sw_tally_add(reading->tally, &sock);
}

/* The only wall of the finished reading. */
static const struct sw_bind_wall *wall(void)
{
	static const struct sw_report_filter all;

	if (report.reading == NULL) {
		sw_tally_finish(reading->tally);
		ck_assert_int_eq(sw_report_init(&report, reading, NULL, &all), 0);
	}
	ck_assert_uint_eq(report.n_walls, 1);
	return &report.walls[0];
}

/* To one of several destinations. */
static struct sw_sock to(uint32_t destination, uint16_t port)
{
	char text[16];

	snprintf(text, sizeof(text), "10.0.1.%u", destination);
	return build_sock(SW_TCP_ESTABLISHED, "10.0.0.5", port, text, 443);
}

START_TEST(connections_that_share_ports_are_not_of_bind)
{
	/* Each of four destinations has the same 400 ports of the first parity. */
	for (uint32_t i = 0; i < 1600; i++)
		add(to(i / 400, (uint16_t)(40000 + 2 * (i % 400))), i + 1);
	ck_assert(!wall()->in_use);
	ck_assert_uint_eq(wall()->free, 1600);
	ck_assert_int_eq(wall()->level, SW_LEVEL_OK);
}
END_TEST

/* As bind(0) takes them: the second pass before the first. */
static uint16_t bound_at(uint32_t i)
{
	return (uint16_t)(i < 1000 ? 40001 + 2 * i : 38000 + 2 * i);
}

START_TEST(it_is_judged_by_the_settings_of_its_address)
{
	static struct sw_settings settings;
	static const struct sw_report_filter all;
	struct sw_matches *ignore = &settings.ignore[SW_RULE_BIND_PORTS];

	sw_settings_init(&settings);
	settings.rules.bind_ports.warning = 0.7;
	ignore->list[0] = (struct sw_match){ .addr = build_addr("10.0.0.5"), .n_bits = 32 };
	ignore->n = 1;
	for (uint32_t i = 0; i < 1500; i++)
		add(to(i % 4, bound_at(i)), i + 1);
	ck_assert_int_eq(wall()->level, SW_LEVEL_OK);
	ck_assert_int_eq(wall()->max_severity, SW_LEVEL_CRITICAL);
	sw_report_deinit(&report);
	ck_assert_int_eq(sw_report_init(&report, reading, &settings, &all), 0);
	ck_assert_int_eq(wall()->level, SW_LEVEL_WARNING);
	ck_assert_int_eq(wall()->max_severity, SW_LEVEL_OK);
	ck_assert_ptr_eq(sw_report_worst_wall(&report), wall());
}
END_TEST
START_TEST(connections_that_share_none_are)
{
	for (uint32_t i = 0; i < 1600; i++)
		add(to(i % 4, bound_at(i)), i + 1);
	ck_assert(wall()->in_use);
	ck_assert_uint_eq(wall()->free, 400);
}
END_TEST

START_TEST(one_destination_alone_says_nothing)
{
	for (uint32_t i = 0; i < 900; i++)
		add(to(1, (uint16_t)(40000 + 2 * i)), i + 1);
	ck_assert(!wall()->in_use);
}
END_TEST

/* The daemon sees them come, and remembers. */
START_TEST(ever_more_ports_of_the_other_parity_are_of_bind)
{
	for (uint32_t n = 20; n <= 80; n += 20) {
		begin();
		for (uint32_t i = 0; i < n; i++)
			add(to(1, bound_at(i)), i + 1);
		ck_assert_int_eq(wall()->in_use, n == 80);
	}
}
END_TEST

/* One address is short of ports for bind(0), and another one is well. */
START_TEST(a_destination_has_the_wall_of_its_own_source)
{
	struct sw_report_filter filter = { .has_destination = true, .destination_port = 443 };

	for (uint32_t i = 0; i < 1700; i++)
		add(build_sock(SW_TCP_BOUND, "10.0.0.5", (uint16_t)(40000 + i), "0.0.0.0", 0),
		    i + 1);
	add(build_sock(SW_TCP_ESTABLISHED, "10.0.0.5", 41998, "10.0.1.1", 443), 2000);
	add(build_sock(SW_TCP_ESTABLISHED, "10.0.0.6", 41998, "10.0.1.2", 443), 2001);
	sw_tally_finish(reading->tally);

	filter.destination = build_addr("10.0.1.2");
	ck_assert_int_eq(sw_report_init(&report, reading, NULL, &filter), 0);
	ck_assert_uint_eq(report.n_walls, 2);
	ck_assert_ptr_null(sw_report_worst_wall(&report));
	ck_assert_int_eq(report.level, SW_LEVEL_OK);
	sw_report_deinit(&report);

	filter.destination = build_addr("10.0.1.1");
	ck_assert_int_eq(sw_report_init(&report, reading, NULL, &filter), 0);
	ck_assert_ptr_eq(sw_report_worst_wall(&report), &report.walls[0]);
	ck_assert_int_eq(report.level, SW_LEVEL_WARNING);
}
END_TEST

/* Used up: the level is that of the calls that fail. */
static const struct {
	uint32_t n;
	enum sw_level level;
} fills[] = {
	{ 1600, SW_LEVEL_OK },
	{ 1601, SW_LEVEL_WARNING },
	{ 1961, SW_LEVEL_CRITICAL },
	{ 2000, SW_LEVEL_EXHAUSTED },
};

START_TEST(a_wall_in_use_has_a_level)
{
	for (uint32_t i = 0; i < fills[_i].n; i++)
		add(build_sock(SW_TCP_BOUND, "10.0.0.5", (uint16_t)(40000 + i), "0.0.0.0", 0),
		    i + 1);
	ck_assert(wall()->in_use);
	ck_assert_uint_eq(wall()->free, 2000 - fills[_i].n);
	ck_assert_int_eq(wall()->level, fills[_i].level);
}
END_TEST

START_TEST(what_was_bound_is_known_until_it_is_gone)
{
	for (uint32_t i = 0; i < 10; i++)
		add(build_sock(SW_TCP_BOUND, "10.0.0.5", (uint16_t)(40000 + 2 * i), "0.0.0.0", 0),
		    i + 1);
	ck_assert(wall()->in_use);
	begin();
	for (uint32_t i = 0; i < 10; i++)
		add(to(i % 2, (uint16_t)(40000 + 2 * i)), i + 1);
	ck_assert(wall()->in_use);
	begin();
	for (uint32_t i = 0; i < 10; i++)
		add(to(i % 2, (uint16_t)(40000 + 2 * i)), i + 100);
	ck_assert(!wall()->in_use);
}
END_TEST

START_TEST(a_few_that_bind_among_many_that_do_not_are_their_own_matter)
{
	for (uint32_t i = 0; i < 500; i++)
		add(to(1, (uint16_t)(40002 + 2 * i)), i + 1);
	add(build_sock(SW_TCP_BOUND, "10.0.0.5", 40000, "0.0.0.0", 0), 900);
	ck_assert(!wall()->in_use);
}
END_TEST

/* 50 a second for 20 s: a half is gone, and the other one goes before any comes back. */
START_TEST(time_wait_is_not_reused_and_tells_the_rate)
{
	for (uint32_t i = 0; i < 1000; i++)
		add(build_time_wait("10.0.0.5", (uint16_t)(40001 + 2 * (i % 1000)), "10.0.1.1",
				    443 + i % 4, 60000 - i * 20),
		    i + 1);
	ck_assert(wall()->in_use);
	ck_assert_double_eq_tol(wall()->forecast.present_per_s, 50, 0.5);
	ck_assert_double_eq_tol(wall()->forecast.exhausted_in_s, 20, 1);
	ck_assert_int_eq(wall()->level, SW_LEVEL_CRITICAL);
}
END_TEST

int main(void)
{
	TCase *tcase = tcase_create("bind-wall");

	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_add_test(tcase, connections_that_share_ports_are_not_of_bind);
	tcase_add_test(tcase, connections_that_share_none_are);
	tcase_add_test(tcase, it_is_judged_by_the_settings_of_its_address);
	tcase_add_test(tcase, a_destination_has_the_wall_of_its_own_source);
	tcase_add_test(tcase, one_destination_alone_says_nothing);
	tcase_add_test(tcase, ever_more_ports_of_the_other_parity_are_of_bind);
	tcase_add_loop_test(tcase, a_wall_in_use_has_a_level, 0, SW_ARRAY_SIZE(fills));
	tcase_add_test(tcase, what_was_bound_is_known_until_it_is_gone);
	tcase_add_test(tcase, a_few_that_bind_among_many_that_do_not_are_their_own_matter);
	tcase_add_test(tcase, time_wait_is_not_reused_and_tells_the_rate);
	return suite_run("bind-wall", tcase);
}
