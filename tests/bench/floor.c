/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * The floor: the requests of one reading, sent as sockwatch sends them, and the answers
 * thrown away unread but for their end. What this costs nobody can save who asks
 * the kernel for the same.
 */

#include <linux/netlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "sockwatch/request.h"

enum { CHUNK_SIZE = 32 * 1024 };

/* An answer ends with a message that holds an errno and nothing else (netlink_dump_done). */
static int is_last(const char *chunk, size_t size)
{
	enum { DONE_SIZE = NLMSG_HDRLEN + sizeof(int) };
	struct nlmsghdr header;

	if (size < DONE_SIZE)
		return 0;
	memcpy(&header, chunk + size - DONE_SIZE, sizeof(header));
	return header.nlmsg_len == DONE_SIZE && header.nlmsg_type == NLMSG_DONE;
}

int main(void)
{
	static char chunk[CHUNK_SIZE];
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
	size_t n_bytes = 0;

	for (size_t i = 0; i < sw_plan_one_walk.n; i++) {
		char request[SW_REQUEST_SIZE];
		size_t size = sw_request_build(&sw_plan_one_walk.requests[i], 1, request);
		ssize_t n;

		if (send(fd, request, size, 0) < 0)
			return EXIT_FAILURE;
		do {
			n = recv(fd, chunk, sizeof(chunk), 0);
			if (n <= 0)
				return EXIT_FAILURE;
			n_bytes += (size_t)n;
		} while (!is_last(chunk, (size_t)n));
	}
	printf("%zu bytes\n", n_bytes);
	return EXIT_SUCCESS;
}
