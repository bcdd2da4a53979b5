/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Both are made from the same report, one after the other, within the same tick. */

#include "daemon/sinks.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "render/json.h"
#include "render/status-json.h"

int sw_sink_status(struct sw_io *io, const char *path, const struct sw_report *report,
		   const struct sw_daemon_status *status)
{
	json_t *json = sw_render_status_json(report, status);
	char *text = json == NULL ? NULL : json_dumps(json, SW_JSON_FLAGS);
	int r;

	json_decref(json);
	if (text == NULL)
		return -ENOMEM;
	r = io->persist(io, path, text, strlen(text));
	free(text);
	return r;
}

int sw_sink_notify(struct sw_io *io, const char *notify_socket, const char *text)
{
	return notify_socket == NULL ? 0 : io->send(io, notify_socket, text, strlen(text));
}
