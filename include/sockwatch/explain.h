/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Explanation: what connect() and bind() to one destination would do now, and
 * what this host cannot show of it. Plain values beside the outlook, which has
 * the rest.
 */

#include "sockwatch/report.h"

/* What one more call would come to. */
struct sw_call {
	bool known;
	int error;     /* errno it would fail with; 0 = it would succeed */
	uint32_t more; /* calls that will still succeed, if nothing else changes */
	uint32_t more_low;
};

/* What is not seen, and matters here. */
enum sw_unseen {
	SW_UNSEEN_SOURCE,    /* the source address: a recording has no routes */
	SW_UNSEEN_NAT,       /* conntrack has far more connections than there are sockets */
	SW_UNSEEN_ODD_RANGE, /* connect() may miss one port */
	SW_UNSEEN_OVERFLOW,  /* more destinations than are told apart */
	SW_UNSEEN_OWN_RANGE, /* IP_LOCAL_PORT_RANGE, or ports that a program chooses itself */
	SW_UNSEEN_BEYOND,    /* NAT on the way */
};
#define SW_N_UNSEEN 6

struct sw_explanation {
	const struct sw_outlook
		*outlook; /* of the report; NULL = nobody talks to it, no port known */
	struct sw_call connect;
	struct sw_call bind; /* of (source, port 0) */
	enum sw_closer closes_first;
	enum sw_unseen unseen[SW_N_UNSEEN];
	size_t n_unseen;
};

/*
 * Connections in conntrack that are none of this host's sockets, where they are far more than
 * those: UDP, or forwarded, perhaps by SNAT with ports that no socket has. Else 0.
 */
uint64_t sw_foreign_connections(const struct sw_reading *reading);

/* Explains the worst of the report's tuples. */
void sw_explain(const struct sw_report *report, struct sw_explanation *ret);

/* "nat", "own-port-range": a stable id. */
const char *sw_unseen_id(enum sw_unseen unseen);
