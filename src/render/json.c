/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * jansson reports a failed allocation wherever it happens; kept in the object under
 * construction it needs to be looked at once.
 */

#include "render/json.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct sw_json sw_json_begin(void)
{
	struct sw_json json = { .object = json_object() };

	json.failed = json.object == NULL;
	return json;
}

void sw_json_put(struct sw_json *json, const char *key, json_t *value)
{
	if (json->failed)
		json_decref(value);
	else if (json_object_set_new(json->object, key, value) < 0)
		json->failed = true;
}

json_t *sw_json_end(struct sw_json *json)
{
	if (json->failed) {
		json_decref(json->object);
		json->object = NULL;
	}
	return json->object;
}

void sw_json_append(json_t **list, json_t *value)
{
	if (*list == NULL) {
		json_decref(value);
	} else if (json_array_append_new(*list, value) < 0) {
		json_decref(*list);
		*list = NULL;
	}
}

json_t *sw_json_figure(const struct sw_figure *figure)
{
	return figure->known ? json_integer((json_int_t)figure->value) : json_null();
}

json_t *sw_json_number(double value, int decimals)
{
	double scale = pow(10, decimals);

	if (!isfinite(value))
		return json_null();
	/* + 0.0 makes a negative zero a plain one. */
	return json_real(round(value * scale) / scale + 0.0);
}

json_t *sw_json_text(const char *text)
{
	json_t *value;
	char *copy;

	if (text == NULL)
		return json_null();
	value = json_string(text);
	if (value != NULL)
		return value;
	/* Not UTF-8: names of hosts and interfaces are bytes to the kernel. */
	copy = strdup(text);
	if (copy == NULL)
		return NULL;
	for (char *at = copy; *at != '\0'; at++)
		if ((unsigned char)*at >= 0x80)
			*at = '?';
	value = json_string(copy);
	free(copy);
	return value;
}
