/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Peers that hold ports towards ours, as status has them. */

#include <jansson.h>

#include "sockwatch/report.h"

/* The list of them, worst first; NULL without memory. */
json_t *sw_render_inbound_json(const struct sw_report *report);

/* Adds an advice for each that runs out of ports to `*list`; NULL without memory. */
void sw_render_inbound_advice(const struct sw_report *report, json_t **list);
