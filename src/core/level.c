/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Names of levels. */

#include "sockwatch/level.h"

#include <stdlib.h>

const char *sw_level_to_string(enum sw_level level)
{
	switch (level) {
	case SW_LEVEL_OK:
		return "ok";
	case SW_LEVEL_NOTICE:
		return "notice";
	case SW_LEVEL_WARNING:
		return "warning";
	case SW_LEVEL_CRITICAL:
		return "critical";
	case SW_LEVEL_EXHAUSTED:
		return "exhausted";
	case SW_LEVEL_UNKNOWN:
		return "unknown";
	}
	abort();
}
