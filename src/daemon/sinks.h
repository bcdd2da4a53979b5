/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Where the state goes: the status to its file, a line of it to the service manager. */

#include "io/io.h"
#include "render/status-file.h"
#include "sockwatch/report.h"

/* Replaces `path` by the report with the alerts that fire. Returns 0 or a negative errno. */
int sw_sink_status(struct sw_io *io, const char *path, const struct sw_report *report,
		   const struct sw_daemon_status *daemon);

/* Sends "KEY=value\n..." to the service manager; NULL as socket is none. Returns 0 or a negative
 * errno. */
int sw_sink_notify(struct sw_io *io, const char *notify_socket, const char *text);
