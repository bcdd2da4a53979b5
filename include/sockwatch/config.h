/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Configuration: files are read into it one after the other, a later one over
 * an earlier one. It keeps where each value came from and every complaint about
 * every file, and gives settings only when there is no error in any of them.
 *
 * Pure: texts are brought by the caller (io/settings-files.h).
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sockwatch/settings.h"

/* Bounds of what is read. */
#define SW_CONFIG_MAX_FILES 256
#define SW_CONFIG_MAX_FILE_SIZE (1024 * 1024)

/* Complaints beyond are counted in one last complaint. */
#define SW_CONFIG_MAX_COMPLAINTS 1000

struct sw_complaint {
	/*
	 * False for a key, section or rule that this version does not know: the file
	 * may be a newer version's, and what is known counts all the same.
	 */
	bool is_error;
	const char *text; /* "FILE:LINE: what is wrong"; no control character in it */
};

struct sw_config;

/* A configuration of no file: all defaults. Returns 0 or -ENOMEM. */
int sw_config_new(struct sw_config **ret);
void sw_config_free(struct sw_config *config);

/*
 * Reads the text of one file over what is there. What is wrong with it is among
 * the complaints afterwards. Returns 0, or -ENOMEM: the configuration is not to
 * be used then.
 */
int sw_config_read(struct sw_config *config, const char *path, const char *text, size_t size);

/* Complains about a whole file. Returns 0 or -ENOMEM. */
int sw_config_reject(struct sw_config *config, const char *path, const char *why);

/*
 * To be called once, after the last file: completes the overrides and holds the
 * keys against each other. Returns 0 or -ENOMEM.
 */
int sw_config_finish(struct sw_config *config);

/* The settings, borrowed; NULL when there is an error in some file, or before the finish. */
const struct sw_settings *sw_config_settings(const struct sw_config *config);

size_t sw_config_n_complaints(const struct sw_config *config);
/* Complaint number `i`, borrowed. In the order of the files and of their lines. */
struct sw_complaint sw_config_complaint(const struct sw_config *config, size_t i);

/* The files that were read, in order. */
size_t sw_config_n_files(const struct sw_config *config);
const char *sw_config_file(const struct sw_config *config, size_t i);

/* One key as it is in force. */
struct sw_config_entry {
	const char *section;  /* "Alert" */
	const char *override; /* the name of the override it stands in; NULL = none */
	const char *key;
	const char *value;
	const char *file; /* NULL = the default */
	uint32_t line;
};

typedef void (*sw_config_sink)(void *userdata, const struct sw_config_entry *entry);

/* Gives every key in order, then of each override those it names; each is good until the sink
 * returns. */
void sw_config_visit(const struct sw_config *config, sw_config_sink sink, void *userdata);
