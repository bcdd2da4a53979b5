/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The rules are few enough to be listed to whoever mistypes one. */

#include "cli/rule.h"

#include <stdio.h>

bool sw_rule_find(const char *name, enum sw_rule *ret)
{
	if (sw_rule_parse(name, ret) == 0)
		return true;
	fprintf(stderr, "sockwatch: there is no rule \"%s\"; there is", name);
	for (int rule = 0; rule < SW_N_RULES; rule++)
		fprintf(stderr, "%s %s", rule == 0 ? "" : ",",
			sw_rule_to_string((enum sw_rule)rule));
	fputc('\n', stderr);
	return false;
}
