/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* One table: which key of the event is which variable. */

#include "render/event-env.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

enum kind {
	TEXT,
	WHOLE,
	TENTHS,
	THOUSANDTHS,
	FIRST_ID, /* of a list of objects */
	WORDS,    /* of a list of texts */
};

static const struct {
	const char *name;
	const char *object; /* the key below which it lies; NULL = at the top */
	const char *key;
	enum kind kind;
} fields[] = {
	{ "SCHEMA", NULL, "schema", TEXT },
	{ "EVENT_ID", NULL, "event_id", TEXT },
	{ "ALERT_ID", NULL, "alert_id", TEXT },
	{ "RULE", NULL, "rule", TEXT },
	{ "STATE", NULL, "state", TEXT },
	{ "SEVERITY", NULL, "severity", TEXT },
	{ "SUMMARY", NULL, "summary", TEXT },
	{ "HOST", NULL, "host", TEXT },
	{ "TIME", NULL, "time", TEXT },
	{ "SINCE", NULL, "since", TEXT },
	{ "NETNS", NULL, "netns", TEXT },
	{ "SUBJECT", NULL, "subject", TEXT },
	{ "SOURCE", "tuple", "source", TEXT },
	{ "DESTINATION", "tuple", "destination", TEXT },
	{ "PORT", "tuple", "port", WHOLE },
	{ "USED", "tuple", "used", WHOLE },
	{ "CAPACITY", "tuple", "capacity", WHOLE },
	{ "FREE", "tuple", "free", WHOLE },
	{ "RATE", "tuple", "rate_per_s", TENTHS },
	{ "CEILING", "tuple", "ceiling_per_s", TENTHS },
	{ "EXHAUSTED_IN_SEC", "tuple", "exhausted_in_s", TENTHS },
	{ "UNIT", "tuple", "units", WORDS },
	{ "ADVICE", NULL, "advice", FIRST_ID },
	{ "CAUSE", NULL, "cause", TEXT },
	{ "ERRNO", NULL, "errno", TEXT },
	{ "DURATION_SEC", NULL, "duration_s", THOUSANDTHS },
	{ "EXHAUSTED_FOR_SEC", NULL, "exhausted_for_s", THOUSANDTHS },
	{ "SLOW_FOR_SEC", NULL, "slow_for_s", THOUSANDTHS },
	{ "PEAK_USED", NULL, "peak_used", WHOLE },
};

/* C0, DEL, and C1 as UTF-8 has it, which some terminals obey. */
static void mask(char *text)
{
	unsigned char *at = (unsigned char *)text;

	for (; *at != '\0'; at++) {
		if (*at < 0x20 || *at == 0x7f)
			*at = '?';
		else if (at[0] == 0xc2 && at[1] >= 0x80 && at[1] < 0xa0)
			at[0] = at[1] = '?';
	}
}

/* The texts of a list with spaces between; NULL when there are none, or without memory. */
static char *join(const json_t *list)
{
	char *text = NULL;

	for (size_t i = 0; i < json_array_size(list); i++) {
		const char *word = json_string_value(json_array_get(list, i));
		char *longer;

		if (word == NULL)
			continue;
		if (asprintf(&longer, "%s%s%s", text == NULL ? "" : text, text == NULL ? "" : " ",
			     word) < 0)
			longer = NULL;
		free(text);
		text = longer;
		if (text == NULL)
			return NULL;
	}
	return text;
}

static char *number(const json_t *value, enum kind kind)
{
	char *text;
	int n;

	if (kind == WHOLE)
		n = asprintf(&text, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
	else
		n = asprintf(&text, "%.*f", kind == TENTHS ? 1 : 3, json_number_value(value));
	return n < 0 ? NULL : text;
}

/* What a field says, owned by the caller. False without memory; NULL when it has no value. */
static bool value_of(const json_t *value, enum kind kind, char **ret)
{
	const char *word = NULL;

	*ret = NULL;
	switch (kind) {
	case WHOLE:
	case TENTHS:
	case THOUSANDTHS:
		if (!json_is_number(value) || (kind == WHOLE && !json_is_integer(value)))
			return true;
		*ret = number(value, kind);
		return *ret != NULL;
	case WORDS:
		if (json_array_size(value) == 0)
			return true;
		*ret = join(value);
		return true;
	case FIRST_ID:
		word = json_string_value(json_object_get(json_array_get(value, 0), "id"));
		break;
	case TEXT:
		word = json_string_value(value);
		break;
	}
	if (word == NULL)
		return true;
	*ret = strdup(word);
	return *ret != NULL;
}

/* One "KEY=value" at `*at`, which moves on if there is one. False without memory. */
static bool put(char ***at, const char *name, char *value)
{
	if (value == NULL)
		return true;
	mask(value);
	if (asprintf(*at, "SOCKWATCH_%s=%s", name, value) < 0) {
		**at = NULL;
		return false;
	}
	(*at)++;
	return true;
}

/* An alert is about a tuple or the wall of an address, and both say it in the same words. */
static const json_t *object_of(const json_t *event, const char *name)
{
	const json_t *tuple;

	if (name == NULL)
		return event;
	tuple = json_object_get(event, name);
	return json_is_object(tuple) ? tuple : json_object_get(event, "bind_wall");
}

char **sw_render_event_env(const json_t *event)
{
	char **environment = calloc(SW_ARRAY_SIZE(fields) + 2, sizeof(*environment));
	char **at = environment;
	bool ok = environment != NULL;

	for (size_t i = 0; ok && i < SW_ARRAY_SIZE(fields); i++) {
		const json_t *object = object_of(event, fields[i].object);
		char *value;

		ok = value_of(json_object_get(object, fields[i].key), fields[i].kind, &value) &&
		     put(&at, fields[i].name, value);
		free(value);
	}
	if (ok)
		ok = (*at = strdup("SOCKWATCH_HOOK_API=1")) != NULL;
	if (ok)
		return environment;
	sw_event_env_free(environment);
	return NULL;
}

void sw_event_env_free(char **environment)
{
	for (char **at = environment; at != NULL && *at != NULL; at++)
		free(*at);
	free(environment);
}
