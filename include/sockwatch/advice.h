/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Advice: what to do, in the order in which to try it, each with the rate it
 * sustains. Plain arithmetic over an outlook (sockwatch/sizing.h), and only what
 * would help it: a remedy that does not apply is not given.
 */

#include "sockwatch/outlook.h"

enum sw_remedy_kind {
	SW_REMEDY_KEEPALIVE, /* keep connections open */
	SW_REMEDY_TW_REUSE,  /* tcp_tw_reuse=1 */
	SW_REMEDY_ADDRESSES, /* one more source or destination address */
	SW_REMEDY_RANGE,     /* a wider ip_local_port_range */
	SW_REMEDY_UNBLOCK,   /* other ports for listeners and bound sockets */
	SW_REMEDY_NO_PORT, /* IP_BIND_ADDRESS_NO_PORT where sockets are bound before they connect */
	SW_REMEDY_SOURCES, /* one more source address to bind to */
	SW_REMEDY_CLOSE,   /* close what the peer has closed */
	SW_REMEDY_ANSWER,  /* see why nobody answers */
	SW_REMEDY_POOL,    /* fewer connections at a time */
};

struct sw_remedy {
	enum sw_remedy_kind kind;
	bool suffices; /* at the present rate; a remedy whose gain is a number of ports always does
			*/
	double sustains_per_s; /* SW_NEVER: no ceiling, there is nothing left to close */
	uint32_t more_ports;   /* not 0: the gain is these, as ports are held and not closed; of a
				  smaller pool, for each connection less */
	uint16_t range_low, range_high; /* of a wider range */
};
#define SW_MAX_REMEDIES 6

/* What helps this tuple. Returns how many; 0 when nothing is wrong. */
size_t sw_advice_remedies(const struct sw_outlook *outlook, struct sw_remedy ret[SW_MAX_REMEDIES]);

/* "keepalive", "tcp-tw-reuse": a stable id. */
const char *sw_remedy_id(enum sw_remedy_kind kind);

/* What to do, in a few words; commands can be pasted. Returns `buffer`. */
#define SW_REMEDY_TEXT_SIZE 64
const char *sw_remedy_format(const struct sw_remedy *remedy, char buffer[SW_REMEDY_TEXT_SIZE]);
