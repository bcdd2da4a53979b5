/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Narrow: what a reading may leave out that need not be whole. The kernel walks past a socket at a
 * tenth of what it costs to send and count it.
 *
 *   SW_SCOPE_TUPLES. Sockets on a listening port never cost a tuple a port, and on a server with
 *   very many sockets most are such. Tuples are counted anew, whole and exact, but for what bind()
 *   has done since.
 *
 *   SW_SCOPE_HOT. Where most sockets go out, most are ESTABLISHED and few of them matter now:
 *   see sockwatch/hot.h.
 *
 * Everything else is that of the last whole reading, and says how old it is.
 */

#include "sockwatch/hot.h"
#include "sockwatch/reading.h"

struct sw_narrow {
	enum sw_scope scope; /* SW_SCOPE_WHOLE: to leave anything out would not be worth it */
	uint16_t ports[SW_REQUEST_MAX_WITHOUT]; /* whose sockets are left out: SW_SCOPE_TUPLES */
	size_t n_ports;
	struct sw_hot hot; /* as known by now: SW_SCOPE_HOT */
	double cost;       /* expected, as a share of a whole one's; 0 where it is one */
	bool has_bound;    /* were there sockets that are bound and idle? */
};

/* What the reading after this one may leave out; `narrow` is what this one might. */
void sw_narrow_note(struct sw_narrow *narrow, const struct sw_report *report);
