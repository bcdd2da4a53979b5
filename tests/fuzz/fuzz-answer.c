/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * The netlink answer: the input is a row of chunks, each behind two bytes of
 * its length, fed to a stream as the kernel would send them. Whatever comes,
 * the stream ends as complete or as failed, and what it counted adds up.
 */

#include <linux/inet_diag.h>
#include <stdlib.h>
#include <string.h>

#include "judge.h"
#include "sockwatch/stream.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void count(void *userdata, const struct sw_sock *sock)
{
	sw_tally_add(userdata, sock);
}

/* Feeds a copy of exactly this size, so that a read beyond it is caught. */
static void feed(struct sw_stream *stream, const uint8_t *chunk, size_t size)
{
	char *exact = malloc(size);

	if (exact == NULL)
		abort();
	memcpy(exact, chunk, size);
	sw_stream_feed(stream, exact, size);
	free(exact);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sw_stream stream = { .sequence = 1, .type = TCPDIAG_GETSOCK, .sink = count };
	struct sw_reading *reading;
	char why[128];

	if (sw_reading_new(&reading) < 0)
		abort();
	sw_port_space_init(&reading->space, 32768, 60999);
	reading->range_known = true;
	reading->reuse = (struct sw_reuse_rule){ .loopback = true, .delay_msec = 1000 };
	if (sw_tally_new(&reading->tally, &reading->space, &reading->reuse, 1) < 0)
		abort();
	stream.userdata = reading->tally;
	while (!stream.ended && size >= 2) {
		size_t length = (size_t)data[0] | (size_t)data[1] << 8;

		length = length < size - 2 ? length : size - 2;
		feed(&stream, data + 2, length);
		data += 2 + length;
		size -= 2 + length;
	}
	if (stream.n_rows != sw_tally_totals(reading->tally)->n_sockets)
		abort();
	/* Only a complete answer is ever shown, and showing it is what takes the time here. */
	if (stream.ended && stream.fault == SW_STREAM_FAULT_NONE)
		judge(reading);
	else
		sw_stream_explain(&stream, why, sizeof(why));
	sw_reading_free(reading);
	return 0;
}
