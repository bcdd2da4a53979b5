/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Advice: what to do, in the order in which to try it, each with the rate it
 * sustains. Plain arithmetic over an outlook.
 */

#include "sockwatch/outlook.h"

enum sw_remedy_kind {
	SW_REMEDY_KEEPALIVE, /* keep connections open */
	SW_REMEDY_TW_REUSE,  /* tcp_tw_reuse=1 */
	SW_REMEDY_ADDRESSES, /* one more source or destination address */
	SW_REMEDY_RANGE,     /* a wider ip_local_port_range */
	SW_REMEDY_UNBLOCK,   /* other ports for listeners and bound sockets */
};

struct sw_remedy {
	double sustains_per_s; /* SW_NEVER: no ceiling, there is nothing left to close */
	enum sw_remedy_kind kind;
	uint32_t more_ports; /* not 0: the gain is these, as ports are held and not closed */
};
#define SW_MAX_REMEDIES 4

/* The widest range usually advised: above the ports services are given by hand. */
#define SW_WIDE_RANGE_LOW 10240
#define SW_WIDE_RANGE_HIGH 65535

/* What helps this tuple. Returns how many; 0 when nothing is wrong. */
size_t sw_advice_remedies(const struct sw_outlook *outlook, struct sw_remedy ret[SW_MAX_REMEDIES]);

/* "keepalive", "tcp-tw-reuse": a stable id. */
const char *sw_remedy_id(enum sw_remedy_kind kind);

/* What to do, in a few words. */
const char *sw_remedy_to_string(enum sw_remedy_kind kind);
