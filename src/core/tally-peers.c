/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Who connects to us, and how many of his ports that takes. */

#include <errno.h>
#include <stddef.h>

#include "base/mem.h"
#include "core/tally-inside.h"

static void shed_peers(struct sw_tally *tally)
{
	uint32_t numbers[SW_TALLY_MAX_PEERS];

	sw_table_shed(&tally->peers, offsetof(struct sw_peer_tally, n_held), 0, numbers,
		      &tally->totals.n_peer_overflow);
}

/* The row of a peer; where all are taken, the lighter half has made way. NULL: the error has been
 * kept. */
static struct sw_peer_tally *obtain_peer(struct sw_tally *tally, const struct sw_tuple *key)
{
	void *row = sw_table_last(&tally->peers, key, sizeof(*key));
	int r;

	if (row != NULL)
		return row;
	r = sw_table_obtain(&tally->peers, key, &row);
	if (r == -ENOSPC) {
		shed_peers(tally);
		r = sw_table_obtain(&tally->peers, key, &row);
	}
	if (r == 0)
		return row;
	tally->error = r;
	return NULL;
}

/* Whoever talks to himself is seen from the other end, too: he has a tuple. */
void sw_tally_add_to_peer(struct sw_tally *tally, const struct sw_sock *sock)
{
	const struct sw_tuple key = { .source = sock->remote,
				      .destination = sock->local,
				      .port = sock->local_port };
	uint16_t port = (uint16_t)sock->remote_port;
	struct sw_peer_tally *row;

	if (sock->state == SW_TCP_TIME_WAIT || sock->state == SW_TCP_SYN_RECV ||
	    sw_addr_is_loopback(&sock->remote) || sw_addr_equal(&sock->remote, &sock->local))
		return;
	row = obtain_peer(tally, &key);
	if (row == NULL)
		return;
	if (row->n_held++ == 0)
		row->lowest = row->highest = port;
	row->lowest = SW_MIN(row->lowest, port);
	row->highest = SW_MAX(row->highest, port);
}

uint32_t sw_tally_n_peers(const struct sw_tally *tally)
{
	return tally->peers.n_rows;
}

const struct sw_peer_tally *sw_tally_peer(const struct sw_tally *tally, uint32_t i)
{
	return sw_table_row(&tally->peers, i);
}
