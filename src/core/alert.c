/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Names that the outside contract fixes. */

#include "sockwatch/alert.h"

#include <stdlib.h>

const char *sw_rule_to_string(enum sw_rule rule)
{
	switch (rule) {
	case SW_RULE_EPHEMERAL_PORTS:
		return "ephemeral-ports";
	case SW_RULE_BLIND:
		return "blind";
	}
	abort();
}

const char *sw_event_state_to_string(enum sw_event_state state)
{
	switch (state) {
	case SW_EVENT_FIRING:
		return "firing";
	case SW_EVENT_CHANGED:
		return "changed";
	case SW_EVENT_REPEAT:
		return "repeat";
	case SW_EVENT_RESOLVED:
		return "resolved";
	}
	abort();
}
