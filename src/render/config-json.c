/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* One flat list of keys, so that a program finds one without knowing how sections nest. */
#include "render/config-json.h"

#include "render/json.h"

/* The list under construction; NULL once there was no memory. */
struct list {
	json_t *keys;
};

static void add_key(void *userdata, const struct sw_config_entry *entry)
{
	struct list *list = userdata;
	struct sw_json json = sw_json_begin();

	sw_json_put(&json, "section", sw_json_text(entry->section));
	sw_json_put(&json, "override", sw_json_text(entry->override));
	sw_json_put(&json, "key", sw_json_text(entry->key));
	sw_json_put(&json, "value", sw_json_text(entry->value));
	sw_json_put(&json, "file", sw_json_text(entry->file));
	sw_json_put(&json, "line", entry->file == NULL ? json_null() : json_integer(entry->line));
	if (json_array_append_new(list->keys, sw_json_end(&json)) < 0) {
		json_decref(list->keys);
		list->keys = NULL;
	}
}

static json_t *files_json(const struct sw_config *config)
{
	json_t *files = json_array();

	for (size_t i = 0; i < sw_config_n_files(config); i++)
		if (json_array_append_new(files, sw_json_text(sw_config_file(config, i))) < 0) {
			json_decref(files);
			return NULL;
		}
	return files;
}

json_t *sw_render_config_json(const struct sw_config *config)
{
	struct sw_json json = sw_json_begin();
	struct list list = { .keys = json_array() };

	sw_config_visit(config, add_key, &list);
	sw_json_put(&json, "schema", json_string("sockwatch.config/1"));
	sw_json_put(&json, "version", json_string(SW_VERSION));
	sw_json_put(&json, "files", files_json(config));
	sw_json_put(&json, "keys", list.keys);
	return sw_json_end(&json);
}
