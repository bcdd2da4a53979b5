/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Linear probing at a load of at most one half: with a seed the peers do not
 * know, a probe looks at 1.5 entries on average. Rows are removed only many at a
 * time, with a new index for the rest, so there are no tombstones.
 */

#include "base/table.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/mem.h"

enum { FIRST_ROWS = 64 };

void sw_table_init(struct sw_table *table, size_t row_size, size_t key_size, uint32_t max_rows,
		   uint64_t seed)
{
	*table = (struct sw_table){
		.row_size = row_size,
		.key_size = key_size,
		.max_rows = max_rows,
		.seed = seed,
	};
}

void sw_table_deinit(struct sw_table *table)
{
	free(table->rows);
	free(table->index);
	table->rows = NULL;
	table->index = NULL;
	table->n_rows = table->n_allocated = table->n_index = 0;
}

void *sw_table_row(const struct sw_table *table, uint32_t i)
{
	return table->rows + (size_t)i * table->row_size;
}

uint32_t sw_table_number(const struct sw_table *table, const void *row)
{
	return (uint32_t)((size_t)((const char *)row - table->rows) / table->row_size);
}

/* Keys are short, so a call to memcmp() would cost more than to compare words. */
static bool is_key_of(const struct sw_table *table, const void *key, uint32_t i)
{
	const char *row = sw_table_row(table, i), *other = key;
	size_t at;

	for (at = 0; at + sizeof(uint64_t) <= table->key_size; at += sizeof(uint64_t)) {
		uint64_t a, b;

		memcpy(&a, row + at, sizeof(a));
		memcpy(&b, other + at, sizeof(b));
		if (a != b)
			return false;
	}
	return at == table->key_size || memcmp(row + at, other + at, table->key_size - at) == 0;
}

/* The index entry that holds `key`, or the empty one where it belongs. */
static uint32_t probe(const struct sw_table *table, const void *key)
{
	uint32_t mask = table->n_index - 1;
	uint32_t at = (uint32_t)sw_hash(key, table->key_size, table->seed) & mask;

	while (table->index[at] != 0) {
		if (is_key_of(table, key, table->index[at] - 1))
			break;
		at = (at + 1) & mask;
	}
	return at;
}

void *sw_table_find(const struct sw_table *table, const void *key)
{
	uint32_t row;

	if (table->n_index == 0)
		return NULL;
	row = table->index[probe(table, key)];
	return row == 0 ? NULL : sw_table_row(table, row - 1);
}

static void index_rows(struct sw_table *table)
{
	memset(table->index, 0, table->n_index * sizeof(*table->index));
	for (uint32_t i = 0; i < table->n_rows; i++)
		table->index[probe(table, sw_table_row(table, i))] = i + 1;
}

/* Makes room for at least one more row. On failure the table is as it was. */
static int grow(struct sw_table *table)
{
	uint32_t n_rows = SW_MIN(table->n_allocated * 2, table->max_rows);
	uint32_t n_index = FIRST_ROWS * 2;
	uint32_t *index;
	char *rows;

	if (table->n_allocated == 0)
		n_rows = SW_MIN(FIRST_ROWS, table->max_rows);
	while (n_index < n_rows * 2)
		n_index *= 2;

	index = calloc(n_index, sizeof(*index));
	if (index == NULL)
		return -ENOMEM;
	rows = reallocarray(table->rows, n_rows, table->row_size);
	if (rows == NULL) {
		free(index);
		return -ENOMEM;
	}

	free(table->index);
	table->rows = rows;
	table->index = index;
	table->n_allocated = n_rows;
	table->n_index = n_index;
	index_rows(table);
	return 0;
}

static uint32_t weight_of(const struct sw_table *table, size_t weight_at, uint32_t i)
{
	uint32_t weight;

	memcpy(&weight, (const char *)sw_table_row(table, i) + weight_at, sizeof(weight));
	return weight;
}

/* The least weight that at least half of the rows from `first` on do not exceed. */
static uint32_t median_weight(const struct sw_table *table, size_t weight_at, uint32_t first)
{
	uint32_t low = 0, high = 0;

	for (uint32_t i = first; i < table->n_rows; i++)
		high = SW_MAX(high, weight_of(table, weight_at, i));
	while (low < high) {
		uint32_t middle = low + (high - low) / 2, n = 0;

		for (uint32_t i = first; i < table->n_rows; i++)
			n += weight_of(table, weight_at, i) <= middle;
		if (2 * n >= table->n_rows - first)
			high = middle;
		else
			low = middle + 1;
	}
	return low;
}

uint32_t sw_table_shed(struct sw_table *table, size_t weight_at, uint32_t n_pinned,
		       uint32_t *numbers)
{
	uint32_t limit = median_weight(table, weight_at, n_pinned), n_kept = 0;

	for (uint32_t i = 0; i < table->n_rows; i++) {
		numbers[i] = SW_TABLE_REMOVED;
		if (i >= n_pinned && weight_of(table, weight_at, i) <= limit)
			continue;
		numbers[i] = n_kept;
		if (n_kept < i)
			memcpy(sw_table_row(table, n_kept), sw_table_row(table, i),
			       table->row_size);
		n_kept++;
	}
	table->n_rows = n_kept;
	index_rows(table);
	return limit;
}

/* Adds a row for a key that has none. */
static int add(struct sw_table *table, const void *key, void **ret_row)
{
	int r;

	if (table->n_rows == table->max_rows)
		return -ENOSPC;
	if (table->n_rows == table->n_allocated) {
		r = grow(table);
		if (r < 0)
			return r;
	}

	table->last = table->n_rows;
	table->index[probe(table, key)] = ++table->n_rows;
	*ret_row = sw_table_row(table, table->last);
	memset(*ret_row, 0, table->row_size);
	memcpy(*ret_row, key, table->key_size);
	return 0;
}

int sw_table_obtain(struct sw_table *table, const void *key, void **ret_row)
{
	uint32_t row;

	/* Often it is the one of before, and no hash is needed to tell. */
	if (table->last < table->n_rows && is_key_of(table, key, table->last)) {
		*ret_row = sw_table_row(table, table->last);
		return 0;
	}
	row = table->n_index == 0 ? 0 : table->index[probe(table, key)];
	if (row == 0)
		return add(table, key, ret_row);
	table->last = row - 1;
	*ret_row = sw_table_row(table, table->last);
	return 0;
}
