/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* One look at a world: a reading and what it means. */

#include "cli/world.h"
#include "sockwatch/report.h"

struct sw_look {
	struct sw_reading *reading;
	struct sw_report report;
};

/*
 * Takes a reading of what `filter` asks for and judges it by `settings`.
 * Returns 0 also when the reading is incomplete or there is no route to the
 * destination (both are in it), or else a negative errno and has said so on
 * stderr.
 */
int sw_look_take(struct sw_look *look, const struct sw_world *world,
		 const struct sw_settings *settings, const struct sw_report_filter *filter);
void sw_look_done(struct sw_look *look);
