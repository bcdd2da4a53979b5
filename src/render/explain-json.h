/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* An explanation for programs: schema sockwatch.explain/1. */

#include <jansson.h>

#include "sockwatch/explain.h"

/* A new reference, or NULL without memory. */
json_t *sw_render_explain_json(const struct sw_report *report,
			       const struct sw_explanation *explanation);
