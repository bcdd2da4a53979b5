/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* UTC only: whoever compares two hosts at night does not want to know their time zones. */

#include "render/timestamp.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/parse.h"

/* The calendar of a moment. One too far off to have a year is shown as the first. */
static struct tm calendar(sw_usec wall)
{
	time_t seconds = (time_t)(wall / SW_USEC_PER_SEC);
	struct tm tm;

	if (gmtime_r(&seconds, &tm) == NULL)
		tm = (struct tm){ .tm_year = 70, .tm_mday = 1 };
	return tm;
}

/* By hand: strftime() asks the locale. */
static size_t format_moment(const struct tm *tm, char between, char *buffer)
{
	return (size_t)snprintf(buffer, SW_TIMESTAMP_SIZE, "%04d-%02d-%02d%c%02d:%02d:%02d",
				(tm->tm_year + 1900) % 10000, tm->tm_mon + 1, tm->tm_mday, between,
				tm->tm_hour, tm->tm_min, tm->tm_sec);
}

const char *sw_timestamp_format(sw_usec wall, char buffer[SW_TIMESTAMP_SIZE])
{
	struct tm tm = calendar(wall);
	size_t length = format_moment(&tm, 'T', buffer);

	snprintf(buffer + length, SW_TIMESTAMP_SIZE - length, ".%03uZ",
		 (unsigned int)(wall / SW_USEC_PER_MSEC % 1000));
	return buffer;
}

/* The six numbers of a moment, and the milliseconds where there are any. */
static int parse_parts(const char *text, uint64_t parts[7])
{
	static const char behind[] = "--T::";

	for (size_t i = 0; i < 6; i++)
		if (sw_parse_digits(&text, 9999, &parts[i]) < 0 || (i < 5 && *text++ != behind[i]))
			return -EINVAL;
	parts[6] = 0;
	if (*text++ == '.')
		return sw_parse_digits(&text, 999, &parts[6]);
	return 0;
}

int sw_timestamp_parse(const char *text, sw_usec *ret)
{
	char canonical[SW_TIMESTAMP_SIZE];
	uint64_t parts[7];
	struct tm tm;
	time_t seconds;
	sw_usec wall;

	if (parse_parts(text, parts) < 0)
		return -EINVAL;
	tm = (struct tm){ .tm_year = (int)parts[0] - 1900,
			  .tm_mon = (int)parts[1] - 1,
			  .tm_mday = (int)parts[2],
			  .tm_hour = (int)parts[3],
			  .tm_min = (int)parts[4],
			  .tm_sec = (int)parts[5] };
	seconds = timegm(&tm);
	if (seconds < 0)
		return -EINVAL;
	wall = (sw_usec)seconds * SW_USEC_PER_SEC + parts[6] * SW_USEC_PER_MSEC;
	/* Only what would be written so is a moment: no 31 April, no second 60, all the zeroes. */
	sw_timestamp_format(wall, canonical);
	if (strchr(text, '.') == NULL)
		memcpy(strchr(canonical, '.'), "Z", 2);
	if (strcmp(text, canonical) != 0)
		return -EINVAL;
	*ret = wall;
	return 0;
}

const char *sw_timestamp_format_human(sw_usec wall, char buffer[SW_TIMESTAMP_SIZE])
{
	struct tm tm = calendar(wall);
	size_t length = format_moment(&tm, ' ', buffer);

	snprintf(buffer + length, SW_TIMESTAMP_SIZE - length, " UTC");
	return buffer;
}

const char *sw_clock_format(sw_usec wall, char buffer[SW_TIMESTAMP_SIZE])
{
	struct tm tm = calendar(wall);

	snprintf(buffer, SW_TIMESTAMP_SIZE, "%02d:%02d:%02d", tm.tm_hour, tm.tm_min, tm.tm_sec);
	return buffer;
}

const char *sw_duration_format(sw_usec duration, char buffer[SW_TIMESTAMP_SIZE])
{
	static const struct {
		uint64_t seconds;
		const char *name;
	} units[] = { { 86400, "d" }, { 3600, "h" }, { 60, "min" }, { 1, "s" } };
	uint64_t left = (duration + SW_USEC_PER_SEC / 2) / SW_USEC_PER_SEC;
	size_t i = 0;

	while (i < 3 && left < units[i].seconds)
		i++;
	if (i == 3)
		snprintf(buffer, SW_TIMESTAMP_SIZE, "%u s", (unsigned int)left);
	else
		snprintf(buffer, SW_TIMESTAMP_SIZE, "%llu %s %llu %s",
			 (unsigned long long)(left / units[i].seconds), units[i].name,
			 (unsigned long long)(left % units[i].seconds / units[i + 1].seconds),
			 units[i + 1].name);
	return buffer;
}
