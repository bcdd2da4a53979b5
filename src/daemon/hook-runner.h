/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Run=direct: a runner of hooks that is the daemon's own child, for hosts where
 * nothing else would start one. It ends with the daemon, also when that is killed.
 *
 * It is started once. One that ends by itself is not started again but said, for
 * it would end again; a reload tries anew.
 */

#include <stdbool.h>

#include "daemon/voice.h"
#include "io/io.h"

struct sw_hook_runner {
	struct sw_io *io;        /* borrowed, as all here */
	struct sw_voice *voice;  /* what goes wrong is said there */
	const char *config_path; /* the daemon's, NULL for the usual ones */
	const char *state_dir;
	const char *runtime_dir;
	pid_t parent; /* this daemon */
	pid_t pid;    /* 0 = there is none */
	bool ending;  /* it has been told to */
	bool wanted;
};

/* Has a runner from now on, or has none. */
void sw_hook_runner_want(struct sw_hook_runner *runner, bool wanted);

/* Looks after it. To be called on every tick. */
void sw_hook_runner_look(struct sw_hook_runner *runner);
