/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The inside of a configuration, for those that fill it: the reader (reader.c)
 * and the check at the end (check.c).
 */

#include "settings/keys.h"
#include "sockwatch/config.h"

/* Where something was written. Of two, the later one is the larger. */
struct sw_origin {
	uint32_t file; /* its number + 1; 0 = nowhere: the default */
	uint32_t line;
};

/* What is known of an override beside its values. */
struct sw_override_state {
	struct sw_origin header;
	struct sw_origin origins[SW_N_KEYS];
	bool is_foreign; /* of a rule that this version does not know */
};

struct sw_owned_complaint {
	bool is_error;
	char *text;
};

struct sw_config {
	struct sw_settings settings;
	struct sw_origin origins[SW_N_KEYS];
	struct sw_override_state overrides[SW_SETTINGS_MAX_OVERRIDES];
	char *files[SW_CONFIG_MAX_FILES];
	size_t n_files;
	struct sw_owned_complaint *complaints;
	size_t n_complaints;
	size_t n_left_out; /* complaints beyond the bound */
	bool has_error;
	bool is_finished;
	int failure; /* -ENOMEM once there was none; it sticks */
};

/* Adds a complaint about what stands at `origin`. Beyond the bound it is counted alone. */
void sw_config_complain(struct sw_config *config, bool is_error, struct sw_origin origin,
			const char *format, ...) __attribute__((format(printf, 4, 5)));

/* Adds "N more complaints are left out" if there are. */
void sw_config_count_left_out(struct sw_config *config);

/* Adds a file. Returns its number + 1; 0 when there are too many, or no memory. */
uint32_t sw_config_add_file(struct sw_config *config, const char *path);
