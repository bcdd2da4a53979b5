/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Kept files: a few files of /proc that stay open, because opening one costs more than
 * reading it. They are read by system calls; for io/live.
 */

#include <stddef.h>
#include <sys/types.h>

/* Beyond these, each is opened anew whenever it is read. */
#define SW_KEPT_FILES_MAX 16

/* All zero is none. */
struct sw_kept_files {
	size_t n;
	struct sw_kept_file {
		char path[64];
		int fd; /* -1 = not open now */
	} files[SW_KEPT_FILES_MAX];
};

void sw_kept_files_deinit(struct sw_kept_files *kept);

/*
 * Reads the text of the file at `path` as it is now, with a NUL behind it. Returns its
 * length, or a negative errno; -EFBIG when it and the NUL do not fit into `size`. A file
 * that went, or comes only later, is looked for anew on each call. Allocates nothing.
 */
ssize_t sw_kept_files_read(struct sw_kept_files *kept, const char *path, char *buffer, size_t size);
