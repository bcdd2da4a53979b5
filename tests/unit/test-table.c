/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <errno.h>
#include <stddef.h>

#include "base/mem.h"
#include "base/table.h"
#include "support/failing-alloc.h"
#include "support/suite.h"

struct row {
	uint32_t key[2];
	uint32_t value;
	char tail[20];
};

static struct sw_table table;

static void set_up(uint32_t max_rows, uint64_t seed)
{
	sw_table_init(&table, sizeof(struct row), sizeof(uint32_t[2]), max_rows, seed);
}

static void tear_down(void)
{
	sw_table_deinit(&table);
}

static int obtain(uint32_t key, struct row **ret)
{
	void *row = NULL;
	int r = sw_table_obtain(&table, (uint32_t[2]){ key, ~key }, &row);

	*ret = row;
	return r;
}

static struct row *find(uint32_t key)
{
	return sw_table_find(&table, (uint32_t[2]){ key, ~key });
}

/* Adds the keys 0 to n - 1, with themselves as values. */
static void fill(uint32_t n)
{
	struct row *row;

	for (uint32_t i = 0; i < n; i++) {
		ck_assert_int_eq(obtain(i, &row), 0);
		row->value = i;
	}
}

static void check_filled(uint32_t n)
{
	ck_assert_uint_eq(table.n_rows, n);
	for (uint32_t i = 0; i < n; i++) {
		ck_assert_ptr_eq(find(i), sw_table_row(&table, i));
		ck_assert_uint_eq(find(i)->value, i);
	}
	ck_assert_ptr_null(find(n));
}

START_TEST(an_empty_table_finds_nothing)
{
	set_up(10, 1);
	ck_assert_ptr_null(find(0));
	ck_assert_uint_eq(table.n_rows, 0);
}
END_TEST

START_TEST(a_new_row_is_its_key_and_zeros)
{
	static const char zeros[sizeof(((struct row *)NULL)->tail)];
	struct row *row;

	set_up(1000, 1);
	for (uint32_t i = 0; i < 200; i++) {
		ck_assert_int_eq(obtain(i, &row), 0);
		ck_assert_uint_eq(row->key[0], i);
		ck_assert_uint_eq(row->key[1], ~i);
		ck_assert_uint_eq(row->value, 0);
		ck_assert_mem_eq(row->tail, zeros, sizeof(zeros));
	}
}
END_TEST

START_TEST(a_known_key_gives_its_row_again)
{
	struct row *row, *again;

	set_up(10, 1);
	ck_assert_int_eq(obtain(7, &row), 0);
	row->value = 70;
	ck_assert_int_eq(obtain(7, &again), 0);
	ck_assert_ptr_eq(again, row);
	ck_assert_uint_eq(again->value, 70);
	ck_assert_uint_eq(table.n_rows, 1);
}
END_TEST

START_TEST(every_byte_of_the_key_counts)
{
	void *row;

	set_up(10, 1);
	ck_assert_int_eq(sw_table_obtain(&table, (uint32_t[2]){ 1, 2 }, &row), 0);
	ck_assert_ptr_null(sw_table_find(&table, (uint32_t[2]){ 1, 0x01000002 }));
	ck_assert_ptr_null(sw_table_find(&table, (uint32_t[2]){ 2, 1 }));
	ck_assert_ptr_eq(sw_table_find(&table, (uint32_t[2]){ 1, 2 }), row);
}
END_TEST

/* Many seeds at the highest load: some probe runs over the end of the index. */
START_TEST(rows_stay_in_order_of_arrival_whatever_the_seed)
{
	for (uint64_t seed = 0; seed < 300; seed++) {
		set_up(200, seed * UINT64_C(0x9e3779b97f4a7c15));
		fill(64);
		check_filled(64);
		fill(200);
		check_filled(200);
		tear_down();
	}
}
END_TEST

START_TEST(the_index_is_at_most_half_full)
{
	struct row *row;

	set_up(1000, 1);
	for (uint32_t i = 0; i < 1000; i++) {
		ck_assert_int_eq(obtain(i, &row), 0);
		ck_assert_uint_ge(table.n_index, 2 * table.n_rows);
		ck_assert_uint_eq(table.n_index & (table.n_index - 1), 0);
	}
}
END_TEST

/* Around what the first index holds, and the next ones. */
static const uint32_t bounds[] = { 1, 2, 63, 64, 65, 100, 128, 129, 4096 };

START_TEST(a_full_table_refuses_new_keys_and_keeps_the_old)
{
	uint32_t max_rows = bounds[_i];
	struct row *row;

	set_up(max_rows, 1);
	fill(max_rows);
	ck_assert_int_eq(obtain(max_rows, &row), -ENOSPC);
	ck_assert_ptr_null(row);
	check_filled(max_rows);
	ck_assert_int_eq(obtain(max_rows - 1, &row), 0);
	ck_assert_uint_eq(table.n_rows, max_rows);
}
END_TEST

START_TEST(a_table_without_room_refuses_the_first_key)
{
	struct row *row;

	set_up(0, 1);
	ck_assert_int_eq(obtain(0, &row), -ENOSPC);
	ck_assert_ptr_null(find(0));
}
END_TEST

/* The first row takes two allocations, a larger index one; the first holds 64 rows. */
static const struct {
	uint32_t n_rows;
	unsigned int n_allowed;
} shortages[] = { { 0, 0 }, { 0, 1 }, { 64, 0 }, { 128, 0 } };

START_TEST(out_of_memory_leaves_the_table_as_it_was)
{
	uint32_t n = shortages[_i].n_rows;
	struct row *row;
	int r;

	set_up(1000, 1);
	fill(n);
	failing_alloc_after(shortages[_i].n_allowed);
	r = obtain(n, &row);
	ck_assert(failing_alloc_stop());
	ck_assert_int_eq(r, -ENOMEM);
	ck_assert_ptr_null(row);
	check_filled(n);
	fill(n + 1);
	check_filled(n + 1);
}
END_TEST

START_TEST(an_ended_table_is_empty)
{
	set_up(100, 1);
	fill(100);
	sw_table_deinit(&table);
	ck_assert_uint_eq(table.n_rows, 0);
	ck_assert_ptr_null(find(0));
}
END_TEST

START_TEST(the_lighter_half_makes_way)
{
	uint32_t numbers[8];
	uint64_t removed = 100;

	set_up(8, 1);
	fill(8);
	find(0)->value = 9;
	/* 9 1 2 | 3 4 5 6 7: of the five behind, three go. */
	ck_assert_uint_eq(sw_table_shed(&table, offsetof(struct row, value), 3, numbers, &removed),
			  5);
	ck_assert_uint_eq(removed, 100 + 3 + 4 + 5);
	ck_assert_uint_eq(table.n_rows, 5);
	for (uint32_t i = 0; i < 8; i++) {
		bool stays = i < 3 || i > 5;

		ck_assert_ptr_eq(find(i), stays ? sw_table_row(&table, numbers[i]) : NULL);
		ck_assert(stays == (numbers[i] != SW_TABLE_REMOVED));
	}
	ck_assert_uint_eq(find(0)->value, 9);
	ck_assert_uint_eq(find(7)->value, 7);
	fill(8);
}
END_TEST

START_TEST(rows_of_one_weight_go_together)
{
	uint32_t numbers[8];
	uint64_t removed = 100;

	set_up(8, 1);
	fill(8);
	for (uint32_t i = 0; i < 7; i++)
		find(i)->value = 1;
	ck_assert_uint_eq(sw_table_shed(&table, offsetof(struct row, value), 0, numbers, &removed),
			  1);
	ck_assert_uint_eq(removed, 100 + 7);
	ck_assert_uint_eq(table.n_rows, 1);
	ck_assert_uint_eq(numbers[7], 0);
}
END_TEST

START_TEST(the_last_row_may_be_the_lightest)
{
	uint32_t numbers[8];
	uint64_t removed = 100;

	set_up(8, 1);
	fill(8);
	for (uint32_t i = 0; i < 8; i++)
		find(i)->value = 8 - i;
	ck_assert_uint_eq(sw_table_shed(&table, offsetof(struct row, value), 0, numbers, &removed),
			  4);
	ck_assert_uint_eq(removed, 100 + 1 + 2 + 3 + 4);
	ck_assert_uint_eq(table.n_rows, 4);
	ck_assert_uint_eq(find(0)->value, 8);
}
END_TEST

int main(void)
{
	TCase *tcase = tcase_create("table");

	tcase_add_checked_fixture(tcase, NULL, tear_down);
	tcase_add_test(tcase, an_empty_table_finds_nothing);
	tcase_add_test(tcase, a_new_row_is_its_key_and_zeros);
	tcase_add_test(tcase, a_known_key_gives_its_row_again);
	tcase_add_test(tcase, every_byte_of_the_key_counts);
	tcase_add_test(tcase, rows_stay_in_order_of_arrival_whatever_the_seed);
	tcase_add_test(tcase, the_index_is_at_most_half_full);
	tcase_add_loop_test(tcase, a_full_table_refuses_new_keys_and_keeps_the_old, 0,
			    SW_ARRAY_SIZE(bounds));
	tcase_add_test(tcase, a_table_without_room_refuses_the_first_key);
	tcase_add_loop_test(tcase, out_of_memory_leaves_the_table_as_it_was, 0,
			    SW_ARRAY_SIZE(shortages));
	tcase_add_test(tcase, an_ended_table_is_empty);
	tcase_add_test(tcase, the_lighter_half_makes_way);
	tcase_add_test(tcase, rows_of_one_weight_go_together);
	tcase_add_test(tcase, the_last_row_may_be_the_lightest);
	return suite_run("table", tcase);
}
