/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Suspicion: ports that are probably blocked by sockets that look as if connect()
 * had chosen them. connect() takes ports of the other parity only once a tuple
 * has used up those of the first, while bind(0) begins with them
 * (inet_csk_find_open_port): so such a port in a tuple that was never over half
 * full has another owner. That is known only when all sockets have gone by, so
 * until then each port keeps the marks of the first and the latest tuple on it.
 */

#include <stdbool.h>

#include "sockwatch/port-space.h"
#include "sockwatch/tuple.h"

struct sw_suspicion {
	uint16_t marks[65536][2]; /* 0 = none */
};

/* Sixteen bits that stand for a tuple, the same in every reading; never 0. */
uint16_t sw_tuple_mark(const struct sw_tuple *tuple);

/* A socket of the tuple with this mark is on a port of the other parity. */
void sw_suspicion_add(struct sw_suspicion *suspicion, uint16_t port, uint16_t mark);

/*
 * Adds to `suspects` the ports on which there is a tuple that is not in `half_full`. No other
 * than `occupied` ports have sockets.
 */
void sw_suspicion_judge(const struct sw_suspicion *suspicion, const struct sw_portset *occupied,
			const struct sw_portset *half_full, struct sw_portset *suspects);
