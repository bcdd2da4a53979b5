/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Whole files in memory, and standard output that tells when it was lost. */

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "cli/options.h"
#include "sockwatch/time.h"

struct sw_file {
	char *data; /* mapped, read-only; NULL when empty */
	size_t size;
	sw_usec modified; /* on the wall clock */
};

/* Maps a regular file. Returns 0 or a negative errno; -EINVAL when it is no regular file. */
int sw_file_map(struct sw_file *ret, const char *path);
void sw_file_unmap(struct sw_file *file);

/* Flushes standard output. False, and said on stderr, when something of it was lost. */
bool sw_flush_output(void);

/* How jansson lays a document out in this style. */
size_t sw_json_flags(enum sw_json_style style);

/* Writes a document and takes it over; NULL is one that there was no memory for. Returns 0 or
 * -ENOMEM; what else was lost, sw_flush_output() tells. */
int sw_put_json(json_t *json, enum sw_json_style style);
