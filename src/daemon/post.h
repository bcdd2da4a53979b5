/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The post: messages on their way to the journal. journald may be stuck, and
 * then libsystemd's own sender would block for ever; here nothing blocks. What
 * the journal does not take waits, in order, and is tried again with the next
 * message and on every tick.
 *
 * Bounded: words for people make room for alerts, oldest first, and are
 * counted. An alert is only refused when alerts alone fill the room.
 */

#include <stdbool.h>

#include "io/io.h"

#define SW_JOURNAL_SOCKET "/run/systemd/journal/socket"

/* Room for some 600 alerts or 3000 lines. */
#define SW_POST_SIZE ((size_t)1024 * 1024)

enum sw_importance {
	SW_POST_WORD,
	SW_POST_ALERT,
};

struct sw_post;

/* Returns 0 or -ENOMEM. */
int sw_post_new(struct sw_post **ret, struct sw_io *io);
void sw_post_free(struct sw_post *post);

/*
 * Sends a message of journald's native protocol, or keeps it for later. Returns
 * 0 for either. Else it is not kept: -ENOENT when this host has no journal,
 * -ENOBUFS when there is no room for an alert, -ENOMEM, or what the kernel has
 * against it.
 */
int sw_post_send(struct sw_post *post, enum sw_importance importance, const void *data,
		 size_t size);

/* Tries what waits again. Returns 0 when nothing is left, else why the first of them does not go:
 * -EAGAIN, ... */
int sw_post_flush(struct sw_post *post);

/* How many wait. */
size_t sw_post_n_waiting(const struct sw_post *post);

/* Messages dropped since the last call. */
uint64_t sw_post_take_dropped(struct sw_post *post);
