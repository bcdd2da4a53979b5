/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Recording: a world that passes everything on to another one and writes down
 * what a reading was answered: clock, netlink chunks, files, directories. io/replay.h makes
 * a world of it again.
 *
 * The format is a line "sockwatch.record/1", then entries, the last one `end`:
 *
 *     KIND RESULT SIZE NAME\n   (NAME is a path for `file` and `dirs`, else "-")
 *     SIZE bytes\n
 */

#include <stdio.h>

#include "io/io.h"

#define SW_RECORD_MAGIC "sockwatch.record/1\n"

/* A world around `inner`, which must outlive it, writing to `out`. Returns 0 or -ENOMEM. */
int sw_record_new(struct sw_io **ret, struct sw_io *inner, FILE *out);

/* Writes the end. Returns 0, or a negative errno when something could not be written: the recording
 * is void then. */
int sw_record_finish(struct sw_io *io);

void sw_record_free(struct sw_io *io);
