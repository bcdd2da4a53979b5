/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What the parts of a report ask of each other while it is made. */

#include "sockwatch/report.h"

/*
 * Makes the walls, in report->walls. `time_wait_room`: how many more TIME_WAIT there can
 * be. Returns 0 or -ENOMEM.
 */
int sw_report_list_walls(struct sw_report *report, const struct sw_settings *settings,
			 uint64_t time_wait_room);
