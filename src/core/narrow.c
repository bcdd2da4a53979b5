/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Which listening ports have most of the sockets. */

#include "sockwatch/narrow.h"

#include "base/mem.h"

/* It has to leave out so much of all sockets; and so much each port, as each costs every socket a
 * comparison. */
#define WORTHWHILE 0.5
#define WORTHWHILE_PORT 0.02

/* What it costs the kernel to walk past a socket, of what it costs to send and count it. */
#define WALK 0.15

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

struct sw_narrow sw_narrow_after(const struct sw_tally *whole)
{
	const struct sw_port_tally *best[SW_REQUEST_MAX_WITHOUT];
	double n_sockets = (double)sw_tally_totals(whole)->n_sockets, n_left_out = 0;
	struct sw_narrow narrow = {
		.has_bound = sw_tally_totals(whole)->n_by_state[SW_TCP_BOUND] > 0,
	};
	size_t n = 0;

	for (uint32_t i = 0; i < sw_tally_n_ports(whole); i++) {
		const struct sw_port_tally *port = sw_tally_port(whole, i);

		if (port->role == SW_PORT_LISTENING && port->n_total > WORTHWHILE_PORT * n_sockets)
			insert(best, &n, port);
	}
	for (size_t i = 0; i < n; i++) {
		narrow.ports[i] = (uint16_t)best[i]->port;
		n_left_out += best[i]->n_total;
	}
	if (n_left_out <= WORTHWHILE * n_sockets)
		return narrow;
	narrow.n_ports = n;
	narrow.cost = 1 - (1 - WALK) * n_left_out / n_sockets;
	return narrow;
}
