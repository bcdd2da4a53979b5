/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "support/check-config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "settings/match.h"
#include "settings/value.h"

static void require(bool condition, const char *what)
{
	if (condition)
		return;
	fprintf(stderr, "it does not hold that %s\n", what);
	abort();
}

static void check_text(const char *text)
{
	size_t size = strlen(text), length;
	uint32_t character;

	for (size_t at = 0; at < size; at += length) {
		length = sw_utf8_decode(text + at, size - at, &character);
		require(length > 0, "a text is UTF-8");
		require(!sw_utf8_is_control(character) || character == '\t',
			"a text cannot steer a terminal");
	}
}

static bool has_error(const struct sw_config *config)
{
	bool ret = false;

	for (size_t i = 0; i < sw_config_n_complaints(config); i++) {
		struct sw_complaint complaint = sw_config_complaint(config, i);

		check_text(complaint.text);
		require(complaint.text[0] != '\0', "a complaint says something");
		ret = ret || complaint.is_error;
	}
	return ret;
}

/* What is shown of a key reads as the same again. */
static void check_entry(void *userdata, const struct sw_config_entry *entry)
{
	struct sw_settings *settings = userdata;
	/* The rule of an override is shown before its keys, and so it has been read. */
	const struct sw_key *key =
		entry->override == NULL
			? sw_key_find(entry->section, entry->key)
			: sw_key_find_in_override(settings->overrides[0].rule, entry->key);
	char text[SW_VALUE_TEXT_SIZE];
	void *target;
	const char *why;

	require(key != NULL, "what is shown is a key");
	require((entry->file == NULL) == (entry->line == 0), "a line is in a file");
	check_text(entry->value);
	target = sw_key_target(key, settings, entry->override == NULL ? NULL : settings->overrides);
	/* Lists are added to. */
	if (key->type == SW_KEY_MATCHES)
		memset(target, 0, sizeof(struct sw_matches));
	if (entry->value[0] != '\0') {
		require(sw_value_parse(key, entry->value, target, &why) == 0,
			"what is shown can be read");
		require(strcmp(sw_value_format(key, target, text), entry->value) == 0,
			"it reads as the same");
	}
}

static void check_limits(const struct sw_ephemeral_limits *limits)
{
	require(limits->notice >= 0.01 && limits->notice <= limits->warning &&
			limits->warning <= limits->critical && limits->critical <= 1,
		"the lines rise from 1 % to 100 %");
	require(limits->critical_hold <= 60 * SW_USEC_PER_SEC, "a hold is one that can be seen");
}

static void check_settings(const struct sw_settings *settings)
{
	require(settings->interval >= SW_INTERVAL_MIN && settings->interval <= SW_INTERVAL_MAX,
		"the interval is one");
	require(settings->n_overrides <= SW_SETTINGS_MAX_OVERRIDES, "overrides have room");
	require(settings->hooks.directory[0] == '/', "the directory is a path");
	check_limits(&settings->rules.ephemeral_ports);
	for (uint32_t i = 0; i < settings->n_overrides; i++) {
		const struct sw_override *override = &settings->overrides[i];
		struct sw_tuple tuple = { .port = 1 };
		struct sw_ephemeral_limits limits;
		enum sw_level max_severity;

		require(override->destinations.n <= SW_SETTINGS_MAX_MATCHES, "lists have room");
		if (override->destinations.n == 0)
			continue;
		check_limits(&override->rules.ephemeral_ports);
		tuple.destination = override->destinations.list[0].addr;
		sw_settings_limits(settings, &tuple, &limits, &max_severity);
		check_limits(&limits);
		require(max_severity <= SW_LEVEL_CRITICAL, "the worst is critical");
	}
}

void check_config(const struct sw_config *config)
{
	const struct sw_settings *settings = sw_config_settings(config);
	struct sw_settings *again;

	require(has_error(config) == (settings == NULL), "there are settings or there is an error");
	if (settings == NULL)
		return;
	check_settings(settings);
	again = calloc(1, sizeof(*again));
	require(again != NULL, "there is memory");
	sw_config_visit(config, check_entry, again);
	free(again);
}
