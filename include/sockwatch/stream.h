/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Stream: the answer to one dump request, chunk by chunk as the kernel sends
 * it, into sockets. It ends as complete or as failed; nothing in between. What
 * is not understood is a failure, because a row passed over would be a smaller
 * number that nobody can see.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sockwatch/sock.h"

enum sw_stream_fault {
	SW_STREAM_FAULT_NONE,
	SW_STREAM_REFUSED,      /* the kernel answered with an error (NLMSG_ERROR) */
	SW_STREAM_ABORTED,      /* the dump broke off with an error (errno inside NLMSG_DONE) */
	SW_STREAM_INTERRUPTED,  /* the table changed under the dump (NLM_F_DUMP_INTR) */
	SW_STREAM_CUT,          /* a message ends behind its chunk */
	SW_STREAM_WRONG_LENGTH, /* a message claims to be shorter than its header */
	SW_STREAM_WRONG_SEQUENCE,
	SW_STREAM_WRONG_TYPE,
	SW_STREAM_SHORT_ROW,    /* a row, an error or a DONE with less in it than it needs */
	SW_STREAM_WRONG_FAMILY, /* a row neither of IPv4 nor of IPv6 */
	SW_STREAM_OVERRUN,      /* NLMSG_OVERRUN: the kernel lost data */
	SW_STREAM_EMPTY,        /* a chunk without a byte */
};

/* Takes one socket. It is good until the function returns. */
typedef void (*sw_stream_sink)(void *userdata, const struct sw_sock *sock);

struct sw_stream {
	/* Set by the caller. */
	uint32_t sequence; /* of the request */
	uint16_t type;     /* of the rows: sw_request_type() */
	sw_stream_sink sink;
	void *userdata;
	/* Result. */
	bool ended;                 /* nothing more will come, or is wanted */
	enum sw_stream_fault fault; /* NONE at the end: the answer was complete */
	int error;                  /* negative errno the kernel gave with REFUSED or ABORTED */
	uint64_t n_rows;
};

/* Takes the next chunk; must not be called once the stream has ended. */
void sw_stream_feed(struct sw_stream *stream, const void *chunk, size_t size);

/* One clause that says what went wrong: "the kernel refused the request: No such file or
 * directory". */
const char *sw_stream_explain(const struct sw_stream *stream, char *buffer, size_t size);
