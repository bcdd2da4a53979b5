/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Reads what the kernel counts, without a dump. */

#include "io/io.h"
#include "sockwatch/planner.h"

/* Returns 0, or a negative errno when a text could not be read or is not what was expected. */
int sw_counters_read(struct sw_io *io, struct sw_counters *ret);
