/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Both are made from the same report, one after the other, within the same tick. */

#include "daemon/sinks.h"

#include <string.h>

#include "render/json.h"
#include "render/status-json.h"

struct status {
	const struct sw_report *report;
	const struct sw_daemon_status *daemon;
};

static int write_status(FILE *out, void *userdata)
{
	const struct status *status = userdata;

	return sw_render_status_json(out, SW_JSON_FLAGS, status->report, status->daemon, NULL, 0);
}

int sw_sink_status(struct sw_io *io, const char *path, const struct sw_report *report,
		   const struct sw_daemon_status *daemon)
{
	struct status status = { .report = report, .daemon = daemon };

	return io->persist(io, path, write_status, &status);
}

int sw_sink_notify(struct sw_io *io, const char *notify_socket, const char *text)
{
	return notify_socket == NULL ? 0 : io->send(io, notify_socket, text, strlen(text));
}
