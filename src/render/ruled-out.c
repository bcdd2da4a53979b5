/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Whoever looks at ports at night also asks for these; one line spares them the search. */

#include "render/ruled-out.h"

#include <inttypes.h>
#include <string.h>

#include "base/mem.h"
#include "render/sentence.h"

/* What is filled beyond is not fine. */
#define FULL 0.8

/* So many sockets that wait for their close() are not fine. */
enum { MANY_CLOSE_WAIT = 100 };

struct finding {
	bool known;
	bool fine;
	char text[48];
};

/* Where bind((source, 0)) has few ports left it is because of the same connections, and may be of
 * no interest to anybody: then nothing is said. */
static struct finding look_at_bind(const struct sw_report *report, const struct sw_outlook *outlook)
{
	uint32_t usable = outlook->range - outlook->reserved;
	struct finding finding = { .fine = true, .text = "bind(0)" };

	finding.known = outlook->tuple.source.family != 0 &&
			sw_report_bind_free(report, &outlook->tuple.source) > (1 - FULL) * usable;
	return finding;
}

static struct finding look_at_limit(const char *name, uint64_t n, const struct sw_figure *limit)
{
	double share = limit->value == 0 ? 1 : (double)n / (double)limit->value;
	struct finding finding = { .known = limit->known, .fine = share < FULL };

	snprintf(finding.text, sizeof(finding.text), "%s %u %% of limit", name, sw_percent(share));
	return finding;
}

static struct finding look_at_conntrack(const struct sw_figure *figures)
{
	const struct sw_figure *count = &figures[SW_KERNEL_CONNTRACK_COUNT];
	struct finding finding =
		look_at_limit("conntrack", count->value, &figures[SW_KERNEL_CONNTRACK_MAX]);

	finding.known = finding.known && count->known;
	return finding;
}

/* Listening ports come first, the one with the fullest queue before others. */
static struct finding look_at_queues(const struct sw_report *report)
{
	const struct sw_port_tally *port = report->n_ports > 0 ? report->ports[0] : NULL;
	struct finding finding = { .known = report->filter.port == 0, .fine = true };

	snprintf(finding.text, sizeof(finding.text), "accept queues");
	if (port == NULL || port->role != SW_PORT_LISTENING || port->queue.queued == 0 ||
	    port->queue.queued < FULL * port->queue.limit)
		return finding;
	finding.fine = false;
	snprintf(finding.text, sizeof(finding.text), "accept queue of port %u: %u of %u",
		 port->port, port->queue.queued, port->queue.limit);
	return finding;
}

static struct finding look_at_close_wait(const struct sw_report *report)
{
	uint64_t n = sw_tally_totals(report->reading->tally)->n_by_state[SW_TCP_CLOSE_WAIT];
	struct finding finding = { .known = true, .fine = n < MANY_CLOSE_WAIT };

	snprintf(finding.text, sizeof(finding.text), "%" PRIu64 " CLOSE_WAIT", n);
	return finding;
}

static void put_findings(FILE *out, const char *label, const struct finding *findings, size_t n,
			 bool fine)
{
	const char *before = label;
	size_t column = 0;

	for (size_t i = 0; i < n; i++) {
		if (!findings[i].known || findings[i].fine != fine)
			continue;
		if (column + strlen(before) + strlen(findings[i].text) > 78) {
			before = ",\n      ";
			column = 0;
		}
		fprintf(out, "%s%s", before, findings[i].text);
		column += strlen(before) + strlen(findings[i].text);
		before = ", ";
	}
	if (column > 0)
		fputs(".\n", out);
}

void sw_render_ruled_out(FILE *out, const struct sw_report *report,
			 const struct sw_outlook *outlook)
{
	const struct sw_reading *reading = report->reading;
	const struct sw_figure *figures = reading->kernel.figures;
	const struct finding findings[] = {
		look_at_bind(report, outlook),
		look_at_limit("TIME_WAIT",
			      sw_tally_totals(reading->tally)->n_by_state[SW_TCP_TIME_WAIT],
			      &figures[SW_KERNEL_MAX_TW_BUCKETS]),
		look_at_queues(report),
		look_at_conntrack(figures),
		look_at_close_wait(report),
	};

	fputc('\n', out);
	put_findings(out, "Fine: ", findings, SW_ARRAY_SIZE(findings), true);
	put_findings(out, "Also: ", findings, SW_ARRAY_SIZE(findings), false);
}
