/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Names and translation of TCP states. */

#include "sockwatch/tcp-state.h"

#include <assert.h>

static const char *const keys[SW_TCP_N_STATES] = {
	[SW_TCP_ESTABLISHED] = "established",
	[SW_TCP_SYN_SENT] = "syn_sent",
	[SW_TCP_SYN_RECV] = "syn_recv",
	[SW_TCP_FIN_WAIT1] = "fin_wait1",
	[SW_TCP_FIN_WAIT2] = "fin_wait2",
	[SW_TCP_TIME_WAIT] = "time_wait",
	[SW_TCP_CLOSE] = "close",
	[SW_TCP_CLOSE_WAIT] = "close_wait",
	[SW_TCP_LAST_ACK] = "last_ack",
	[SW_TCP_LISTEN] = "listen",
	[SW_TCP_CLOSING] = "closing",
	[SW_TCP_BOUND] = "bound",
	[SW_TCP_OTHER] = "other",
};

enum sw_tcp_state sw_tcp_state_from_kernel(uint8_t kernel_state)
{
	/* Kernel numbers, include/net/tcp_states.h; uapi exports them only as glibc's
	 * netinet/tcp.h. */
	enum { KERNEL_FIRST = 1, KERNEL_CLOSE = 7, KERNEL_LAST = 11, KERNEL_NEW_SYN_RECV = 12 };

	if (kernel_state == KERNEL_CLOSE)
		return SW_TCP_BOUND;
	if (kernel_state == KERNEL_NEW_SYN_RECV)
		return SW_TCP_SYN_RECV;
	if (kernel_state < KERNEL_FIRST || kernel_state > KERNEL_LAST)
		return SW_TCP_OTHER;
	return (enum sw_tcp_state)(kernel_state - KERNEL_FIRST);
}

const char *sw_tcp_state_key(enum sw_tcp_state state)
{
	assert((unsigned int)state < SW_TCP_N_STATES);
	return keys[state];
}
