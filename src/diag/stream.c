/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * The kernel says that a dump failed in three ways: with NLMSG_ERROR instead of
 * rows (also EBUSY, in the middle of another dump), with an errno inside
 * NLMSG_DONE (a missing diag module looks like this), and with a flag.
 */

#include "sockwatch/stream.h"

#include <assert.h>
#include <libmnl/libmnl.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "base/mem.h"
#include "diag/message.h"

/* idiag_timer of the timewait structures (inet_twsk_diag_fill). */
enum { TIMER_TIME_WAIT = 3 };

/* The largest errno the kernel returns (MAX_ERRNO, include/linux/err.h). */
enum { MAX_ERRNO = 4095 };

static void fail(struct sw_stream *stream, enum sw_stream_fault fault, int error)
{
	stream->ended = true;
	stream->fault = fault;
	stream->error = error;
}

/* What one attribute says, if it is one that is asked for and is whole. */
static void take_attribute(uint16_t type, const char *value, size_t size, struct sw_sock *ret)
{
	/* Told of listening and bound IPv6 sockets: whether they alone may have this port. */
	if (type == INET_DIAG_SKV6ONLY && size >= sizeof(uint8_t) &&
	    (ret->state == SW_TCP_LISTEN || ret->state == SW_TCP_BOUND))
		ret->ipv6_only = value[0] != 0;
	else if (type == INET_DIAG_CGROUP_ID && size >= sizeof(ret->cgroup))
		memcpy(&ret->cgroup, value, sizeof(ret->cgroup));
	else if (type == INET_DIAG_SKMEMINFO && size >= sizeof(uint32_t) * (SK_MEMINFO_DROPS + 1) &&
		 ret->state == SW_TCP_LISTEN) {
		ret->drops_known = true;
		memcpy(&ret->drops, value + sizeof(uint32_t) * SK_MEMINFO_DROPS,
		       sizeof(ret->drops));
	}
}

/* Stops at the first one that cannot be: what stands in the row itself holds all the same. */
static void take_attributes(const struct sw_message *message, struct sw_sock *ret)
{
	const char *at = message->payload + MNL_ALIGN(sizeof(struct inet_diag_msg));
	const char *end = message->payload + message->size;
	struct nlattr attr;

	while (at < end && (size_t)(end - at) >= sizeof(attr)) {
		memcpy(&attr, at, sizeof(attr));
		if (attr.nla_len < sizeof(attr) || attr.nla_len > (size_t)(end - at))
			break;
		take_attribute(attr.nla_type & NLA_TYPE_MASK, at + sizeof(attr),
			       attr.nla_len - sizeof(attr), ret);
		if ((size_t)MNL_ALIGN(attr.nla_len) >= (size_t)(end - at))
			break;
		at += MNL_ALIGN(attr.nla_len);
	}
}

/*
 * The cookie and the addresses from where they came, and not from the copy of the row: they lie
 * across the stores that it was made by, and a processor that loads from two stores waits until
 * both have left it, and all before them.
 */
static void decode_cookie(const char *payload, struct sw_sock *ret)
{
	uint32_t cookie[2];

	memcpy(cookie, payload + offsetof(struct inet_diag_msg, id.idiag_cookie), sizeof(cookie));
	ret->cookie = (uint64_t)cookie[1] << 32 | cookie[0];
}

static void decode_tuple(const struct inet_diag_msg *row, const char *payload, struct sw_sock *ret)
{
	const uint8_t *bytes = (const uint8_t *)payload;
	const uint8_t *local = bytes + offsetof(struct inet_diag_msg, id.idiag_src);
	const uint8_t *remote = bytes + offsetof(struct inet_diag_msg, id.idiag_dst);

	if (row->idiag_family == AF_INET) {
		sw_addr_put_ipv4(local, &ret->local);
		sw_addr_put_ipv4(remote, &ret->remote);
	} else {
		ret->local = sw_addr_ipv6(local, row->id.idiag_if);
		ret->remote = sw_addr_ipv6(remote, row->id.idiag_if);
	}
	sw_put_pair(&ret->device,
		    ret->local.zone == 0 && ret->remote.zone == 0 ? row->id.idiag_if : 0,
		    ntohs(row->id.idiag_dport));
}

/* Clears what comes behind the tuple alone: to clear all would take as long as the rest. */
static void decode_row(const struct inet_diag_msg *row, struct sw_sock *ret)
{
	enum { BEHIND = offsetof(struct sw_sock, inode) };

	memset((char *)ret + BEHIND, 0, sizeof(*ret) - BEHIND);
	ret->inode = row->idiag_inode;
	ret->local_port = ntohs(row->id.idiag_sport);
	ret->state = sw_tcp_state_from_kernel(row->idiag_state);
	ret->mini = row->idiag_timer == TIMER_TIME_WAIT;
	if (ret->mini)
		ret->expires_ms = row->idiag_expires;
	else
		ret->retransmits = row->idiag_retrans;
	if (ret->state == SW_TCP_LISTEN) {
		ret->queued = row->idiag_rqueue;
		ret->queue_limit = row->idiag_wqueue;
	}
}

static void take_row(struct sw_stream *stream, const struct sw_message *message)
{
	struct inet_diag_msg row;
	struct sw_sock sock;

	if (message->size < sizeof(row)) {
		fail(stream, SW_STREAM_SHORT_ROW, 0);
		return;
	}
	memcpy(&row, message->payload, sizeof(row));
	if (row.idiag_family != AF_INET && row.idiag_family != AF_INET6) {
		fail(stream, SW_STREAM_WRONG_FAMILY, 0);
		return;
	}
	decode_cookie(message->payload, &sock);
	decode_tuple(&row, message->payload, &sock);
	decode_row(&row, &sock);
	take_attributes(message, &sock);
	stream->n_rows++;
	stream->sink(stream->userdata, &sock);
}

/* The errno at the start of an ERROR or DONE payload; false when it is none. */
static bool read_errno(const struct sw_message *message, int *ret)
{
	if (message->size < sizeof(*ret))
		return false;
	memcpy(ret, message->payload, sizeof(*ret));
	return *ret <= 0 && *ret >= -MAX_ERRNO;
}

static void take_error(struct sw_stream *stream, const struct sw_message *message)
{
	int error;

	/* 0 would be an acknowledgement, which was not asked for. */
	if (!read_errno(message, &error) || error == 0)
		fail(stream, SW_STREAM_SHORT_ROW, 0);
	else
		fail(stream, SW_STREAM_REFUSED, error);
}

static void take_done(struct sw_stream *stream, const struct sw_message *message)
{
	int error = 0;

	/* A DONE with nothing in it is legal. */
	if (message->size > 0 && !read_errno(message, &error))
		fail(stream, SW_STREAM_SHORT_ROW, 0);
	else if (error < 0)
		fail(stream, SW_STREAM_ABORTED, error);
	stream->ended = true;
}

static void take_message(struct sw_stream *stream, const struct sw_message *message)
{
	if (message->sequence != stream->sequence) {
		fail(stream, SW_STREAM_WRONG_SEQUENCE, 0);
		return;
	}
	/* The rest of an interrupted dump is read all the same, up to its DONE. */
	if (message->flags & NLM_F_DUMP_INTR)
		stream->fault = SW_STREAM_INTERRUPTED;

	if (message->type == stream->type)
		take_row(stream, message);
	else if (message->type == NLMSG_DONE)
		take_done(stream, message);
	else if (message->type == NLMSG_ERROR)
		take_error(stream, message);
	else if (message->type == NLMSG_OVERRUN)
		fail(stream, SW_STREAM_OVERRUN, 0);
	else if (message->type != NLMSG_NOOP)
		fail(stream, SW_STREAM_WRONG_TYPE, 0);
}

void sw_stream_feed(struct sw_stream *stream, const void *chunk, size_t size)
{
	struct sw_messages messages = { .at = chunk, .left = size };
	struct sw_message message;

	assert(!stream->ended);
	if (size == 0)
		fail(stream, SW_STREAM_EMPTY, 0);
	while (!stream->ended) {
		switch (sw_messages_next(&messages, &message)) {
		case SW_MESSAGE_NEXT:
			take_message(stream, &message);
			break;
		case SW_MESSAGE_END:
			return;
		case SW_MESSAGE_CUT:
			fail(stream, SW_STREAM_CUT, 0);
			break;
		case SW_MESSAGE_WRONG_LENGTH:
			fail(stream, SW_STREAM_WRONG_LENGTH, 0);
			break;
		}
	}
}

const char *sw_stream_explain(const struct sw_stream *stream, char *buffer, size_t size)
{
	static const char *const texts[] = {
		[SW_STREAM_FAULT_NONE] = "nothing is wrong",
		[SW_STREAM_REFUSED] = "the kernel refused the request",
		[SW_STREAM_ABORTED] = "the kernel broke the dump off",
		[SW_STREAM_INTERRUPTED] =
			"the socket table changed during the dump (NLM_F_DUMP_INTR)",
		[SW_STREAM_CUT] = "the answer was cut in the middle of a message",
		[SW_STREAM_WRONG_LENGTH] = "a message of the answer has an impossible length",
		[SW_STREAM_WRONG_SEQUENCE] = "a message of the answer belongs to another request",
		[SW_STREAM_WRONG_TYPE] = "a message of the answer is of an unknown type",
		[SW_STREAM_SHORT_ROW] = "a message of the answer is malformed",
		[SW_STREAM_WRONG_FAMILY] = "a row of the answer is neither IPv4 nor IPv6",
		[SW_STREAM_OVERRUN] = "the kernel lost a part of the answer (NLMSG_OVERRUN)",
		[SW_STREAM_EMPTY] = "the kernel sent an empty answer",
	};

	if (stream->error < 0)
		snprintf(buffer, size, "%s: %s", texts[stream->fault], strerror(-stream->error));
	else
		snprintf(buffer, size, "%s", texts[stream->fault]);
	return buffer;
}
