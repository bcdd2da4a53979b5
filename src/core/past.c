/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "core/past.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int sw_past_init(struct sw_past *past, size_t row_size, size_t max)
{
	*past = (struct sw_past){ .rows = calloc(max, row_size), .row_size = row_size, .max = max };
	return past->rows != NULL ? 0 : -ENOMEM;
}

void sw_past_deinit(struct sw_past *past)
{
	free(past->rows);
	*past = (struct sw_past){ 0 };
}

static struct sw_past_head *row(const struct sw_past *past, size_t i)
{
	return (struct sw_past_head *)(void *)(past->rows + i * past->row_size);
}

void *sw_past_find(const struct sw_past *past, const struct sw_tuple *key)
{
	for (size_t i = 0; i < past->n; i++)
		if (memcmp(&row(past, i)->key, key, sizeof(*key)) == 0)
			return row(past, i);
	return NULL;
}

static struct sw_past_head *place(struct sw_past *past, sw_usec now)
{
	struct sw_past_head *oldest = row(past, 0);

	if (past->n < past->max)
		return row(past, past->n++);
	for (size_t i = 1; i < past->n; i++)
		if (row(past, i)->seen < oldest->seen)
			oldest = row(past, i);
	return oldest->seen < now ? oldest : NULL;
}

void *sw_past_obtain(struct sw_past *past, const struct sw_tuple *key, sw_usec now)
{
	struct sw_past_head *head = sw_past_find(past, key);

	if (head == NULL) {
		head = place(past, now);
		if (head == NULL)
			return NULL;
		memset(head, 0, past->row_size);
		head->key = *key;
	}
	head->seen = now;
	return head;
}

void sw_past_forget(struct sw_past *past, sw_usec before)
{
	size_t kept = 0;

	for (size_t i = 0; i < past->n; i++) {
		if (row(past, i)->seen < before)
			continue;
		if (kept != i)
			memcpy(row(past, kept), row(past, i), past->row_size);
		kept++;
	}
	past->n = kept;
}
