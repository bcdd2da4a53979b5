/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The command line of `sockwatch-hook`. */

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "sockwatch/level.h"
#include "sockwatch/time.h"

enum { SW_HOOK_MAX_BOXES = 4 };

#define SW_HOOK_LINGER_FOREVER UINT64_MAX

/* What the configuration may say as well as the command line. */
struct sw_hook_terms {
	char hooks[PATH_MAX];       /* absolute; "" = not said */
	sw_usec timeout;            /* 0 = not said */
	enum sw_level min_severity; /* SW_LEVEL_UNKNOWN = not said */
};

struct sw_hook_options {
	char config[PATH_MAX]; /* the one file to read, absolute; "" = those in their places */
	char boxes[SW_HOOK_MAX_BOXES][PATH_MAX]; /* absolute */
	size_t n_boxes;
	sw_usec linger;
	pid_t parent;    /* it ends with this process, which has started it; 0 = with none */
	sw_usec backoff; /* before the second try; thrice as long before each further one */
	struct sw_hook_terms given; /* by the command line */
	struct sw_hook_terms terms; /* what holds */
	bool config_is_bad;         /* and that has been said */
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

/*
 * Reads the configuration anew. Where it has an error now, all stays as it was,
 * and this is said once.
 */
void sw_hook_options_refresh(struct sw_hook_options *options);
