/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * strtoul() takes signs, blanks and a locale's idea of digits, and tells an overflow by
 * errno. None of that may decide what a kernel file or an option means.
 */

#include "base/parse.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "base/mem.h"

int sw_parse_digits(const char **text, uint64_t max, uint64_t *ret)
{
	const char *at = *text;
	uint64_t value = 0;

	if (*at < '0' || *at > '9')
		return -EINVAL;
	for (; *at >= '0' && *at <= '9'; at++) {
		uint64_t digit = (uint64_t)(*at - '0');

		if (value > (max - digit) / 10 || digit > max)
			return -ERANGE;
		value = value * 10 + digit;
	}
	*text = at;
	*ret = value;
	return 0;
}

int sw_parse_number(const char *text, uint64_t max, uint64_t *ret)
{
	uint64_t value;
	int r;

	r = sw_parse_digits(&text, max, &value);
	if (r < 0)
		return r;
	if (*text == '\n')
		text++;
	if (*text != '\0')
		return -EINVAL;
	*ret = value;
	return 0;
}

/* The digits behind a decimal point, as millionths; more than six are cut. */
static int parse_fraction(const char **text, uint64_t *ret_millionths)
{
	uint64_t value = 0, weight = 100000;
	const char *at = *text;

	if (*at < '0' || *at > '9')
		return -EINVAL;
	for (; *at >= '0' && *at <= '9'; at++, weight /= 10)
		value += (uint64_t)(*at - '0') * weight;
	*text = at;
	*ret_millionths = value;
	return 0;
}

/* Moves `*text` behind spaces. */
static void skip_spaces(const char **text)
{
	while (**text == ' ')
		(*text)++;
}

/* The unit at `*text`, in microseconds; 0 when there is no such unit. Moves behind it. */
static uint64_t parse_unit(const char **text)
{
	static const struct {
		const char *names[5];
		uint64_t usec;
	} units[] = {
		{ { "usec", "us" }, 1 },
		{ { "msec", "ms" }, 1000 },
		{ { "seconds", "second", "sec", "s" }, 1000000 },
		{ { "minutes", "minute", "min", "m" }, 60 * 1000000ULL },
		{ { "hours", "hour", "hr", "h" }, 3600 * 1000000ULL },
		{ { "days", "day", "d" }, 86400 * 1000000ULL },
		{ { "weeks", "week", "w" }, 604800 * 1000000ULL },
	};
	size_t length = 0;

	while ((*text)[length] >= 'a' && (*text)[length] <= 'z')
		length++;
	for (size_t i = 0; i < SW_ARRAY_SIZE(units); i++)
		for (const char *const *name = units[i].names; *name != NULL; name++)
			if (strlen(*name) == length && strncmp(*name, *text, length) == 0) {
				*text += length;
				return units[i].usec;
			}
	return 0;
}

/* One number with its unit, at most a year. A unit may be missing where `bare` is taken. */
static int parse_span(const char **text, bool bare, uint64_t *ret_usec)
{
	uint64_t whole, millionths = 0, unit;
	const char *at = *text;
	int r;

	r = sw_parse_digits(&at, SW_PARSE_YEAR_USEC, &whole);
	if (r < 0)
		return r;
	if (*at == '.') {
		at++;
		r = parse_fraction(&at, &millionths);
		if (r < 0)
			return r;
	}
	skip_spaces(&at);
	unit = *at == '\0' && bare ? 1000000 : parse_unit(&at);
	if (unit == 0)
		return -EINVAL;
	if (whole > SW_PARSE_YEAR_USEC / unit)
		return -ERANGE;
	*ret_usec = whole * unit + millionths * unit / 1000000;
	*text = at;
	return 0;
}

int sw_parse_duration(const char *text, uint64_t *ret_usec)
{
	uint64_t sum = 0, span;
	bool first = true;
	int r;

	do {
		r = parse_span(&text, first, &span);
		if (r < 0)
			return r;
		sum += span;
		if (sum > SW_PARSE_YEAR_USEC)
			return -ERANGE;
		skip_spaces(&text);
		first = false;
	} while (*text != '\0');
	*ret_usec = sum;
	return 0;
}

int sw_parse_percent(const char *text, uint32_t *ret_hundredths)
{
	uint64_t whole, millionths = 0;
	int r;

	r = sw_parse_digits(&text, UINT32_MAX / 100 - 1, &whole);
	if (r < 0)
		return r;
	if (*text == '.') {
		text++;
		r = parse_fraction(&text, &millionths);
		if (r < 0)
			return r;
	}
	if (strcmp(text, "%") != 0 || millionths % 10000 != 0)
		return -EINVAL;
	*ret_hundredths = (uint32_t)(whole * 100 + millionths / 10000);
	return 0;
}
