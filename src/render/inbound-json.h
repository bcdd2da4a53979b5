/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Peers that hold ports towards ours, as status has them. */

#include "render/json-stream.h"
#include "sockwatch/report.h"

/* Puts the list of them, worst first. */
void sw_render_inbounds_json(struct sw_json_stream *stream, const struct sw_report *report);

/* Puts an advice for each that runs out of ports. */
void sw_render_inbound_advice(struct sw_json_stream *stream, const struct sw_report *report);
