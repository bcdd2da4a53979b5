/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Looks through /proc for who holds the sockets of some tuples. */

#include "io/io.h"
#include "sockwatch/process.h"
#include "sockwatch/tuple.h"

/* Sockets that are looked for at most, over all tuples. */
#define SW_PROCESSES_MAX_SOCKETS 131072

struct sw_processes_result {
	uint32_t n_denied;   /* processes whose descriptors are not for us to see */
	uint32_t n_overflow; /* sockets beyond SW_PROCESSES_MAX_SOCKETS */
	char why[160];       /* one clause, where the sockets could not be read: nothing is known */
};

/*
 * Fills `ret` with who holds the sockets of each of `n` tuples, by a dump of its
 * own: the numbers may differ from those of a reading a moment before. Returns 0
 * or -ENOMEM.
 */
int sw_processes_find(struct sw_io *io, const struct sw_tuple *tuples, size_t n,
		      struct sw_holders *ret, struct sw_processes_result *ret_result);
