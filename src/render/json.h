/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Small conventions over jansson. Values are handed over as soon as they are
 * made ("_new" functions), so that running out of memory shows once, at the
 * end, as a NULL that sw_json_put() remembers.
 */

#include <jansson.h>
#include <stdbool.h>

#include "sockwatch/kernel.h"

/* An object under construction. `failed` sticks. */
struct sw_json {
	json_t *object;
	bool failed;
};

/* Begins an object. */
struct sw_json sw_json_begin(void);

/* Adds `value` and takes it over; NULL is a failure. */
void sw_json_put(struct sw_json *json, const char *key, json_t *value);

/* The finished object, owned by the caller, or NULL. */
json_t *sw_json_end(struct sw_json *json);

/* Adds `value` to a list and takes it over; a failure makes the list NULL. */
void sw_json_append(json_t **list, json_t *value);

/* A figure, or null when it is not known. */
json_t *sw_json_figure(const struct sw_figure *figure);

/* A number rounded to `decimals`, or null when it is not finite. */
json_t *sw_json_number(double value, int decimals);

/* A string; bytes that are not UTF-8 come as '?'. NULL gives null. */
json_t *sw_json_text(const char *text);

/* How documents are written: one line, keys in the order they were put, numbers as rounded. */
#define SW_JSON_FLAGS (JSON_COMPACT | JSON_PRESERVE_ORDER | JSON_REAL_PRECISION(12))
#define SW_JSON_FLAGS_PRETTY (JSON_INDENT(2) | JSON_PRESERVE_ORDER | JSON_REAL_PRECISION(12))
