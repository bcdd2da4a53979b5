/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <string.h>

#include "base/mem.h"
#include "sockwatch/port-space.h"
#include "support/build.h"
#include "support/suite.h"

/* Too large for a stack. */
static struct sw_port_space space;
static struct sw_portset reserved;

static void set_up(void)
{
	memset(&reserved, 0, sizeof(reserved));
}

/* Counts port by port what the space keeps as figures. */
static void check_figures(void)
{
	uint32_t n_reserved = 0, n_blocked = 0, capacity = 0, parity = 0;

	for (uint32_t port = space.low; port <= space.high; port++) {
		bool is_reserved = sw_portset_has(&space.reserved, (uint16_t)port);
		bool is_blocked = sw_portset_has(&space.blocked, (uint16_t)port);

		n_reserved += is_reserved;
		n_blocked += is_blocked && !is_reserved;
		capacity += !is_blocked && !is_reserved;
		parity += !is_blocked && !is_reserved && port % 2 == space.low % 2;
		ck_assert_int_eq(sw_port_space_has(&space, (uint16_t)port),
				 !is_blocked && !is_reserved);
	}
	ck_assert_uint_eq(space.n_reserved, n_reserved);
	ck_assert_uint_eq(space.n_blocked, n_blocked);
	ck_assert_uint_eq(space.capacity, capacity);
	ck_assert_uint_eq(space.capacity_parity, parity);
	ck_assert_uint_eq(space.capacity, space.n_range - space.n_reserved - space.n_blocked);
}

static const struct range {
	const char *story;
	uint16_t low, high;
	uint32_t n, n_first; /* ports, and those with the parity of `low` */
	bool odd;
} ranges[] = {
	{ "Debian's range", 32768, 60999, 28232, 14116, false },
	{ "every port", 0, 65535, 65536, 32768, false },
	{ "one port", 40000, 40000, 1, 1, false }, /* a scan of one port misses none */
	{ "two ports", 40000, 40001, 2, 1, false },
	{ "three ports", 40000, 40002, 3, 2, true },
	{ "an odd lower bound", 40001, 40100, 100, 50, false },
	{ "an odd number from an odd bound", 40001, 40099, 99, 50, true },
	{ "the last port", 65535, 65535, 1, 1, false },
	{ "an odd number at the top", 65533, 65535, 3, 2, true },
};

START_TEST(an_empty_space_has_the_whole_range)
{
	const struct range *c = &ranges[_i];

	sw_port_space_init(&space, c->low, c->high);
	ck_assert_msg(space.n_range == c->n, "%s", c->story);
	ck_assert_msg(space.capacity == c->n, "%s", c->story);
	ck_assert_msg(space.capacity_parity == c->n_first, "%s", c->story);
	ck_assert_msg(sw_port_space_is_odd(&space) == c->odd, "%s", c->story);
	check_figures();
}
END_TEST

START_TEST(only_ports_of_the_range_are_ports_of_the_space)
{
	sw_port_space_init(&space, 40000, 40099);
	ck_assert(!sw_port_space_has(&space, 39999));
	ck_assert(sw_port_space_has(&space, 40000));
	ck_assert(sw_port_space_has(&space, 40099));
	ck_assert(!sw_port_space_has(&space, 40100));
}
END_TEST

START_TEST(the_first_pass_has_the_parity_of_the_lower_bound)
{
	sw_port_space_init(&space, 40000, 40099);
	ck_assert(sw_port_space_is_first(&space, 40000));
	ck_assert(!sw_port_space_is_first(&space, 40001));
	sw_port_space_init(&space, 40001, 40100);
	ck_assert(sw_port_space_is_first(&space, 40001));
	ck_assert(!sw_port_space_is_first(&space, 40002));
}
END_TEST

START_TEST(reserved_ports_are_lost)
{
	/* 40010-40019, and two next to the range that cost nothing. */
	ck_assert_int_eq(sw_portset_add_list(&reserved, "39999,40010-40019,40100"), 0);
	sw_port_space_init(&space, 40000, 40099);
	sw_port_space_reserve(&space, &reserved);
	ck_assert_uint_eq(space.n_reserved, 10);
	ck_assert_uint_eq(space.capacity, 90);
	ck_assert_uint_eq(space.capacity_parity, 45);
	check_figures();
}
END_TEST

START_TEST(both_ends_of_the_range_can_be_reserved)
{
	sw_portset_add(&reserved, 40000);
	sw_portset_add(&reserved, 40099);
	sw_port_space_init(&space, 40000, 40099);
	sw_port_space_reserve(&space, &reserved);
	ck_assert_uint_eq(space.capacity, 98);
	ck_assert_uint_eq(space.capacity_parity, 49);
	check_figures();
}
END_TEST

START_TEST(a_blocked_port_is_lost_once)
{
	sw_port_space_init(&space, 40000, 40099);
	sw_port_space_block(&space, 40001);
	sw_port_space_block(&space, 40001);
	ck_assert_uint_eq(space.n_blocked, 1);
	ck_assert_uint_eq(space.capacity, 99);
	ck_assert_uint_eq(space.capacity_parity, 50);
	check_figures();
	sw_port_space_block(&space, 40000);
	ck_assert_uint_eq(space.capacity_parity, 49);
	check_figures();
}
END_TEST

START_TEST(a_reserved_port_is_not_lost_again_when_it_is_blocked)
{
	sw_portset_add(&reserved, 40010);
	sw_port_space_init(&space, 40000, 40099);
	sw_port_space_reserve(&space, &reserved);
	sw_port_space_block(&space, 40010);
	ck_assert_uint_eq(space.n_reserved, 1);
	ck_assert_uint_eq(space.n_blocked, 0);
	ck_assert_uint_eq(space.capacity, 99);
	check_figures();
}
END_TEST

START_TEST(blocking_outside_the_range_is_remembered_and_costs_nothing)
{
	sw_port_space_init(&space, 40000, 40099);
	sw_port_space_block(&space, 443);
	ck_assert(sw_portset_has(&space.blocked, 443));
	ck_assert_uint_eq(space.n_blocked, 0);
	ck_assert_uint_eq(space.capacity, 100);
}
END_TEST

START_TEST(a_space_can_lose_every_port)
{
	sw_port_space_init(&space, 0, 65535);
	for (uint32_t port = 0; port <= 65535; port++)
		sw_port_space_block(&space, (uint16_t)port);
	ck_assert_uint_eq(space.n_blocked, 65536);
	ck_assert_uint_eq(space.capacity, 0);
	ck_assert_uint_eq(space.capacity_parity, 0);
}
END_TEST

START_TEST(figures_add_up_whatever_is_reserved_and_blocked)
{
	uint64_t state = 3;

	for (int i = 0; i < 200; i++) {
		uint16_t low = (uint16_t)(build_random(&state) % 65000);
		uint16_t high = (uint16_t)(low + build_random(&state) % 500);

		set_up();
		for (int j = 0; j < 300; j++)
			sw_portset_add(&reserved,
				       (uint16_t)(low - 50 + build_random(&state) % 700));
		sw_port_space_init(&space, low, high);
		sw_port_space_reserve(&space, &reserved);
		for (int j = 0; j < 300; j++)
			sw_port_space_block(&space,
					    (uint16_t)(low - 50 + build_random(&state) % 700));
		check_figures();
	}
}
END_TEST

/* Listeners outside the range count as soon as the range has them. */
START_TEST(another_range_has_what_is_neither_reserved_nor_blocked_in_it)
{
	sw_portset_add(&reserved, 30000);
	sw_portset_add(&reserved, 40000);
	sw_port_space_init(&space, 40000, 40099);
	sw_port_space_reserve(&space, &reserved);
	sw_port_space_block(&space, 40001);
	sw_port_space_block(&space, 30001);
	sw_port_space_block(&space, 65535);
	ck_assert_uint_eq(space.capacity, 98);
	ck_assert_uint_eq(sw_port_space_capacity_of(&space, 40000, 40099), 98);
	ck_assert_uint_eq(sw_port_space_capacity_of(&space, 30000, 65535), 35536 - 5);
	ck_assert_uint_eq(sw_port_space_capacity_of(&space, 65535, 65535), 0);
}
END_TEST

int main(void)
{
	TCase *tcase = tcase_create("port-space");

	tcase_add_checked_fixture(tcase, set_up, NULL);
	tcase_add_loop_test(tcase, an_empty_space_has_the_whole_range, 0, SW_ARRAY_SIZE(ranges));
	tcase_add_test(tcase, only_ports_of_the_range_are_ports_of_the_space);
	tcase_add_test(tcase, the_first_pass_has_the_parity_of_the_lower_bound);
	tcase_add_test(tcase, reserved_ports_are_lost);
	tcase_add_test(tcase, both_ends_of_the_range_can_be_reserved);
	tcase_add_test(tcase, a_blocked_port_is_lost_once);
	tcase_add_test(tcase, a_reserved_port_is_not_lost_again_when_it_is_blocked);
	tcase_add_test(tcase, blocking_outside_the_range_is_remembered_and_costs_nothing);
	tcase_add_test(tcase, a_space_can_lose_every_port);
	tcase_add_test(tcase, figures_add_up_whatever_is_reserved_and_blocked);
	tcase_add_test(tcase, another_range_has_what_is_neither_reserved_nor_blocked_in_it);
	return suite_run("port-space", tcase);
}
