/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * strtoul() takes signs, blanks and a locale's idea of digits, and tells an overflow by
 * errno. None of that may decide what a kernel file or an option means.
 */

#include "base/parse.h"

#include <errno.h>
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

int sw_parse_duration(const char *text, uint64_t *ret_usec)
{
	static const struct {
		const char *name;
		uint64_t usec;
	} units[] = {
		{ "", 1000000 },
		{ "ms", 1000 },
		{ "s", 1000000 },
		{ "min", 60 * 1000000ULL },
		{ "h", 3600 * 1000000ULL },
	};
	const uint64_t year_usec = UINT64_C(366) * 86400 * 1000000;
	uint64_t whole, millionths = 0;
	int r;

	r = sw_parse_digits(&text, year_usec, &whole);
	if (r < 0)
		return r;
	if (*text == '.') {
		text++;
		r = parse_fraction(&text, &millionths);
		if (r < 0)
			return r;
	}
	for (size_t i = 0; i < SW_ARRAY_SIZE(units); i++) {
		if (strcmp(text, units[i].name) != 0)
			continue;
		if (whole > year_usec / units[i].usec)
			return -ERANGE;
		*ret_usec = whole * units[i].usec + millionths * units[i].usec / 1000000;
		return 0;
	}
	return -EINVAL;
}
