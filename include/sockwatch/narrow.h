/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Narrow: what a reading may leave out that need not be whole. Sockets on a listening port
 * never cost a tuple a port, and on a host with very many sockets most are such: the kernel
 * walks past them at a tenth of what it costs to send and count them. So tuples are
 * counted anew, whole and exact, but for what bind() has done since; everything else is
 * that of the last whole reading, and says how old it is.
 */

#include "sockwatch/request.h"
#include "sockwatch/tally.h"

struct sw_narrow {
	const struct sw_reading *whole;         /* borrowed: complete, and not narrow itself */
	uint16_t ports[SW_REQUEST_MAX_WITHOUT]; /* whose sockets are left out */
	size_t n_ports;                         /* 0: it would not be worth it */
	double cost;    /* expected, as a share of a whole one's; 0 without ports */
	bool has_bound; /* were there sockets that are bound and idle? */
};

/* What a reading may leave out after one that was whole. */
struct sw_narrow sw_narrow_after(const struct sw_tally *whole);
