/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The status for programs. */

#include <stdio.h>

#include "render/status-file.h"
#include "sockwatch/process.h"
#include "sockwatch/report.h"

/*
 * Writes a report as sockwatch.status/1, laid out by SW_JSON_FLAGS or SW_JSON_FLAGS_PRETTY. Of the
 * first `n_holders` tuples `holders` tells which processes have their sockets. Returns 0, -ENOMEM
 * or why `out` took no more; what was written until then is part of a document.
 */
int sw_render_status_json(FILE *out, size_t flags, const struct sw_report *report,
			  const struct sw_daemon_status *daemon, const struct sw_holders *holders,
			  size_t n_holders);
