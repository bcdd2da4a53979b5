/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "support/answer.h"

#include <arpa/inet.h>
#include <assert.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <stdlib.h>
#include <string.h>

struct answer *answer_new(void)
{
	struct answer *answer = calloc(1, sizeof(*answer));

	assert(answer != NULL);
	answer->n_chunks = 1;
	answer->type = TCPDIAG_GETSOCK;
	answer->sequence = 1;
	return answer;
}

void answer_free(struct answer *answer)
{
	free(answer);
}

struct chunk *answer_last(struct answer *answer)
{
	return &answer->chunks[answer->n_chunks - 1];
}

void answer_next_chunk(struct answer *answer)
{
	assert(answer->n_chunks < ANSWER_MAX_CHUNKS);
	answer->n_chunks++;
}

void answer_add_bytes(struct answer *answer, const void *data, size_t size)
{
	struct chunk *chunk = answer_last(answer);

	assert(chunk->size + size <= sizeof(chunk->data));
	memcpy(chunk->data + chunk->size, data, size);
	chunk->size += size;
}

void answer_add_message(struct answer *answer, uint16_t type, const void *payload, size_t size)
{
	static const char padding[NLMSG_ALIGNTO];
	struct nlmsghdr header = {
		.nlmsg_len = (uint32_t)(sizeof(header) + size),
		.nlmsg_type = type,
		.nlmsg_flags = answer->flags,
		.nlmsg_seq = answer->sequence,
	};

	answer_add_bytes(answer, &header, sizeof(header));
	answer_add_bytes(answer, payload, size);
	answer_add_bytes(answer, padding, NLMSG_ALIGN(size) - size);
}

static void put_address(int family, const char *text, void *to)
{
	if (text != NULL && text[0] != '\0')
		assert(inet_pton(family, text, to) == 1);
}

/* Gives the bytes it takes, with the padding behind it. */
static size_t put_attribute(char *to, uint16_t type, const void *value, size_t size)
{
	struct nlattr attr = { .nla_len = (uint16_t)(NLA_HDRLEN + size), .nla_type = type };

	memcpy(to, &attr, sizeof(attr));
	memcpy(to + NLA_HDRLEN, value, size);
	return NLA_ALIGN(attr.nla_len);
}

void answer_add_row(struct answer *answer, const struct row *row)
{
	struct {
		struct inet_diag_msg message;
		char attributes[3 * 12 + 40];
	} payload = { 0 };
	int family = row->family == 0 ? AF_INET : row->family;
	const uint8_t shutdown = 0, only = (uint8_t)row->ipv6_only;
	const uint32_t memory[] = { 1, 2, 3, 4, 5, 6, 7, 8, row->drops };
	size_t size = 0;

	payload.message = (struct inet_diag_msg){
		.idiag_family = (uint8_t)family,
		.idiag_state = row->state,
		.idiag_timer = row->timer,
		.idiag_retrans = row->retransmits,
		.id.idiag_sport = htons(row->local_port),
		.id.idiag_dport = htons(row->remote_port),
		.id.idiag_if = row->interface,
		.idiag_expires = row->expires_ms,
		.idiag_rqueue = row->rqueue,
		.idiag_wqueue = row->wqueue,
		.idiag_inode = row->inode,
	};
	put_address(family, row->local, payload.message.id.idiag_src);
	put_address(family, row->remote, payload.message.id.idiag_dst);
	if (row->drops != 0)
		size += put_attribute(payload.attributes + size, INET_DIAG_SKMEMINFO, memory,
				      sizeof(memory));
	/* In the kernel's order (inet_diag_msg_attrs_fill). */
	if (row->cgroup != 0)
		size += put_attribute(payload.attributes + size, INET_DIAG_SHUTDOWN, &shutdown,
				      sizeof(shutdown));
	if (row->ipv6_only)
		size += put_attribute(payload.attributes + size, INET_DIAG_SKV6ONLY, &only,
				      sizeof(only));
	if (row->cgroup != 0)
		size += put_attribute(payload.attributes + size, INET_DIAG_CGROUP_ID, &row->cgroup,
				      sizeof(row->cgroup));
	answer_add_message(answer, answer->type, &payload, sizeof(payload.message) + size);
}

void answer_add_done(struct answer *answer, int error)
{
	answer_add_message(answer, NLMSG_DONE, &error, sizeof(error));
}

void answer_add_error(struct answer *answer, int error)
{
	struct nlmsgerr payload = { .error = error };

	answer_add_message(answer, NLMSG_ERROR, &payload, sizeof(payload));
}

void answer_add_failure(struct answer *answer, int error)
{
	answer_next_chunk(answer);
	answer_last(answer)->error = error;
}

struct answer *answer_of_connections(uint16_t first, uint16_t n, uint64_t cgroup)
{
	struct answer *answer = answer_new();

	for (uint16_t i = 0; i < n; i++) {
		const struct row row = { .state = 1,
					 .local = "10.0.0.5",
					 .remote = "10.0.0.9",
					 .local_port = (uint16_t)(first + i),
					 .remote_port = 5432,
					 .cgroup = cgroup };

		answer_add_row(answer, &row);
	}
	answer_add_done(answer, 0);
	return answer;
}
