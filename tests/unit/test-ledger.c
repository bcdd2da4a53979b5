/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The ledger together with the tally that keeps it: one reading after the other. */

#include <string.h>

#include "base/mem.h"
#include "sockwatch/ledger.h"
#include "support/build.h"
#include "support/suite.h"

static const struct sw_reuse_rule reuse = { .timestamps = true, .delay_msec = 1000 };
static struct sw_port_space space;
static struct sw_ledger *ledger;
static struct sw_tally *tally;

static void begin_with_range(uint16_t low, uint16_t high)
{
	sw_tally_free(tally);
	sw_port_space_init(&space, low, high);
	ck_assert_int_eq(sw_tally_new(&tally, &space, &reuse, 1), 0);
	sw_tally_set_ledger(tally, ledger);
}

static void begin(void)
{
	begin_with_range(40000, 40099);
}

static void set_up(void)
{
	ck_assert_int_eq(sw_ledger_new(&ledger), 0);
	begin();
}

static void tear_down(void)
{
	sw_tally_free(tally);
	tally = NULL;
	sw_ledger_free(ledger);
}

/* The reading is over, and the next one begins. */
static void next_reading(void)
{
	sw_tally_finish(tally);
	begin();
}

static void add(struct sw_sock sock, uint64_t cookie)
{
	sock.cookie = cookie;
	sw_tally_add(tally, &sock);
}

static void add_locked(struct sw_sock sock, uint64_t cookie)
{
	sock.cookie = cookie;
	sw_tally_add_locked(tally, &sock);
	sw_tally_add(tally, &sock);
}

static struct sw_sock bound(uint16_t port)
{
	return build_sock(SW_TCP_BOUND, "10.0.0.5", port, "0.0.0.0", 0);
}

static struct sw_sock connected(uint16_t port)
{
	return build_sock(SW_TCP_ESTABLISHED, "10.0.0.5", port, "10.0.0.9", 5432);
}

static struct sw_sock time_wait(uint16_t port)
{
	return build_time_wait("10.0.0.5", port, "10.0.0.9", 5432, 30000);
}

static struct sw_sock child(uint16_t port, uint16_t remote_port)
{
	return build_sock(SW_TCP_ESTABLISHED, "10.0.0.5", port, "10.0.0.7", remote_port);
}

/* What connect() finds: ports of others are blocked, those of the tuple are taken. */
static void check(uint32_t n_blocked, uint32_t n_taken)
{
	uint32_t n = 0;

	sw_tally_finish(tally);
	for (uint32_t i = 0; i < sw_tally_n_tuples(tally); i++)
		n += sw_tally_tuple(tally, i)->n_taken;
	ck_assert_uint_eq(space.n_blocked, n_blocked);
	ck_assert_uint_eq(n, n_taken);
}

START_TEST(what_was_seen_bound_blocks_its_port_until_it_is_gone)
{
	add(bound(40002), 1);
	add(bound(40004), 2);
	next_reading();
	add(connected(40002), 1);
	add(connected(40004), 2);
	ck_assert_uint_eq(sw_tally_tuple(tally, 0)->n_bound, 2);
	next_reading();
	add(time_wait(40002), 1);
	check(1, 0);
	begin();
	check(0, 0);
}
END_TEST

START_TEST(the_same_port_is_another_matter_under_another_cookie)
{
	add(bound(40002), 1);
	next_reading();
	add(connected(40002), 9);
	check(0, 1);
	ck_assert_uint_eq(sw_tally_tuple(tally, 0)->n_bound, 0);
	ck_assert_uint_eq(sw_tally_tuple(tally, 0)->n_used_first, 1);
}
END_TEST

/* The kernel sends them as the hash has it. */
START_TEST(who_comes_first_does_not_matter)
{
	struct sw_sock elsewhere =
		build_sock(SW_TCP_ESTABLISHED, "10.0.0.5", 40002, "10.0.0.8", 80);

	add(bound(40002), 1);
	next_reading();
	if (_i == 0)
		add(elsewhere, 9);
	add(time_wait(40002), 1);
	if (_i == 1)
		add(elsewhere, 9);
	check(1, 0);
}
END_TEST

START_TEST(what_was_locked_blocks_its_port_as_time_wait_too)
{
	add_locked(connected(40002), 1);
	ck_assert_uint_eq(sw_tally_tuple(tally, 0)->n_numbered, 1);
	next_reading();
	add(time_wait(40002), 1);
	ck_assert_uint_eq(sw_tally_tuple(tally, 0)->n_numbered, 1);
	check(1, 0);
}
END_TEST

START_TEST(others_on_a_locked_port_were_not_bound_to_it)
{
	struct sw_sock elsewhere =
		build_sock(SW_TCP_ESTABLISHED, "10.0.0.6", 40002, "10.0.0.8", 80);

	add_locked(connected(40002), 1);
	add(elsewhere, 9);
	ck_assert_uint_eq(sw_tally_tuple(tally, 1)->n_numbered, 0);
	next_reading();
	add(elsewhere, 9);
	check(0, 1);
}
END_TEST

START_TEST(children_stay_with_the_port_of_their_listener)
{
	add(build_listener("0.0.0.0", 40010), 1);
	add(child(40010, 50000), 2);
	add(child(40010, 50001), 3);
	next_reading();
	add(child(40010, 50000), 2);
	next_reading();
	add(child(40010, 50000), 2);
	ck_assert_uint_eq(sw_tally_n_tuples(tally), 0);
	ck_assert_uint_eq(sw_tally_port(tally, 0)->role, SW_PORT_LISTENING);
	ck_assert_uint_eq(sw_tally_port(tally, 0)->n_total, 1);
	check(1, 0);
	begin();
	check(0, 0);
}
END_TEST

START_TEST(a_connection_from_the_port_of_a_former_listener_is_no_child)
{
	add(build_listener("0.0.0.0", 40010), 1);
	add(child(40010, 50000), 2);
	next_reading();
	add(connected(40010), 9);
	ck_assert_uint_eq(sw_tally_n_tuples(tally), 1);
	check(0, 1);
}
END_TEST

/* connect() does not choose it: whatever is on it came from the listener. */
START_TEST(outside_the_range_the_port_alone_tells_a_child)
{
	add(build_listener("0.0.0.0", 443), 1);
	add(child(443, 50000), 2);
	next_reading();
	add(child(443, 50001), 9);
	ck_assert_uint_eq(sw_tally_n_tuples(tally), 0);
	next_reading();
	next_reading();
	add(child(443, 50002), 10);
	ck_assert_uint_eq(sw_tally_n_tuples(tally), 1);
	check(0, 0);
}
END_TEST

START_TEST(what_was_bound_stays_so_while_the_range_is_elsewhere)
{
	add(bound(40002), 1);
	next_reading();
	add(connected(40002), 1);
	sw_tally_finish(tally);
	begin_with_range(41000, 41099);
	add(connected(40002), 1);
	next_reading();
	add(connected(40002), 1);
	check(1, 0);
}
END_TEST

/* Outside there may be more children than can be kept, so they are not. */
START_TEST(a_range_that_grows_over_children_finds_their_port_blocked)
{
	add(build_listener("0.0.0.0", 39000), 1);
	add(child(39000, 50000), 2);
	sw_tally_finish(tally);
	begin_with_range(39000, 40099);
	add(child(39000, 50000), 2);
	sw_tally_finish(tally);
	begin_with_range(39000, 40099);
	add(child(39000, 50000), 2);
	add(connected(39000), 9);
	check(1, 0);
}
END_TEST

START_TEST(a_reading_that_failed_teaches_nothing)
{
	add(bound(40002), 1);
	next_reading();
	add(bound(40004), 2);
	begin();
	add(connected(40002), 1);
	add(connected(40004), 2);
	check(1, 1);
}
END_TEST

START_TEST(beyond_what_it_can_keep_the_port_alone_tells_a_child)
{
	add(build_listener("0.0.0.0", 40010), 1);
	for (uint32_t i = 0; i <= SW_LEDGER_MAX_SOCKETS; i++)
		add(child(40010, (uint16_t)i), 2 + i);
	next_reading();
	ck_assert(!sw_ledger_keeps_children(ledger, 40010));
	add(child(40010, 77), 900000);
	ck_assert_uint_eq(sw_tally_n_tuples(tally), 0);
	check(1, 0);
}
END_TEST

/* tcp_timestamps was on until a reading 10 s ago. */
START_TEST(a_time_wait_keeps_the_timestamps_it_was_made_with)
{
	struct sw_reuse_rule rule = { .always = true, .timestamps = true, .delay_msec = 1000 };
	struct sw_sock sock = connected(40002);

	sw_ledger_see_timestamps(ledger, 100 * SW_USEC_PER_SEC, &rule);
	ck_assert(!rule.timestamps_changed);
	rule.timestamps = false;
	sw_ledger_see_timestamps(ledger, 105 * SW_USEC_PER_SEC, &rule);
	sw_ledger_see_timestamps(ledger, 115 * SW_USEC_PER_SEC, &rule);
	ck_assert(rule.timestamps_changed && rule.timestamps_before);
	ck_assert_uint_eq(rule.changed_ago_msec, 10000);

	sw_tally_free(tally);
	ck_assert_int_eq(sw_tally_new(&tally, &space, &rule, 1), 0);
	add(time_wait(40002), 1); /* 30 s old */
	sock = build_time_wait("10.0.0.5", 40004, "10.0.0.9", 5432, 55000);
	add(sock, 2); /* 5 s old */
	ck_assert_uint_eq(sw_tally_tuple(tally, 0)->n_reusable, 1);
	ck_assert_int_eq(sw_reuse_of(&rule, &sw_tally_tuple(tally, 0)->tuple), SW_REUSE_NONE);
}
END_TEST

START_TEST(a_port_of_the_other_parity_is_suspect_while_the_tuple_was_never_half_full)
{
	struct sw_sock lone = build_sock(SW_TCP_ESTABLISHED, "10.0.0.5", 40041, "10.0.0.8", 80);

	add(connected(40001), 1);
	add(connected(40002), 2);
	add(lone, 3);
	sw_tally_finish(tally);
	ck_assert_uint_eq(sw_tally_n_suspects(tally), 2);
	ck_assert_uint_eq(sw_tally_tuple(tally, 0)->n_suspects, 1);

	/* From the other port of the pair on it takes what it gets. */
	begin();
	for (uint16_t i = 0; i < 50; i++)
		add(connected((uint16_t)(40000 + 2 * i)), 10 + i);
	add(connected(40001), 1);
	add(lone, 3);
	sw_tally_finish(tally);
	ck_assert_uint_eq(sw_tally_n_suspects(tally), 1);
	ck_assert_uint_eq(sw_tally_tuple(tally, 0)->n_suspects, 0);
	begin();
	add(connected(40001), 1);
	sw_tally_finish(tally);
	ck_assert_uint_eq(sw_tally_n_suspects(tally), 0);
}
END_TEST

START_TEST(a_lone_connection_to_an_ephemeral_port_may_be_a_child)
{
	add(child(40010, 40050), 1);
	add(child(40012, 39999), 2); /* not of the range */
	add(build_listener("0.0.0.0", 40052), 3);
	add(child(40014, 40052), 4); /* to somebody who listens */
	sw_tally_finish(tally);
	ck_assert_uint_eq(sw_tally_n_suspects(tally), 1);
	ck_assert_uint_eq(sw_tally_tuple(tally, 0)->n_suspects, 1);
}
END_TEST

/* A kernel before 6.18 does not look at a bind bucket again before it is empty. */
START_TEST(a_port_that_was_blocked_is_suspect_while_anybody_is_on_it)
{
	add(bound(40002), 1);
	next_reading();
	add(connected(40002), 9);
	next_reading();
	add(connected(40002), 9);
	sw_tally_finish(tally);
	ck_assert_uint_eq(sw_tally_n_suspects(tally), 1);
	begin();
	next_reading();
	add(connected(40002), 10);
	sw_tally_finish(tally);
	ck_assert_uint_eq(sw_tally_n_suspects(tally), 0);
}
END_TEST

int main(void)
{
	TCase *tcase = tcase_create("ledger");

	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_add_test(tcase, what_was_seen_bound_blocks_its_port_until_it_is_gone);
	tcase_add_test(tcase, the_same_port_is_another_matter_under_another_cookie);
	tcase_add_loop_test(tcase, who_comes_first_does_not_matter, 0, 2);
	tcase_add_test(tcase, what_was_locked_blocks_its_port_as_time_wait_too);
	tcase_add_test(tcase, others_on_a_locked_port_were_not_bound_to_it);
	tcase_add_test(tcase, children_stay_with_the_port_of_their_listener);
	tcase_add_test(tcase, a_connection_from_the_port_of_a_former_listener_is_no_child);
	tcase_add_test(tcase, outside_the_range_the_port_alone_tells_a_child);
	tcase_add_test(tcase, what_was_bound_stays_so_while_the_range_is_elsewhere);
	tcase_add_test(tcase, a_range_that_grows_over_children_finds_their_port_blocked);
	tcase_add_test(tcase, a_reading_that_failed_teaches_nothing);
	tcase_add_test(tcase, beyond_what_it_can_keep_the_port_alone_tells_a_child);
	tcase_add_test(tcase, a_time_wait_keeps_the_timestamps_it_was_made_with);
	tcase_add_test(tcase,
		       a_port_of_the_other_parity_is_suspect_while_the_tuple_was_never_half_full);
	tcase_add_test(tcase, a_lone_connection_to_an_ephemeral_port_may_be_a_child);
	tcase_add_test(tcase, a_port_that_was_blocked_is_suspect_while_anybody_is_on_it);
	return suite_run("ledger", tcase);
}
