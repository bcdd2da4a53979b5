/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * The order of the screen is that of the questions at three in the morning: is
 * it bad, what exactly, why, what to do, what else is there.
 */

#include "render/status-text.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "render/owners.h"
#include "render/queue-advice.h"
#include "render/ruled-out.h"
#include "render/sentence.h"
#include "render/text-tables.h"
#include "render/timestamp.h"
#include "render/tuple-text.h"
#include "render/wall-text.h"
#include "sockwatch/kernel-setting.h"

static const char *color_of(enum sw_level level)
{
	switch (level) {
	case SW_LEVEL_OK:
		return "\033[32m";
	case SW_LEVEL_NOTICE:
	case SW_LEVEL_WARNING:
		return "\033[33m";
	case SW_LEVEL_CRITICAL:
	case SW_LEVEL_EXHAUSTED:
		return "\033[1;31m";
	case SW_LEVEL_UNKNOWN:
		return "\033[35m";
	}
	abort();
}

/* Text from outside, with everything that could steer a terminal masked. */
static void put_foreign(FILE *out, const char *text)
{
	for (; *text != '\0'; text++)
		fputc(*text >= ' ' && *text < 0x7f ? *text : '?', out);
}

void sw_render_headline(FILE *out, const struct sw_report *report, enum sw_level level,
			const struct sw_text_style *style)
{
	char time[SW_TIMESTAMP_SIZE];

	fputs(style->color ? color_of(level) : "", out);
	for (const char *at = sw_level_to_string(level); *at != '\0'; at++)
		fputc(*at - ('a' - 'A'), out); /* levels are lower-case ASCII */
	fputs(style->color ? "\033[0m  " : "  ", out);
	put_foreign(out, report->reading->host);
	fprintf(out, "  %s\n", sw_timestamp_format_human(report->reading->began.wall, time));
}

static void put_calm(FILE *out, const struct sw_report *report)
{
	if (report->reading->space.capacity == 0)
		fputs("No connect() can succeed: the whole range is reserved or blocked.\n", out);
	else if (report->n_outlooks == 0 && report->filter.has_destination)
		fputs("Nothing is connected there; give a port, and what it would have is shown.\n",
		      out);
	else if (report->n_outlooks == 0)
		fputs("No destination is short of ports: nothing is connected anywhere.\n", out);
	else
		fprintf(out, "No destination is short of ports: the fullest has used %u %%.\n",
			sw_percent(report->outlooks[0].utilization));
}

/* What the tables had no room for must not look as if it were not there. */
static void put_overflow(FILE *out, const struct sw_reading *reading)
{
	const struct sw_totals *totals = sw_tally_totals(reading->tally);

	if (totals->n_tuple_overflow > 0)
		fprintf(out,
			"\nNOTE  %" PRIu64
			" sockets go to more destinations than are told apart here (%u);\n"
			"      they are in the totals only.\n",
			totals->n_tuple_overflow, SW_TALLY_MAX_TUPLES);
}

/* A server that closes first is often taken for the trouble that it is not. */
static void put_note(FILE *out, const struct sw_report *report)
{
	enum { WHO_WIDTH = 46 };
	const struct sw_port_tally *port = sw_report_server_closer(report);
	char who[SW_OWNERS_TEXT_SIZE];
	struct sw_owners owners;

	if (port == NULL)
		return;
	sw_units_of_cgroups(report->reading->units, &port->cgroups, &owners);
	fprintf(out,
		"\nNOTE  %s closes first on port %u:\n"
		"      %u in TIME_WAIT. It costs no outgoing port; longer keepalive would\n"
		"      spare clients the handshakes.\n",
		owners.n == 0 ? "This side" : sw_owners_format_side(&owners, WHO_WIDTH, who),
		port->port, port->n_by_state[SW_TCP_TIME_WAIT]);
}

/* Words up to the width of the screen, the first line behind `first`, the others behind
 * `indent`. Takes the text apart. */
static void put_wrapped(FILE *out, const char *first, const char *indent, char *text)
{
	enum { WIDTH = 78 };
	size_t column = WIDTH;
	char *rest = NULL;

	for (char *word = strtok_r(text, " ", &rest); word != NULL;
	     word = strtok_r(NULL, " ", &rest)) {
		bool fits = column + 1 + strlen(word) <= WIDTH;

		if (fits)
			fputc(' ', out);
		else
			fprintf(out, "%s%s", word == text ? "" : "\n",
				word == text ? first : indent);
		put_foreign(out, word);
		column = strlen(word) + (fits ? column + 1 : strlen(indent));
	}
	fputc('\n', out);
}

/* The worst of the peers that run out of ports themselves. */
static void put_peers(FILE *out, const struct sw_report *report)
{
	const struct sw_inbound *worst = report->inbounds;
	const struct sw_ifnames *names = &report->reading->ifnames;
	char peer[SW_ADDR_TEXT_SIZE], endpoint[SW_TUPLE_TEXT_SIZE], more[48] = "", text[512];
	size_t n = 0;

	while (n < report->n_inbounds && report->inbounds[n].level > SW_LEVEL_OK)
		n++;
	if (n == 0)
		return;
	if (n > 1)
		snprintf(more, sizeof(more), ", and %zu more of them", n - 1);
	snprintf(text, sizeof(text),
		 "Peer %s holds %u of about %u ports (%u %%) towards %s: it runs out of them "
		 "itself%s. A second address or port of ours for it would help.",
		 sw_addr_format(&worst->tuple.source, names, peer), worst->n_held, worst->range,
		 sw_percent(worst->utilization),
		 sw_endpoint_format(&worst->tuple.destination, worst->tuple.port, names, endpoint),
		 more);
	fputc('\n', out);
	put_wrapped(out, "NOTE  ", "      ", text);
}

/* The fullest is the first of the table. */
static void put_full_queue(FILE *out, const struct sw_report *report)
{
	const struct sw_port_tally *port;

	if (report->n_ports == 0 || !sw_report_is_full(report, 0))
		return;
	port = report->ports[0];
	fprintf(out,
		"\nNOTE  The accept queue of port %u is full: %u connections wait, where the\n"
		"      backlog is %u. Further ones are dropped and come again a second later.\n"
		"      Do: " SW_QUEUE_ADVICE ".\n",
		port->port, port->queue.queued, port->queue.limit);
}

static void put_settings(FILE *out, const struct sw_report *report)
{
	struct sw_kernel_setting settings[SW_N_KERNEL_SETTINGS];
	char text[256];

	sw_kernel_settings_look(report, NULL, settings);
	for (size_t i = 0; i < SW_N_KERNEL_SETTINGS; i++) {
		if (!settings[i].wrong)
			continue;
		snprintf(text, sizeof(text), "%s: %s.", settings[i].name, settings[i].why);
		fputc('\n', out);
		put_wrapped(out, "NOTE  ", "      ", text);
		if (settings[i].to_do[0] != '\0')
			fprintf(out, "      Do: %s\n", settings[i].to_do);
	}
}

static const char *reuse_text(const struct sw_kernel *kernel)
{
	const struct sw_figure *figure = &kernel->figures[SW_KERNEL_TW_REUSE];
	const struct sw_figure *timestamps = &kernel->figures[SW_KERNEL_TIMESTAMPS];

	if (!figure->known)
		return "tw_reuse unknown.";
	if (figure->value != 0 && timestamps->known && timestamps->value == 0)
		return "tw_reuse set, but no timestamps: no effect.";
	switch (figure->value) {
	case 0:
		return "tw_reuse 0: off.";
	case 1:
		return "tw_reuse 1: on.";
	default:
		return "tw_reuse 2: loopback only.";
	}
}

static void put_range(FILE *out, const struct sw_reading *reading)
{
	const struct sw_port_space *space = &reading->space;
	char text[256], reserved[32] = "", blocked[64] = "";

	if (!reading->range_known)
		return;
	if (space->n_reserved > 0)
		snprintf(reserved, sizeof(reserved), ", %u reserved", space->n_reserved);
	if (reading->tally != NULL && space->n_blocked > 0)
		snprintf(blocked, sizeof(blocked), ", %u lost to %s", space->n_blocked,
			 sw_blockers(reading));
	snprintf(text, sizeof(text), "Range %u-%u: %u port%s%s%s. %s", space->low, space->high,
		 space->n_range, space->n_range == 1 ? "" : "s", reserved, blocked,
		 reuse_text(&reading->kernel));
	fputc('\n', out);
	put_wrapped(out, "", "", text);
}

/* OK where it is none. */
static enum sw_level severity_of(const json_t *alert)
{
	const char *text = json_string_value(json_object_get(alert, "severity"));
	enum sw_level level = SW_LEVEL_CRITICAL;

	while (level > SW_LEVEL_OK &&
	       (text == NULL || strcmp(text, sw_level_to_string(level)) != 0))
		level--;
	return level;
}

/* Of ports that run out the reading itself is the verdict: such an alert stays for a while when
 * they are back. */
static bool is_verdict(const json_t *alert)
{
	const char *name = json_string_value(json_object_get(alert, "rule"));
	enum sw_rule rule;

	return name != NULL && !json_is_string(json_object_get(alert, "muted_until")) &&
	       (sw_rule_parse(name, &rule) < 0 || !sw_rule_is_of_exhaustion(rule));
}

/* The worst alert that is not mute and worse than what the reading shows; NULL = there is none. */
static const json_t *find_verdict(const struct sw_report *report,
				  const struct sw_daemon_status *daemon, enum sw_level *ret_level)
{
	const json_t *alert, *worst = NULL;
	size_t i;

	*ret_level = report->level;
	if (report->filter.has_destination)
		return NULL;
	json_array_foreach(daemon->alerts, i, alert)
	{
		if (!is_verdict(alert) || severity_of(alert) <= *ret_level)
			continue;
		*ret_level = severity_of(alert);
		worst = alert;
	}
	return worst;
}

static void put_verdict(FILE *out, const json_t *alert)
{
	const char *subject = json_string_value(json_object_get(alert, "subject"));
	char text[512];

	if (alert == NULL)
		return;
	snprintf(text, sizeof(text), "The daemon's alert is %s: %s of %s.",
		 sw_level_to_string(severity_of(alert)),
		 json_string_value(json_object_get(alert, "rule")),
		 subject != NULL ? subject : "?");
	put_wrapped(out, "", "  ", text);
}

static void put_alerts(FILE *out, const struct sw_daemon_status *daemon)
{
	json_t *alert;
	size_t i;

	json_array_foreach(daemon->alerts, i, alert)
	{
		const char *id = "", *severity = "", *rule = "", *subject = "", *since = "", *muted;
		char short_id[9];

		if (json_unpack(alert, "{s:s, s:s, s?s, s:s, s:s}", "alert_id", &id, "severity",
				&severity, "rule", &rule, "subject", &subject, "since", &since) < 0)
			continue;
		/* Null, and nothing in the file of an older daemon, where it is not mute. */
		muted = json_string_value(json_object_get(alert, "muted_until"));
		snprintf(short_id, sizeof(short_id), "%s", id);
		fputs("Alert ", out);
		put_foreign(out, short_id);
		fputc(' ', out);
		put_foreign(out, severity);
		fputc(' ', out);
		if (rule[0] != '\0') {
			put_foreign(out, rule);
			fputs("\n  ", out);
		}
		put_foreign(out, subject);
		fputs(" since ", out);
		put_foreign(out, since);
		if (muted != NULL) {
			fputs("\n  muted until ", out);
			put_foreign(out, muted);
		}
		fputc('\n', out);
	}
}

/* What the tuple in trouble is not about, and where there is more about it. */
static void put_more(FILE *out, const struct sw_report *report)
{
	const struct sw_outlook *worst;
	char name[SW_TUPLE_TEXT_SIZE];

	if (report->reading->tally == NULL || report->n_outlooks == 0)
		return;
	worst = &report->outlooks[0];
	if (worst->level == SW_LEVEL_OK && sw_report_worst_wall(report) == NULL)
		return;
	sw_render_ruled_out(out, report, worst);
	fprintf(out, "More: sockwatch explain %s\n",
		sw_endpoint_format(&worst->tuple.destination, worst->tuple.port,
				   &report->reading->ifnames, name));
}

static void put_daemon(FILE *out, const struct sw_report *report,
		       const struct sw_daemon_status *daemon)
{
	if (daemon->running) {
		fprintf(out, "Daemon: looks every %g s, counted ", daemon->interval_s);
		put_foreign(out, daemon->last_poll);
	} else {
		fputs("Daemon: not running", out);
	}
	fprintf(out, ". Read in %.1f ms.\n",
		(double)report->reading->duration_usec / SW_USEC_PER_MSEC);
	if (daemon->running && daemon->detection_delay_s * SW_USEC_PER_SEC >= SW_DELAY_WORTH_A_WORD)
		fprintf(out, "It looks up to %.0f s late: CpuBudget= allows no more.\n",
			daemon->detection_delay_s);
	if (daemon->running && strcmp(daemon->hooks, "no") == 0)
		fputs("Hooks: none are run.\n", out);
	put_alerts(out, daemon);
}

static void put_problems(FILE *out, const struct sw_reading *reading)
{
	char text[SW_PROBLEM_TEXT_SIZE];

	for (size_t i = 0; i < reading->n_problems; i++) {
		sw_problem_format(&reading->problems[i], text);
		put_wrapped(out, "  ", "  ", text);
	}
}

void sw_render_status_text(FILE *out, const struct sw_report *report,
			   const struct sw_daemon_status *daemon, const struct sw_text_style *style)
{
	const struct sw_bind_wall *wall = sw_report_worst_wall(report);
	enum sw_level level;
	const json_t *alert = find_verdict(report, daemon, &level);

	sw_render_headline(out, report, level, style);
	put_verdict(out, alert);
	if (report->reading->tally == NULL)
		fputs("The sockets could not be counted, so nothing can be said of ports:\n", out);
	else if (wall != NULL)
		sw_render_wall_text(out, report, wall);
	else if (report->n_outlooks == 0 ||
		 (report->level == SW_LEVEL_OK && !report->filter.has_destination))
		put_calm(out, report);
	else
		sw_render_tuple_text(out, report, &report->outlooks[0]);
	put_problems(out, report->reading);
	if (report->reading->tally != NULL) {
		sw_render_outgoing(out, report, style);
		sw_render_listening(out, report, style);
		sw_render_limits(out, report, style);
		put_full_queue(out, report);
		put_settings(out, report);
		put_note(out, report);
		put_peers(out, report);
		put_overflow(out, report->reading);
	}
	put_more(out, report);
	put_range(out, report->reading);
	put_daemon(out, report, daemon);
}
