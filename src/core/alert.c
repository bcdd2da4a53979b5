/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Names that the outside contract fixes. */

#include "sockwatch/alert.h"

#include <stdio.h>
#include <stdlib.h>

enum sw_subject_kind sw_subject_kind(enum sw_rule rule, const struct sw_subject *subject)
{
	enum sw_subject_kind kind = sw_rule_subject(rule);

	return kind == SW_SUBJECT_ENDPOINT && subject->tuple.source.family != 0 ? SW_SUBJECT_TUPLE
										: kind;
}

const char *sw_subject_format(enum sw_rule rule, const struct sw_subject *subject,
			      const struct sw_ifnames *names, char buffer[SW_TUPLE_TEXT_SIZE])
{
	const struct sw_tuple *tuple = &subject->tuple;

	switch (sw_subject_kind(rule, subject)) {
	case SW_SUBJECT_TUPLE:
	case SW_SUBJECT_PEER:
		return sw_tuple_format(tuple, names, buffer);
	case SW_SUBJECT_ENDPOINT:
		return sw_endpoint_format(&tuple->destination, tuple->port, names, buffer);
	case SW_SUBJECT_ADDRESS:
		return sw_addr_format(&tuple->source, names, buffer);
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

const char *sw_alert_cause(const struct sw_alert *alert)
{
	const char *cause = sw_rule_cause(alert->rule);

	if (alert->rule == SW_RULE_BLIND && alert->facts.span_usec > 0)
		return "cpu-budget";
	if (cause != NULL || sw_subject_kind(alert->rule, &alert->subject) != SW_SUBJECT_TUPLE)
		return cause;
	return sw_cause_to_string(sw_outlook_cause(&alert->outlook));
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
