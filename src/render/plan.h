/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What a load needs, for people and for programs: schema sockwatch.plan/1. */

#include <jansson.h>
#include <stdio.h>

#include "sockwatch/level.h"
#include "sockwatch/sizing.h"

/* A load, and what it came to. */
struct sw_plan_result {
	struct sw_sizing_input input;
	struct sw_sizing sizing;
	uint32_t n_sources, n_destinations;
	uint16_t range_low, range_high;
	bool reuse;                 /* TIME_WAIT is reused */
	double reuse_ceiling_per_s; /* with tcp_tw_reuse=1; 0 = it is in force, or would have no
				       effect */
	enum sw_level level;        /* of such a steady state */
};

/* Errors stick to `out`. */
void sw_render_plan_text(FILE *out, const struct sw_plan_result *plan);

/* A new reference, or NULL without memory. */
json_t *sw_render_plan_json(const struct sw_plan_result *plan);
