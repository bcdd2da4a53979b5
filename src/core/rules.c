/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What rules have in common, and the one place that asks them. */

#include "core/rules.h"

/* An alert ends when its figure is this share of its line. */
#define CLEAR_SHARE 0.9

int sw_rule_memory_init(struct sw_rule_memory *memory)
{
	int r;

	*memory = (struct sw_rule_memory){ 0 };
	r = sw_rule_slow_connects_init(&memory->slow_connects);
	if (r == 0)
		r = sw_rule_connection_leak_init(&memory->connection_leak);
	if (r == 0)
		r = sw_rule_close_wait_init(&memory->close_wait);
	return r < 0 ? r : sw_rule_listen_queue_init(&memory->listen_queue);
}

void sw_rule_memory_deinit(struct sw_rule_memory *memory)
{
	sw_past_deinit(&memory->slow_connects);
	sw_past_deinit(&memory->connection_leak);
	sw_past_deinit(&memory->close_wait);
	sw_rule_listen_queue_deinit(&memory->listen_queue);
}

void sw_rules_ask(struct sw_rule_memory *memory, const struct sw_inquiry *inquiry)
{
	sw_rule_blind(&memory->blind, inquiry);
	sw_rule_hook_failed(inquiry);
	if (inquiry->evidence->report == NULL)
		return;
	sw_rule_ephemeral_ports(inquiry);
	if (inquiry->evidence->scope == SW_SCOPE_WHOLE)
		sw_rule_bind_ports(inquiry);
	if (inquiry->evidence->settings == NULL)
		return;
	sw_rule_listen_queue(&memory->listen_queue, inquiry);
	if (inquiry->evidence->scope > SW_SCOPE_TUPLES)
		return;
	sw_rule_slow_connects(&memory->slow_connects, inquiry);
	sw_rule_connection_leak(&memory->connection_leak, inquiry);
	sw_rule_syn_sent(inquiry);
	if (inquiry->evidence->scope > SW_SCOPE_WHOLE)
		return;
	sw_rule_time_wait_limit(&memory->time_wait_limit, inquiry);
	sw_rule_close_wait(&memory->close_wait, inquiry);
	sw_rule_inbound(inquiry);
	sw_rule_kernel_setting(&memory->kernel_setting, inquiry);
}

struct sw_finding sw_rule_finding(const struct sw_inquiry *inquiry, enum sw_rule rule)
{
	const struct sw_settings *settings = inquiry->evidence->settings;

	return (struct sw_finding){
		.rule = rule,
		.holds = { settings->alert.warning_hold, settings->alert.critical_hold,
			   settings->alert.clear },
		.max_severity = sw_rule_max_severity(&settings->rules.common[rule]),
	};
}

struct sw_finding sw_rule_tuple_finding(const struct sw_inquiry *inquiry, enum sw_rule rule,
					const struct sw_outlook *outlook,
					const struct sw_rules **ret_limits)
{
	struct sw_finding finding = sw_rule_finding(inquiry, rule);

	finding.subject.tuple = outlook->tuple;
	finding.outlook = outlook;
	*ret_limits = sw_settings_at(inquiry->evidence->settings, rule, &outlook->tuple.destination,
				     outlook->tuple.port, &finding.max_severity);
	return finding;
}

struct sw_signs sw_signs_beyond(double figure, double line)
{
	bool calm = figure < CLEAR_SHARE * line;

	return (struct sw_signs){
		.warned = figure > line,
		.wanted = figure > line,
		.calm = calm,
		.calm_as_notice = calm,
	};
}
