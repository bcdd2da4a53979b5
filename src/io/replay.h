/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Replay: the world as a recording of io/record.h has it. Files are found by
 * their path; the clock and the netlink answers come in the order in which they
 * were recorded, and an answer only to the request it was given to.
 */

#include "io/io.h"

/*
 * Makes a world of `size` bytes, which are borrowed and must outlive it.
 * Returns 0, -ENOMEM, or -EBADMSG when they are no complete recording; then
 * `*ret_offset` says up to where they were one.
 */
int sw_replay_new(struct sw_io **ret, const char *data, size_t size, size_t *ret_offset);
void sw_replay_free(struct sw_io *io);
