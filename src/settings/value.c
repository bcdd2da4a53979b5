/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * One switch over the types for each thing that is done with a value. Values are copied by
 * memcpy(), as the table knows only where they lie.
 */
#include "settings/value.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/parse.h"
#include "settings/match.h"

_Static_assert(sizeof(enum sw_level) == sizeof(int) && sizeof(enum sw_hook_run) == sizeof(int) &&
		       sizeof(enum sw_log_target) == sizeof(int) &&
		       sizeof(enum sw_rule) == sizeof(int),
	       "a choice is kept as an int");

static size_t size_of(enum sw_key_type type)
{
	switch (type) {
	case SW_KEY_DURATION:
		return sizeof(sw_usec);
	case SW_KEY_SHARE:
		return sizeof(double);
	case SW_KEY_COUNT:
		return sizeof(uint32_t);
	case SW_KEY_YES_NO:
		return sizeof(bool);
	case SW_KEY_CHOICE:
		return sizeof(int);
	case SW_KEY_PATH:
		return SW_SETTINGS_PATH_SIZE;
	case SW_KEY_MATCHES:
		return sizeof(struct sw_matches);
	}
	abort();
}

void sw_value_copy(const struct sw_key *key, void *target, const void *from)
{
	memcpy(target, from, size_of(key->type));
}

static bool is_within(const struct sw_key *key, uint64_t number)
{
	return number >= key->min && number <= key->max;
}

static int parse_duration(const struct sw_key *key, const char *text, void *target)
{
	sw_usec usec;

	if (key->infinity && strcmp(text, "infinity") == 0)
		usec = SW_USEC_INFINITY;
	else if (sw_parse_duration(text, &usec) < 0 || !is_within(key, usec))
		return -EINVAL;
	memcpy(target, &usec, sizeof(usec));
	return 0;
}

static int parse_share(const struct sw_key *key, const char *text, void *target)
{
	uint32_t hundredths;
	double share;

	if (sw_parse_percent(text, &hundredths) < 0 || !is_within(key, hundredths))
		return -EINVAL;
	share = hundredths / 10000.0;
	memcpy(target, &share, sizeof(share));
	return 0;
}

static int parse_count(const struct sw_key *key, const char *text, void *target)
{
	uint64_t number;
	uint32_t count;

	if (sw_parse_number(text, key->max, &number) < 0 || !is_within(key, number))
		return -EINVAL;
	count = (uint32_t)number;
	memcpy(target, &count, sizeof(count));
	return 0;
}

static int parse_yes_no(const char *text, void *target)
{
	static const struct sw_choice words[] = {
		{ "yes", true }, { "true", true },   { "on", true },   { "1", true },
		{ "no", false }, { "false", false }, { "off", false }, { "0", false },
	};

	for (size_t i = 0; i < SW_ARRAY_SIZE(words); i++)
		if (strcmp(words[i].name, text) == 0) {
			*(bool *)target = words[i].value != 0;
			return 0;
		}
	return -EINVAL;
}

static int parse_choice(const struct sw_key *key, const char *text, void *target)
{
	for (const struct sw_choice *choice = key->choices; choice->name != NULL; choice++)
		if (strcmp(choice->name, text) == 0) {
			memcpy(target, &choice->value, sizeof(choice->value));
			return 0;
		}
	return -EINVAL;
}

static int parse_path(const char *text, void *target)
{
	if (text[0] != '/' || strlen(text) >= SW_SETTINGS_PATH_SIZE)
		return -EINVAL;
	/* The rest is cleared, so that equal paths are equal byte by byte. */
	memset(target, 0, SW_SETTINGS_PATH_SIZE);
	memcpy(target, text, strlen(text));
	return 0;
}

/* Adds all that are in the text, or none. */
static int parse_matches(const char *text, struct sw_matches *target, const char **ret_why)
{
	static const char blanks[] = " \t";
	uint32_t n = target->n;

	for (text += strspn(text, blanks); *text != '\0'; text += strspn(text, blanks)) {
		size_t length = strcspn(text, blanks);
		char word[SW_MATCH_TEXT_SIZE];

		if (n == SW_SETTINGS_MAX_MATCHES) {
			*ret_why = "there are more than 64 of them";
			return -EINVAL;
		}
		if (length >= sizeof(word))
			return -EINVAL;
		memcpy(word, text, length);
		word[length] = '\0';
		if (sw_match_parse(word, &target->list[n], ret_why) < 0)
			return -EINVAL;
		n++;
		text += length;
	}
	target->n = n;
	return 0;
}

int sw_value_parse(const struct sw_key *key, const char *text, void *target, const char **ret_why)
{
	*ret_why = NULL;
	switch (key->type) {
	case SW_KEY_DURATION:
		return parse_duration(key, text, target);
	case SW_KEY_SHARE:
		return parse_share(key, text, target);
	case SW_KEY_COUNT:
		return parse_count(key, text, target);
	case SW_KEY_YES_NO:
		return parse_yes_no(text, target);
	case SW_KEY_CHOICE:
		return parse_choice(key, text, target);
	case SW_KEY_PATH:
		return parse_path(text, target);
	case SW_KEY_MATCHES:
		return parse_matches(text, target, ret_why);
	}
	abort();
}

/* "1min 30s": what systemd.time(7) would write, down to the microsecond. */
static void format_duration(sw_usec usec, char *buffer, size_t size)
{
	static const struct {
		sw_usec usec;
		const char *name;
	} units[] = {
		{ 86400 * SW_USEC_PER_SEC, "d" }, { 3600 * SW_USEC_PER_SEC, "h" },
		{ 60 * SW_USEC_PER_SEC, "min" },  { SW_USEC_PER_SEC, "s" },
		{ SW_USEC_PER_MSEC, "ms" },       { 1, "us" },
	};
	size_t used = 0;

	if (usec == SW_USEC_INFINITY) {
		snprintf(buffer, size, "infinity");
		return;
	}
	snprintf(buffer, size, "0");
	for (size_t i = 0; i < SW_ARRAY_SIZE(units); i++) {
		if (usec < units[i].usec)
			continue;
		used += (size_t)snprintf(buffer + used, size - used, "%s%llu%s",
					 used == 0 ? "" : " ",
					 (unsigned long long)(usec / units[i].usec), units[i].name);
		usec %= units[i].usec;
	}
}

static void format_percent(uint64_t hundredths, char *buffer, size_t size)
{
	unsigned int whole = (unsigned int)(hundredths / 100);
	unsigned int part = (unsigned int)(hundredths % 100);

	if (part == 0)
		snprintf(buffer, size, "%u%%", whole);
	else if (part % 10 == 0)
		snprintf(buffer, size, "%u.%u%%", whole, part / 10);
	else
		snprintf(buffer, size, "%u.%02u%%", whole, part);
}

static void format_choice(const struct sw_key *key, int value, char *buffer, size_t size)
{
	for (const struct sw_choice *choice = key->choices; choice->name != NULL; choice++)
		if (choice->value == value) {
			snprintf(buffer, size, "%s", choice->name);
			return;
		}
	abort();
}

static void format_matches(const struct sw_matches *matches, char *buffer, size_t size)
{
	char text[SW_MATCH_TEXT_SIZE];
	size_t used = 0;

	buffer[0] = '\0';
	for (uint32_t i = 0; i < matches->n; i++)
		used += (size_t)snprintf(buffer + used, size - used, "%s%s", i == 0 ? "" : " ",
					 sw_match_format(&matches->list[i], text));
	assert(used < size);
}

uint64_t sw_value_number(const struct sw_key *key, const void *target)
{
	sw_usec usec;
	double share;

	if (key->type == SW_KEY_SHARE) {
		memcpy(&share, target, sizeof(share));
		return (uint64_t)(share * 10000 + 0.5);
	}
	assert(key->type == SW_KEY_DURATION);
	memcpy(&usec, target, sizeof(usec));
	return usec;
}

const char *sw_value_format(const struct sw_key *key, const void *target,
			    char buffer[SW_VALUE_TEXT_SIZE])
{
	switch (key->type) {
	case SW_KEY_DURATION:
		format_duration(sw_value_number(key, target), buffer, SW_VALUE_TEXT_SIZE);
		return buffer;
	case SW_KEY_SHARE:
		format_percent(sw_value_number(key, target), buffer, SW_VALUE_TEXT_SIZE);
		return buffer;
	case SW_KEY_COUNT:
		snprintf(buffer, SW_VALUE_TEXT_SIZE, "%u", *(const uint32_t *)target);
		return buffer;
	case SW_KEY_YES_NO:
		snprintf(buffer, SW_VALUE_TEXT_SIZE, "%s", *(const bool *)target ? "yes" : "no");
		return buffer;
	case SW_KEY_CHOICE: {
		int value;

		memcpy(&value, target, sizeof(value));
		format_choice(key, value, buffer, SW_VALUE_TEXT_SIZE);
		return buffer;
	}
	case SW_KEY_PATH:
		snprintf(buffer, SW_VALUE_TEXT_SIZE, "%s", (const char *)target);
		return buffer;
	case SW_KEY_MATCHES:
		format_matches(target, buffer, SW_VALUE_TEXT_SIZE);
		return buffer;
	}
	abort();
}

/* "unit, direct or no". */
static void name_choices(const struct sw_choice *choice, char *buffer, size_t size)
{
	size_t used = 0;

	for (const struct sw_choice *first = choice; choice->name != NULL; choice++) {
		const char *before = choice[1].name == NULL ? " or " : ", ";

		used += (size_t)snprintf(buffer + used, size - used, "%s%s",
					 choice == first ? "" : before, choice->name);
	}
}

const char *sw_value_range(const struct sw_key *key, char buffer[SW_VALUE_RANGE_SIZE])
{
	char min[48], max[48];

	switch (key->type) {
	case SW_KEY_DURATION:
		format_duration(key->min, min, sizeof(min));
		format_duration(key->max, max, sizeof(max));
		snprintf(buffer, SW_VALUE_RANGE_SIZE, "a duration from %s to %s%s", min, max,
			 key->infinity ? ", or infinity" : "");
		return buffer;
	case SW_KEY_SHARE:
		format_percent(key->min, min, sizeof(min));
		format_percent(key->max, max, sizeof(max));
		snprintf(buffer, SW_VALUE_RANGE_SIZE, "a percentage from %s to %s", min, max);
		return buffer;
	case SW_KEY_COUNT:
		snprintf(buffer, SW_VALUE_RANGE_SIZE, "a number from %u to %u",
			 (unsigned int)key->min, (unsigned int)key->max);
		return buffer;
	case SW_KEY_YES_NO:
		snprintf(buffer, SW_VALUE_RANGE_SIZE, "yes or no");
		return buffer;
	case SW_KEY_CHOICE:
		name_choices(key->choices, buffer, SW_VALUE_RANGE_SIZE);
		return buffer;
	case SW_KEY_PATH:
		snprintf(buffer, SW_VALUE_RANGE_SIZE, "an absolute path");
		return buffer;
	case SW_KEY_MATCHES:
		snprintf(buffer, SW_VALUE_RANGE_SIZE, "a list of ADDRESS[/BITS][:PORT]");
		return buffer;
	}
	abort();
}

void sw_value_reset(const struct sw_key *key, void *target)
{
	const char *why;

	if (key->preset == NULL) {
		sw_value_copy(key, target, key->preset_from);
		return;
	}
	memset(target, 0, size_of(key->type));
	if (key->preset[0] != '\0' && sw_value_parse(key, key->preset, target, &why) < 0)
		abort(); /* the table is wrong */
}
