/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Names that the outside contract fixes. */

#include "sockwatch/alert.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *sw_rule_to_string(enum sw_rule rule)
{
	switch (rule) {
	case SW_RULE_EPHEMERAL_PORTS:
		return "ephemeral-ports";
	case SW_RULE_BLIND:
		return "blind";
	case SW_RULE_HOOK_FAILED:
		return "hook-failed";
	}
	abort();
}

int sw_rule_parse(const char *name, enum sw_rule *ret)
{
	for (int rule = 0; rule < SW_N_RULES; rule++)
		if (strcmp(name, sw_rule_to_string((enum sw_rule)rule)) == 0) {
			*ret = (enum sw_rule)rule;
			return 0;
		}
	return -EINVAL;
}

enum sw_subject_kind sw_rule_subject(enum sw_rule rule)
{
	switch (rule) {
	case SW_RULE_EPHEMERAL_PORTS:
		return SW_SUBJECT_TUPLE;
	case SW_RULE_BLIND:
	case SW_RULE_HOOK_FAILED:
		return SW_SUBJECT_NAME;
	}
	abort();
}

const char *sw_subject_format(enum sw_rule rule, const struct sw_subject *subject,
			      const struct sw_ifnames *names, char buffer[SW_TUPLE_TEXT_SIZE])
{
	switch (sw_rule_subject(rule)) {
	case SW_SUBJECT_TUPLE:
		return sw_tuple_format(&subject->tuple, names, buffer);
	case SW_SUBJECT_NAME:
		snprintf(buffer, SW_TUPLE_TEXT_SIZE, "%s", subject->name);
		return buffer;
	}
	abort();
}

const char *sw_alert_subject_format(const struct sw_alert *alert, const struct sw_ifnames *names,
				    char buffer[SW_TUPLE_TEXT_SIZE])
{
	if (alert->n_grouped == 0)
		return sw_subject_format(alert->rule, &alert->subject, names, buffer);
	snprintf(buffer, SW_TUPLE_TEXT_SIZE, "more");
	return buffer;
}

const char *sw_event_state_to_string(enum sw_event_state state)
{
	switch (state) {
	case SW_EVENT_FIRING:
		return "firing";
	case SW_EVENT_CHANGED:
		return "changed";
	case SW_EVENT_REPEAT:
		return "repeat";
	case SW_EVENT_RESOLVED:
		return "resolved";
	}
	abort();
}
