/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The command line of `sockwatchd`. */

#include <stdbool.h>

#include "sockwatch/time.h"

struct sw_daemon_options {
	const char *config; /* the one file to read; NULL = those in their places */
	const char *runtime_dir;
	const char *state_dir; /* NULL = nothing is kept */
	const char *mutes_dir; /* where mutes.json is */
	sw_usec interval;      /* comes before that of the configuration; 0 = not given */
};

enum sw_daemon_options_result {
	SW_DAEMON_OPTIONS_RUN,
	SW_DAEMON_OPTIONS_SHOWN, /* help or version, as asked for */
	SW_DAEMON_OPTIONS_WRONG, /* and said so on stderr */
};

enum sw_daemon_options_result sw_daemon_options_parse(struct sw_daemon_options *options, int argc,
						      char **argv);
