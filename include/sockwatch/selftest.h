/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Self-test: what was predicted of a case, what the kernel then did, and
 * whether that agrees. Plain values; who makes the sockets is src/selftest.
 */

#include "sockwatch/kernel.h"
#include "sockwatch/time.h"

/* Which figure of the port model a case is about. */
enum sw_selftest_figure {
	SW_SELFTEST_CONNECT, /* free_low..free of a tuple: connect() until EADDRNOTAVAIL */
	SW_SELFTEST_BIND,    /* bind_free of a source: bind(address, 0) until EADDRINUSE */
};

/* Something between the two figures is the answer. */
struct sw_selftest_interval {
	uint32_t low, high;
};

enum sw_verdict {
	SW_VERDICT_EQUAL,
	SW_VERDICT_WITHIN, /* within the interval, which is no wider than what is hidden */
	SW_VERDICT_WRONG,
	SW_VERDICT_FAILED,   /* the case could not be run */
	SW_VERDICT_LEFT_OUT, /* this kernel lacks what the case is about */
};
#define SW_N_VERDICTS 5

struct sw_selftest_case {
	const char *name; /* borrowed, of static storage */
	enum sw_selftest_figure figure;
	/* Read with WITHIN, EQUAL and WRONG only. */
	struct sw_selftest_interval predicted;
	uint32_t observed;
	enum sw_verdict verdict;
	char why[160]; /* one clause, of FAILED and LEFT_OUT */
};

/* How this kernel behaves where kernels differ, found by trying. */
struct sw_selftest_kernel {
	char release[SW_UTS_SIZE];
	bool ipv6;
	bool lists_bound; /* bound, idle sockets are in a dump (states bit 13, since Linux 6.8) */
	bool recomputes_bucket;      /* a port is free for connect() again once only sockets that
					connect()      placed are left on it (since 6.18); else once none
					is      left */
	struct sw_figure reuse_msec; /* age at which a TIME_WAIT was first reused */
	struct sw_figure reuse_delay_msec; /* what tcp_tw_reuse_delay says; not known before 6.14 */
	uint32_t hz;                       /* 0 = unknown */
	uint32_t wheel_msec; /* how late a TIME_WAIT may end: one turn of the timer wheel */
};

struct sw_selftest {
	struct sw_selftest_kernel kernel;
	struct sw_selftest_case *cases; /* owned by whoever made them */
	size_t n_cases;
	sw_usec duration_usec;
};

/*
 * Holds what was observed against what was predicted. `n_hidden` is how many
 * ports the case hides from one reading, of a range of `n_range`: nothing
 * hidden asks for one figure, else the interval may be as wide as that and 2 %
 * of the range, so that no prediction is right by saying nothing.
 */
enum sw_verdict sw_selftest_judge(struct sw_selftest_interval predicted, uint32_t observed,
				  uint32_t n_hidden, uint32_t n_range);

/* How many cases came to this verdict. */
size_t sw_selftest_count(const struct sw_selftest *selftest, enum sw_verdict verdict);

/* Was there at least one case that agreed, and none that was wrong or could not be run? */
bool sw_selftest_passed(const struct sw_selftest *selftest);

/* "equal", "within", "wrong", "failed", "left-out". */
const char *sw_verdict_to_string(enum sw_verdict verdict);
