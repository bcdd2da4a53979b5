/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The status for programs. */

#include <jansson.h>

#include "render/status-file.h"
#include "sockwatch/report.h"

/* A report as sockwatch.status/1. A new reference, or NULL without memory. */
json_t *sw_render_status_json(const struct sw_report *report,
			      const struct sw_daemon_status *daemon);
