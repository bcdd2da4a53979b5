/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Kernel settings that do harm, for programs. */

#include "render/json-stream.h"
#include "sockwatch/report.h"

/* Puts an advice for each. */
void sw_render_setting_advice(struct sw_json_stream *stream, const struct sw_report *report);
