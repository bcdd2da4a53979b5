/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * The fields are walked once; where they go is a function: the native protocol, or one
 * line for people.
 */

#include "render/journal.h"

#include <endian.h>
#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "render/queue-advice.h"
#include "render/sentence.h"
#include "render/timestamp.h"
#include "sockwatch/advice.h"

/* Takes one field. */
typedef void (*field_sink)(FILE *out, const char *key, const char *value);

struct fields {
	FILE *out;
	field_sink sink;
};

static void field(const struct fields *fields, const char *key, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

static void field(const struct fields *fields, const char *key, const char *format, ...)
{
	char value[SW_SENTENCE_SIZE];
	va_list args;

	va_start(args, format);
	vsnprintf(value, sizeof(value), format, args);
	va_end(args);
	fields->sink(fields->out, key, value);
}

/* syslog(3) priorities as the contract has them: critical 2, warning 4, notice and resolved 5. */
static int priority_of(const struct sw_event *event)
{
	if (event->state == SW_EVENT_RESOLVED)
		return 5;
	switch (event->alert.severity) {
	case SW_LEVEL_OK:
	case SW_LEVEL_UNKNOWN:
	case SW_LEVEL_NOTICE:
		return 5;
	case SW_LEVEL_WARNING:
		return 4;
	case SW_LEVEL_CRITICAL:
	case SW_LEVEL_EXHAUSTED:
		return 2;
	}
	abort();
}

static const struct {
	const char *firing, *resolved;
} message_ids[SW_N_RULES] = {
	[SW_RULE_EPHEMERAL_PORTS] = { SW_MESSAGE_EPHEMERAL_PORTS_FIRING,
				      SW_MESSAGE_EPHEMERAL_PORTS_RESOLVED },
	[SW_RULE_BLIND] = { SW_MESSAGE_BLIND_FIRING, SW_MESSAGE_BLIND_RESOLVED },
	[SW_RULE_HOOK_FAILED] = { SW_MESSAGE_HOOK_FAILED_FIRING, SW_MESSAGE_HOOK_FAILED_RESOLVED },
	[SW_RULE_SLOW_CONNECTS] = { SW_MESSAGE_SLOW_CONNECTS_FIRING,
				    SW_MESSAGE_SLOW_CONNECTS_RESOLVED },
	[SW_RULE_TIME_WAIT_LIMIT] = { SW_MESSAGE_TIME_WAIT_LIMIT_FIRING,
				      SW_MESSAGE_TIME_WAIT_LIMIT_RESOLVED },
	[SW_RULE_CONNECTION_LEAK] = { SW_MESSAGE_CONNECTION_LEAK_FIRING,
				      SW_MESSAGE_CONNECTION_LEAK_RESOLVED },
	[SW_RULE_SYN_SENT] = { SW_MESSAGE_SYN_SENT_FIRING, SW_MESSAGE_SYN_SENT_RESOLVED },
	[SW_RULE_CLOSE_WAIT] = { SW_MESSAGE_CLOSE_WAIT_FIRING, SW_MESSAGE_CLOSE_WAIT_RESOLVED },
	[SW_RULE_INBOUND] = { SW_MESSAGE_INBOUND_FIRING, SW_MESSAGE_INBOUND_RESOLVED },
	[SW_RULE_LISTEN_QUEUE] = { SW_MESSAGE_LISTEN_QUEUE_FIRING,
				   SW_MESSAGE_LISTEN_QUEUE_RESOLVED },
	[SW_RULE_KERNEL_SETTING] = { SW_MESSAGE_KERNEL_SETTING_FIRING,
				     SW_MESSAGE_KERNEL_SETTING_RESOLVED },
	[SW_RULE_BIND_PORTS] = { SW_MESSAGE_BIND_PORTS_FIRING, SW_MESSAGE_BIND_PORTS_RESOLVED },
};

static const char *message_id_of(const struct sw_event *event)
{
	return event->state == SW_EVENT_RESOLVED ? message_ids[event->alert.rule].resolved
						 : message_ids[event->alert.rule].firing;
}

static void put_tuple(const struct fields *fields, const struct sw_tuple *tuple,
		      const struct sw_ifnames *names)
{
	char text[SW_TUPLE_TEXT_SIZE];

	field(fields, "SOCKWATCH_SOURCE", "%s", sw_addr_format(&tuple->source, names, text));
	field(fields, "SOCKWATCH_DESTINATION", "%s",
	      sw_addr_format(&tuple->destination, names, text));
	field(fields, "SOCKWATCH_PORT", "%u", tuple->port);
}

static void put_figures(const struct fields *fields, const struct sw_alert *alert)
{
	const struct sw_outlook *outlook = &alert->outlook;
	const struct sw_forecast *forecast = &outlook->forecast;
	bool ports = sw_rule_is_of_ports(alert->rule);
	struct sw_remedy remedies[SW_MAX_REMEDIES];
	const char *error = ports ? sw_outlook_errno(outlook) : NULL;
	char text[SW_REMEDY_TEXT_SIZE];

	field(fields, "SOCKWATCH_USED", "%u", outlook->used);
	field(fields, "SOCKWATCH_CAPACITY", "%u", outlook->capacity);
	field(fields, "SOCKWATCH_FREE", "%u", outlook->free);
	field(fields, "SOCKWATCH_RATE", "%.1f", forecast->present_per_s);
	field(fields, "SOCKWATCH_CEILING", "%.1f", forecast->ceiling_per_s);
	if (isfinite(forecast->exhausted_in_s))
		field(fields, "SOCKWATCH_EXHAUSTED_IN_SEC", "%.1f", forecast->exhausted_in_s);
	if (ports && sw_advice_remedies(outlook, remedies) > 0)
		field(fields, "SOCKWATCH_ADVICE", "%s", sw_remedy_format(&remedies[0], text));
	if (error != NULL)
		field(fields, "SOCKWATCH_ERRNO", "%s", error);
}

static void put_cause(const struct fields *fields, const struct sw_alert *alert)
{
	const struct sw_owners *owners = &alert->owners;

	if (sw_alert_cause(alert) != NULL)
		field(fields, "SOCKWATCH_CAUSE", "%s", sw_alert_cause(alert));
	/* A field each, so that one finds the alert by any of them. */
	for (uint32_t i = 0; i < owners->n; i++)
		field(fields, "SOCKWATCH_UNIT", "%s", owners->units[i]);
}

/* What an alert about a tuple or an address has besides. */
static void put_about(const struct fields *fields, const struct sw_event *event,
		      const struct sw_ifnames *names)
{
	const struct sw_alert *alert = &event->alert;
	char text[SW_ADDR_TEXT_SIZE];

	switch (sw_subject_kind(alert->rule, &alert->subject)) {
	case SW_SUBJECT_ENDPOINT:
		if (alert->rule == SW_RULE_LISTEN_QUEUE)
			field(fields, "SOCKWATCH_ADVICE", "%s",
			      alert->facts.span_usec > 0 ? SW_STUCK_QUEUE_ADVICE : SW_QUEUE_ADVICE);
		put_cause(fields, alert);
		return;
	case SW_SUBJECT_PEER:
	case SW_SUBJECT_NAME:
		put_cause(fields, alert);
		return;
	case SW_SUBJECT_TUPLE:
		put_tuple(fields, &alert->subject.tuple, names);
		break;
	case SW_SUBJECT_ADDRESS:
		field(fields, "SOCKWATCH_SOURCE", "%s",
		      sw_addr_format(&alert->subject.tuple.source, names, text));
		break;
	}
	put_figures(fields, alert);
	put_cause(fields, alert);
	if (event->state != SW_EVENT_RESOLVED || !sw_rule_is_of_exhaustion(alert->rule))
		return;
	field(fields, "SOCKWATCH_EXHAUSTED_FOR_SEC", "%.3f",
	      (double)alert->exhausted_usec / SW_USEC_PER_SEC);
	if (alert->rule == SW_RULE_EPHEMERAL_PORTS)
		field(fields, "SOCKWATCH_SLOW_FOR_SEC", "%.3f",
		      (double)alert->slow_usec / SW_USEC_PER_SEC);
	field(fields, "SOCKWATCH_PEAK_USED", "%u", alert->peak_used);
}

static void put_event(const struct fields *fields, const struct sw_event *event,
		      const struct sw_event_origin *origin)
{
	const struct sw_alert *alert = &event->alert;
	char text[SW_TUPLE_TEXT_SIZE];

	field(fields, "SOCKWATCH_EVENT_ID", "%s", sw_event_id_format(alert, origin, text));
	field(fields, "SOCKWATCH_ALERT_ID", "%016" PRIx64, alert->id);
	field(fields, "SOCKWATCH_RULE", "%s", sw_rule_to_string(alert->rule));
	field(fields, "SOCKWATCH_STATE", "%s", sw_event_state_to_string(event->state));
	field(fields, "SOCKWATCH_SEVERITY", "%s", sw_level_to_string(alert->severity));
	field(fields, "SOCKWATCH_NETNS", "%s", origin->netns);
	field(fields, "SOCKWATCH_SUBJECT", "%s",
	      sw_alert_subject_format(alert, origin->names, text));
	put_about(fields, event, origin->names);
	field(fields, "SOCKWATCH_SINCE", "%s", sw_timestamp_format(alert->since.wall, text));
	if (event->state == SW_EVENT_RESOLVED)
		field(fields, "SOCKWATCH_DURATION_SEC", "%.3f",
		      (double)alert->lasted_usec / SW_USEC_PER_SEC);
	field(fields, "SOCKWATCH_SCHEMA", "sockwatch.event/1");
}

/* KEY=value, or with its length in front where the value has more than one line. */
static void native_field(FILE *out, const char *key, const char *value)
{
	uint64_t length = htole64(strlen(value));

	if (strchr(value, '\n') == NULL) {
		fprintf(out, "%s=%s\n", key, value);
		return;
	}
	fprintf(out, "%s\n", key);
	fwrite(&length, sizeof(length), 1, out);
	fprintf(out, "%s\n", value);
}

void sw_render_journal(FILE *out, const struct sw_event *event,
		       const struct sw_event_origin *origin)
{
	const struct fields fields = { .out = out, .sink = native_field };
	char sentence[SW_SENTENCE_SIZE];

	field(&fields, "MESSAGE", "%s", sw_render_sentence(event, origin->names, sentence));
	field(&fields, "MESSAGE_ID", "%s", message_id_of(event));
	field(&fields, "PRIORITY", "%d", priority_of(event));
	field(&fields, "SYSLOG_IDENTIFIER", "sockwatchd");
	field(&fields, "DOCUMENTATION", "%s", SW_DOCUMENTATION);
	put_event(&fields, event, origin);
}

void sw_render_journal_word(FILE *out, int priority, const char *text)
{
	const struct fields fields = { .out = out, .sink = native_field };

	field(&fields, "MESSAGE", "%s", text);
	field(&fields, "PRIORITY", "%d", priority);
	field(&fields, "SYSLOG_IDENTIFIER", "sockwatchd");
}

/* Quoted where it would not stand as one word; control characters and quotes are masked. */
static void line_field(FILE *out, const char *key, const char *value)
{
	const char *quote = strchr(value, ' ') == NULL ? "" : "\"";

	fprintf(out, " %s=%s", key, quote);
	for (; *value != '\0'; value++)
		fputc((unsigned char)*value < ' ' || *value == '"' || *value == 0x7f ? '?' : *value,
		      out);
	fputs(quote, out);
}

void sw_render_line(FILE *out, const struct sw_event *event, const struct sw_event_origin *origin)
{
	const struct fields fields = { .out = out, .sink = line_field };
	char sentence[SW_SENTENCE_SIZE];

	fprintf(out, "<%d>%s", priority_of(event),
		sw_render_sentence(event, origin->names, sentence));
	put_event(&fields, event, origin);
	fputc('\n', out);
}
