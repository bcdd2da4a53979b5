/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Kernel settings that do harm, or not what somebody hoped for. Only those that
 * nothing else tells of: of tcp_max_tw_buckets there is a rule of its own.
 */

#include <stdbool.h>

#include "sockwatch/report.h"
#include "sockwatch/sysctl.h"

#define SW_N_KERNEL_SETTINGS 5
#define SW_SYSCTL_TW_RECYCLE "net.ipv4.tcp_tw_recycle"

/* Fewer ports than these bear 15 closes a second towards one destination. */
#define SW_SMALL_RANGE 1024
/* What kernels before 5.4 had (SOMAXCONN); a burst of connects fills a shorter queue. */
#define SW_SMALL_SOMAXCONN 128

struct sw_kernel_setting {
	const char *name; /* of the sysctl */
	bool wrong;
	/* Of one that is wrong: a stable id of what to do, what that gains, why, and what to do. */
	const char *id, *gain;
	char why[128];
	char to_do[512]; /* "" where it would be longer */
};

/* Is it the name of one of them? */
bool sw_kernel_setting_is_name(const char *name);

/*
 * Looks at each; the same ones in the same order each time. `recycle`: what
 * sysctl.d says of tcp_tw_recycle; NULL = nobody looked.
 */
void sw_kernel_settings_look(const struct sw_report *report,
			     const struct sw_sysctl_setting *recycle,
			     struct sw_kernel_setting ret[SW_N_KERNEL_SETTINGS]);
