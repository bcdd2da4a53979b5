/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The sockets cannot be counted. */

#include <stdio.h>

#include "core/rules.h"

void sw_rule_blind(struct sw_blind_memory *memory, const struct sw_inquiry *inquiry)
{
	struct sw_finding finding = {
		.rule = SW_RULE_BLIND,
		.max_severity = inquiry->config->max_blind_severity,
		.why = inquiry->evidence->failure,
	};

	if (inquiry->evidence->failure != NULL) {
		memory->n_failed++;
		memory->n_counted = 0;
	} else {
		memory->n_failed = 0;
		memory->n_counted++;
	}
	snprintf(finding.subject.name, sizeof(finding.subject.name), "%s", inquiry->config->netns);
	finding.signs.over = memory->n_counted >= SW_ENGINE_BLIND_READINGS;
	finding.signs.wanted = memory->n_failed >= SW_ENGINE_BLIND_READINGS;
	if (finding.signs.wanted)
		finding.signs.at_once = SW_LEVEL_WARNING;
	inquiry->take(inquiry->sink, &finding);
}
