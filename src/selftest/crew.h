/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Jobs done by children, several at a time, each of which leaves a plain value behind. */

#include "selftest/selftest.h"

/* What a job found out. Written to a pipe in one piece. */
struct sw_answer {
	char why[SW_SELFTEST_WHY_SIZE]; /* it could not be done; "" when it was */
	union {
		struct sw_selftest_case one;
		struct sw_selftest_kernel kernel;
		struct sw_figure reuse_msec;
	} of;
};

struct sw_job {
	/* Runs in the child. Whatever it opens and makes goes with the child. */
	void (*run)(const void *what, struct sw_answer *ret);
	const void *what;
	struct sw_answer answer; /* afterwards */
};

/* Does all jobs, begun in this order, and returns when the last is done. */
void sw_crew_run(struct sw_job *jobs, size_t n);
