/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Holds what the files said: values, origins, complaints. One complaint never hides
 * another, so nothing here stops at the first.
 */
#include "sockwatch/config.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "settings/parts.h"
#include "settings/value.h"

int sw_config_new(struct sw_config **ret)
{
	struct sw_config *config = calloc(1, sizeof(*config));

	if (config == NULL)
		return -ENOMEM;
	sw_settings_init(&config->settings);
	*ret = config;
	return 0;
}

void sw_config_free(struct sw_config *config)
{
	if (config == NULL)
		return;
	for (size_t i = 0; i < config->n_complaints; i++)
		free(config->complaints[i].text);
	for (size_t i = 0; i < config->n_files; i++)
		free(config->files[i]);
	free(config->complaints);
	free(config);
}

/* Makes room for one more complaint, by doubling whenever their number is a power of two. */
static int reserve_complaint(struct sw_config *config)
{
	size_t n = config->n_complaints;
	struct sw_owned_complaint *complaints;

	if ((n & (n - 1)) != 0)
		return 0;
	complaints = reallocarray(config->complaints, n == 0 ? 1 : n * 2, sizeof(*complaints));
	if (complaints == NULL)
		return -ENOMEM;
	config->complaints = complaints;
	return 0;
}

/* Takes over `text`, which is NULL when there was no memory for it. */
static void take_complaint(struct sw_config *config, bool is_error, char *text)
{
	if (text == NULL || reserve_complaint(config) < 0) {
		free(text);
		config->failure = -ENOMEM;
		return;
	}
	config->complaints[config->n_complaints++] =
		(struct sw_owned_complaint){ .is_error = is_error, .text = text };
}

static char *format_complaint(const struct sw_config *config, struct sw_origin origin,
			      const char *message)
{
	const char *file = config->files[origin.file - 1];
	char *text;
	int r;

	if (origin.line == 0)
		r = asprintf(&text, "%s: %s", file, message);
	else
		r = asprintf(&text, "%s:%u: %s", file, origin.line, message);
	return r < 0 ? NULL : text;
}

void sw_config_complain(struct sw_config *config, bool is_error, struct sw_origin origin,
			const char *format, ...)
{
	char message[512];
	va_list args;

	config->has_error = config->has_error || is_error;
	if (config->n_complaints == SW_CONFIG_MAX_COMPLAINTS) {
		config->n_left_out++;
		return;
	}
	va_start(args, format);
	vsnprintf(message, sizeof(message), format, args);
	va_end(args);
	take_complaint(config, is_error, format_complaint(config, origin, message));
}

void sw_config_count_left_out(struct sw_config *config)
{
	char *text;

	if (config->n_left_out == 0)
		return;
	if (asprintf(&text, "%zu more complaints are left out", config->n_left_out) < 0)
		text = NULL;
	take_complaint(config, config->has_error, text);
}

uint32_t sw_config_add_file(struct sw_config *config, const char *path)
{
	char *copy;

	if (config->n_files == SW_CONFIG_MAX_FILES) {
		sw_config_complain(config, true, (struct sw_origin){ .file = SW_CONFIG_MAX_FILES },
				   "this is the last of %d files that are read, and there are more",
				   SW_CONFIG_MAX_FILES);
		return 0;
	}
	copy = strdup(path);
	if (copy == NULL) {
		config->failure = -ENOMEM;
		return 0;
	}
	sw_utf8_mask(copy);
	config->files[config->n_files++] = copy;
	return (uint32_t)config->n_files;
}

const struct sw_settings *sw_config_settings(const struct sw_config *config)
{
	return config->is_finished && !config->has_error && config->failure == 0 ? &config->settings
										 : NULL;
}

size_t sw_config_n_complaints(const struct sw_config *config)
{
	return config->n_complaints;
}

struct sw_complaint sw_config_complaint(const struct sw_config *config, size_t i)
{
	return (struct sw_complaint){
		.is_error = config->complaints[i].is_error,
		.text = config->complaints[i].text,
	};
}

size_t sw_config_n_files(const struct sw_config *config)
{
	return config->n_files;
}

const char *sw_config_file(const struct sw_config *config, size_t i)
{
	return config->files[i];
}

/* The visit of one configuration. */
struct visit {
	const struct sw_config *config;
	sw_config_sink sink;
	void *userdata;
};

static void give(const struct visit *visit, const struct sw_key *key,
		 const struct sw_override *override, struct sw_origin origin)
{
	const struct sw_settings *settings = &visit->config->settings;
	char value[SW_VALUE_TEXT_SIZE];
	const struct sw_config_entry entry = {
		.section = override == NULL ? key->section : SW_SECTION_OVERRIDE,
		.override = override == NULL ? NULL : override->name,
		.key = key->name,
		.value = sw_value_format(key, sw_key_value(key, settings, override), value),
		.file = origin.file == 0 ? NULL : visit->config->files[origin.file - 1],
		.line = origin.line,
	};

	visit->sink(visit->userdata, &entry);
}

/* What the override itself says: its own keys, then those of the rule that it names. */
static void give_override(const struct visit *visit, uint32_t number)
{
	const struct sw_override *override = &visit->config->settings.overrides[number];
	const struct sw_origin *origins = visit->config->overrides[number].origins;

	for (size_t i = 0; i < SW_N_KEYS; i++)
		if (sw_keys[i].scope == SW_KEY_OVERRIDE)
			give(visit, &sw_keys[i], override, origins[i]);
	for (size_t i = 0; i < SW_N_KEYS; i++)
		if (sw_keys[i].scope == SW_KEY_RULE && origins[i].file != 0)
			give(visit, &sw_keys[i], override, origins[i]);
}

void sw_config_visit(const struct sw_config *config, sw_config_sink sink, void *userdata)
{
	const struct visit visit = { .config = config, .sink = sink, .userdata = userdata };

	for (size_t i = 0; i < SW_N_KEYS; i++)
		if (sw_keys[i].scope != SW_KEY_OVERRIDE)
			give(&visit, &sw_keys[i], NULL, config->origins[i]);
	for (uint32_t i = 0; i < config->settings.n_overrides; i++)
		give_override(&visit, i);
}
