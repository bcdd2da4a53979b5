/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* One dump: a plan's requests sent one after the other, each answer read to its end. */

#include "io/io.h"
#include "sockwatch/request.h"
#include "sockwatch/stream.h"

/* The kernel fills chunks of about 32 KiB and no larger ones (netlink_dump,
 * net/netlink/af_netlink.c). */
#define SW_DUMP_BUFFER_SIZE ((size_t)32 * 1024)

struct sw_dump {
	struct sw_io *io;
	char *buffer;    /* of SW_DUMP_BUFFER_SIZE */
	sw_usec timeout; /* for all of it */
	sw_stream_sink sink;
	sw_stream_sink locked_sink; /* for the answer to a request of locked sockets */
	void *userdata;
	uint32_t sequence; /* of the latest request on this socket; 0 = there was none */
};

struct sw_dump_result {
	bool complete;
	bool refused; /* the very first answer was a refusal: this kernel does not know the request
		       */
	bool interrupted; /* worth another try at once */
	bool no_module;   /* the kernel answered as it does without tcp_diag */
	char why[160];    /* one clause, when not complete */
};

/*
 * Dumps by `plan` into the sink. What the sink got is only worth something when
 * the result is complete. The netlink socket is open before and is to be closed
 * after: an answer that broke off is still in it.
 */
void sw_dump_run(struct sw_dump *dump, const struct sw_plan *plan, struct sw_dump_result *ret);
