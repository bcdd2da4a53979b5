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

const char *sw_subject_format(const struct sw_alert *alert, const char *netns,
			      const struct sw_ifnames *names, char buffer[SW_TUPLE_TEXT_SIZE])
{
	switch (alert->rule) {
	case SW_RULE_EPHEMERAL_PORTS:
		if (alert->n_grouped == 0)
			return sw_tuple_format(&alert->outlook.tuple, names, buffer);
		snprintf(buffer, SW_TUPLE_TEXT_SIZE, "more");
		break;
	case SW_RULE_BLIND:
		snprintf(buffer, SW_TUPLE_TEXT_SIZE, "%s", netns);
		break;
	}
	return buffer;
}
