/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What and where stand in the first words, since terminals and pagers cut the rest. */

#include "render/sentence.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "render/owners.h"
#include "render/sentence-rules.h"
#include "render/timestamp.h"
#include "sockwatch/hook-report.h"

unsigned int sw_percent(double share)
{
	double percent = round(share * 100);

	if (share <= 0)
		return 0;
	if (share >= 1)
		return 100;
	return (unsigned int)fmin(fmax(percent, 1), 99);
}

const char *sw_seconds_format(double seconds, char buffer[16])
{
	if (seconds < 9.95)
		snprintf(buffer, 16, "%.1f s", seconds);
	else if (seconds < 119.5)
		snprintf(buffer, 16, "%.0f s", seconds);
	else
		snprintf(buffer, 16, "%.0f min", seconds / 60);
	return buffer;
}

static void append(char *buffer, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void append(char *buffer, const char *format, ...)
{
	size_t used = strlen(buffer);
	va_list args;

	va_start(args, format);
	vsnprintf(buffer + used, SW_SENTENCE_SIZE - used, format, args);
	va_end(args);
}

/* What is happening to the ports, to follow "Ports from A to B". */
static void append_verdict(char *buffer, const struct sw_outlook *outlook)
{
	char in[16];

	if (outlook->free == 0)
		append(buffer, " are exhausted: connect() fails with EADDRNOTAVAIL");
	else if (isfinite(outlook->forecast.exhausted_in_s))
		append(buffer, " run out in about %s",
		       sw_seconds_format(outlook->forecast.exhausted_in_s, in));
	else
		append(buffer, " are running short");
}

/* The first remedy of each cause. */
static void append_remedy(char *buffer, const struct sw_alert *alert)
{
	const struct sw_outlook *outlook = &alert->outlook;
	char who[SW_OWNERS_TEXT_SIZE];

	switch (sw_outlook_cause(outlook)) {
	case SW_CAUSE_NONE:
	case SW_CAUSE_BIND_ZERO: /* is of another rule */
		return;
	case SW_CAUSE_CLIENT_CLOSES_FIRST:
		append(buffer, "; %s closes first; do: keepalive%s",
		       sw_owners_format_side(&alert->owners, SW_UNIT_SIZE, who),
		       outlook->reuse == SW_REUSE_NONE && outlook->reuse_possible
			       ? ", or tcp_tw_reuse=1"
			       : "");
		return;
	case SW_CAUSE_PORTS_BLOCKED:
		append(buffer,
		       "; listeners and bound sockets block %u of them; do: bind outside the range",
		       outlook->blocked);
		return;
	case SW_CAUSE_HELD:
		append(buffer, "; %u live connections", outlook->held);
		if (alert->owners.n > 0)
			append(buffer, " of %s",
			       sw_owners_format(&alert->owners, SW_UNIT_SIZE, who));
		append(buffer, " hold them; do: more addresses, or fewer connections");
		return;
	}
}

static void append_subject(char *buffer, const struct sw_alert *alert,
			   const struct sw_ifnames *names)
{
	const struct sw_tuple *tuple = &alert->subject.tuple;
	char source[SW_ADDR_TEXT_SIZE], destination[SW_TUPLE_TEXT_SIZE];

	if (alert->n_grouped > 0)
		append(buffer, "Ports of %u more destinations, worst ", alert->n_grouped);
	else
		append(buffer, "Ports ");
	append(buffer, "from %s to %s", sw_addr_format(&tuple->source, names, source),
	       sw_endpoint_format(&tuple->destination, tuple->port, names, destination));
}

static void render_ports(const struct sw_event *event, const struct sw_ifnames *names, char *buffer)
{
	const struct sw_alert *alert = &event->alert;
	const struct sw_outlook *outlook = &alert->outlook;
	char lasted[SW_TIMESTAMP_SIZE];

	append_subject(buffer, alert, names);
	if (event->state == SW_EVENT_RESOLVED && alert->removed) {
		append(buffer, ": no longer watched, by the configuration");
		return;
	}
	if (event->state == SW_EVENT_RESOLVED) {
		append(buffer, ": resolved after %s: %u %% gone; ",
		       sw_duration_format(alert->lasted_usec, lasted),
		       sw_percent(outlook->utilization));
		append(buffer, "exhausted for %s, peak %u %%",
		       sw_duration_format(alert->exhausted_usec, lasted),
		       sw_percent(alert->peak_utilization));
		return;
	}
	append_verdict(buffer, outlook);
	append(buffer, ": %u of %u left (%u %% gone), %.0f closes/s, sustains %.0f", outlook->free,
	       outlook->range - outlook->reserved, sw_percent(outlook->utilization),
	       outlook->forecast.present_per_s, outlook->forecast.ceiling_per_s);
	append_remedy(buffer, alert);
}

static void render_blind(const struct sw_event *event, char *buffer)
{
	char lasted[SW_TIMESTAMP_SIZE];

	if (event->state == SW_EVENT_RESOLVED && event->alert.removed)
		append(buffer, "sockwatch is no longer asked whether it is blind");
	else if (event->state == SW_EVENT_RESOLVED)
		append(buffer, "sockwatch sees again: it was blind for %s",
		       sw_duration_format(event->alert.lasted_usec, lasted));
	else if (event->alert.facts.span_usec > 0)
		append(buffer, "sockwatch is blind for %s at a time: %s",
		       sw_duration_format(event->alert.facts.span_usec, lasted), event->alert.why);
	else
		append(buffer, "sockwatch is blind: the sockets cannot be counted: %s",
		       event->alert.why);
}

static void append_hook(char *buffer, const struct sw_alert *alert)
{
	if (alert->n_grouped > 0)
		append(buffer, "%u more hooks", alert->n_grouped);
	else if (strcmp(alert->subject.name, SW_HOOK_REPORT_RUNNER) == 0)
		append(buffer, "Hooks");
	else
		append(buffer, "Hook %s", alert->subject.name);
}

static void render_hook_failed(const struct sw_event *event, char *buffer)
{
	const struct sw_alert *alert = &event->alert;
	char lasted[SW_TIMESTAMP_SIZE];

	append_hook(buffer, alert);
	if (event->state == SW_EVENT_RESOLVED && alert->removed)
		append(buffer, ": no longer watched, as it is gone, or by the configuration");
	else if (event->state == SW_EVENT_RESOLVED)
		append(buffer, ": resolved after %s",
		       sw_duration_format(alert->lasted_usec, lasted));
	else
		append(buffer, " failed: %s", alert->why);
}

const char *sw_render_sentence(const struct sw_event *event, const struct sw_ifnames *names,
			       char buffer[SW_SENTENCE_SIZE])
{
	buffer[0] = '\0';
	switch (event->alert.rule) {
	case SW_RULE_EPHEMERAL_PORTS:
		render_ports(event, names, buffer);
		break;
	case SW_RULE_BLIND:
		render_blind(event, buffer);
		break;
	case SW_RULE_HOOK_FAILED:
		render_hook_failed(event, buffer);
		break;
	case SW_RULE_TIME_WAIT_LIMIT:
		sw_render_time_wait_limit(event, buffer);
		break;
	case SW_RULE_CLOSE_WAIT:
		sw_render_close_wait(event, names, buffer);
		return buffer;
	case SW_RULE_BIND_PORTS:
		sw_render_bind_ports(event, names, buffer);
		break;
	case SW_RULE_INBOUND:
		sw_render_inbound(event, names, buffer);
		break;
	case SW_RULE_LISTEN_QUEUE:
		sw_render_listen_queue(event, names, buffer);
		break;
	case SW_RULE_KERNEL_SETTING:
		sw_render_kernel_setting(event, buffer);
		break;
	case SW_RULE_SLOW_CONNECTS:
	case SW_RULE_CONNECTION_LEAK:
	case SW_RULE_SYN_SENT:
		sw_render_connects(event, names, buffer);
		break;
	}
	return buffer;
}

const char *sw_failing_format(double share, const char *call, char buffer[SW_FAILING_SIZE])
{
	if (share < 0.5)
		snprintf(buffer, SW_FAILING_SIZE, "1 %s in %.0f fails", call, round(1 / share));
	else
		snprintf(buffer, SW_FAILING_SIZE, "%.0f %ss in 10 fail", floor(10 * share), call);
	return buffer;
}
