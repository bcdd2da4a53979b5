/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* bind((address, 0)) runs out of local ports, for all destinations together. */

#include "core/rules.h"

/* An alert ends when its figures are this share of its line. */
#define CLEAR_SHARE 0.9

/*
 * Whether bind() is used is a guess that may come and go from reading to reading. It ends an alert
 * only when it has been gone for as long as Clear asks: then these are the ports of connect(),
 * which shares them.
 */
static struct sw_signs signs_of(const struct sw_bind_wall *wall)
{
	const struct sw_ephemeral_limits *limits = &wall->limits;
	const struct sw_forecast *forecast = &wall->forecast;
	double heading = forecast->heading_known ? forecast->heading_to : 0;
	double soon = (double)limits->critical_in / SW_USEC_PER_SEC;
	double below = CLEAR_SHARE * limits->warning;
	bool threatened = forecast->exhausted_in_low_s <= soon;
	struct sw_signs signs = { 0 };

	signs.calm = !wall->in_use || (wall->utilization < below && heading < below && !threatened);
	signs.calm_as_notice = signs.calm;
	if (!wall->in_use)
		return signs;
	signs.warned = wall->utilization > limits->warning || heading > limits->warning;
	signs.threatened = threatened;
	signs.failing = wall->free == 0 && wall->capacity > 0;
	if (wall->capacity > 0 &&
	    (wall->utilization > limits->critical || forecast->exhausted_in_sustained_s <= soon))
		signs.at_once = SW_LEVEL_CRITICAL;
	signs.wanted = signs.warned || threatened || wall->level != SW_LEVEL_OK;
	return signs;
}

void sw_rule_bind_ports(const struct sw_inquiry *inquiry)
{
	const struct sw_report *report = inquiry->evidence->report;

	for (size_t i = 0; i < report->n_walls; i++) {
		const struct sw_bind_wall *wall = &report->walls[i];
		struct sw_outlook outlook;
		const struct sw_finding finding = {
			.rule = SW_RULE_BIND_PORTS,
			.subject.tuple.source = wall->source,
			.signs = signs_of(wall),
			.holds = { wall->limits.warning_hold, wall->limits.critical_hold,
				   wall->limits.clear },
			.max_severity = wall->max_severity,
			.weight = (double)wall->level * 65536 + (wall->capacity - wall->free),
			.outlook = &outlook,
		};

		sw_report_wall_outlook(report, wall, &outlook);
		inquiry->take(inquiry->sink, &finding);
	}
}
