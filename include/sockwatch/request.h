/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Requests for a dump of TCP sockets, and the two ways to ask for all of them.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sockwatch/addr.h"

/* Bits of idiag_states, by the kernel's state numbers. */
#define SW_STATES_LISTEN (UINT32_C(1) << 10)
#define SW_STATES_ESTABLISHED (UINT32_C(1) << 1)
#define SW_STATES_BOUND (UINT32_C(1) << 13) /* since Linux 6.8; older kernels ignore it */
#define SW_STATES_ALL UINT32_MAX            /* also what newer kernels may add */
/* SYN_RECV, TIME_WAIT and NEW_SYN_RECV: kept without the flags of a full socket. */
#define SW_STATES_SMALL (UINT32_C(1) << 3 | UINT32_C(1) << 6 | UINT32_C(1) << 12)

/* Where connections go. */
struct sw_destination {
	struct sw_addr addr;
	uint32_t port; /* host order */
};

struct sw_request {
	/*
	 * The family to dump; 0 for both in one walk with the older message
	 * TCPDIAG_GETSOCK, whose handler never looks at a family
	 * (inet_diag_dump_compat).
	 */
	enum sw_family family;
	uint32_t states;
	/*
	 * Only full sockets that were bound to their port by number
	 * (SOCK_BINDPORT_LOCK): no row says so, but the filter INET_DIAG_BC_AUTO
	 * knows (inet_diag_bc_run).
	 */
	bool locked;
	/* What the kernel counts of each socket's memory, too, and with it its drops
	 * (INET_DIAG_SKMEMINFO). */
	bool memory;
	/* Local ports whose sockets are not sent; borrowed, at most SW_REQUEST_MAX_WITHOUT. Not
	 * with `locked`. */
	const uint16_t *without;
	size_t n_without;
	/* Only sockets towards these, of whatever zone; borrowed, at most SW_REQUEST_MAX_TOWARDS.
	 * Not with `locked` or `without`. */
	const struct sw_destination *towards;
	size_t n_towards;
};

/* The kernel goes through them for each socket. */
#define SW_REQUEST_MAX_WITHOUT 8
#define SW_REQUEST_MAX_TOWARDS 8

/* Room for a request. */
#define SW_REQUEST_SIZE 384

/* Writes the request as bytes. Returns their number. */
size_t sw_request_build(const struct sw_request *request, uint32_t sequence,
			char buffer[SW_REQUEST_SIZE]);

/* The type of message that answers it. */
uint16_t sw_request_type(const struct sw_request *request);

/*
 * Requests to send one after the other for one complete picture. What decides
 * which ports are blocked comes before the rest: listeners, locked sockets and
 * bound ones. Listeners are the very first, since their drops are held against
 * counters that were read before. A locked socket comes again among the rest.
 */
struct sw_plan {
	const struct sw_request *requests;
	size_t n;
};

extern const struct sw_plan sw_plan_one_walk;  /* both families at once */
extern const struct sw_plan sw_plan_by_family; /* for a kernel that refuses the first */
