/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The real world: system calls, the network namespace of the calling thread. */

#include "io/io.h"

/*
 * A new world. From then on the process keeps no large block that it has freed, and has no
 * transparent huge pages, nor have the programs it starts. Returns 0 or -ENOMEM.
 */
int sw_live_new(struct sw_io **ret);
void sw_live_free(struct sw_io *io);
