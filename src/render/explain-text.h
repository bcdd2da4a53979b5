/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* An explanation for people. */

#include "render/status-text.h"
#include "sockwatch/explain.h"

/* Errors stick to `out`. */
void sw_render_explain_text(FILE *out, const struct sw_report *report,
			    const struct sw_explanation *explanation,
			    const struct sw_text_style *style);
