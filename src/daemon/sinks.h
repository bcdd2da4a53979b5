/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Where things go: events to the journal and the log, the status to its file, words to the service
 * manager. */

#include <stdio.h>

#include "io/io.h"
#include "render/event-json.h"
#include "render/status-file.h"
#include "sockwatch/report.h"

#define SW_JOURNAL_SOCKET "/run/systemd/journal/socket"

/* Sends an event to the journal. Returns 0 or a negative errno; -ENOENT and -ECONNREFUSED where
 * there is no journal. */
int sw_sink_journal(struct sw_io *io, const struct sw_event *event,
		    const struct sw_event_origin *origin);

/* Replaces `path` by the report with the alerts that fire. Returns 0 or a negative errno. */
int sw_sink_status(struct sw_io *io, const char *path, const struct sw_report *report,
		   const struct sw_daemon_status *status);

/* Sends "KEY=value\n..." to the service manager; NULL as socket is none. Returns 0 or a negative
 * errno. */
int sw_sink_notify(struct sw_io *io, const char *notify_socket, const char *text);
