/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Written as strictly as it is read: what could not be read again is not written. */

#include "io/outbox-name.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"

static const char lower[] = "abcdefghijklmnopqrstuvwxyz";
static const char id_characters[] =
	"-0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
static const char suffix[] = ".json";

/* Digits of `base` (10 or 16, lower case), exactly `n` of them and then `end`. */
static int parse_fixed(const char **at, size_t n, unsigned int base, char end, uint64_t *ret)
{
	static const char digits[] = "0123456789abcdef";
	uint64_t value = 0;

	for (size_t i = 0; i < n; i++) {
		const char *digit = memchr(digits, (*at)[i], base);

		if (digit == NULL)
			return -EINVAL;
		value = value * base + (uint64_t)(digit - digits);
	}
	if ((*at)[n] != end)
		return -EINVAL;
	*at += n + 1;
	*ret = value;
	return 0;
}

/* Copies the word at `*at`, of these characters, and moves behind it and what ends it. */
static int take(const char **at, const char *characters, const char *end, char *buffer, size_t size)
{
	size_t length = strspn(*at, characters);

	if (length == 0 || length >= size || strncmp(*at + length, end, strlen(end)) != 0)
		return -EINVAL;
	memcpy(buffer, *at, length);
	buffer[length] = '\0';
	*at += length + strlen(end);
	return 0;
}

int sw_outbox_name_parse(const char *text, struct sw_outbox_name *ret)
{
	struct sw_outbox_name name;

	if (parse_fixed(&text, 12, 10, '-', &name.number) < 0 ||
	    parse_fixed(&text, 16, 16, '-', &name.alert_id) < 0 ||
	    take(&text, lower, "-", name.state, sizeof(name.state)) < 0 ||
	    take(&text, id_characters, suffix, name.event_id, sizeof(name.event_id)) < 0 ||
	    *text != '\0')
		return -EINVAL;
	*ret = name;
	return 0;
}

int sw_outbox_name_format(const struct sw_outbox_name *name, char buffer[SW_OUTBOX_NAME_SIZE])
{
	struct sw_outbox_name again;
	char text[SW_OUTBOX_NAME_SIZE];
	int n;

	n = snprintf(text, sizeof(text), "%012" PRIu64 "-%016" PRIx64 "-%s-%s%s", name->number,
		     name->alert_id, name->state, name->event_id, suffix);
	if (n < 0 || (size_t)n >= sizeof(text) || sw_outbox_name_parse(text, &again) < 0)
		return -EINVAL;
	memcpy(buffer, text, (size_t)n + 1);
	return 0;
}

bool sw_outbox_name_is_replaceable(const struct sw_outbox_name *name)
{
	static const char *const states[] = { "changed", "repeat" };

	for (size_t i = 0; i < SW_ARRAY_SIZE(states); i++)
		if (strcmp(name->state, states[i]) == 0)
			return true;
	return false;
}
