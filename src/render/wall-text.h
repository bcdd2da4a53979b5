/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A bind wall as lines for a terminal. */

#include <stdio.h>

#include "sockwatch/report.h"

/* What of bind((source, 0)) is used and left, what fails, why, and what to do. */
void sw_render_wall_text(FILE *out, const struct sw_report *report,
			 const struct sw_bind_wall *wall);
