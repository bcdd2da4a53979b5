/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Cases: what is on the stage, and which figure is taken. */

#include "selftest/stage.h"

/* What a case needs of the kernel, beside IPv4. */
enum {
	SW_NEEDS_IPV6 = 1 << 0,
	SW_NEEDS_BOUND = 1 << 1,      /* bound, idle sockets are listed */
	SW_NEEDS_RECOMPUTED = 1 << 2, /* a bind bucket is recomputed when a socket leaves it */
	SW_NEEDS_DELAY = 1 << 3,      /* tcp_tw_reuse_delay */
};

enum sw_case_age {
	SW_AGE_ANY,   /* does not matter */
	SW_AGE_OLD,   /* all TIME_WAIT are past the reuse delay */
	SW_AGE_YOUNG, /* none is */
};

struct sw_case {
	const char *name;
	enum sw_selftest_figure figure;
	uint16_t low, high;   /* ip_local_port_range; 0 = 40000 and 40099 */
	const char *reserved; /* NULL = none */
	const char *to;       /* NULL = 127.0.0.1 */
	const char *server;   /* where it listens; NULL = at `to` */
	const char *from;     /* NULL = as the route has it; for bind() the address itself */
	const char *reuse;    /* tcp_tw_reuse; NULL = 0 */
	bool no_timestamps;
	enum sw_case_age age;
	unsigned int needs;
	unsigned int n_hidden; /* ports of which one reading cannot tell whether they are blocked */
	int (*scene)(struct sw_stage *stage, unsigned int n); /* NULL = an empty stage */
	unsigned int n;
};

extern const struct sw_case sw_cases[];
extern const size_t sw_n_cases;

/* Why the case cannot be run on this kernel, as a clause; NULL when it can. */
const char *sw_case_lacks(const struct sw_case *one, const struct sw_selftest_kernel *kernel);

/*
 * Runs one case in this process, which is to end after it. What it came to is
 * in the verdict of `ret`, and why it could not be run, where that is so.
 */
void sw_case_run(const struct sw_case *one, const struct sw_selftest_kernel *kernel,
		 struct sw_selftest_case *ret);
