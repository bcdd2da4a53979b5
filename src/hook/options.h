/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The command line of `sockwatch-hook`. */

#include <limits.h>
#include <stddef.h>

#include "sockwatch/level.h"
#include "sockwatch/time.h"

enum { SW_HOOK_MAX_BOXES = 4 };

#define SW_HOOK_LINGER_FOREVER UINT64_MAX

struct sw_hook_options {
	const char *config; /* the one file to read; NULL = those in their places */
	char boxes[SW_HOOK_MAX_BOXES][PATH_MAX]; /* absolute */
	size_t n_boxes;
	char hooks[PATH_MAX]; /* absolute */
	sw_usec timeout;
	sw_usec linger;
	sw_usec backoff; /* before the second try; thrice as long before each further one */
	enum sw_level min_severity;
};

enum sw_hook_options_result {
	SW_HOOK_OPTIONS_RUN,
	SW_HOOK_OPTIONS_SHOWN, /* help or version, as asked for */
	SW_HOOK_OPTIONS_WRONG, /* and said so on stderr */
};

/*
 * Reads the command line. What it does not name is as [Hooks] of the
 * configuration says, or where that has an error, at its default, and this is
 * said: alerts go on.
 */
enum sw_hook_options_result sw_hook_options_parse(struct sw_hook_options *options, int argc,
						  char **argv);
