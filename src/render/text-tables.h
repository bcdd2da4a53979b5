/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The tables of the status screen: outgoing, listening, limits. */

#include "render/status-text.h"

void sw_render_outgoing(FILE *out, const struct sw_report *report,
			const struct sw_text_style *style);
void sw_render_listening(FILE *out, const struct sw_report *report,
			 const struct sw_text_style *style);
void sw_render_limits(FILE *out, const struct sw_report *report, const struct sw_text_style *style);
