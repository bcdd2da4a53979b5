/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The mutes as a document, sockwatch.mutes/1: the file that command and daemon share. */

#include <jansson.h>
#include <stddef.h>

#include "sockwatch/mute.h"

/* Room for the file when all mutes are taken: about 1.2 KiB each. */
#define SW_MUTES_TEXT_SIZE ((size_t)512 * 1024)

#define SW_MUTES_WHY_SIZE 128

/* A new reference, or NULL without memory. */
json_t *sw_render_mutes_json(const struct sw_mutes *mutes);

/*
 * Reads such a text. Returns 0; -EBADMSG when it is none, and what is wrong
 * with it in `why`, fit for a terminal; -ENOMEM.
 */
int sw_mutes_parse(struct sw_mutes *ret, const char *text, size_t size,
		   char why[SW_MUTES_WHY_SIZE]);
