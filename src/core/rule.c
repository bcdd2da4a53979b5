/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* One table of what there is to know of each rule. */

#include "sockwatch/rule.h"

#include <errno.h>
#include <string.h>

#include "core/rules.h"

static const struct {
	const char *name;
	enum sw_subject_kind subject;
	bool needs_no_reading;
	enum sw_scope needs; /* or a wider one */
	bool is_of_exhaustion;
	bool stands;
	bool is_of_ports;
	const char *cause; /* of the trouble it finds; NULL = that depends */
} rules[SW_N_RULES] = {
	[SW_RULE_EPHEMERAL_PORTS] = { "ephemeral-ports", SW_SUBJECT_TUPLE, .needs = SW_SCOPE_HOT,
				      .is_of_exhaustion = true, .is_of_ports = true },
	[SW_RULE_BLIND] = { "blind", SW_SUBJECT_NAME, .needs = SW_SCOPE_HOT,
			    .needs_no_reading = true },
	[SW_RULE_HOOK_FAILED] = { "hook-failed", SW_SUBJECT_NAME, .needs = SW_SCOPE_HOT,
				  .needs_no_reading = true },
	[SW_RULE_SLOW_CONNECTS] = { "slow-connects", SW_SUBJECT_TUPLE, .needs = SW_SCOPE_TUPLES,
				    .is_of_ports = true },
	[SW_RULE_TIME_WAIT_LIMIT] = { "time-wait-limit", SW_SUBJECT_NAME, .needs = SW_SCOPE_WHOLE },
	[SW_RULE_CONNECTION_LEAK] = { "connection-leak", SW_SUBJECT_TUPLE, .needs = SW_SCOPE_TUPLES,
				      .cause = "leak" },
	[SW_RULE_SYN_SENT] = { "syn-sent", SW_SUBJECT_TUPLE, .needs = SW_SCOPE_TUPLES,
			       .cause = "black-hole" },
	[SW_RULE_CLOSE_WAIT] = { "close-wait", SW_SUBJECT_ENDPOINT, .needs = SW_SCOPE_WHOLE,
				 .cause = "leak" },
	[SW_RULE_INBOUND] = { "inbound", SW_SUBJECT_PEER, .needs = SW_SCOPE_WHOLE },
	[SW_RULE_LISTEN_QUEUE] = { "listen-queue", SW_SUBJECT_ENDPOINT, .needs = SW_SCOPE_HOT,
				   .cause = "slow-accept" },
	[SW_RULE_KERNEL_SETTING] = { "kernel-setting", SW_SUBJECT_NAME, .needs = SW_SCOPE_WHOLE,
				     .stands = true },
	[SW_RULE_BIND_PORTS] = { "bind-ports", SW_SUBJECT_ADDRESS, .needs = SW_SCOPE_WHOLE,
				 .is_of_exhaustion = true, .is_of_ports = true,
				 .cause = "bind-zero" },
};

const char *sw_rule_to_string(enum sw_rule rule)
{
	return rules[rule].name;
}

int sw_rule_parse(const char *name, enum sw_rule *ret)
{
	for (int rule = 0; rule < SW_N_RULES; rule++)
		if (strcmp(name, rules[rule].name) == 0) {
			*ret = (enum sw_rule)rule;
			return 0;
		}
	return -EINVAL;
}

enum sw_subject_kind sw_rule_subject(enum sw_rule rule)
{
	return rules[rule].subject;
}

const char *sw_rule_cause(enum sw_rule rule)
{
	return rules[rule].cause;
}

bool sw_rule_is_of_ports(enum sw_rule rule)
{
	return rules[rule].is_of_ports;
}

enum sw_scope sw_rule_needs(enum sw_rule rule)
{
	return rules[rule].needs;
}

bool sw_rule_needs_no_reading(enum sw_rule rule)
{
	return rules[rule].needs_no_reading;
}

bool sw_rule_is_of_exhaustion(enum sw_rule rule)
{
	return rules[rule].is_of_exhaustion;
}

bool sw_rule_stands(enum sw_rule rule)
{
	return rules[rule].stands;
}
