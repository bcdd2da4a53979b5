/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * One run of one hook. Each has a process of its own between it and the runner,
 * and that is the subreaper of all the hook starts: so it is known at any time
 * what belongs to this run, and nothing of it outlives the run, nor the runner
 * if that is killed. It holds the runner's locks until then, so the next runner
 * begins when the last hook of this one is gone.
 */

#include <sys/types.h>

#include "sockwatch/time.h"

/* What a hook prints is logged up to here. */
#define SW_HOOK_OUTPUT_SIZE 4096

/* From TERM to KILL, and from KILL to giving up. */
#define SW_HOOK_GRACE (5 * SW_USEC_PER_SEC)

struct sw_run {
	const char *hook; /* its name, for the log */
	const char *path;
	char *const *argv;
	char *const *environment;
	int input; /* becomes standard input */
	sw_usec timeout;
};

enum sw_run_end {
	SW_RUN_LOST, /* the supervisor itself was killed */
	SW_RUN_NOT_STARTED,
	SW_RUN_EXITED,
	SW_RUN_SIGNALLED,
	SW_RUN_TIMED_OUT,
	SW_RUN_STOPPED, /* since the runner was told to end, or has ended */
};

struct sw_run_report {
	enum sw_run_end end;
	int code; /* errno, exit code or signal */
};

/*
 * Starts a run; the caller waits for the process whose id is returned, or gets
 * a negative errno. How it ended stands in `report` then, which must lie in
 * memory that both processes share. SIGTERM, SIGINT and SIGCHLD must be blocked;
 * SIGTERM stops the run.
 */
pid_t sw_supervisor_start(const struct sw_run *run, struct sw_run_report *report);
