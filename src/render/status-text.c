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

#include "render/advice-json.h"
#include "render/sentence.h"
#include "render/text-tables.h"
#include "render/timestamp.h"

enum { BAR_WIDTH = 40 };

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

static void put_headline(FILE *out, const struct sw_report *report,
			 const struct sw_text_style *style)
{
	char time[SW_TIMESTAMP_SIZE];

	fputs(style->color ? color_of(report->level) : "", out);
	for (const char *at = sw_level_to_string(report->level); *at != '\0'; at++)
		fputc(*at - ('a' - 'A'), out); /* levels are lower-case ASCII */
	fputs(style->color ? "\033[0m  " : "  ", out);
	put_foreign(out, report->reading->host);
	fprintf(out, "  %s\n", sw_timestamp_format_human(report->reading->began.wall, time));
}

static void put_bar(FILE *out, const struct sw_outlook *outlook)
{
	unsigned int percent = sw_percent(outlook->utilization);
	unsigned int filled = percent * BAR_WIDTH / 100;

	fputs("\n  gone   [", out);
	for (unsigned int i = 0; i < BAR_WIDTH; i++)
		fputc(i < filled ? '#' : '-', out);
	fprintf(out, "]  %u %%  %u of %u left\n", percent, outlook->free,
		outlook->range - outlook->reserved);
}

static void put_rate(FILE *out, const struct sw_outlook *outlook)
{
	const struct sw_forecast *forecast = &outlook->forecast;
	double rate = forecast->present_per_s, ceiling = forecast->ceiling_per_s;

	if (!forecast->heading_known)
		return;
	fprintf(out, "  rate   %.0f closes/s; this pair sustains %.0f/s\n", rate, ceiling);
	if (rate <= ceiling)
		return;
	fputs("  then   ", out);
	if (rate < 2 * ceiling)
		fprintf(out, "1 connect in %.0f", round(rate / (rate - ceiling)));
	else
		fprintf(out, "%.0f connects in 10", floor(10 * (1 - ceiling / rate)));
	fprintf(out, " fails: EADDRNOTAVAIL \"Cannot assign requested address\"\n");
}

static void put_why(FILE *out, const struct sw_outlook *outlook)
{
	switch (sw_outlook_cause(outlook)) {
	case SW_CAUSE_NONE:
		return;
	case SW_CAUSE_CLIENT_CLOSES_FIRST:
		fprintf(out, "  why    this side closes first: %u in TIME_WAIT, %u live; each\n",
			outlook->time_wait, outlook->held);
		if (outlook->reuse == SW_REUSE_NONE)
			fprintf(out, "         TIME_WAIT keeps its port 60 to %.0f s\n",
				60 + outlook->wheel_s);
		else
			fprintf(out,
				"         TIME_WAIT keeps its port %.1f s, then it is reused\n",
				outlook->reuse_delay_s);
		return;
	case SW_CAUSE_PORTS_BLOCKED:
		fprintf(out, "  why    listeners and bound sockets block %u ports, for everybody\n",
			outlook->blocked);
		return;
	case SW_CAUSE_HELD:
		fprintf(out, "  why    live connections hold the ports: %u live, %u in TIME_WAIT\n",
			outlook->held, outlook->time_wait);
		return;
	}
}

static void put_remedies(FILE *out, const struct sw_outlook *outlook)
{
	struct sw_remedy remedies[SW_MAX_REMEDIES];
	size_t n = sw_advice_remedies(outlook, remedies);
	char gain[48];

	if (n == 0)
		return;
	fprintf(out, "\n%-61s%s\n", "DO", "sustains");
	for (size_t i = 0; i < n; i++)
		fprintf(out, "  %zu %-56s %s\n", i + 1, sw_remedy_to_string(remedies[i].kind),
			sw_gain_format(&remedies[i], outlook->forecast.ceiling_per_s, gain));
	fputs("  never tcp_tw_recycle: it cuts off clients behind NAT\n", out);
}

/* What takes ports away from connect(), of everybody's. */
static const char *blockers(const struct sw_reading *reading)
{
	return sw_tally_totals(reading->tally)->n_by_state[SW_TCP_BOUND] == 0
		       ? "listeners"
		       : "listeners and binds";
}

static void put_free(FILE *out, const struct sw_reading *reading, const struct sw_outlook *outlook)
{
	fputs("  free   ", out);
	if (outlook->free_low < outlook->free)
		fprintf(out, "%u to ", outlook->free_low);
	fprintf(out, "%u more connect%s to it will succeed", outlook->free,
		outlook->free == 1 ? "" : "s");
	if (outlook->blocked > 0)
		fprintf(out, " (%u lost to %s)", outlook->blocked, blockers(reading));
	fputc('\n', out);
}

/* One tuple at length: the one in most trouble, or the one asked for. */
static void put_tuple(FILE *out, const struct sw_report *report, const struct sw_outlook *outlook)
{
	const struct sw_ifnames *names = &report->reading->ifnames;
	char destination[SW_TUPLE_TEXT_SIZE], source[SW_ADDR_TEXT_SIZE], in[16];

	fprintf(out, "Ports towards %s ",
		sw_endpoint_format(&outlook->tuple.destination, outlook->tuple.port, names,
				   destination));
	if (outlook->free == 0)
		fputs("are exhausted", out);
	else if (outlook->level == SW_LEVEL_OK)
		fputs("suffice", out);
	else if (isfinite(outlook->forecast.exhausted_in_s))
		fprintf(out, "run out in about %s",
			sw_seconds_format(outlook->forecast.exhausted_in_s, in));
	else
		fputs("are running short", out);
	if (outlook->tuple.source.family != 0)
		fprintf(out, "  (from %s)", sw_addr_format(&outlook->tuple.source, names, source));
	fputc('\n', out);

	put_bar(out, outlook);
	put_free(out, report->reading, outlook);
	put_rate(out, outlook);
	if (outlook->slow_connects)
		fprintf(out, "  now    connects are slow: each one searches %u taken ports first\n",
			outlook->used_first);
	put_why(out, outlook);
	put_remedies(out, outlook);
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
	const struct sw_port_tally *port = sw_report_server_closer(report);

	if (port == NULL)
		return;
	fprintf(out,
		"\nNOTE  This side closes first on port %u: %u in TIME_WAIT. It costs no\n"
		"      outgoing port; longer keepalive would spare clients the handshakes.\n",
		port->port, port->n_by_state[SW_TCP_TIME_WAIT]);
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

/* Words up to the width of the screen, all lines behind `indent`. Takes the text apart. */
static void put_wrapped(FILE *out, const char *indent, char *text)
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
			fprintf(out, "%s%s", word == text ? "" : "\n", indent);
		put_foreign(out, word);
		column = strlen(word) + (fits ? column + 1 : strlen(indent));
	}
	fputc('\n', out);
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
			 blockers(reading));
	snprintf(text, sizeof(text), "Range %u-%u: %u port%s%s%s. %s", space->low, space->high,
		 space->n_range, space->n_range == 1 ? "" : "s", reserved, blocked,
		 reuse_text(&reading->kernel));
	fputc('\n', out);
	put_wrapped(out, "", text);
}

static void put_alerts(FILE *out, const struct sw_daemon_status *daemon)
{
	json_t *alert;
	size_t i;

	json_array_foreach(daemon->alerts, i, alert)
	{
		const char *id = "", *severity = "", *subject = "", *since = "", *muted = NULL;
		char short_id[9];

		if (json_unpack(alert, "{s:s, s:s, s:s, s:s, s?s?}", "alert_id", &id, "severity",
				&severity, "subject", &subject, "since", &since, "muted_until",
				&muted) < 0)
			continue;
		snprintf(short_id, sizeof(short_id), "%s", id);
		fputs("Alert ", out);
		put_foreign(out, short_id);
		fputc(' ', out);
		put_foreign(out, severity);
		fputc(' ', out);
		put_foreign(out, subject);
		fputs(" since ", out);
		put_foreign(out, since);
		if (muted != NULL) {
			fputs(", muted until ", out);
			put_foreign(out, muted);
		}
		fputc('\n', out);
	}
}

static void put_daemon(FILE *out, const struct sw_report *report,
		       const struct sw_daemon_status *daemon)
{
	if (daemon->running) {
		fprintf(out, "Daemon: every %g s, looked at ", daemon->interval_s);
		put_foreign(out, daemon->last_poll);
	} else {
		fputs("Daemon: not running", out);
	}
	fprintf(out, ". Read in %.1f ms.\n",
		(double)report->reading->duration_usec / SW_USEC_PER_MSEC);
	put_alerts(out, daemon);
}

static void put_problems(FILE *out, const struct sw_reading *reading)
{
	char text[SW_PROBLEM_TEXT_SIZE];

	for (size_t i = 0; i < reading->n_problems; i++) {
		sw_problem_format(&reading->problems[i], text);
		put_wrapped(out, "  ", text);
	}
}

void sw_render_status_text(FILE *out, const struct sw_report *report,
			   const struct sw_daemon_status *daemon, const struct sw_text_style *style)
{
	put_headline(out, report, style);
	if (report->reading->tally == NULL)
		fputs("The sockets could not be counted, so nothing can be said of ports:\n", out);
	else if (report->n_outlooks == 0 ||
		 (report->level == SW_LEVEL_OK && !report->filter.has_destination))
		put_calm(out, report);
	else
		put_tuple(out, report, &report->outlooks[0]);
	put_problems(out, report->reading);
	if (report->reading->tally != NULL) {
		sw_render_outgoing(out, report, style);
		sw_render_listening(out, report, style);
		sw_render_limits(out, report, style);
		put_note(out, report);
		put_overflow(out, report->reading);
	}
	put_range(out, report->reading);
	put_daemon(out, report, daemon);
}
