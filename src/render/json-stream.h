/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * A document that is written while it is made: what is long is opened, its members are put one by
 * one, and it is closed. Only one of them is in memory at a time. The text is that of jansson for
 * the whole.
 */

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* Zero but for the first two, it stands before the document. */
struct sw_json_stream {
	FILE *out;
	size_t flags; /* SW_JSON_FLAGS, or SW_JSON_FLAGS_PRETTY */
	size_t depth;
	bool filled; /* what is open has a member */
	int error;   /* the first one; it sticks, and nothing is written from then on */
};

/* Opens an object ('{') or a list ('['), under `key` in an object; in a list, and as the document,
 * it has none: NULL. Keys are plain text that needs no escapes. */
void sw_json_stream_open(struct sw_json_stream *stream, const char *key, char bracket);

/* Closes what was opened last, with the other bracket. */
void sw_json_stream_close(struct sw_json_stream *stream, char bracket);

/* Writes a member and takes it over; NULL is one that there was no memory for. */
void sw_json_stream_put(struct sw_json_stream *stream, const char *key, json_t *value);

/* The same for each element of a list. */
void sw_json_stream_put_all(struct sw_json_stream *stream, json_t *list);
