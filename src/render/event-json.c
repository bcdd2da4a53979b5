/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* One event as hooks, status.json and other programs get it. */

#include "render/event-json.h"

#include <inttypes.h>
#include <stdio.h>

#include "render/advice-json.h"
#include "render/json.h"
#include "render/owners.h"
#include "render/queue-advice.h"
#include "render/sentence.h"
#include "render/timestamp.h"
#include "render/tuple-json.h"

const char *sw_event_id_format(const struct sw_alert *alert, const struct sw_event_origin *origin,
			       char buffer[SW_EVENT_ID_SIZE])
{
	snprintf(buffer, SW_EVENT_ID_SIZE, "%.36s-%" PRIu64, origin->boot_id, alert->sequence);
	return buffer;
}

const char *sw_outlook_errno(const struct sw_outlook *outlook)
{
	if (outlook->free > 0)
		return NULL;
	return outlook->of_bind ? "EADDRINUSE" : "EADDRNOTAVAIL";
}

/* What there was while it fired; null until it is resolved. */
static void put_past(struct sw_json *json, const struct sw_event *event)
{
	const struct sw_alert *alert = &event->alert;
	bool over = event->state == SW_EVENT_RESOLVED;
	bool ports = over && sw_rule_is_of_exhaustion(alert->rule);

	sw_json_put(json, "duration_s",
		    over ? sw_json_number((double)alert->lasted_usec / SW_USEC_PER_SEC, 3)
			 : json_null());
	sw_json_put(json, "exhausted_for_s",
		    ports ? sw_json_number((double)alert->exhausted_usec / SW_USEC_PER_SEC, 3)
			  : json_null());
	sw_json_put(json, "slow_for_s",
		    over && alert->rule == SW_RULE_EPHEMERAL_PORTS
			    ? sw_json_number((double)alert->slow_usec / SW_USEC_PER_SEC, 3)
			    : json_null());
	sw_json_put(json, "peak_used", ports ? json_integer(alert->peak_used) : json_null());
}

/* `subject`: its text. */
static json_t *advice_json(const struct sw_alert *alert, const struct sw_ifnames *names,
			   const char *subject)
{
	json_t *list;

	if (sw_rule_is_of_ports(alert->rule))
		return sw_render_advice_json(&alert->outlook, names);
	list = json_array();
	if (alert->rule == SW_RULE_LISTEN_QUEUE)
		sw_json_append(&list, sw_render_queue_advice_json(
					      subject, alert->severity, alert->facts.count,
					      alert->facts.limit, alert->facts.span_usec > 0));
	return list;
}

/* What bind((address, 0)) has, in the words of a tuple. */
static json_t *bind_wall_json(const struct sw_alert *alert, const struct sw_ifnames *names)
{
	const struct sw_outlook *wall = &alert->outlook;
	struct sw_json json = sw_json_begin();
	char text[SW_ADDR_TEXT_SIZE];

	sw_json_put(&json, "source",
		    sw_json_text(sw_addr_format(&wall->tuple.source, names, text)));
	sw_json_put(&json, "used", json_integer(wall->used));
	sw_json_put(&json, "capacity", json_integer(wall->capacity));
	sw_json_put(&json, "free", json_integer(wall->free));
	sw_json_put(&json, "rate_per_s", sw_json_number(wall->forecast.present_per_s, 2));
	sw_json_put(&json, "ceiling_per_s", sw_json_number(wall->forecast.ceiling_per_s, 2));
	sw_json_put(&json, "exhausted_in_s", sw_json_number(wall->forecast.exhausted_in_s, 1));
	sw_json_put(&json, "units", sw_render_units_json(&alert->owners));
	return sw_json_end(&json);
}

json_t *sw_render_event_json(const struct sw_event *event, const struct sw_event_origin *origin)
{
	const struct sw_alert *alert = &event->alert;
	const struct sw_outlook *outlook = &alert->outlook;
	bool ports = sw_rule_is_of_ports(alert->rule);
	struct sw_json json = sw_json_begin();
	char event_id[SW_EVENT_ID_SIZE], alert_id[17], time[SW_TIMESTAMP_SIZE];
	char subject[SW_TUPLE_TEXT_SIZE], sentence[SW_SENTENCE_SIZE];

	snprintf(alert_id, sizeof(alert_id), "%016" PRIx64, alert->id);
	sw_json_put(&json, "schema", json_string("sockwatch.event/1"));
	/* One that has been mute all its life has had no event. */
	sw_json_put(&json, "event_id",
		    sw_json_text(alert->sequence == 0
					 ? NULL
					 : sw_event_id_format(alert, origin, event_id)));
	sw_json_put(&json, "alert_id", json_string(alert_id));
	sw_json_put(&json, "state", json_string(sw_event_state_to_string(event->state)));
	sw_json_put(&json, "rule", json_string(sw_rule_to_string(alert->rule)));
	sw_json_put(&json, "severity", json_string(sw_level_to_string(alert->severity)));
	sw_json_put(&json, "summary",
		    sw_json_text(sw_render_sentence(event, origin->names, sentence)));
	sw_json_put(&json, "subject",
		    sw_json_text(sw_alert_subject_format(alert, origin->names, subject)));
	sw_json_put(&json, "host", sw_json_text(origin->host));
	sw_json_put(&json, "time", json_string(sw_timestamp_format(alert->changed.wall, time)));
	sw_json_put(&json, "since", json_string(sw_timestamp_format(alert->since.wall, time)));
	sw_json_put(&json, "netns", sw_json_text(origin->netns));
	sw_json_put(&json, "tuple",
		    sw_subject_kind(alert->rule, &alert->subject) == SW_SUBJECT_TUPLE
			    ? sw_render_tuple_json(outlook, &alert->owners, origin->names)
			    : json_null());
	sw_json_put(&json, "bind_wall",
		    sw_rule_subject(alert->rule) == SW_SUBJECT_ADDRESS
			    ? bind_wall_json(alert, origin->names)
			    : json_null());
	sw_json_put(&json, "advice", advice_json(alert, origin->names, subject));
	sw_json_put(&json, "attempt", json_integer(1));
	sw_json_put(&json, "previous_severity",
		    alert->previous == SW_LEVEL_OK
			    ? json_null()
			    : json_string(sw_level_to_string(alert->previous)));
	sw_json_put(&json, "cause", sw_json_text(sw_alert_cause(alert)));
	sw_json_put(&json, "errno", sw_json_text(ports ? sw_outlook_errno(outlook) : NULL));
	put_past(&json, event);
	sw_json_put(&json, "muted_until",
		    sw_json_text(alert->muted_until == 0
					 ? NULL
					 : sw_timestamp_format(alert->muted_until, time)));
	sw_json_put(&json, "test", json_false());
	return sw_json_end(&json);
}
