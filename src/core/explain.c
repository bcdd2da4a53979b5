/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Nothing is worked out here that the report does not have; it is only put as an answer to
 * "what happens if I call it".
 */

#include "sockwatch/explain.h"

#include <errno.h>
#include <stdlib.h>

/* So many more connections in conntrack than sockets, and twice as many, are somebody else's. */
enum { FOREIGN_CONNECTIONS = 1000 };

static struct sw_call explain_connect(const struct sw_report *report,
				      const struct sw_outlook *outlook)
{
	struct sw_call call = { .known = true };

	if (report->reading->route_error < 0)
		call.error = -report->reading->route_error;
	else if (outlook == NULL)
		call.known = false;
	else if (outlook->free == 0)
		call.error = EADDRNOTAVAIL;
	if (call.known && call.error == 0) {
		call.more = outlook->free;
		call.more_low = outlook->free_low;
	}
	return call;
}

/* Without IP_BIND_ADDRESS_NO_PORT: a port nobody has on this address. */
static struct sw_call explain_bind(const struct sw_report *report, const struct sw_outlook *outlook)
{
	struct sw_call call = { 0 };

	if (outlook == NULL || outlook->tuple.source.family == 0 ||
	    report->reading->route_error < 0)
		return call;
	call.known = true;
	call.more = call.more_low = sw_report_bind_free(report, &outlook->tuple.source);
	if (call.more == 0)
		call.error = EADDRINUSE;
	return call;
}

uint64_t sw_foreign_connections(const struct sw_reading *reading)
{
	const struct sw_figure *count = &reading->kernel.figures[SW_KERNEL_CONNTRACK_COUNT];
	uint64_t n_sockets = sw_tally_totals(reading->tally)->n_sockets;

	return count->known && count->value > 2 * n_sockets + FOREIGN_CONNECTIONS
		       ? count->value - n_sockets
		       : 0;
}

static void list_unseen(const struct sw_report *report, struct sw_explanation *ret)
{
	const struct sw_reading *reading = report->reading;
	const struct sw_outlook *outlook = ret->outlook;
	const bool holds[SW_N_UNSEEN] = {
		[SW_UNSEEN_SOURCE] = outlook != NULL && outlook->tuple.source.family == 0 &&
				     reading->route_error == 0,
		[SW_UNSEEN_NAT] = sw_foreign_connections(reading) > 0,
		[SW_UNSEEN_ODD_RANGE] = sw_port_space_is_odd(&reading->space),
		[SW_UNSEEN_OVERFLOW] = sw_tally_totals(reading->tally)->n_tuple_overflow > 0,
		[SW_UNSEEN_OWN_RANGE] = true,
		[SW_UNSEEN_BEYOND] =
			outlook != NULL && !sw_addr_is_loopback(&outlook->tuple.destination) &&
			!sw_addr_equal(&outlook->tuple.source, &outlook->tuple.destination),
	};

	for (int i = 0; i < SW_N_UNSEEN; i++)
		if (holds[i])
			ret->unseen[ret->n_unseen++] = (enum sw_unseen)i;
}

void sw_explain(const struct sw_report *report, struct sw_explanation *ret)
{
	*ret = (struct sw_explanation){ .closes_first = SW_CLOSER_UNKNOWN };
	if (report->n_outlooks > 0)
		ret->outlook = &report->outlooks[0];
	ret->connect = explain_connect(report, ret->outlook);
	ret->bind = explain_bind(report, ret->outlook);
	if (ret->outlook != NULL)
		ret->closes_first = sw_closes_first(ret->outlook->n_by_state);
	if (report->reading->tally != NULL)
		list_unseen(report, ret);
}

const char *sw_unseen_id(enum sw_unseen unseen)
{
	switch (unseen) {
	case SW_UNSEEN_SOURCE:
		return "source";
	case SW_UNSEEN_NAT:
		return "nat-here";
	case SW_UNSEEN_ODD_RANGE:
		return "odd-range";
	case SW_UNSEEN_OVERFLOW:
		return "overflow";
	case SW_UNSEEN_OWN_RANGE:
		return "own-port-range";
	case SW_UNSEEN_BEYOND:
		return "nat-beyond";
	}
	abort();
}
