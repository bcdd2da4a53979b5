/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The members of the seam that concern sockets of other kinds than netlink, by system calls. See
 * io/io.h. */

#include "io/io.h"

int sw_live_route(struct sw_io *io, const struct sw_addr *destination, struct sw_addr *ret_source);
int sw_live_send(struct sw_io *io, const char *address, const void *data, size_t size);
