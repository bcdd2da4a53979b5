/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Accept queue: connections that are ready and that the program has not taken
 * yet. Of several listeners that share a port or an address it is the fullest
 * one's, and the drops are those of all.
 */

#include "sockwatch/sock.h"

struct sw_accept_queue {
	uint32_t n_listeners;
	uint32_t queued;  /* connections waiting for accept() */
	uint32_t limit;   /* the backlog; there is room for one more */
	bool drops_known; /* of all of them */
	uint64_t drops;   /* as of struct sw_sock, of all of them */
};

/* Takes one more listener. */
void sw_accept_queue_add(struct sw_accept_queue *queue, const struct sw_sock *listener);

/* Does a connection that comes now find no room? (sk_acceptq_is_full) */
bool sw_accept_queue_is_full(const struct sw_accept_queue *queue);

/* Is `a` nearer to its limit than `b`? */
bool sw_accept_queue_is_fuller(const struct sw_accept_queue *a, const struct sw_accept_queue *b);
