/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Which remedy helps follows from the cause: closes that pile up in TIME_WAIT, sockets
 * that are held, or ports that others block.
 */

#include "sockwatch/advice.h"

#include <stdlib.h>

const char *sw_remedy_id(enum sw_remedy_kind kind)
{
	switch (kind) {
	case SW_REMEDY_KEEPALIVE:
		return "keepalive";
	case SW_REMEDY_TW_REUSE:
		return "tcp-tw-reuse";
	case SW_REMEDY_ADDRESSES:
		return "more-addresses";
	case SW_REMEDY_RANGE:
		return "wider-range";
	case SW_REMEDY_UNBLOCK:
		return "unblock-ports";
	}
	abort();
}

const char *sw_remedy_to_string(enum sw_remedy_kind kind)
{
	switch (kind) {
	case SW_REMEDY_KEEPALIVE:
		return "keep connections open (nginx: \"keepalive\" in upstream{})";
	case SW_REMEDY_TW_REUSE:
		return "for now: sysctl -w net.ipv4.tcp_tw_reuse=1 (timestamps on)";
	case SW_REMEDY_ADDRESSES:
		return "one more source or destination address";
	case SW_REMEDY_RANGE:
		return "wider range: ip_local_port_range \"10240 65535\"";
	case SW_REMEDY_UNBLOCK:
		return "listen and bind outside the range (ss -Htlan shows who)";
	}
	abort();
}

size_t sw_advice_remedies(const struct sw_outlook *outlook, struct sw_remedy ret[SW_MAX_REMEDIES])
{
	enum { WIDE = SW_WIDE_RANGE_HIGH - SW_WIDE_RANGE_LOW + 1 };
	double life = outlook->reuse == SW_REUSE_NONE
			      ? SW_TIME_WAIT_MSEC / 1000.0 + outlook->wheel_s
			      : outlook->reuse_delay_s;
	double ceiling = outlook->forecast.ceiling_per_s;
	size_t n = 0;

	if (outlook->level == SW_LEVEL_OK || outlook->level == SW_LEVEL_UNKNOWN)
		return 0;
	switch (sw_outlook_cause(outlook)) {
	case SW_CAUSE_PORTS_BLOCKED:
		/* What others block is blocked for every address. */
		ret[n++] = (struct sw_remedy){ .kind = SW_REMEDY_UNBLOCK,
					       .more_ports = outlook->blocked };
		return n;
	case SW_CAUSE_CLIENT_CLOSES_FIRST:
		ret[n++] = (struct sw_remedy){ .kind = SW_REMEDY_KEEPALIVE,
					       .sustains_per_s = SW_NEVER };
		if (outlook->reuse == SW_REUSE_NONE && outlook->reuse_possible)
			ret[n++] = (struct sw_remedy){ .kind = SW_REMEDY_TW_REUSE,
						       .sustains_per_s = ceiling * life /
									 outlook->reuse_delay_s };
		ret[n++] =
			(struct sw_remedy){ .kind = SW_REMEDY_ADDRESSES,
					    .sustains_per_s = ceiling + outlook->capacity / life };
		if (outlook->range < WIDE)
			ret[n++] = (struct sw_remedy){
				.kind = SW_REMEDY_RANGE,
				.sustains_per_s = ceiling + (WIDE - outlook->range) / life
			};
		return n;
	case SW_CAUSE_NONE:
	case SW_CAUSE_HELD:
		/* Held sockets only go where there are more ports. */
		ret[n++] = (struct sw_remedy){ .kind = SW_REMEDY_ADDRESSES,
					       .more_ports = outlook->capacity };
		if (outlook->range < WIDE)
			ret[n++] = (struct sw_remedy){ .kind = SW_REMEDY_RANGE,
						       .more_ports = WIDE - outlook->range };
		return n;
	}
	abort();
}
