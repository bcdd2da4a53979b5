/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Answers of the kernel, made by hand: netlink messages one after the other in
 * chunks, as sock_diag would send them.
 */

#include <stddef.h>
#include <stdint.h>

#define ANSWER_MAX_CHUNKS 48
#define ANSWER_CHUNK_SIZE (32 * 1024)

struct chunk {
	char data[ANSWER_CHUNK_SIZE];
	size_t size;
	int error; /* negative errno instead of data */
};

struct answer {
	struct chunk chunks[ANSWER_MAX_CHUNKS];
	size_t n_chunks;
	uint16_t type;     /* of the rows */
	uint32_t sequence; /* of every message */
	uint16_t flags;    /* of every message */
};

/* One row to be. Addresses as text; "" is the wildcard of the family. */
struct row {
	int family;    /* AF_INET or AF_INET6; 0 = AF_INET */
	uint8_t state; /* the kernel's number */
	const char *local;
	uint16_t local_port;
	const char *remote;
	uint16_t remote_port;
	uint32_t interface;
	uint8_t timer;
	uint32_t expires_ms;
	uint8_t retransmits;
	uint32_t rqueue, wqueue;
	uint32_t inode;
	int ipv6_only;   /* adds the attribute when not 0 */
	uint64_t cgroup; /* likewise */
	uint32_t drops;  /* likewise, as the ninth number of INET_DIAG_SKMEMINFO */
};

/* An answer with one empty chunk, to a request of one walk over both families. */
struct answer *answer_new(void);
/* A whole one: `n` connections from 10.0.0.5 to 10.0.0.9:5432, on the ports from `first` on. */
struct answer *answer_of_connections(uint16_t first, uint16_t n, uint64_t cgroup);
void answer_free(struct answer *answer);

/* What comes from here on is in a new chunk. */
void answer_next_chunk(struct answer *answer);

void answer_add_row(struct answer *answer, const struct row *row);
/* DONE with an errno in it, 0 for success. */
void answer_add_done(struct answer *answer, int error);
void answer_add_error(struct answer *answer, int error);
/* Any message. */
void answer_add_message(struct answer *answer, uint16_t type, const void *payload, size_t size);
/* Bytes as they are. */
void answer_add_bytes(struct answer *answer, const void *data, size_t size);
/* The receive after this fails. */
void answer_add_failure(struct answer *answer, int error);

/* The chunk being filled. */
struct chunk *answer_last(struct answer *answer);
