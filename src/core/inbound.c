/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "sockwatch/inbound.h"

#include <string.h>

#include "base/mem.h"

enum {
	FIRST_DYNAMIC_PORT = 49152,
	N_DYNAMIC_PORTS = 65536 - FIRST_DYNAMIC_PORT,
	/* ip_local_port_range 32768 60999: DEFAULT of inet_sk_get_local_port_range(). */
	N_LINUX_PORTS = 28232,
};

const double sw_inbound_notice_default = 0.8;

/*
 * Linux uses up every second port of its range before it takes the others
 * (__inet_hash_connect), so a peer beyond half has been seen from end to end of it,
 * and never has as many of the dynamic ports alone as would be a notice there.
 */
uint32_t sw_inbound_range(const struct sw_peer_tally *peer)
{
	uint32_t seen = (uint32_t)peer->highest - peer->lowest + 1;

	if (peer->lowest >= FIRST_DYNAMIC_PORT)
		return N_DYNAMIC_PORTS;
	return SW_MAX(seen, (uint32_t)N_LINUX_PORTS);
}

void sw_inbound_compute(const struct sw_peer_tally *peer, double notice, struct sw_inbound *ret)
{
	*ret = (struct sw_inbound){
		.tuple = peer->tuple,
		.n_held = peer->n_held,
		.range = sw_inbound_range(peer),
		.notice = notice,
		.max_severity = SW_LEVEL_CRITICAL,
	};
	/* A row may come twice while the kernel's hash chains move. */
	ret->utilization = SW_MIN(1, (double)ret->n_held / ret->range);
	ret->level = ret->utilization > notice ? SW_LEVEL_NOTICE : SW_LEVEL_OK;
}

int sw_inbound_compare(const void *a, const void *b)
{
	const struct sw_inbound *left = a, *right = b;

	if (left->level != right->level)
		return left->level > right->level ? -1 : 1;
	if (left->utilization != right->utilization)
		return left->utilization > right->utilization ? -1 : 1;
	return memcmp(&left->tuple, &right->tuple, sizeof(left->tuple));
}
