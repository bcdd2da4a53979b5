/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* One tuple at length: how much is gone, why, until when, and what to do. */

#include <stdbool.h>
#include <stdio.h>

#include "sockwatch/report.h"

/* `outlook` is one of the report's. Errors stick to `out`. */
void sw_render_tuple_text(FILE *out, const struct sw_report *report,
			  const struct sw_outlook *outlook);

/* What takes ports away from connect(), of everybody's: "listeners", "listeners and binds". */
const char *sw_blockers(const struct sw_reading *reading);

/* The bar of what is used, and what is left, after a word of four letters. */
void sw_render_bar(FILE *out, const char *name, const struct sw_outlook *outlook);

/* What to do, each with its gain. Returns whether there was anything. */
bool sw_render_remedies(FILE *out, const struct sw_outlook *outlook);
