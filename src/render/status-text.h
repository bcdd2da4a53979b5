/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A report for people: 80 columns, plain ASCII, understood without colour. */

#include <stdbool.h>
#include <stdio.h>

#include "render/status-file.h"
#include "sockwatch/report.h"

struct sw_text_style {
	unsigned int rows; /* of each table */
	bool color;
	bool legend; /* headings of the tables */
};

/* Errors stick to `out`. */
void sw_render_status_text(FILE *out, const struct sw_report *report,
			   const struct sw_daemon_status *daemon,
			   const struct sw_text_style *style);

/* Its first line: level, host and time. */
void sw_render_headline(FILE *out, const struct sw_report *report, enum sw_level level,
			const struct sw_text_style *style);
