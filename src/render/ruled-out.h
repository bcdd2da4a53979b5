/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What else could be the matter, and is not; or is as well. */

#include <stdio.h>

#include "sockwatch/report.h"

/*
 * "Fine: bind(0), TIME_WAIT 18 % of limit, ...", and "Also: ..." for what is not.
 * Only what is known. `outlook` is the tuple in trouble. Errors stick to `out`.
 */
void sw_render_ruled_out(FILE *out, const struct sw_report *report,
			 const struct sw_outlook *outlook);
