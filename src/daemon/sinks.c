/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Both are made from the same report, one after the other, within the same tick. */

#include "daemon/sinks.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "render/json.h"
#include "render/status-json.h"

/* A thousand tuples are a megabyte of text. json_dumps() would grow it by doubling, in two copies;
 * to measure it first takes milliseconds. */
static char *text_of(const json_t *json, size_t *ret_size)
{
	size_t size = json_dumpb(json, NULL, 0, SW_JSON_FLAGS);
	char *text = size == 0 ? NULL : malloc(size);

	if (text != NULL)
		*ret_size = json_dumpb(json, text, size, SW_JSON_FLAGS);
	return text;
}

int sw_sink_status(struct sw_io *io, const char *path, const struct sw_report *report,
		   const struct sw_daemon_status *status)
{
	json_t *json = sw_render_status_json(report, status);
	size_t size = 0;
	char *text = json == NULL ? NULL : text_of(json, &size);
	int r;

	json_decref(json);
	if (text == NULL)
		return -ENOMEM;
	r = io->persist(io, path, text, size);
	free(text);
	return r;
}

int sw_sink_notify(struct sw_io *io, const char *notify_socket, const char *text)
{
	return notify_socket == NULL ? 0 : io->send(io, notify_socket, text, strlen(text));
}
