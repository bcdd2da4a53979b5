/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The world that a verb looks at: this machine, or a recording and the file it lies in. */

#include "cli/file.h"
#include "cli/options.h"
#include "io/io.h"
#include "sockwatch/config.h"
#include "sockwatch/trends.h"
#include "sockwatch/units.h"

struct sw_world {
	struct sw_io *io;
	struct sw_file file;
	struct sw_units *units;   /* what the readings of this world tell of units */
	struct sw_trends *trends; /* what they tell together; NULL where there is one alone */
	bool recorded;
};

/* Opens the recording `from`, or this machine for NULL. Negative errno, and said on stderr. Either
 * way to be closed. */
int sw_world_open(struct sw_world *world, const char *from);

/* There will be more readings than one of this world. Returns 0 or a negative errno. */
int sw_world_compare(struct sw_world *world);
void sw_world_close(struct sw_world *world);

/*
 * The configuration that the daemon goes by, so that both call the same thing
 * critical. Where there is an error in it, the defaults, and that is said. NULL
 * is the defaults; what is returned lives in `*ret`, which is to be freed.
 */
const struct sw_settings *sw_world_settings(const struct sw_options *options,
					    struct sw_config **ret);
