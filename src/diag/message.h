/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Walk over the netlink messages in one received chunk.
 *
 * libmnl's own iterator compares lengths as signed integers, so that a header
 * claiming 2 GiB passes, and takes a cut tail for the end. This one does neither.
 */

#include <stddef.h>
#include <stdint.h>

struct sw_message {
	uint16_t type;
	uint16_t flags;
	uint32_t sequence;
	const char *payload; /* inside the chunk; may be unaligned */
	size_t size;
};

struct sw_messages {
	const char *at;
	size_t left;
};

enum sw_message_step {
	SW_MESSAGE_NEXT,
	SW_MESSAGE_END, /* the chunk ended where a message did */
	SW_MESSAGE_CUT, /* bytes are left that do not make a header, or less than it claims */
	SW_MESSAGE_WRONG_LENGTH, /* a header claims to be shorter than itself */
};

enum sw_message_step sw_messages_next(struct sw_messages *messages, struct sw_message *ret);
