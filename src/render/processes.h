/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Processes that hold the sockets of the report's first tuples. */

#include <jansson.h>
#include <stdio.h>

#include "sockwatch/process.h"
#include "sockwatch/report.h"

/* A table; errors stick to `out`. */
void sw_render_processes_text(FILE *out, const struct sw_report *report,
			      const struct sw_holders *holders, size_t n);

/* "processes" of a tuple: a new reference, or NULL without memory. */
json_t *sw_render_processes_json(const struct sw_holders *holders);
