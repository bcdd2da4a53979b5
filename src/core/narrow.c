/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What most of the sockets have in common. */

#include "sockwatch/narrow.h"

#include "base/mem.h"
#include "sockwatch/report.h"

/* It has to leave out so much of all sockets; and so much each port, as each costs every socket a
 * comparison. */
#define WORTHWHILE 0.5
#define WORTHWHILE_PORT 0.02

/* What it costs the kernel to walk past a socket, of what it costs to send and count it: with a
 * filter of ports; and twice, with one of destinations at the second time. */
#define WALK 0.15
#define WALKS 0.25

/* Puts the row among those with most sockets. */
static void insert(const struct sw_port_tally *best[SW_REQUEST_MAX_WITHOUT], size_t *n,
		   const struct sw_port_tally *port)
{
	size_t i = *n;

	if (*n < SW_REQUEST_MAX_WITHOUT)
		++*n;
	for (; i > 0 && best[i - 1]->n_total < port->n_total; i--)
		if (i < SW_REQUEST_MAX_WITHOUT)
			best[i] = best[i - 1];
	if (i < SW_REQUEST_MAX_WITHOUT)
		best[i] = port;
}

static void choose_ports(struct sw_narrow *narrow, const struct sw_tally *whole, double n_sockets)
{
	const struct sw_port_tally *best[SW_REQUEST_MAX_WITHOUT];
	double n_left_out = 0;
	size_t n = 0;

	for (uint32_t i = 0; i < sw_tally_n_ports(whole); i++) {
		const struct sw_port_tally *port = sw_tally_port(whole, i);

		if (port->role == SW_PORT_LISTENING && port->n_total > WORTHWHILE_PORT * n_sockets)
			insert(best, &n, port);
	}
	for (size_t i = 0; i < n; i++) {
		narrow->ports[i] = (uint16_t)best[i]->port;
		n_left_out += best[i]->n_total;
	}
	if (n_left_out <= WORTHWHILE * n_sockets)
		return;
	narrow->scope = SW_SCOPE_TUPLES;
	narrow->n_ports = n;
	narrow->cost = 1 - (1 - WALK) * n_left_out / n_sockets;
}

static void choose_hot(struct sw_narrow *narrow, const struct sw_report *whole, double n_sockets)
{
	const struct sw_totals *totals = sw_tally_totals(whole->reading->tally);
	double n_left_out = (double)totals->n_by_state[SW_TCP_ESTABLISHED];

	if (n_left_out <= WORTHWHILE * n_sockets)
		return;
	sw_hot_begin(&narrow->hot, whole);
	if (narrow->hot.more)
		return;
	narrow->scope = SW_SCOPE_HOT;
	narrow->cost = 1 - (1 - WALKS) * n_left_out / n_sockets;
}

static struct sw_narrow narrow_after(const struct sw_report *whole)
{
	const struct sw_tally *tally = whole->reading->tally;
	double n_sockets = (double)sw_tally_totals(tally)->n_sockets;
	struct sw_narrow narrow = {
		.has_bound = sw_tally_totals(tally)->n_by_state[SW_TCP_BOUND] > 0,
	};

	choose_ports(&narrow, tally, n_sockets);
	if (narrow.scope == SW_SCOPE_WHOLE)
		choose_hot(&narrow, whole, n_sockets);
	return narrow;
}

void sw_narrow_note(struct sw_narrow *narrow, const struct sw_report *report)
{
	const struct sw_reading *reading = report->reading;

	if (!reading->complete)
		*narrow = (struct sw_narrow){ 0 };
	else if (reading->scope == SW_SCOPE_WHOLE)
		*narrow = narrow_after(report);
	else
		narrow->hot = reading->hot;
}
