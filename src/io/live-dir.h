/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The members of the seam that concern directories, by system calls. See io/io.h. */

#include <stdbool.h>

#include "io/io.h"

int sw_live_dir_make(struct sw_io *io, const char *path, mode_t mode);
int sw_live_dir_subdirs(struct sw_io *io, const char *path, struct sw_subdir **ret, size_t *ret_n);
int sw_live_dir_list(struct sw_io *io, const char *path, char ***ret_names, size_t *ret_n);
int sw_live_dir_walk(struct sw_io *io, const char *path,
		     bool (*visit)(void *userdata, const char *name), void *userdata);
