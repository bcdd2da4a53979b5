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

enum { FIRST_INDEX = 128 };

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
	table->n_rows = table->n_index = 0;
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
static struct sw_table_entry *probe(const struct sw_table *table, const void *key, uint32_t hash)
{
	uint32_t mask = table->n_index - 1, at = hash & mask;

	while (table->index[at].row != 0) {
		if (table->index[at].hash == hash &&
		    is_key_of(table, key, table->index[at].row - 1))
			break;
		at = (at + 1) & mask;
	}
	return &table->index[at];
}

static uint32_t hash_of(const struct sw_table *table, const void *key)
{
	return (uint32_t)sw_hash(key, table->key_size, table->seed);
}

void *sw_table_find(const struct sw_table *table, const void *key)
{
	uint32_t row;

	if (table->n_index == 0)
		return NULL;
	row = probe(table, key, hash_of(table, key))->row;
	return row == 0 ? NULL : sw_table_row(table, row - 1);
}

static void index_rows(struct sw_table *table)
{
	memset(table->index, 0, table->n_index * sizeof(*table->index));
	for (uint32_t i = 0; i < table->n_rows; i++) {
		const void *key = sw_table_row(table, i);
		uint32_t hash = hash_of(table, key);

		*probe(table, key, hash) = (struct sw_table_entry){ hash, i + 1 };
	}
}

/* Makes room for at least one more row. On failure the table is as it was. */
static int grow(struct sw_table *table)
{
	uint32_t n_index = table->n_index == 0 ? FIRST_INDEX : 2 * table->n_index;
	struct sw_table_entry *index;

	index = calloc(n_index, sizeof(*index));
	if (index == NULL)
		return -ENOMEM;
	if (table->rows == NULL)
		table->rows = reallocarray(NULL, table->max_rows, table->row_size);
	if (table->rows == NULL) {
		free(index);
		return -ENOMEM;
	}
	free(table->index);
	table->index = index;
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

/* The least weight that at least half of `weights` do not exceed. */
static uint32_t median(const uint32_t *weights, uint32_t n_weights)
{
	uint32_t low = 0, high = 0;

	for (uint32_t i = 0; i < n_weights; i++)
		high = SW_MAX(high, weights[i]);
	while (low < high) {
		uint32_t middle = low + (high - low) / 2, n = 0;

		for (uint32_t i = 0; i < n_weights; i++)
			n += weights[i] <= middle;
		if (2 * n >= n_weights)
			high = middle;
		else
			low = middle + 1;
	}
	return low;
}

uint32_t sw_table_shed(struct sw_table *table, size_t weight_at, uint32_t n_pinned,
		       uint32_t *numbers, uint64_t *removed)
{
	uint32_t limit, n_kept = 0;

	/* The room for the numbers does for the weights, which are looked at many times. */
	for (uint32_t i = n_pinned; i < table->n_rows; i++)
		numbers[i] = weight_of(table, weight_at, i);
	limit = median(numbers + n_pinned, table->n_rows - n_pinned);
	for (uint32_t i = 0; i < table->n_rows; i++) {
		if (i >= n_pinned && numbers[i] <= limit) {
			*removed += numbers[i];
			numbers[i] = SW_TABLE_REMOVED;
			continue;
		}
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

/* Adds a row for a key that has none, and an entry where the index is to have it. */
static int add(struct sw_table *table, const void *key, uint32_t hash, struct sw_table_entry *entry)
{
	void *row;
	int r;

	if (table->n_rows == table->max_rows)
		return -ENOSPC;
	if (2 * table->n_rows == table->n_index) {
		r = grow(table);
		if (r < 0)
			return r;
		entry = probe(table, key, hash);
	}
	*entry = (struct sw_table_entry){ hash, table->n_rows + 1 };
	row = sw_table_row(table, table->n_rows++);
	memset(row, 0, table->row_size);
	memcpy(row, key, table->key_size);
	return 0;
}

int sw_table_obtain(struct sw_table *table, const void *key, void **ret_row)
{
	struct sw_table_entry *entry;
	uint32_t hash;
	int r;

	if (table->n_index == 0) {
		r = grow(table);
		if (r < 0)
			return r;
	}

	hash = hash_of(table, key);
	entry = probe(table, key, hash);
	if (entry->row == 0) {
		r = add(table, key, hash, entry);
		if (r < 0)
			return r;
		table->last = table->n_rows - 1;
	} else {
		table->last = entry->row - 1;
	}
	*ret_row = sw_table_row(table, table->last);
	return 0;
}

void sw_table_move(struct sw_table *to, struct sw_table *from)
{
	sw_table_deinit(to);
	*to = *from;
	from->rows = NULL;
	from->index = NULL;
	sw_table_deinit(from);
}
