/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * A line for each question. Whatever is said twice, as a share and as a number or as a cause and a
 * remedy, is of one figure.
 */

#include "render/tuple-text.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "render/advice-json.h"
#include "render/owners.h"
#include "render/sentence.h"
#include "render/timestamp.h"
#include "sockwatch/sizing.h"

enum { BAR_WIDTH = 40 };

void sw_render_bar(FILE *out, const char *name, const struct sw_outlook *outlook)
{
	unsigned int percent = sw_percent(outlook->utilization);
	unsigned int filled = percent * BAR_WIDTH / 100;

	fprintf(out, "\n  %s   [", name);
	for (unsigned int i = 0; i < BAR_WIDTH; i++)
		fputc(i < filled ? '#' : '-', out);
	fprintf(out, "]  %u %%  %u of %u left\n", percent, outlook->free,
		outlook->range - outlook->reserved);
}

const char *sw_blockers(const struct sw_reading *reading)
{
	return sw_tally_totals(reading->tally)->n_by_state[SW_TCP_BOUND] == 0
		       ? "listeners"
		       : "listeners and binds";
}

/* Is this the only tuple that anything is wrong with? */
static bool is_alone(const struct sw_report *report, const struct sw_outlook *outlook)
{
	/* Worst first: if the first other one is well, all are. */
	const struct sw_outlook *other = report->outlooks + (outlook == report->outlooks);

	return report->n_outlooks > 1 && outlook->level != SW_LEVEL_OK &&
	       other->level == SW_LEVEL_OK;
}

static void put_free(FILE *out, const struct sw_report *report, const struct sw_outlook *outlook)
{
	fputs("  free   ", out);
	if (outlook->free_low < outlook->free)
		fprintf(out, "%u to ", outlook->free_low);
	fprintf(out, "%u more connect%s to it will succeed", outlook->free,
		outlook->free == 1 ? "" : "s");
	if (outlook->blocked > 0)
		fprintf(out, " (%u lost to %s)", outlook->blocked, sw_blockers(report->reading));
	fputs(is_alone(report, outlook) ? ";\n         other destinations are fine\n" : "\n", out);
}

static void put_rate(FILE *out, const struct sw_outlook *outlook)
{
	const struct sw_forecast *forecast = &outlook->forecast;
	char since[SW_TIMESTAMP_SIZE];
	char part[SW_FAILING_SIZE];
	double failing;

	if (!forecast->heading_known)
		return;
	fprintf(out, "  rate   %.0f closes/s; this pair sustains %.0f/s", forecast->present_per_s,
		forecast->ceiling_per_s);
	if (outlook->rate_since != 0)
		fprintf(out, "; was %.0f/s until %s", forecast->onset.before_per_s,
			sw_clock_format(outlook->rate_since, since));
	fputc('\n', out);
	failing = sw_sizing_failing_share(forecast->present_per_s, forecast->ceiling_per_s);
	if (failing == 0)
		return;
	fprintf(out, "  then   %s: EADDRNOTAVAIL \"Cannot assign requested address\"\n",
		sw_failing_format(failing, "connect", part));
}

/* Why the setting that is there does not help, or that it does. */
static const char *reuse_remark(const struct sw_report *report, const struct sw_outlook *outlook)
{
	const struct sw_figure *reuse = &report->reading->kernel.figures[SW_KERNEL_TW_REUSE];

	if (outlook->reuse != SW_REUSE_NONE || !reuse->known || reuse->value == 0)
		return "";
	return reuse->value == 2 && outlook->reuse_possible ? " (tw_reuse 2 helps loopback only)"
							    : " (tw_reuse needs timestamps)";
}

static void put_closes(FILE *out, const struct sw_report *report, const struct sw_outlook *outlook)
{
	/* What is left beside five-digit numbers. */
	enum { SIDE_WIDTH = 21 };
	char who[SW_OWNERS_TEXT_SIZE];
	struct sw_owners owners;

	sw_units_of_ownership(report->reading->units, &outlook->ownership, &owners);
	fprintf(out, "  why    %s closes first: %u in TIME_WAIT, %u live; each\n",
		sw_owners_format_side(&owners, SIDE_WIDTH, who), outlook->time_wait, outlook->held);
	if (outlook->reuse == SW_REUSE_NONE)
		fprintf(out, "         TIME_WAIT keeps its port 60 to %.0f s%s\n",
			60 + outlook->wheel_s, reuse_remark(report, outlook));
	else
		fprintf(out, "         TIME_WAIT keeps its port %.1f s, then it is reused\n",
			outlook->reuse_delay_s);
}

/* Live sockets of one state that are most of what is held tell more than their number. */
static void put_held(FILE *out, const struct sw_outlook *outlook)
{
	uint32_t close_wait = outlook->n_by_state[SW_TCP_CLOSE_WAIT];
	uint32_t syn_sent = outlook->n_by_state[SW_TCP_SYN_SENT];

	fprintf(out, "  why    live connections hold the ports: %u live, %u in TIME_WAIT\n",
		outlook->held, outlook->time_wait);
	if (close_wait > outlook->held / 2)
		fprintf(out,
			"         %u of them in CLOSE_WAIT: the peer has closed, this side has "
			"not\n",
			close_wait);
	if (syn_sent > outlook->held / 2)
		fprintf(out,
			"         %u of them in SYN_SENT: nobody answers; each waits 2 minutes\n",
			syn_sent);
}

static void put_why(FILE *out, const struct sw_report *report, const struct sw_outlook *outlook)
{
	switch (sw_outlook_cause(outlook)) {
	case SW_CAUSE_NONE:
	case SW_CAUSE_BIND_ZERO: /* has a text of its own */
		return;
	case SW_CAUSE_CLIENT_CLOSES_FIRST:
		put_closes(out, report, outlook);
		return;
	case SW_CAUSE_PORTS_BLOCKED:
		fprintf(out, "  why    listeners and bound sockets block %u ports, for everybody\n",
			outlook->blocked);
		return;
	case SW_CAUSE_HELD:
		put_held(out, outlook);
		return;
	}
}

static void put_drain(FILE *out, const struct sw_outlook *outlook)
{
	const struct sw_forecast *forecast = &outlook->forecast;
	char half[16], all[16];

	if (forecast->drained_in_s == 0)
		return;
	fputs("  drain  if the closes stopped now: ", out);
	if (forecast->halved_in_s > 0 && isfinite(forecast->halved_in_s))
		fprintf(out, "below half in %s, ", sw_seconds_format(forecast->halved_in_s, half));
	fprintf(out, "only %u live in %s\n", outlook->held,
		sw_seconds_format(forecast->drained_in_s, all));
}

bool sw_render_remedies(FILE *out, const struct sw_outlook *outlook)
{
	struct sw_remedy remedies[SW_MAX_REMEDIES];
	size_t n = sw_advice_remedies(outlook, remedies);
	char gain[48], text[SW_REMEDY_TEXT_SIZE];

	if (n == 0)
		return false;
	fprintf(out, "\n%-63s%s\n", "DO", "sustains");
	for (size_t i = 0; i < n; i++) {
		/* One that is not enough alone has no place in the order. */
		if (remedies[i].suffices)
			fprintf(out, "  %zu ", i + 1);
		else
			fputs("  - ", out);
		fprintf(out, "%-58s %s\n", sw_remedy_format(&remedies[i], text),
			sw_gain_format(&remedies[i], outlook->forecast.ceiling_per_s, gain));
	}
	return true;
}

/* What becomes of its ports, and whose it is: on a line of its own where one is too short. */
static void put_verdict(FILE *out, const struct sw_report *report, const struct sw_outlook *outlook)
{
	enum { WIDTH = 80, WHO_WIDTH = 48 };
	const struct sw_ifnames *names = &report->reading->ifnames;
	char destination[SW_TUPLE_TEXT_SIZE], verdict[SW_TUPLE_TEXT_SIZE + 64], in[16];
	char source[SW_ADDR_TEXT_SIZE], units[SW_OWNERS_TEXT_SIZE];
	char who[SW_OWNERS_TEXT_SIZE + SW_ADDR_TEXT_SIZE] = "";
	struct sw_owners owners;

	sw_units_of_ownership(report->reading->units, &outlook->ownership, &owners);
	sw_endpoint_format(&outlook->tuple.destination, outlook->tuple.port, names, destination);
	sw_addr_format(&outlook->tuple.source, names, source);
	if (outlook->free == 0)
		snprintf(verdict, sizeof(verdict), "%s are exhausted", destination);
	else if (outlook->level == SW_LEVEL_OK)
		snprintf(verdict, sizeof(verdict), "%s suffice", destination);
	else if (isfinite(outlook->forecast.exhausted_in_s))
		snprintf(verdict, sizeof(verdict), "%s run out in about %s", destination,
			 sw_seconds_format(outlook->forecast.exhausted_in_s, in));
	else
		snprintf(verdict, sizeof(verdict), "%s are running short", destination);
	if (owners.n > 0)
		snprintf(who, sizeof(who), "(%s, %s)", sw_owners_format(&owners, WHO_WIDTH, units),
			 source);
	else if (outlook->tuple.source.family != 0)
		snprintf(who, sizeof(who), "(from %s)", source);
	fprintf(out, "Ports towards %s", verdict);
	if (who[0] != '\0')
		fprintf(out, "%s  %s",
			strlen("Ports towards ") + strlen(verdict) + 2 + strlen(who) > WIDTH ? "\n"
											     : "",
			who);
	fputc('\n', out);
}

void sw_render_tuple_text(FILE *out, const struct sw_report *report,
			  const struct sw_outlook *outlook)
{
	put_verdict(out, report, outlook);
	sw_render_bar(out, "gone", outlook);
	put_free(out, report, outlook);
	put_rate(out, outlook);
	if (outlook->slow_connects && outlook->free > 0)
		fprintf(out, "  now    connects are slow: each one searches %u taken ports first\n",
			(outlook->range + 1) / 2);
	put_why(out, report, outlook);
	put_drain(out, outlook);
	if (sw_render_remedies(out, outlook))
		fputs("  never tcp_tw_recycle: it cuts off clients behind NAT\n", out);
}
