/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The sockets cannot be counted, or not in time. */

#include <stdio.h>

#include "core/rules.h"

void sw_rule_blind(struct sw_blind_memory *memory, const struct sw_inquiry *inquiry)
{
	struct sw_finding finding = {
		.rule = SW_RULE_BLIND,
		.max_severity = inquiry->config->max_blind_severity,
	};
	const struct sw_evidence *evidence = inquiry->evidence;
	bool late = evidence->delay > SW_ENGINE_MAX_DELAY;

	if (evidence->failure != NULL)
		memory->n_failed++;
	else if (evidence->report != NULL)
		memory->n_failed = 0;
	if (evidence->failure != NULL || late)
		memory->n_counted = 0;
	else if (evidence->report != NULL)
		memory->n_counted++;
	snprintf(finding.subject.name, sizeof(finding.subject.name), "%s", inquiry->config->netns);
	finding.signs.over = memory->n_counted >= SW_ENGINE_BLIND_READINGS;
	finding.signs.wanted = memory->n_failed >= SW_ENGINE_BLIND_READINGS || late;
	if (memory->n_failed >= SW_ENGINE_BLIND_READINGS) {
		memory->delay = 0;
		finding.why = evidence->failure;
	} else if (late) {
		memory->delay = evidence->delay;
		finding.why = evidence->delay_why;
	}
	finding.facts.span_usec = memory->delay;
	if (finding.signs.wanted)
		finding.signs.at_once = SW_LEVEL_WARNING;
	inquiry->take(inquiry->sink, &finding);
}
