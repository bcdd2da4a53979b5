/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* First what a call would do, then the tuple as status has it, then where each port of the range
 * is. */

#include "render/explain-text.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "render/errno-name.h"
#include "render/ruled-out.h"
#include "render/tuple-text.h"
#include "render/wall-text.h"

static void put_error(FILE *out, int error)
{
	char name[SW_ERRNO_NAME_SIZE];

	fprintf(out, "%s \"%s\"", sw_errno_name(error, name), strerror(error));
}

static void put_call(FILE *out, const char *what, const struct sw_call *call, int at_the_end)
{
	fprintf(out, "%-26s ", what);
	if (!call->known) {
		fputs("not known\n", out);
		return;
	}
	if (call->error != 0) {
		fputs("fails: ", out);
		put_error(out, call->error);
		fputc('\n', out);
		return;
	}
	fputs("succeeds; ", out);
	if (call->more_low < call->more)
		fprintf(out, "%u to ", call->more_low);
	fprintf(out, "%u more will, then\n%-26s ", call->more, "");
	put_error(out, at_the_end);
	fputc('\n', out);
}

static void put_calls(FILE *out, const struct sw_report *report,
		      const struct sw_explanation *explanation)
{
	const struct sw_ifnames *names = &report->reading->ifnames;
	const struct sw_addr *source =
		explanation->outlook == NULL ? NULL : &explanation->outlook->tuple.source;
	char what[SW_ADDR_TEXT_SIZE + 16], text[SW_ADDR_TEXT_SIZE];

	put_call(out, "connect()", &explanation->connect, EADDRNOTAVAIL);
	if (explanation->connect.error != 0 && explanation->connect.error != EADDRNOTAVAIL)
		fprintf(out, "%-26s before it looks for a port\n", "");
	if (source == NULL || source->family == 0)
		return;
	snprintf(what, sizeof(what), "bind(%s, 0)", sw_addr_format(source, names, text));
	put_call(out, what, &explanation->bind, EADDRINUSE);
}

static void put_row(FILE *out, const char *what, uint32_t n, const char *remark)
{
	fprintf(out, "  %-34s %7u%s%s\n", what, n, remark[0] == '\0' ? "" : "  ", remark);
}

/* The states of the tuple's sockets: "22864 TIME_WAIT, 37 ESTABLISHED". */
static void list_states(const uint32_t n_by_state[SW_TCP_N_STATES], char *buffer, size_t size)
{
	size_t used = 0;

	buffer[0] = '\0';
	for (int i = 0; i < SW_TCP_N_STATES && used < size; i++) {
		if (n_by_state[i] == 0)
			continue;
		used += (size_t)snprintf(buffer + used, size - used, "%s%u %s",
					 used == 0 ? "" : ", ", n_by_state[i],
					 sw_tcp_state_key((enum sw_tcp_state)i));
	}
}

/* Every port of the range, once: the rows add up. */
static void put_holders(FILE *out, const struct sw_report *report, const struct sw_outlook *outlook)
{
	const struct sw_port_space *space = &report->reading->space;
	char range[48], states[128];

	list_states(outlook->n_by_state, states, sizeof(states));
	snprintf(range, sizeof(range), "range %u-%u", space->low, space->high);
	fprintf(out, "\n%-36s %7s\n", "WHO HAS THE PORTS", "ports");
	put_row(out, range, outlook->range, "");
	put_row(out, "reserved", outlook->reserved, "");
	put_row(out, sw_blockers(report->reading), outlook->blocked,
		outlook->blocked > 0 ? "lost to everybody" : "");
	put_row(out, "this tuple", outlook->used, states);
	put_row(out, "free", outlook->free,
		outlook->reusable > 0 ? "TIME_WAIT to be reused included" : "");
}

static void put_closer(FILE *out, const struct sw_explanation *explanation)
{
	switch (explanation->closes_first) {
	case SW_CLOSER_UNKNOWN:
		return;
	case SW_CLOSER_US:
		fputs("\nThis side closes first: TIME_WAIT and its port stay here.\n", out);
		return;
	case SW_CLOSER_PEER:
		fputs("\nThe peer closes first: TIME_WAIT stays there, ports come back at once.\n",
		      out);
		return;
	}
}

static void put_unseen(FILE *out, const struct sw_report *report, enum sw_unseen unseen)
{
	const struct sw_reading *reading = report->reading;
	const struct sw_totals *totals = sw_tally_totals(reading->tally);

	switch (unseen) {
	case SW_UNSEEN_SOURCE:
		fputs("  The source address: a recording does not know the routes.\n", out);
		return;
	case SW_UNSEEN_NAT:
		fprintf(out,
			"  conntrack has %" PRIu64 " connections, this host %" PRIu64
			" sockets: the others are UDP,\n  or forwarded, and those by SNAT have "
			"ports "
			"that are not among these.\n",
			reading->kernel.figures[SW_KERNEL_CONNTRACK_COUNT].value,
			totals->n_sockets);
		return;
	case SW_UNSEEN_ODD_RANGE:
		fputs("  The range has an odd size: connect() may miss one port of it.\n", out);
		return;
	case SW_UNSEEN_OVERFLOW:
		fprintf(out, "  Where %" PRIu64 " sockets go: there are too many destinations.\n",
			totals->n_tuple_overflow);
		return;
	case SW_UNSEEN_OWN_RANGE:
		fputs("  Programs that set IP_LOCAL_PORT_RANGE or bind ports of their choice have\n"
		      "  fewer ports than this. UDP has ports of its own.\n",
		      out);
		return;
	case SW_UNSEEN_BEYOND:
		fputs("  A NAT on the way has ports of its own, which may be fewer.\n", out);
		return;
	}
}

void sw_render_explain_text(FILE *out, const struct sw_report *report,
			    const struct sw_explanation *explanation,
			    const struct sw_text_style *style)
{
	const struct sw_outlook *outlook = explanation->outlook;
	const struct sw_bind_wall *wall = sw_report_worst_wall(report);
	char name[SW_TUPLE_TEXT_SIZE];

	sw_render_headline(out, report, report->level, style);
	if (report->reading->tally == NULL) {
		fputs("The sockets could not be counted, so nothing can be said of ports.\n", out);
		return;
	}
	if (outlook == NULL) {
		fputs("Nothing is connected there; give ADDRESS:PORT, also of somebody nobody "
		      "talks "
		      "to.\n",
		      out);
		return;
	}
	fprintf(out, "%s\n\n", sw_tuple_format(&outlook->tuple, &report->reading->ifnames, name));
	put_calls(out, report, explanation);
	if (wall != NULL) {
		fputc('\n', out);
		sw_render_wall_text(out, report, wall);
	}
	if (explanation->connect.error == 0 || explanation->connect.error == EADDRNOTAVAIL) {
		fputc('\n', out);
		sw_render_tuple_text(out, report, outlook);
		put_holders(out, report, outlook);
		put_closer(out, explanation);
		sw_render_ruled_out(out, report, outlook);
	}
	fputs("\nNOT SEEN HERE\n", out);
	for (size_t i = 0; i < explanation->n_unseen; i++)
		put_unseen(out, report, explanation->unseen[i]);
}
