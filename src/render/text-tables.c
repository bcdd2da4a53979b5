/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Columns are fixed; a name that does not fit has a line to itself, so that numbers always
 * stand under each other.
 */

#include "render/text-tables.h"

#include <inttypes.h>
#include <string.h>

#include "base/mem.h"
#include "render/owners.h"
#include "render/sentence.h"
#include "sockwatch/explain.h"

/* Width of the first column, the two characters of its margin not counted. */
enum { NAME_WIDTH = 22 };

/* Of the last column, up to the 80th character. */
enum { WHO_WIDTH = 16, CLOSER_WIDTH = 22 };

/* The name of a row; one too long for its column has a line to itself. */
static void put_name(FILE *out, char mark, const char *name)
{
	fprintf(out, "%c %-*s", mark, NAME_WIDTH, name);
	if (strlen(name) > NAME_WIDTH)
		fprintf(out, "\n%*s", NAME_WIDTH + 2, "");
}

static void put_tuple(FILE *out, const struct sw_outlook *outlook, const struct sw_reading *reading)
{
	const struct sw_tuple *tuple = &outlook->tuple;
	char name[SW_TUPLE_TEXT_SIZE], who[SW_OWNERS_TEXT_SIZE];
	struct sw_owners owners;

	sw_units_of_ownership(reading->units, &outlook->ownership, &owners);
	put_name(out, outlook->level > SW_LEVEL_NOTICE ? '!' : ' ',
		 sw_endpoint_format(&tuple->destination, tuple->port, &reading->ifnames, name));
	sw_owners_format(&owners, WHO_WIDTH, who);
	fprintf(out, " %6u %7u  %3u %9.1f %7.0f  %s\n", outlook->used, outlook->free,
		sw_percent(outlook->utilization), outlook->forecast.present_per_s,
		outlook->forecast.ceiling_per_s, who[0] == '\0' ? "-" : who);
}

/* Is `i` the first of the first `n` rows with this source? */
static bool begins_group(const struct sw_outlook *rows, size_t i)
{
	for (size_t before = 0; before < i; before++)
		if (sw_addr_equal(&rows[before].tuple.source, &rows[i].tuple.source))
			return false;
	return true;
}

static void put_group(FILE *out, const struct sw_report *report, size_t first, size_t n_shown,
		      const struct sw_text_style *style)
{
	const struct sw_outlook *rows = report->outlooks;
	const struct sw_addr *source = &rows[first].tuple.source;
	const struct sw_ifnames *names = &report->reading->ifnames;
	char text[SW_ADDR_TEXT_SIZE], head[SW_ADDR_TEXT_SIZE + 16];

	if (style->legend) {
		snprintf(head, sizeof(head), "OUTGOING from %s",
			 source->family == 0 ? "?" : sw_addr_format(source, names, text));
		fprintf(out, "\n%-*s%s", NAME_WIDTH + 2, head,
			strlen(head) > NAME_WIDTH + 2 ? "\n                        " : "");
		fprintf(out, " %6s %7s  %3s %9s %7s  %s\n", "used", "free", "%", "closes/s",
			"max/s", "who");
	}
	for (size_t i = first; i < n_shown; i++)
		if (sw_addr_equal(&rows[i].tuple.source, source))
			put_tuple(out, &rows[i], report->reading);
}

void sw_render_outgoing(FILE *out, const struct sw_report *report,
			const struct sw_text_style *style)
{
	size_t n_shown = SW_MIN(report->n_outlooks, style->rows);
	uint64_t used = 0;
	double rate = 0;
	char name[32];

	for (size_t i = 0; i < n_shown; i++)
		if (begins_group(report->outlooks, i))
			put_group(out, report, i, n_shown, style);
	if (n_shown == report->n_outlooks)
		return;
	for (size_t i = n_shown; i < report->n_outlooks; i++) {
		used += report->outlooks[i].used;
		rate += report->outlooks[i].forecast.present_per_s;
	}
	snprintf(name, sizeof(name), "%zu more", report->n_outlooks - n_shown);
	put_name(out, ' ', name);
	fprintf(out, " %6" PRIu64 " %7s  %3s %9.1f %7s  -\n", used, "-", "-", rate, "-");
}

static const char *closer_text(enum sw_closer closer)
{
	return closer == SW_CLOSER_US ? "us" : closer == SW_CLOSER_PEER ? "peer" : "-";
}

static size_t count_listening(const struct sw_report *report)
{
	size_t n = 0;

	while (n < report->n_ports && report->ports[n]->role == SW_PORT_LISTENING)
		n++;
	return n;
}

/* Width of the first column of listening ports, without its margin. */
enum { PORT_WIDTH = 10 };

/* Counts that a row of the table shows. */
struct listening_row {
	char name[32];
	uint64_t established, time_wait, close_wait;
	char queue[32];
	char closer[SW_OWNERS_TEXT_SIZE + 8]; /* and whose the port is */
};

static void put_listening(FILE *out, const struct listening_row *row)
{
	fprintf(out, "  %-*s %7" PRIu64 " %10" PRIu64 " %11" PRIu64 " %12s  %s\n", PORT_WIDTH,
		row->name, row->established, row->time_wait, row->close_wait, row->queue,
		row->closer);
}

static void add_port(struct listening_row *row, const struct sw_port_tally *port)
{
	row->established += port->n_by_state[SW_TCP_ESTABLISHED];
	row->time_wait += port->n_by_state[SW_TCP_TIME_WAIT];
	row->close_wait += port->n_by_state[SW_TCP_CLOSE_WAIT];
}

/* "us, nginx.service" */
static void put_closer(struct listening_row *row, const struct sw_report *report,
		       const struct sw_port_tally *port)
{
	const char *closer = closer_text(sw_closes_first(port->n_by_state));
	char who[SW_OWNERS_TEXT_SIZE];
	struct sw_owners owners;

	sw_units_of_cgroups(report->reading->units, &port->cgroups, &owners);
	sw_owners_format(&owners, CLOSER_WIDTH - strlen(closer) - strlen(", "), who);
	snprintf(row->closer, sizeof(row->closer), "%s%s%s", closer, who[0] == '\0' ? "" : ", ",
		 who);
}

void sw_render_listening(FILE *out, const struct sw_report *report,
			 const struct sw_text_style *style)
{
	size_t n = count_listening(report), n_shown = SW_MIN(n, style->rows);
	struct listening_row rest = { .queue = "-", .closer = "-" };

	if (n == 0)
		return;
	fputc('\n', out);
	if (style->legend)
		fprintf(out, "%-*s %7s %10s %11s %12s  %s\n", PORT_WIDTH + 2, "LISTENING", "estab",
			"time_wait", "close_wait", "queue", "closes first");
	for (size_t i = 0; i < n_shown; i++) {
		const struct sw_port_tally *port = report->ports[i];
		struct listening_row row = { 0 };

		put_closer(&row, report, port);
		add_port(&row, port);
		snprintf(row.name, sizeof(row.name), "*:%u", port->port);
		snprintf(row.queue, sizeof(row.queue), "%u/%u", port->queue.queued,
			 port->queue.limit);
		put_listening(out, &row);
	}
	if (n_shown == n)
		return;
	for (size_t i = n_shown; i < n; i++)
		add_port(&rest, report->ports[i]);
	snprintf(rest.name, sizeof(rest.name), "%zu more", n - n_shown);
	put_listening(out, &rest);
}

static void put_limit(FILE *out, const char *name, uint64_t used, const struct sw_figure *limit,
		      const char *remark)
{
	double share;

	if (!limit->known)
		return;
	share = limit->value == 0 ? 1 : (double)used / (double)limit->value;
	fprintf(out, "  %-*s %8" PRIu64 " %8" PRIu64 "  %3u%s%s\n", NAME_WIDTH - 4, name, used,
		limit->value, sw_percent(share), remark[0] == '\0' ? "" : "  ", remark);
}

void sw_render_limits(FILE *out, const struct sw_report *report, const struct sw_text_style *style)
{
	const struct sw_figure *figures = report->reading->kernel.figures;
	const struct sw_totals *totals = sw_tally_totals(report->reading->tally);
	uint64_t n_foreign = sw_foreign_connections(report->reading);
	char remark[64] = "";

	fputc('\n', out);
	if (style->legend)
		fprintf(out, "%-*s %8s %8s  %3s\n", NAME_WIDTH - 2, "LIMITS", "used", "limit", "%");
	if (totals->n_time_wait_server > 0)
		snprintf(remark, sizeof(remark), "%" PRIu64 " of them cost no outgoing port",
			 totals->n_time_wait_server);
	put_limit(out, "TIME_WAIT", totals->n_by_state[SW_TCP_TIME_WAIT],
		  &figures[SW_KERNEL_MAX_TW_BUCKETS], remark);
	if (!figures[SW_KERNEL_CONNTRACK_COUNT].known)
		return;
	remark[0] = '\0';
	if (n_foreign > 0)
		snprintf(remark, sizeof(remark), "%" PRIu64 " beside sockets: NAT, UDP", n_foreign);
	put_limit(out, "conntrack", figures[SW_KERNEL_CONNTRACK_COUNT].value,
		  &figures[SW_KERNEL_CONNTRACK_MAX], remark);
}
