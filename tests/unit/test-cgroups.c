/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "sockwatch/cgroups.h"
#include "support/suite.h"

static void add(struct sw_cgroups *cgroups, uint64_t id, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++)
		sw_cgroups_add(cgroups, id);
}

START_TEST(each_group_has_its_count)
{
	struct sw_cgroups cgroups = { 0 };

	add(&cgroups, 7, 2);
	add(&cgroups, 9, 3);
	add(&cgroups, 7, 4);
	ck_assert_uint_eq(cgroups.ids[0], 7);
	ck_assert_uint_eq(cgroups.n_sockets[0], 6);
	ck_assert_uint_eq(cgroups.ids[1], 9);
	ck_assert_uint_eq(cgroups.n_sockets[1], 3);
	ck_assert_uint_eq(cgroups.ids[2], 0);
}
END_TEST

START_TEST(the_largest_comes_first)
{
	struct sw_cgroups cgroups = { 0 };

	for (uint32_t i = 1; i <= SW_CGROUPS_MAX; i++)
		add(&cgroups, i, i);
	sw_cgroups_sort(&cgroups);
	for (uint32_t i = 0; i < SW_CGROUPS_MAX; i++) {
		ck_assert_uint_eq(cgroups.ids[i], SW_CGROUPS_MAX - i);
		ck_assert_uint_eq(cgroups.n_sockets[i], SW_CGROUPS_MAX - i);
	}
}
END_TEST

START_TEST(a_short_list_stays_short_when_sorted)
{
	struct sw_cgroups cgroups = { 0 };

	add(&cgroups, 3, 1);
	add(&cgroups, 4, 5);
	sw_cgroups_sort(&cgroups);
	ck_assert_uint_eq(cgroups.ids[0], 4);
	ck_assert_uint_eq(cgroups.ids[1], 3);
	ck_assert_uint_eq(cgroups.ids[2], 0);
}
END_TEST

/* Whatever the order, and however many others there are. */
START_TEST(a_flood_of_groups_does_not_push_out_the_main_one)
{
	struct sw_cgroups cgroups = { 0 };

	for (uint32_t i = 0; i < 900; i++) {
		if (i % 3 == (uint32_t)_i)
			sw_cgroups_add(&cgroups, 1);
		else
			sw_cgroups_add(&cgroups, 1000 + i);
	}
	sw_cgroups_sort(&cgroups);
	ck_assert_uint_eq(cgroups.ids[0], 1);
	ck_assert_uint_ge(cgroups.n_sockets[0], 300);
}
END_TEST

int main(void)
{
	TCase *tcase = tcase_create("cgroups");

	tcase_add_test(tcase, each_group_has_its_count);
	tcase_add_test(tcase, the_largest_comes_first);
	tcase_add_test(tcase, a_short_list_stays_short_when_sorted);
	tcase_add_loop_test(tcase, a_flood_of_groups_does_not_push_out_the_main_one, 0, 3);
	return suite_run("cgroups", tcase);
}
