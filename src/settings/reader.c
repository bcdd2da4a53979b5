/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Reads one file into a configuration, line by line. */

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/utf8.h"
#include "settings/lexer.h"
#include "settings/parts.h"
#include "settings/value.h"

/* Where in a file the reader is. */
struct reader {
	struct sw_config *config;
	struct sw_origin here;
	const struct sw_section *section; /* NULL = in none, or in one that is passed over */
	bool is_skipping;
	struct sw_override *override; /* NULL = in none */
	struct sw_override_state *override_state;
};

/* The beginning of a text from a file, for complaints. */
struct excerpt {
	char text[64];
};

static struct excerpt excerpt(const char *text)
{
	enum { ROOM = 56 };
	struct excerpt ret;
	size_t used = 0, length, size = strlen(text);
	uint32_t character;

	while (used < size) {
		length = sw_utf8_decode(text + used, size - used, &character);
		if (length == 0 || used + length > ROOM)
			break;
		used += length;
	}
	snprintf(ret.text, sizeof(ret.text), "%.*s%s", (int)used, text, used < size ? "..." : "");
	return ret;
}

static size_t id_of(const struct sw_key *key)
{
	return (size_t)(key - sw_keys);
}

/* The override of this name, or a new one; NULL when it is none or there is no room. */
static struct sw_override *obtain_override(struct reader *reader, const char *name)
{
	struct sw_settings *settings = &reader->config->settings;
	struct sw_override *override;

	for (uint32_t i = 0; i < settings->n_overrides; i++)
		if (strcmp(settings->overrides[i].name, name) == 0)
			return &settings->overrides[i];
	if (name[0] == '\0' || strlen(name) >= sizeof(override->name)) {
		sw_config_complain(reader->config, true, reader->here,
				   "the name of an override has 1 to %zu bytes",
				   sizeof(override->name) - 1);
		return NULL;
	}
	if (settings->n_overrides == SW_SETTINGS_MAX_OVERRIDES) {
		sw_config_complain(reader->config, true, reader->here,
				   "there are more than %d overrides", SW_SETTINGS_MAX_OVERRIDES);
		return NULL;
	}
	reader->config->overrides[settings->n_overrides].header = reader->here;
	override = &settings->overrides[settings->n_overrides++];
	memcpy(override->name, name, strlen(name) + 1);
	return override;
}

static void open_override(struct reader *reader, const char *name)
{
	struct sw_config *config = reader->config;

	reader->override = obtain_override(reader, name);
	reader->is_skipping = reader->override == NULL;
	if (reader->override != NULL)
		reader->override_state =
			&config->overrides[reader->override - config->settings.overrides];
}

static void open_section(struct reader *reader, const struct sw_token *token)
{
	bool is_override = strcmp(token->name, SW_SECTION_OVERRIDE) == 0;

	reader->section = sw_section_find(token->name);
	reader->is_skipping = true;
	reader->override = NULL;
	reader->override_state = NULL;
	if (reader->section == NULL)
		sw_config_complain(reader->config, false, reader->here,
				   "[%s] is no section that this version knows",
				   excerpt(token->name).text);
	else if (is_override && token->value == NULL)
		sw_config_complain(reader->config, true, reader->here,
				   "an override needs a name: [Override \"name\"]");
	else if (!is_override && token->value != NULL)
		sw_config_complain(reader->config, true, reader->here,
				   "[%s] takes no name in quotes", token->name);
	else if (is_override)
		open_override(reader, token->value);
	else
		reader->is_skipping = false;
}

/* An override of a rule that this version does not know is left out. */
static void note_rule(const struct reader *reader, const struct sw_key *key, bool is_foreign)
{
	if (reader->override_state != NULL && key == &sw_keys[SW_KEY_OVERRIDE_RULE])
		reader->override_state->is_foreign = is_foreign;
}

/* An empty value takes back what was assigned so far. */
static void reset(struct reader *reader, const struct sw_key *key, void *target,
		  struct sw_origin *origin)
{
	/* A list that was emptied says more than one that nobody has touched. */
	*origin = key->type == SW_KEY_MATCHES ? reader->here : (struct sw_origin){ 0 };
	sw_value_reset(key, target);
	note_rule(reader, key, false);
}

static void complain_of_value(struct reader *reader, const struct sw_key *key, const char *value,
			      const char *why)
{
	char range[SW_VALUE_RANGE_SIZE];

	if (key == &sw_keys[SW_KEY_OVERRIDE_RULE]) {
		note_rule(reader, key, true);
		sw_config_complain(
			reader->config, false, reader->here,
			"%s=%s: this version has no such rule for destinations: the override is "
			"left out",
			key->name, excerpt(value).text);
	} else if (why != NULL) {
		sw_config_complain(reader->config, true, reader->here, "%s=%s: %s", key->name,
				   excerpt(value).text, why);
	} else {
		sw_config_complain(reader->config, true, reader->here, "%s=%s: give %s", key->name,
				   excerpt(value).text, sw_value_range(key, range));
	}
}

/* What an override has assigned so far would be of another rule. */
static bool comes_late(const struct reader *reader, const struct sw_key *key)
{
	if (key != &sw_keys[SW_KEY_OVERRIDE_RULE])
		return false;
	for (size_t i = 0; i < SW_N_KEYS; i++)
		if (sw_keys[i].scope == SW_KEY_RULE && reader->override_state->origins[i].file != 0)
			return true;
	return false;
}

static void set(struct reader *reader, const struct sw_key *key, const char *value)
{
	struct sw_origin *origins = reader->override == NULL ? reader->config->origins
							     : reader->override_state->origins;
	void *target = sw_key_target(key, &reader->config->settings, reader->override);
	enum sw_rule before = reader->override == NULL ? 0 : reader->override->rule;
	const char *why;

	if (value[0] == '\0') {
		reset(reader, key, target, &origins[id_of(key)]);
	} else if (sw_value_parse(key, value, target, &why) < 0) {
		complain_of_value(reader, key, value, why);
	} else {
		origins[id_of(key)] = reader->here;
		note_rule(reader, key, false);
	}
	if (reader->override != NULL && reader->override->rule != before && comes_late(reader, key))
		sw_config_complain(reader->config, true, reader->here,
				   "Rule= has to stand before the keys of its rule");
}

static void assign(struct reader *reader, const struct sw_token *token)
{
	const struct sw_key *key;

	if (reader->is_skipping)
		return;
	if (reader->section == NULL) {
		sw_config_complain(reader->config, true, reader->here, "%s= stands in no section",
				   excerpt(token->name).text);
		return;
	}
	key = reader->override == NULL
		      ? sw_key_find(reader->section->name, token->name)
		      : sw_key_find_in_override(reader->override->rule, token->name);
	if (key == NULL)
		sw_config_complain(reader->config, false, reader->here,
				   "[%s] has no key \"%s\" that this version knows",
				   reader->section->name, excerpt(token->name).text);
	else
		set(reader, key, token->value);
}

int sw_config_read(struct sw_config *config, const char *path, const char *text, size_t size)
{
	struct reader reader = { .config = config, .here.file = sw_config_add_file(config, path) };
	struct sw_lexer lexer;
	struct sw_token token;

	assert(!config->is_finished);
	if (reader.here.file == 0)
		return config->failure;
	sw_lexer_init(&lexer, text, size);
	do {
		sw_lexer_next(&lexer, &token);
		reader.here.line = token.line;
		switch (token.kind) {
		case SW_TOKEN_SECTION:
			open_section(&reader, &token);
			break;
		case SW_TOKEN_ASSIGNMENT:
			assign(&reader, &token);
			break;
		case SW_TOKEN_SECTION_FAULT:
			reader.is_skipping = true;
			sw_config_complain(config, true, reader.here, "%s", token.value);
			break;
		case SW_TOKEN_FAULT:
			sw_config_complain(config, true, reader.here, "%s", token.value);
			break;
		case SW_TOKEN_END:
			break;
		}
	} while (token.kind != SW_TOKEN_END);
	return config->failure;
}

int sw_config_reject(struct sw_config *config, const char *path, const char *why)
{
	struct sw_origin origin = { .file = sw_config_add_file(config, path) };

	if (origin.file != 0)
		sw_config_complain(config, true, origin, "%s", why);
	return config->failure;
}
