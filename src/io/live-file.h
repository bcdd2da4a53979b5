/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The members of the seam that concern single files, by system calls. See io/io.h. */

#include "io/io.h"

ssize_t sw_live_file_read(struct sw_io *io, const char *path, char *buffer, size_t size);
ssize_t sw_live_link_read(struct sw_io *io, const char *path, char *buffer, size_t size);
int sw_live_stamp(struct sw_io *io, const char *path, uint64_t *ret);
int sw_live_persist(struct sw_io *io, const char *path, int (*write)(FILE *out, void *userdata),
		    void *userdata);
int sw_live_persist_durably(struct sw_io *io, const char *path, const void *data, size_t size);
int sw_live_touch(struct sw_io *io, const char *path);
int sw_live_remove(struct sw_io *io, const char *path);
int sw_live_deposit(struct sw_io *io, const char *temporary, const char *path, const void *data,
		    size_t size, mode_t mode);

/* Writes all of it, whatever is interrupted. Returns 0 or a negative errno. */
int sw_live_write_all(int fd, const char *data, size_t size);
