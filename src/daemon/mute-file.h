/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Mute file: what an administrator has muted, as `sockwatch mute` writes it.
 * The daemon only reads it. One that makes no sense is said once, and what was
 * in force before stays so.
 */

#include "daemon/voice.h"
#include "sockwatch/mute.h"

struct sw_mute_file;

/* `directory` is copied. Returns 0 or -ENOMEM. */
int sw_mute_file_new(struct sw_mute_file **ret, struct sw_io *io, struct sw_voice *voice,
		     const char *directory);
void sw_mute_file_free(struct sw_mute_file *file);

/* Reads it again, and takes it if it has changed. */
void sw_mute_file_look(struct sw_mute_file *file);

/* Is it another one than at the last look? Reads nothing. */
bool sw_mute_file_is_new(const struct sw_mute_file *file);

/* What is in force: the same address for ever, owned by the file. */
const struct sw_mutes *sw_mute_file_mutes(const struct sw_mute_file *file);
