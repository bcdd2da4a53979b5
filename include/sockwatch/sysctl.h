/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What files of sysctl.d(5) say of one key: the last assignment holds. */

#include <stddef.h>
#include <stdint.h>

/* Files that are larger, and those beyond so many, are passed over. */
#define SW_SYSCTL_MAX_FILE_SIZE ((size_t)64 * 1024)
#define SW_SYSCTL_MAX_FILES 256

/* "" where no file sets the key. */
struct sw_sysctl_setting {
	char value[32]; /* cut to that */
	char file[96];  /* likewise */
	uint32_t line;
};

/* Reads one file over what is known from those before. `key` is written with dots. */
void sw_sysctl_read(struct sw_sysctl_setting *setting, const char *key, const char *file,
		    const char *text);
