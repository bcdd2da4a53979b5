/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Inbound: a peer that holds so many ports towards one of ours that it is about
 * to run out of them itself: a load balancer, a NAT box, a proxy. It is its
 * connects that will fail, and its log that will say so.
 */

#include "sockwatch/level.h"
#include "sockwatch/tally.h"

/* Peers that hold a smaller part of their range are not worth a row. */
#define SW_INBOUND_MIN_UTILIZATION 0.01

/* Notice of [Inbound]. */
extern const double sw_inbound_notice_default;

struct sw_inbound {
	struct sw_tuple tuple; /* from the peer to a local address and port */
	uint32_t n_held;       /* at the least: its own TIME_WAIT is not seen from here */
	uint32_t range;        /* what it is taken to have, see sw_inbound_range() */
	double utilization;    /* n_held of range */
	double notice;         /* beyond this it is a notice */
	enum sw_level level;
	enum sw_level max_severity; /* of its alert; SW_LEVEL_OK: there shall be none */
};

/*
 * The size of the range a peer takes its ports from. Nobody tells, but its ports
 * do: where all are of the dynamic ports (RFC 6335; those of Windows, macOS) it is
 * theirs; what goes beyond Linux' default is as wide as it is seen to be; all
 * else is Linux' default.
 */
uint32_t sw_inbound_range(const struct sw_peer_tally *peer);

/* Judges a peer by `notice`. */
void sw_inbound_compute(const struct sw_peer_tally *peer, double notice, struct sw_inbound *ret);

/* For qsort: a notice first, then whoever holds more of its range. */
int sw_inbound_compare(const void *a, const void *b);
