/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What the engine has to know of each rule. */

#include "core/rules.h"

#include <stdlib.h>

bool sw_rule_needs_no_reading(enum sw_rule rule)
{
	switch (rule) {
	case SW_RULE_EPHEMERAL_PORTS:
		return false;
	case SW_RULE_BLIND:
	case SW_RULE_HOOK_FAILED:
		return true;
	}
	abort();
}

bool sw_rule_is_urgent(enum sw_rule rule)
{
	switch (rule) {
	case SW_RULE_EPHEMERAL_PORTS:
		return true;
	case SW_RULE_BLIND:
	case SW_RULE_HOOK_FAILED:
		return false;
	}
	abort();
}
