/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A rule named on the command line. */

#include <stdbool.h>

#include "sockwatch/rule.h"

/* The rule of that name. False, and said on stderr with those that there are, where there is none.
 */
bool sw_rule_find(const char *name, enum sw_rule *ret);
