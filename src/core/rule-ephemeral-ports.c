/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* One source address towards one destination runs out of local ports. */

#include "core/rules.h"

/* An alert ends when its figures are this share of its line. */
#define CLEAR_SHARE 0.9

static double heading_of(const struct sw_outlook *outlook)
{
	return outlook->forecast.heading_known ? outlook->forecast.heading_to : 0;
}

static bool is_below(const struct sw_outlook *outlook, double line)
{
	return outlook->own < CLEAR_SHARE * line && heading_of(outlook) < CLEAR_SHARE * line;
}

static struct sw_signs signs_of(const struct sw_outlook *outlook)
{
	const struct sw_ephemeral_limits *limits = &outlook->limits;
	double heading = heading_of(outlook);
	double soon = (double)limits->critical_in / SW_USEC_PER_SEC;
	struct sw_signs signs = {
		.noticed = outlook->own > limits->notice,
		.warned = outlook->own > limits->warning || heading > limits->warning,
		.threatened = outlook->forecast.exhausted_in_low_s <= soon,
		.failing = outlook->free == 0 && outlook->capacity > 0,
	};

	if (outlook->own > limits->critical || sw_outlook_is_imminent(outlook, limits))
		signs.at_once = SW_LEVEL_CRITICAL;
	signs.calm = is_below(outlook, limits->warning) && !signs.threatened;
	signs.calm_as_notice = is_below(outlook, limits->notice) && !signs.threatened;
	signs.wanted = outlook->level != SW_LEVEL_OK || signs.noticed ||
		       heading > limits->warning || outlook->forecast.exhausted_in_low_s < SW_NEVER;
	return signs;
}

void sw_rule_ephemeral_ports(const struct sw_inquiry *inquiry)
{
	const struct sw_report *report = inquiry->evidence->report;

	for (size_t i = 0; i < report->n_outlooks; i++) {
		const struct sw_outlook *outlook = &report->outlooks[i];
		const struct sw_finding finding = {
			.rule = SW_RULE_EPHEMERAL_PORTS,
			.subject.tuple = outlook->tuple,
			.signs = signs_of(outlook),
			.holds = { outlook->limits.warning_hold, outlook->limits.critical_hold,
				   outlook->limits.clear },
			.max_severity = outlook->max_severity,
			.weight = (double)outlook->level * 65536 + outlook->used,
			.outlook = outlook,
		};

		inquiry->take(inquiry->sink, &finding);
	}
}
