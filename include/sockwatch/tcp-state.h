/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The states a TCP socket can be reported in: the eleven of RFC 9293 (with
 * CLOSED as Linux spells it), bound-but-idle sockets, and whatever a newer
 * kernel may add.
 */

#include <stdint.h>

enum sw_tcp_state {
	/* In the order of the kernel's enum (include/net/tcp_states.h), which starts at 1. */
	SW_TCP_ESTABLISHED,
	SW_TCP_SYN_SENT,
	SW_TCP_SYN_RECV,
	SW_TCP_FIN_WAIT1,
	SW_TCP_FIN_WAIT2,
	SW_TCP_TIME_WAIT,
	SW_TCP_CLOSE,
	SW_TCP_CLOSE_WAIT,
	SW_TCP_LAST_ACK,
	SW_TCP_LISTEN,
	SW_TCP_CLOSING,
	SW_TCP_BOUND, /* owns a local port, neither listens nor is connected */
	SW_TCP_OTHER, /* a state this version does not know */
};
#define SW_TCP_N_STATES 13

/*
 * Translates idiag_state of one sock_diag row. NEW_SYN_RECV (12) is SYN_RECV.
 * CLOSE (7) is BOUND: sock_diag reports a socket in CLOSE only when it is bound
 * but idle (kernel 6.8 and newer, request bit 13; inet_diag_dump_icsk).
 */
enum sw_tcp_state sw_tcp_state_from_kernel(uint8_t kernel_state);

/* "time_wait": the key in JSON. Never NULL. */
const char *sw_tcp_state_key(enum sw_tcp_state state);
