/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The same lines as of a tuple, in other words: what runs out here, runs out for all of them. */

#include "render/wall-text.h"

#include "render/owners.h"
#include "render/sentence-rules.h"
#include "render/sentence.h"
#include "render/timestamp.h"
#include "render/tuple-text.h"
#include "sockwatch/sizing.h"

static void put_verdict(FILE *out, const struct sw_outlook *outlook, const struct sw_owners *owners,
			const struct sw_ifnames *names)
{
	enum { WHO_WIDTH = 48 };
	char source[SW_ADDR_TEXT_SIZE], verdict[SW_BIND_VERDICT_SIZE], who[SW_OWNERS_TEXT_SIZE];

	sw_bind_verdict_format(outlook, verdict);
	fprintf(out, "bind() to %s %s", sw_addr_format(&outlook->tuple.source, names, source),
		verdict);
	if (owners->n > 0)
		fprintf(out, "  (%s)", sw_owners_format(owners, WHO_WIDTH, who));
	fputc('\n', out);
}

static void put_free(FILE *out, const struct sw_bind_wall *wall, const struct sw_ifnames *names)
{
	char source[SW_ADDR_TEXT_SIZE];

	fprintf(out, "  free   %u more bind(%s, port 0) will succeed, to all\n", wall->free,
		sw_addr_format(&wall->source, names, source));
	fprintf(out, "         %u destination%s together", wall->n_destinations,
		wall->n_destinations == 1 ? "" : "s");
	if (wall->n_destinations > 1 && wall->n_sockets > 0)
		fprintf(out, "; the fullest destination has %u of %u sockets", wall->n_fullest,
			wall->n_sockets);
	fputc('\n', out);
}

static void put_rate(FILE *out, const struct sw_outlook *outlook)
{
	const struct sw_forecast *forecast = &outlook->forecast;
	double failing = sw_sizing_failing_share(forecast->present_per_s, forecast->ceiling_per_s);
	char since[SW_TIMESTAMP_SIZE], part[SW_FAILING_SIZE];

	if (!forecast->heading_known)
		return;
	fprintf(out, "  rate   %.0f closes/s; one address sustains %.0f/s", forecast->present_per_s,
		forecast->ceiling_per_s);
	if (outlook->rate_since != 0)
		fprintf(out, "; was %.0f/s until %s", forecast->onset.before_per_s,
			sw_clock_format(outlook->rate_since, since));
	fputc('\n', out);
	if (failing > 0)
		fprintf(out,
			"  then   %s: EADDRINUSE \"Address already in use\". That is\n"
			"         this client running dry, not a second server on the port.\n",
			sw_failing_format(failing, "bind", part));
}

static void put_why(FILE *out, const struct sw_outlook *outlook, const struct sw_owners *owners)
{
	/* What is left beside the words. */
	enum { WHO_WIDTH = 30 };
	char who[SW_OWNERS_TEXT_SIZE] = "Somebody";

	if (owners->n > 0)
		sw_owners_format(owners, WHO_WIDTH, who);
	fprintf(out,
		"  why    %s binds its address before it connects:\n"
		"         %u live and %u in TIME_WAIT, each on a port that is gone for ALL\n"
		"         destinations; plain connect() of every program here skips it too\n",
		who, outlook->held, outlook->time_wait);
}

void sw_render_wall_text(FILE *out, const struct sw_report *report, const struct sw_bind_wall *wall)
{
	const struct sw_ifnames *names = &report->reading->ifnames;
	struct sw_outlook outlook;
	struct sw_owners owners;

	sw_report_wall_outlook(report, wall, &outlook);
	sw_units_of_ownership(report->reading->units, &outlook.ownership, &owners);
	put_verdict(out, &outlook, &owners, names);
	sw_render_bar(out, "used", &outlook);
	put_free(out, wall, names);
	put_rate(out, &outlook);
	put_why(out, &outlook, &owners);
	if (sw_render_remedies(out, &outlook))
		fputs("  no help: tcp_tw_reuse (bind never reuses TIME_WAIT), SO_REUSEADDR on its "
		      "own\n",
		      out);
}
