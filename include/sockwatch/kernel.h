/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What one network namespace says of itself in /proc: the sysctls that decide
 * how ports are given out, and a few counters. A kernel that lacks one leaves
 * it unknown; a text that cannot be read as what it should be does too, and is
 * reported by the caller.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sockwatch/portset.h"

/* A figure that may not be known. */
struct sw_figure {
	bool known;
	uint64_t value;
};

#define SW_TW_REUSE_DELAY_MAX_MSEC 60000

/* One figure each; sw_kernel_key() gives its name in JSON, sw_kernel_path() its file. */
enum sw_kernel_figure {
	SW_KERNEL_TW_REUSE,       /* 0 off, 1 on, 2 for loopback only */
	SW_KERNEL_TW_REUSE_DELAY, /* ms a TIME_WAIT must be old; since Linux 6.14 */
	SW_KERNEL_TW_RECYCLE,     /* until Linux 4.12 */
	SW_KERNEL_TIMESTAMPS,
	SW_KERNEL_FIN_TIMEOUT, /* s */
	SW_KERNEL_MAX_TW_BUCKETS,
	SW_KERNEL_SOMAXCONN,
	SW_KERNEL_CONNTRACK_COUNT,
	SW_KERNEL_CONNTRACK_MAX,
};
#define SW_KERNEL_N_FIGURES 9
#define SW_KERNEL_N_SYSCTLS 7 /* the first ones: settings, not counts of conntrack */

/* Room for an interface or release name of the kernel (__NEW_UTS_LEN + 1). */
#define SW_UTS_SIZE 65

struct sw_kernel {
	char release[SW_UTS_SIZE];      /* "" = unknown */
	uint16_t range_low, range_high; /* ip_local_port_range */
	struct sw_portset reserved;     /* ip_local_reserved_ports */
	struct sw_figure figures[SW_KERNEL_N_FIGURES];
	struct sw_figure orphans; /* sockstat TCP orphan: of the whole host, not of the namespace */
	/* netstat TcpExt TCPTimeWaitOverflow: TIME_WAIT that there was no room for, since boot */
	struct sw_figure time_wait_overflows;
	/* Likewise ListenOverflows: connections that found an accept queue full. Before the sockets
	 * are read and, of a complete reading, after: what listeners dropped lies between. */
	struct sw_figure listen_overflows, listen_overflows_after;
};

const char *sw_kernel_key(enum sw_kernel_figure figure);
const char *sw_kernel_path(enum sw_kernel_figure figure);

/* Reads the text of a figure's file. Returns 0 or -EINVAL; the figure is unknown then. */
int sw_kernel_parse_figure(struct sw_kernel *kernel, enum sw_kernel_figure figure,
			   const char *text);

/* Reads "32768\t60999\n". Returns 0 or -EINVAL; the range is untouched then. */
int sw_kernel_parse_range(struct sw_kernel *kernel, const char *text);

/* Reads /proc/net/sockstat. Returns 0, or -EINVAL where it has no orphan count. */
int sw_kernel_parse_sockstat(struct sw_kernel *kernel, const char *text);

/* Reads /proc/net/netstat. Returns 0, or -EINVAL where it lacks one of the figures above. */
int sw_kernel_parse_netstat(struct sw_kernel *kernel, const char *text);
/* The same, once the sockets are read. */
int sw_kernel_parse_netstat_after(struct sw_kernel *kernel, const char *text);
