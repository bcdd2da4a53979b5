/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Root may edit the file by hand, so it is said what is wrong with it. One mistake is the end
 * of all of it: half of what somebody decided is something nobody has decided.
 */

#include "render/mutes-json.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "render/json.h"
#include "render/timestamp.h"

#define SCHEMA "sockwatch.mutes/1"

static json_t *optional_text(const char *text)
{
	return sw_json_text(text[0] == '\0' ? NULL : text);
}

static json_t *mute_json(const struct sw_mute *mute)
{
	struct sw_json json = sw_json_begin();
	char time[SW_TIMESTAMP_SIZE];

	sw_json_put(&json, "rule", json_string(sw_rule_to_string(mute->rule)));
	sw_json_put(&json, "subject", optional_text(mute->subject));
	sw_json_put(&json, "since", json_string(sw_timestamp_format(mute->since, time)));
	sw_json_put(&json, "until", json_string(sw_timestamp_format(mute->until, time)));
	sw_json_put(&json, "by", optional_text(mute->by));
	sw_json_put(&json, "reason", optional_text(mute->reason));
	return sw_json_end(&json);
}

json_t *sw_render_mutes_json(const struct sw_mutes *mutes)
{
	struct sw_json json = sw_json_begin();
	json_t *list = json_array();

	for (size_t i = 0; i < mutes->n; i++)
		if (json_array_append_new(list, mute_json(&mutes->list[i])) < 0) {
			json_decref(list);
			list = NULL;
			break;
		}
	sw_json_put(&json, "schema", json_string(SCHEMA));
	sw_json_put(&json, "mutes", list);
	return sw_json_end(&json);
}

/* A text that may be null or missing, into a buffer it has to fit. */
static int read_text(json_t *mute, const char *key, char *buffer, size_t size)
{
	json_t *value = json_object_get(mute, key);

	buffer[0] = '\0';
	if (value == NULL || json_is_null(value))
		return 0;
	/* jansson takes no NUL within a text. */
	if (!json_is_string(value) || json_string_length(value) >= size)
		return -EBADMSG;
	memcpy(buffer, json_string_value(value), json_string_length(value) + 1);
	return 0;
}

static int read_time(json_t *mute, const char *key, sw_usec *ret)
{
	char text[SW_TIMESTAMP_SIZE];

	return read_text(mute, key, text, sizeof(text)) < 0 || sw_timestamp_parse(text, ret) < 0
		       ? -EBADMSG
		       : 0;
}

/* Returns what is wrong with the mute, or NULL. */
static const char *read_mute(json_t *json, struct sw_mute *ret)
{
	char rule[32];

	*ret = (struct sw_mute){ 0 };
	if (!json_is_object(json))
		return "it is no object";
	if (read_text(json, "rule", rule, sizeof(rule)) < 0 || sw_rule_parse(rule, &ret->rule) < 0)
		return "\"rule\" is none that this version knows";
	if (read_time(json, "until", &ret->until) < 0)
		return "\"until\" is no time such as \"2026-11-22T05:00:00Z\"";
	if (read_time(json, "since", &ret->since) < 0)
		return "\"since\" is no time such as \"2026-11-22T05:00:00Z\"";
	if (read_text(json, "subject", ret->subject, sizeof(ret->subject)) < 0 ||
	    read_text(json, "by", ret->by, sizeof(ret->by)) < 0 ||
	    read_text(json, "reason", ret->reason, sizeof(ret->reason)) < 0)
		return "\"subject\", \"by\" or \"reason\" is no text, or too long";
	return NULL;
}

static int complain(char why[SW_MUTES_WHY_SIZE], const char *what)
{
	snprintf(why, SW_MUTES_WHY_SIZE, "%s", what);
	return -EBADMSG;
}

static int read_list(struct sw_mutes *ret, json_t *list, char why[SW_MUTES_WHY_SIZE])
{
	struct sw_mute mute;
	json_t *json;
	size_t i;

	ret->n = 0;
	json_array_foreach(list, i, json)
	{
		const char *what = read_mute(json, &mute);

		if (what != NULL) {
			snprintf(why, SW_MUTES_WHY_SIZE, "mute %zu: %s", i + 1, what);
			return -EBADMSG;
		}
		if (sw_mutes_set(ret, &mute) < 0)
			return complain(why, "these are more mutes than there may be");
	}
	return 0;
}

static int read_document(struct sw_mutes *ret, json_t *root, char why[SW_MUTES_WHY_SIZE])
{
	struct sw_mutes *mutes;
	const char *schema;
	json_t *list;
	int r;

	if (json_unpack(root, "{s:s, s:o}", "schema", &schema, "mutes", &list) < 0 ||
	    strcmp(schema, SCHEMA) != 0 || !json_is_array(list))
		return complain(why, "it is not of the schema " SCHEMA);
	mutes = malloc(sizeof(*mutes));
	if (mutes == NULL)
		return -ENOMEM;
	r = read_list(mutes, list, why);
	if (r == 0)
		*ret = *mutes;
	free(mutes);
	return r;
}

int sw_mutes_parse(struct sw_mutes *ret, const char *text, size_t size, char why[SW_MUTES_WHY_SIZE])
{
	json_error_t error;
	json_t *root;
	int r;

	root = json_loadb(text, size, JSON_REJECT_DUPLICATES, &error);
	if (root == NULL && json_error_code(&error) == json_error_out_of_memory)
		return -ENOMEM;
	if (root == NULL) {
		/* Without the words of jansson, which quote the text. */
		snprintf(why, SW_MUTES_WHY_SIZE, "line %d, column %d: this is no JSON", error.line,
			 error.column);
		return -EBADMSG;
	}
	r = read_document(ret, root, why);
	json_decref(root);
	return r;
}
