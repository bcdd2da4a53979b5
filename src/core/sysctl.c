/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Lines of "key = value", with a '-' in front where failure is not minded. Globs are none here. */

#include "sockwatch/sysctl.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static const char blanks[] = " \t\r";

/* Is the text up to `end` this key? Dots and slashes are one. */
static bool is_key(const char *at, const char *end, const char *key)
{
	while (end > at && strchr(blanks, end[-1]) != NULL)
		end--;
	for (; at < end && *key != '\0'; at++, key++)
		if (*at != *key && !(*at == '/' && *key == '.'))
			return false;
	return at == end && *key == '\0';
}

/* Copies the rest of a line without the blanks around it. */
static void copy_value(char *to, size_t size, const char *at, const char *end)
{
	while (at < end && strchr(blanks, *at) != NULL)
		at++;
	while (end > at && strchr(blanks, end[-1]) != NULL)
		end--;
	snprintf(to, size, "%.*s", (int)(end - at), at);
}

static bool take_line(struct sw_sysctl_setting *setting, const char *key, const char *at,
		      const char *end)
{
	const char *equals;

	at += strspn(at, blanks);
	if (at >= end || *at == '#' || *at == ';')
		return false;
	at += *at == '-';
	equals = memchr(at, '=', (size_t)(end - at));
	if (equals == NULL || !is_key(at, equals, key))
		return false;
	copy_value(setting->value, sizeof(setting->value), equals + 1, end);
	return true;
}

void sw_sysctl_read(struct sw_sysctl_setting *setting, const char *key, const char *file,
		    const char *text)
{
	for (uint32_t line = 1; *text != '\0'; line++) {
		size_t length = strcspn(text, "\n");

		if (take_line(setting, key, text, text + length)) {
			snprintf(setting->file, sizeof(setting->file), "%s", file);
			setting->line = line;
		}
		text += length;
		text += *text == '\n';
	}
}
