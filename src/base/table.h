/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Table: fixed-size rows found by the key they begin with. Rows lie dense in
 * one array, in order of arrival; a seeded open-addressing index finds them.
 * The first row brings the room for all: memory that nobody has touched costs
 * none, while an array that grows is copied and leaves its old places behind.
 * With `max_rows` it refuses: whoever uses it says what happens to the rest.
 */

#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct sw_table_entry {
	uint32_t hash; /* of the key: most rows that are another's need not be looked at */
	uint32_t row;  /* number + 1; 0 = empty */
};

struct sw_table {
	char *rows;
	struct sw_table_entry *index; /* a power of two, at most half full */
	size_t row_size;
	size_t key_size; /* bytes at the start of a row, compared one by one */
	uint32_t n_rows;
	uint32_t n_index;
	uint32_t max_rows;
	uint32_t last; /* number of the row obtained last, if there is still one of that number */
	uint64_t seed;
};

/* Allocates nothing. `seed` should be unknown to whoever chooses the keys. */
void sw_table_init(struct sw_table *table, size_t row_size, size_t key_size, uint32_t max_rows,
		   uint64_t seed);
void sw_table_deinit(struct sw_table *table);

/*
 * Finds the row of `key`, or adds one: the key copied, the rest zero. The
 * pointer is good until the next call. Returns 0, -ENOSPC when the table is
 * full, -ENOMEM.
 */
int sw_table_obtain(struct sw_table *table, const void *key, void **ret_row);

/*
 * The row obtained last, if its key is this one, of `key_size` bytes; else NULL. Often the next key
 * is the same again, and no hash is needed to tell: a few instructions where the size is constant.
 */
static inline void *sw_table_last(const struct sw_table *table, const void *key, size_t key_size)
{
	char *row;

	if (table->last >= table->n_rows)
		return NULL;
	row = table->rows + (size_t)table->last * table->row_size;
	return memcmp(row, key, key_size) == 0 ? row : NULL;
}

/* Gives `to`, of the same kind, all rows of `from` in place of its own. `from` is empty then. */
void sw_table_move(struct sw_table *to, struct sw_table *from);

/* Finds the row of `key`, or NULL. */
void *sw_table_find(const struct sw_table *table, const void *key);

/*
 * Makes room in a full table: of the rows behind the first `n_pinned` it removes
 * the lighter half, and what weighs the same as the heaviest of these. The weight
 * is the uint32_t at `weight_at` of a row. `numbers`, one for each row, tells the
 * new number of each, or SW_TABLE_REMOVED. Returns the largest weight removed:
 * whoever comes again may have lost as much. What all removed weighed is added to
 * `removed`. Pointers to rows are no longer good.
 */
#define SW_TABLE_REMOVED UINT32_MAX
uint32_t sw_table_shed(struct sw_table *table, size_t weight_at, uint32_t n_pinned,
		       uint32_t *numbers, uint64_t *removed);

/* The number of a row of this table. */
uint32_t sw_table_number(const struct sw_table *table, const void *row);

/* Row number `i`, below n_rows. */
void *sw_table_row(const struct sw_table *table, uint32_t i);
