/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A beginning with what and where, and an end with figures and what to do. */

#include "render/sentence-rules.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "render/owners.h"
#include "render/timestamp.h"

#define TEXT_SIZE 384

/* What is wrong with the connects of a tuple, to follow its name. */
static void format_trouble(const struct sw_alert *alert, char text[TEXT_SIZE])
{
	const struct sw_facts *facts = &alert->facts;
	char in[SW_TIMESTAMP_SIZE];

	switch (alert->rule) {
	case SW_RULE_SLOW_CONNECTS:
		snprintf(text, TEXT_SIZE,
			 "are slow: each searches %" PRIu64
			 " ports, %.0f/s take about %.0f %% of a "
			 "core; do: keepalive, or more addresses",
			 facts->count, facts->per_s, facts->share * 100);
		return;
	case SW_RULE_CONNECTION_LEAK:
		snprintf(text, TEXT_SIZE,
			 "leak: %" PRIu64 " held of %" PRIu64
			 " there can be, %.0f more an hour for "
			 "six hours: none is left in %s; do: close what is not needed",
			 facts->count, facts->limit, facts->per_s * 3600,
			 sw_duration_format(facts->span_usec, in));
		return;
	case SW_RULE_SYN_SENT:
		snprintf(text, TEXT_SIZE,
			 "get no answer: %" PRIu64 " of %u open sockets wait; do: look for a "
			 "firewall or a route that drops packets",
			 facts->count, alert->outlook.held);
		return;
	case SW_RULE_EPHEMERAL_PORTS:
	case SW_RULE_BIND_PORTS:
	case SW_RULE_BLIND:
	case SW_RULE_HOOK_FAILED:
	case SW_RULE_TIME_WAIT_LIMIT:
	case SW_RULE_CLOSE_WAIT:
	case SW_RULE_INBOUND:
	case SW_RULE_LISTEN_QUEUE:
	case SW_RULE_KERNEL_SETTING:
		break;
	}
	abort();
}

/* How it ended, to follow a colon. */
static void format_end(const struct sw_alert *alert, char text[TEXT_SIZE])
{
	char lasted[SW_TIMESTAMP_SIZE];

	if (alert->removed)
		snprintf(text, TEXT_SIZE, "no longer watched, by the configuration");
	else
		snprintf(text, TEXT_SIZE, "resolved after %s",
			 sw_duration_format(alert->lasted_usec, lasted));
}

void sw_render_connects(const struct sw_event *event, const struct sw_ifnames *names,
			char buffer[SW_SENTENCE_SIZE])
{
	const struct sw_alert *alert = &event->alert;
	const struct sw_tuple *tuple = &alert->subject.tuple;
	const char *what = alert->rule == SW_RULE_CONNECTION_LEAK ? "Connections" : "Connects";
	char source[SW_ADDR_TEXT_SIZE], destination[SW_TUPLE_TEXT_SIZE], group[64] = "";
	char text[TEXT_SIZE];

	if (alert->n_grouped > 0)
		snprintf(group, sizeof(group), " of %u more destinations, worst", alert->n_grouped);
	if (event->state == SW_EVENT_RESOLVED)
		format_end(alert, text);
	else
		format_trouble(alert, text);
	snprintf(buffer, SW_SENTENCE_SIZE, "%s%s from %s to %s%s %s", what, group,
		 sw_addr_format(&tuple->source, names, source),
		 sw_endpoint_format(&tuple->destination, tuple->port, names, destination),
		 event->state == SW_EVENT_RESOLVED ? ":" : "", text);
}

/* "from 10.0.0.5 to 10.0.0.9:5432", "on 0.0.0.0:443". */
static void format_where(const struct sw_alert *alert, const struct sw_ifnames *names,
			 char text[TEXT_SIZE])
{
	const struct sw_tuple *tuple = &alert->subject.tuple;
	char source[SW_ADDR_TEXT_SIZE], endpoint[SW_TUPLE_TEXT_SIZE];

	sw_endpoint_format(&tuple->destination, tuple->port, names, endpoint);
	if (sw_subject_kind(alert->rule, &alert->subject) == SW_SUBJECT_TUPLE)
		snprintf(text, TEXT_SIZE, "from %s to %s",
			 sw_addr_format(&tuple->source, names, source), endpoint);
	else
		snprintf(text, TEXT_SIZE, "on %s", endpoint);
}

void sw_render_close_wait(const struct sw_event *event, const struct sw_ifnames *names,
			  char buffer[SW_SENTENCE_SIZE])
{
	const struct sw_alert *alert = &event->alert;
	char where[TEXT_SIZE], text[TEXT_SIZE], who[SW_OWNERS_TEXT_SIZE], group[64] = "";
	size_t length;

	format_where(alert, names, where);
	if (alert->n_grouped > 0)
		snprintf(group, sizeof(group), "at %u more places, worst ", alert->n_grouped);
	if (event->state == SW_EVENT_RESOLVED)
		format_end(alert, text);
	else
		snprintf(text, TEXT_SIZE,
			 "%" PRIu64 ", %.0f more a minute, closed by the peer and not by %s; do: "
			 "find where it forgets close(), restart it until then",
			 alert->facts.count, alert->facts.per_s * 60,
			 sw_owners_format_side(&alert->owners, SW_UNIT_SIZE, who));
	length = (size_t)snprintf(buffer, SW_SENTENCE_SIZE, "CLOSE_WAIT piles up %s%s: ", group,
				  where);
	snprintf(buffer + length, SW_SENTENCE_SIZE - length, "%s", text);
}

void sw_render_inbound(const struct sw_event *event, const struct sw_ifnames *names,
		       char buffer[SW_SENTENCE_SIZE])
{
	const struct sw_alert *alert = &event->alert;
	const struct sw_tuple *tuple = &alert->subject.tuple;
	char peer[SW_ADDR_TEXT_SIZE], endpoint[SW_TUPLE_TEXT_SIZE], text[TEXT_SIZE], group[64] = "";

	if (alert->n_grouped > 0)
		snprintf(group, sizeof(group), "%u more peers run out of ports, worst ",
			 alert->n_grouped);
	if (event->state == SW_EVENT_RESOLVED)
		format_end(alert, text);
	else
		snprintf(text, TEXT_SIZE,
			 "it holds %" PRIu64 " of about %" PRIu64
			 " (%u %%); do: a second address or port of ours for it, or one of its own",
			 alert->facts.count, alert->facts.limit, sw_percent(alert->facts.share));
	snprintf(buffer, SW_SENTENCE_SIZE, "%s%s%s to %s: %s", group,
		 alert->n_grouped > 0 ? "" : "Peer runs out of ports: ",
		 sw_addr_format(&tuple->source, names, peer),
		 sw_endpoint_format(&tuple->destination, tuple->port, names, endpoint), text);
}

/* What is wrong with an accept queue, to follow its name. */
static void format_queue(const struct sw_alert *alert, char text[TEXT_SIZE])
{
	const struct sw_facts *facts = &alert->facts;
	char waits[96], stuck[SW_TIMESTAMP_SIZE], who[SW_OWNERS_TEXT_SIZE];

	snprintf(waits, sizeof(waits),
		 "%" PRIu64 " wait (backlog %" PRIu64 "), %.0f dropped in 5 min", facts->count,
		 facts->limit, facts->per_s * 300);
	sw_owners_format_side(&alert->owners, SW_UNIT_SIZE, who);
	if (facts->span_usec > 0)
		snprintf(text, TEXT_SIZE,
			 " is stuck: none accepted for %s, %s; do: find where %s hangs, restart it",
			 sw_duration_format(facts->span_usec, stuck), waits, who);
	else
		snprintf(text, TEXT_SIZE,
			 " overflows: %s; %s accepts too slowly; do: more workers, or a longer "
			 "backlog",
			 waits, who);
}

void sw_render_listen_queue(const struct sw_event *event, const struct sw_ifnames *names,
			    char buffer[SW_SENTENCE_SIZE])
{
	const struct sw_alert *alert = &event->alert;
	const struct sw_tuple *tuple = &alert->subject.tuple;
	char endpoint[SW_TUPLE_TEXT_SIZE], text[TEXT_SIZE], group[64] = " of";

	if (alert->n_grouped > 0)
		snprintf(group, sizeof(group), "s of %u more listeners, worst", alert->n_grouped);
	if (event->state == SW_EVENT_RESOLVED)
		format_end(alert, text);
	else
		format_queue(alert, text);
	snprintf(buffer, SW_SENTENCE_SIZE, "Accept queue%s %s%s%s", group,
		 sw_endpoint_format(&tuple->destination, tuple->port, names, endpoint),
		 event->state == SW_EVENT_RESOLVED ? ": " : "", text);
}

void sw_render_kernel_setting(const struct sw_event *event, char buffer[SW_SENTENCE_SIZE])
{
	const struct sw_alert *alert = &event->alert;
	char text[TEXT_SIZE], group[64] = "";

	if (alert->n_grouped > 0)
		snprintf(group, sizeof(group), "s: %u more, the first", alert->n_grouped);
	if (event->state == SW_EVENT_RESOLVED)
		format_end(alert, text);
	else
		snprintf(text, sizeof(text), "%s", alert->why);
	snprintf(buffer, SW_SENTENCE_SIZE, "Setting%s %s: %s", group, alert->subject.name, text);
}

/* How it ended, with what was worst. */
static void format_bind_end(const struct sw_alert *alert, char text[TEXT_SIZE])
{
	char end[TEXT_SIZE], exhausted[SW_TIMESTAMP_SIZE];

	format_end(alert, end);
	if (alert->removed)
		snprintf(text, TEXT_SIZE, ": %.128s", end);
	else
		snprintf(text, TEXT_SIZE, ": %.128s: %u %% gone; exhausted for %s, peak %u %%", end,
			 sw_percent(alert->outlook.utilization),
			 sw_duration_format(alert->exhausted_usec, exhausted),
			 sw_percent(alert->peak_utilization));
}

void sw_bind_verdict_format(const struct sw_outlook *outlook, char buffer[SW_BIND_VERDICT_SIZE])
{
	char in[16];

	if (outlook->free == 0)
		snprintf(buffer, SW_BIND_VERDICT_SIZE, "is out of ports: EADDRINUSE");
	else if (isfinite(outlook->forecast.exhausted_in_s))
		snprintf(buffer, SW_BIND_VERDICT_SIZE, "runs out of ports in about %s",
			 sw_seconds_format(outlook->forecast.exhausted_in_s, in));
	else
		snprintf(buffer, SW_BIND_VERDICT_SIZE, "is running short of ports");
}

void sw_render_bind_ports(const struct sw_event *event, const struct sw_ifnames *names,
			  char buffer[SW_SENTENCE_SIZE])
{
	const struct sw_alert *alert = &event->alert;
	const struct sw_outlook *outlook = &alert->outlook;
	char source[SW_ADDR_TEXT_SIZE], group[64] = "", text[TEXT_SIZE];
	char verdict[SW_BIND_VERDICT_SIZE], who[SW_OWNERS_TEXT_SIZE];

	sw_addr_format(&alert->subject.tuple.source, names, source);
	if (alert->n_grouped > 0)
		snprintf(group, sizeof(group), " %u more addresses, worst", alert->n_grouped);
	if (event->state == SW_EVENT_RESOLVED) {
		format_bind_end(alert, text);
		snprintf(buffer, SW_SENTENCE_SIZE, "bind() to%s %s%s", group, source, text);
		return;
	}
	sw_bind_verdict_format(outlook, verdict);
	snprintf(buffer, SW_SENTENCE_SIZE,
		 "bind() to%s %s %s: %u of %u left (%u %% gone), %.0f closes/s, sustains %.0f; %s "
		 "binds before it connects; do: IP_BIND_ADDRESS_NO_PORT",
		 group, source, verdict, outlook->free, outlook->capacity,
		 sw_percent(outlook->utilization), outlook->forecast.present_per_s,
		 outlook->forecast.ceiling_per_s,
		 alert->owners.n > 0 ? sw_owners_format(&alert->owners, SW_UNIT_SIZE, who)
				     : "somebody");
}

void sw_render_time_wait_limit(const struct sw_event *event, char buffer[SW_SENTENCE_SIZE])
{
	const struct sw_alert *alert = &event->alert;
	char text[TEXT_SIZE];

	if (event->state == SW_EVENT_RESOLVED) {
		format_end(alert, text);
		snprintf(buffer, SW_SENTENCE_SIZE, "TIME_WAIT at tcp_max_tw_buckets: %s", text);
		return;
	}
	snprintf(buffer, SW_SENTENCE_SIZE,
		 "TIME_WAIT at tcp_max_tw_buckets: %" PRIu64 " there, %" PRIu64
		 " may be, %.1f/s cut "
		 "short; do: raise it, or close fewer connections first",
		 alert->facts.count, alert->facts.limit, alert->facts.per_s);
}
