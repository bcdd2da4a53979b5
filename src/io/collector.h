/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What the files of io/collect share while one reading is taken. */

#include "io/collect.h"

struct sw_collector {
	struct sw_io *io;
	struct sw_reading *reading;
	char *text; /* room for any file, and for what a dump receives */
	uint64_t seed;
	struct sw_ledger *ledger;
};

/*
 * Counts the sockets: as little as `options` asks for, with what is tried instead where the kernel
 * refuses that. What fails in the world spoils the reading. Returns 0, -ENOMEM.
 */
int sw_attempt(struct sw_collector *collector, const struct sw_collect_options *options);
