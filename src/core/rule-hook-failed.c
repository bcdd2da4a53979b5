/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A hook did not run, or not well. */

#include <stdio.h>

#include "core/rules.h"

void sw_rule_hook_failed(const struct sw_inquiry *inquiry)
{
	const struct sw_evidence *evidence = inquiry->evidence;

	for (size_t i = 0; i < evidence->n_hooks; i++) {
		const struct sw_hook_report *hook = &evidence->hooks[i];
		struct sw_finding finding = {
			.rule = SW_RULE_HOOK_FAILED,
			.max_severity = hook->gone ? SW_LEVEL_OK
						   : inquiry->config->max_hook_failed_severity,
			.why = hook->failing ? hook->why : NULL,
		};

		snprintf(finding.subject.name, sizeof(finding.subject.name), "%s", hook->name);
		finding.signs.wanted = hook->failing && !hook->gone;
		finding.signs.over = !hook->failing;
		if (hook->failing)
			finding.signs.at_once = SW_LEVEL_WARNING;
		inquiry->take(inquiry->sink, &finding);
	}
}
