/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * One deadline for the whole plan: a kernel that answers slowly is waited for once, not
 * once a request.
 */

#include "io/dump.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static void set_why(struct sw_dump_result *result, const char *what, int error)
{
	snprintf(result->why, sizeof(result->why), "%s: %s", what, strerror(-error));
}

/* What is left until `deadline`, or 0. A clock that cannot be read is past every deadline. */
static sw_usec time_left(const struct sw_dump *dump, sw_usec deadline)
{
	struct sw_now now;

	if (dump->io->now(dump->io, &now) < 0 || now.boot >= deadline)
		return 0;
	return deadline - now.boot;
}

/* Feeds the stream until it ends. Returns 0, or a negative errno when no more could be received. */
static int receive(const struct sw_dump *dump, struct sw_stream *stream, sw_usec deadline)
{
	while (!stream->ended) {
		sw_usec left = time_left(dump, deadline);
		ssize_t n;

		if (left == 0)
			return -ETIMEDOUT;
		n = dump->io->netlink_receive(dump->io, dump->buffer, SW_DUMP_BUFFER_SIZE, left);
		if (n == -EINTR || n == -EAGAIN)
			continue;
		if (n < 0)
			return (int)n;
		sw_stream_feed(stream, dump->buffer, (size_t)n);
	}
	return 0;
}

static bool ask(struct sw_dump *dump, const struct sw_request *request, sw_usec deadline,
		struct sw_dump_result *result)
{
	char bytes[SW_REQUEST_SIZE];
	struct sw_stream stream = {
		.sequence = ++dump->sequence,
		.type = sw_request_type(request),
		.sink = request->locked ? dump->locked_sink : dump->sink,
		.userdata = dump->userdata,
	};
	size_t size = sw_request_build(request, dump->sequence, bytes);
	int r;

	r = dump->io->netlink_send(dump->io, bytes, size);
	if (r < 0) {
		set_why(result, "the request could not be sent", r);
		return false;
	}
	r = receive(dump, &stream, deadline);
	if (r == -ETIMEDOUT) {
		snprintf(result->why, sizeof(result->why),
			 "the kernel did not finish its answer in time");
		return false;
	}
	if (r < 0) {
		set_why(result, "the answer could not be received", r);
		return false;
	}
	if (stream.fault == SW_STREAM_FAULT_NONE)
		return true;
	sw_stream_explain(&stream, result->why, sizeof(result->why));
	result->refused =
		stream.fault == SW_STREAM_REFUSED && stream.error != -EBUSY && stream.n_rows == 0;
	result->no_module = stream.error == -ENOENT;
	result->interrupted = stream.fault == SW_STREAM_INTERRUPTED ||
			      (stream.fault == SW_STREAM_REFUSED && stream.error == -EBUSY);
	return false;
}

void sw_dump_run(struct sw_dump *dump, const struct sw_plan *plan, struct sw_dump_result *ret)
{
	struct sw_now now;
	int r;

	*ret = (struct sw_dump_result){ 0 };
	r = dump->io->now(dump->io, &now);
	if (r < 0) {
		set_why(ret, "the clock could not be read", r);
		return;
	}
	for (size_t i = 0; i < plan->n; i++)
		if (!ask(dump, &plan->requests[i], now.boot + dump->timeout, ret))
			return;
	ret->complete = true;
}
