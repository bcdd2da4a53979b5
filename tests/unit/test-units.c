/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <errno.h>
#include <stdio.h>

#include "sockwatch/units.h"
#include "support/build.h"
#include "support/failing-alloc.h"
#include "support/suite.h"

#define SECOND SW_USEC_PER_SEC

static struct sw_port_space space;
static struct sw_tally *tally;
static struct sw_units *units;

static void new_reading(void)
{
	const struct sw_reuse_rule reuse = { .timestamps = true, .delay_msec = 1000 };

	sw_port_space_init(&space, 32768, 60999);
	sw_tally_free(tally);
	ck_assert_int_eq(sw_tally_new(&tally, &space, &reuse, 1), 0);
}

static void set_up(void)
{
	new_reading();
	ck_assert_int_eq(sw_units_new(&units, 1), 0);
}

static void tear_down(void)
{
	sw_units_free(units);
	sw_tally_free(tally);
	tally = NULL;
}

/* A live socket to 10.0.0.9:PORT, made by the group. */
static void add_live(uint16_t port, uint64_t cgroup)
{
	struct sw_sock sock = build_sock(SW_TCP_ESTABLISHED, "10.0.0.5", 40000, "10.0.0.9", port);

	sock.cgroup = cgroup;
	sw_tally_add(tally, &sock);
}

static void add_time_wait(uint16_t port)
{
	struct sw_sock sock = build_time_wait("10.0.0.5", 40001, "10.0.0.9", port, 30000);

	sw_tally_add(tally, &sock);
}

static void update(sw_usec now)
{
	ck_assert_int_eq(sw_units_update(units, tally, now), 0);
}

static struct sw_owners owners_of(uint32_t i, sw_usec now)
{
	struct sw_ownership ownership = sw_units_ownership(units, sw_tally_tuple(tally, i), now);
	struct sw_owners owners;

	sw_units_of_ownership(units, &ownership, &owners);
	return owners;
}

START_TEST(a_group_has_its_name_once_it_was_found)
{
	add_live(80, 11);
	update(SECOND);
	ck_assert_uint_eq(owners_of(0, SECOND).n, 0);
	ck_assert(sw_units_is_search_due(units, SECOND));
	ck_assert(sw_units_show(units, 10, "/system.slice"));
	ck_assert(!sw_units_show(units, 11, "/system.slice/nginx.service"));
	sw_units_end_search(units, SECOND);
	ck_assert_uint_eq(owners_of(0, SECOND).n, 1);
	ck_assert_str_eq(owners_of(0, SECOND).units[0], "nginx.service");
	ck_assert(!owners_of(0, SECOND).earlier);
	/* And keeps it, without another search. */
	new_reading();
	add_live(81, 11);
	update(3600 * SECOND);
	ck_assert(!sw_units_is_search_due(units, 3600 * SECOND));
	ck_assert_str_eq(owners_of(0, 3600 * SECOND).units[0], "nginx.service");
}
END_TEST

START_TEST(owners_come_by_their_sockets_and_once)
{
	struct sw_owners owners;

	for (int i = 0; i < 2; i++)
		add_live(80, 11);
	for (int i = 0; i < 3; i++)
		add_live(80, 12);
	for (int i = 0; i < 4; i++)
		add_live(80, 13);
	add_live(80, 14);
	update(0);
	sw_units_show(units, 11, "/system.slice/a.service");
	sw_units_show(units, 12, "/system.slice/b.service/one");
	sw_units_show(units, 13, "/system.slice/b.service/two");
	sw_units_show(units, 14, "/lxc/no-unit");
	sw_units_end_search(units, 0);
	owners = owners_of(0, 0);
	ck_assert_uint_eq(owners.n, 2);
	ck_assert_str_eq(owners.units[0], "b.service");
	ck_assert_str_eq(owners.units[1], "a.service");
}
END_TEST

START_TEST(what_was_looked_for_in_vain_is_not_looked_for_again)
{
	add_live(80, 11);
	update(0);
	sw_units_end_search(units, 0);
	update(3600 * SECOND);
	ck_assert(!sw_units_is_search_due(units, 3600 * SECOND));
	ck_assert_uint_eq(owners_of(0, 3600 * SECOND).n, 0);
}
END_TEST

START_TEST(a_flood_of_groups_is_not_a_flood_of_searches)
{
	int n_searches = 0;

	/* A hundred new groups in each of 300 ticks, one a second. */
	for (uint64_t tick = 0; tick < 300; tick++) {
		new_reading();
		for (uint16_t i = 1; i <= 100; i++)
			add_live(i, 1000 + tick * 100 + i);
		update(tick * SECOND);
		if (!sw_units_is_search_due(units, tick * SECOND))
			continue;
		n_searches++;
		sw_units_end_search(units, tick * SECOND);
	}
	ck_assert_int_eq(n_searches, 30);
}
END_TEST

START_TEST(sockets_of_the_root_group_ask_for_no_search)
{
	add_live(80, 1);
	add_time_wait(80);
	update(0);
	ck_assert(!sw_units_is_search_due(units, 0));
}
END_TEST

START_TEST(nothing_but_time_wait_is_its_last_owners)
{
	sw_usec last = 5 * SECOND;

	add_live(80, 11);
	update(last);
	sw_units_show(units, 11, "/system.slice/nginx.service");
	sw_units_end_search(units, last);
	new_reading();
	add_time_wait(80);
	add_time_wait(81);
	update(last + SECOND);
	ck_assert_str_eq(owners_of(0, last + SW_UNITS_MEMORY).units[0], "nginx.service");
	ck_assert(owners_of(0, last + SW_UNITS_MEMORY).earlier);
	ck_assert_uint_eq(owners_of(0, last + SW_UNITS_MEMORY + 1).n, 0);
	/* Of another tuple it says nothing. */
	ck_assert_uint_eq(owners_of(1, last + SECOND).n, 0);
}
END_TEST

START_TEST(live_sockets_of_strangers_are_not_their_predecessors)
{
	add_live(80, 11);
	update(0);
	sw_units_show(units, 11, "/system.slice/nginx.service");
	sw_units_end_search(units, 0);
	new_reading();
	add_live(80, 12);
	update(SECOND);
	ck_assert_uint_eq(owners_of(0, SECOND).n, 0);
}
END_TEST

START_TEST(when_the_tables_are_full_they_begin_anew)
{
	uint64_t n = 0;

	add_live(80, 11);
	update(0);
	sw_units_show(units, 11, "/system.slice/nginx.service");
	sw_units_end_search(units, 0);
	for (int reading = 0; reading < 3; reading++) {
		new_reading();
		add_live(80, 11);
		for (uint16_t port = 1000; port < 1000 + SW_UNITS_MAX - 1; port++)
			add_live(port, 1000 + n++);
		update(SECOND);
	}
	/* The one that is still there is to be found again. */
	ck_assert(sw_units_is_search_due(units, 60 * SECOND));
	sw_units_show(units, 11, "/system.slice/nginx.service");
	sw_units_end_search(units, 60 * SECOND);
	ck_assert_str_eq(owners_of(0, 60 * SECOND).units[0], "nginx.service");
}
END_TEST

START_TEST(without_a_memory_nothing_is_known)
{
	struct sw_owners owners = { .n = 1 };
	struct sw_ownership ownership;

	add_live(80, 11);
	ownership = sw_units_ownership(NULL, sw_tally_tuple(tally, 0), 0);
	sw_units_of_ownership(NULL, &ownership, &owners);
	ck_assert_uint_eq(owners.n, 0);
}
END_TEST

START_TEST(out_of_memory_is_said)
{
	static const unsigned int succeed[] = { 0, 1, 2, 0, 1 };
	struct sw_units *none;

	int r;

	failing_alloc_after(0);
	r = sw_units_new(&none, 1);
	ck_assert(failing_alloc_stop());
	ck_assert_int_eq(r, -ENOMEM);
	add_live(80, 11);
	/* Two allocations for the table of groups, and when that is there two for the other. */
	for (size_t i = 0; i < sizeof(succeed) / sizeof(succeed[0]); i++) {
		failing_alloc_after(succeed[i]);
		r = sw_units_update(units, tally, 0);
		ck_assert(failing_alloc_stop());
		ck_assert_int_eq(r, -ENOMEM);
	}
	update(0);
	ck_assert(sw_units_is_search_due(units, 0));
}
END_TEST

int main(void)
{
	TCase *tcase = tcase_create("units");

	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_add_test(tcase, a_group_has_its_name_once_it_was_found);
	tcase_add_test(tcase, owners_come_by_their_sockets_and_once);
	tcase_add_test(tcase, what_was_looked_for_in_vain_is_not_looked_for_again);
	tcase_add_test(tcase, a_flood_of_groups_is_not_a_flood_of_searches);
	tcase_add_test(tcase, sockets_of_the_root_group_ask_for_no_search);
	tcase_add_test(tcase, nothing_but_time_wait_is_its_last_owners);
	tcase_add_test(tcase, live_sockets_of_strangers_are_not_their_predecessors);
	tcase_add_test(tcase, when_the_tables_are_full_they_begin_anew);
	tcase_add_test(tcase, without_a_memory_nothing_is_known);
	tcase_add_test(tcase, out_of_memory_is_said);
	return suite_run("units", tcase);
}
