/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* One key of the table: found by its name, and where its value is kept. */
#include <stdlib.h>
#include <string.h>

#include "settings/keys.h"

const struct sw_section *sw_section_find(const char *name)
{
	for (size_t i = 0; i < SW_N_SECTIONS; i++)
		if (strcmp(sw_sections[i].name, name) == 0)
			return &sw_sections[i];
	return NULL;
}

const struct sw_key *sw_key_find(const char *section, const char *name)
{
	for (size_t i = 0; i < SW_N_KEYS; i++)
		if (strcmp(sw_keys[i].section, section) == 0 && strcmp(sw_keys[i].name, name) == 0)
			return &sw_keys[i];
	return NULL;
}

const struct sw_key *sw_key_find_in_override(enum sw_rule rule, const char *name)
{
	for (size_t i = 0; i < SW_N_KEYS; i++)
		if ((sw_keys[i].scope == SW_KEY_OVERRIDE ||
		     (sw_keys[i].scope == SW_KEY_RULE && sw_keys[i].rule == rule)) &&
		    strcmp(sw_keys[i].name, name) == 0)
			return &sw_keys[i];
	return NULL;
}

static bool is_in_override(const struct sw_key *key, const struct sw_override *override)
{
	return override != NULL && key->scope != SW_KEY_GLOBAL;
}

/* Where a value is kept within its override, or else within the settings. */
static size_t place_of(const struct sw_key *key, bool in_override)
{
	switch (key->scope) {
	case SW_KEY_GLOBAL:
	case SW_KEY_OVERRIDE:
		return key->offset;
	case SW_KEY_RULE:
		return key->offset + (in_override ? offsetof(struct sw_override, rules)
						  : offsetof(struct sw_settings, rules));
	}
	abort();
}

void *sw_key_target(const struct sw_key *key, struct sw_settings *settings,
		    struct sw_override *override)
{
	bool in_override = is_in_override(key, override);

	return (in_override ? (char *) override : (char *)settings) + place_of(key, in_override);
}

const void *sw_key_value(const struct sw_key *key, const struct sw_settings *settings,
			 const struct sw_override *override)
{
	bool in_override = is_in_override(key, override);

	return (in_override ? (const char *) override : (const char *)settings) +
	       place_of(key, in_override);
}
