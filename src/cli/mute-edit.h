/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* mutes.json as an administrator changes it: read, changed and replaced, by one at a time. */

#include "io/io.h"
#include "sockwatch/mute.h"

/*
 * Reads the mutes in `directory`, none where there is no file. Negative errno,
 * and said on stderr, when it cannot be read or makes no sense.
 */
int sw_mute_edit_load(struct sw_io *io, const char *directory, struct sw_mutes *ret);

/* Changes the mutes; `now` is on the wall clock. Negative errno, and said on stderr, to leave all
 * as it was. */
typedef int (*sw_mute_change)(struct sw_mutes *mutes, const struct sw_mute *mute);

/*
 * Lets `change` at the mutes in `directory` that are not over at `wall`, with
 * `mute` handed through, and replaces the file. Waits for whoever is at it.
 * Negative errno, and said on stderr.
 */
int sw_mute_edit(struct sw_io *io, const char *directory, sw_usec wall, sw_mute_change change,
		 const struct sw_mute *mute);
