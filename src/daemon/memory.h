/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The memory: state.json in the state directory, durable, so that a daemon that
 * is killed neither fires again nor forgets to resolve.
 *
 * Events are written down before they are delivered and crossed out after: what
 * a killed daemon leaves written down is delivered again, under the same id.
 */

#include "io/io.h"
#include "render/state-json.h"

/*
 * Reads what an earlier daemon left in `directory`. Returns 0, also when there
 * is nothing; -EBADMSG when it makes no sense or is of another version: then it
 * has been set aside as state.json.aside. Other errors when it cannot be read.
 */
int sw_memory_load(struct sw_io *io, const char *directory, struct sw_state *ret);

/* Writes down. Returns 0 or a negative errno: what was written before is still there then. */
int sw_memory_save(struct sw_io *io, const char *directory, const struct sw_state *state);
