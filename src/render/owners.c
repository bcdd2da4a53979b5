/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Names of units are plain ASCII already: see core/unit-name.c. */

#include "render/owners.h"

#include <stdio.h>
#include <string.h>

static void cut(char *text, size_t width)
{
	static const char mark[] = "..";

	if (strlen(text) > width)
		memcpy(text + width - strlen(mark), mark, sizeof(mark));
}

const char *sw_owners_format(const struct sw_owners *owners, size_t width,
			     char buffer[SW_OWNERS_TEXT_SIZE])
{
	const char *was = owners->earlier ? "was " : "", *unit = owners->units[0];
	char more[16] = "";
	size_t length;

	buffer[0] = '\0';
	if (owners->n == 0)
		return buffer;
	if (owners->n > 1)
		snprintf(more, sizeof(more), " +%u", owners->n - 1);
	width -= strlen(more);
	/* Rather without the manager of the user than without the end of the name. */
	if (strlen(was) + strlen(unit) > width && strchr(unit, '/') != NULL)
		unit = strchr(unit, '/') + 1;
	snprintf(buffer, SW_OWNERS_TEXT_SIZE, "%s%s", was, unit);
	cut(buffer, width);
	length = strlen(buffer);
	snprintf(buffer + length, SW_OWNERS_TEXT_SIZE - length, "%s", more);
	return buffer;
}

const char *sw_owners_format_side(const struct sw_owners *owners, size_t width,
				  char buffer[SW_OWNERS_TEXT_SIZE])
{
	char units[SW_OWNERS_TEXT_SIZE];

	if (owners->n == 0)
		snprintf(buffer, SW_OWNERS_TEXT_SIZE, "this side");
	else if (owners->n == 1 && !owners->earlier)
		return sw_owners_format(owners, width, buffer);
	else
		snprintf(buffer, SW_OWNERS_TEXT_SIZE, "this side (%s)",
			 sw_owners_format(owners, width - strlen("this side ()"), units));
	return buffer;
}

json_t *sw_render_units_json(const struct sw_owners *owners)
{
	json_t *list;

	if (owners->n == 0)
		return json_null();
	list = json_array();
	for (uint32_t i = 0; i < owners->n; i++)
		if (json_array_append_new(list, json_string(owners->units[i])) < 0) {
			json_decref(list);
			return NULL;
		}
	return list;
}
