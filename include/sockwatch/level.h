/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* How bad it is, of one reading or of an alert. In rising order up to SW_LEVEL_EXHAUSTED. */

enum sw_level {
	SW_LEVEL_OK,
	SW_LEVEL_NOTICE,
	SW_LEVEL_WARNING,
	SW_LEVEL_CRITICAL,
	SW_LEVEL_EXHAUSTED, /* nothing free; of readings, not of alerts */
	SW_LEVEL_UNKNOWN,   /* the reading is incomplete */
};

/* "ok", "notice", ... Never NULL. */
const char *sw_level_to_string(enum sw_level level);
