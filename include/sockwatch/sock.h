/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* One socket as one sock_diag row tells it. Ports in host order. */

#include <stdbool.h>

#include "sockwatch/tcp-state.h"
#include "sockwatch/tuple.h"

struct sw_sock {
	uint64_t cookie; /* the same from the first look at a socket to the end of its TIME_WAIT */
	/* All but the local port, and the same as a tuple: the key it is counted by. */
	union {
		struct sw_tuple tuple;
		struct {
			struct sw_addr local;
			struct sw_addr remote;
			uint32_t device; /* SO_BINDTODEVICE; 0 when the row's interface is only a
					    link-local zone */
			uint32_t remote_port;
		};
	};
	uint32_t inode; /* of the file that processes hold it by; 0 = none does */
	uint16_t local_port;
	enum sw_tcp_state state;
	/*
	 * The kernel keeps only a small timewait structure for it: TIME_WAIT, and
	 * FIN_WAIT2 of a socket that no process holds (idiag_timer 3).
	 */
	bool mini;
	bool ipv6_only;       /* IPV6_V6ONLY; known for LISTEN and BOUND alone */
	uint32_t expires_ms;  /* of a mini socket: time left, 0 once overdue; else 0 */
	uint32_t retransmits; /* of the oldest segment in flight; of SYN_SENT its SYN */
	uint32_t queued;      /* LISTEN: connections waiting for accept() */
	uint32_t queue_limit; /* LISTEN: backlog */
	/*
	 * LISTEN: packets that it dropped since it listens (sk_drops). Connections that found its
	 * queue full are among them, and segments that belong to none (tcp_rcv_state_process).
	 */
	bool drops_known; /* they were asked for, and the kernel tells them, since Linux 4.7 */
	uint32_t drops;
	/*
	 * Id of the control group (v2) that made it; 0 = not told: of a mini socket,
	 * of one that is not accepted yet, and by kernels before 5.8.
	 */
	uint64_t cgroup;
};
