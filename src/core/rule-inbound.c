/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A peer is about to run out of ports towards one of ours. */

#include "core/rules.h"

void sw_rule_inbound(const struct sw_inquiry *inquiry)
{
	const struct sw_report *report = inquiry->evidence->report;

	for (size_t i = 0; i < report->n_inbounds; i++) {
		const struct sw_inbound *inbound = &report->inbounds[i];
		struct sw_finding finding = sw_rule_finding(inquiry, SW_RULE_INBOUND);

		finding.subject.tuple = inbound->tuple;
		finding.max_severity = inbound->max_severity;
		finding.signs = sw_signs_beyond(inbound->utilization, inbound->notice);
		finding.signs.noticed = finding.signs.warned;
		finding.signs.warned = false;
		finding.weight = inbound->utilization;
		finding.facts = (struct sw_facts){
			.count = inbound->n_held,
			.limit = inbound->range,
			.share = inbound->utilization,
		};
		inquiry->take(inquiry->sink, &finding);
	}
}
