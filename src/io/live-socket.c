/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Sockets that live for one call. None sends what a stranger could answer. */

#include "io/live-socket.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/*
 * An unbound socket takes a port of the range when it is connected, and where all are reserved
 * there is none to take (EAGAIN, inet_autobind). One that is bound to any other port needs none.
 */
static int connect_somehow(int fd, struct sockaddr *address, socklen_t size)
{
	enum { LAST_PORT = 65535, N_TRIES = 64 };
	struct sockaddr_in6 any = { .sin6_family = address->sa_family }; /* of IPv4 too: zero */

	if (connect(fd, address, size) == 0)
		return 0;
	if (errno != EAGAIN)
		return -errno;
	for (int i = 0; i < N_TRIES; i++) {
		any.sin6_port = htons((uint16_t)(LAST_PORT - i));
		if (bind(fd, (const struct sockaddr *)&any, size) == 0)
			return connect(fd, address, size) < 0 ? -errno : 0;
	}
	return -EAGAIN;
}

/* A UDP socket that is connected sends nothing, but the kernel picks its source address. */
int sw_live_route(struct sw_io *io, const struct sw_addr *destination, struct sw_addr *ret_source)
{
	bool ipv4 = destination->family == SW_IPV4;
	struct sockaddr_in in4 = { .sin_family = AF_INET, .sin_port = htons(9) };
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6,
				    .sin6_port = htons(9),
				    .sin6_scope_id = destination->zone };
	socklen_t size = ipv4 ? sizeof(in4) : sizeof(in6);
	struct sockaddr *address = ipv4 ? (struct sockaddr *)&in4 : (struct sockaddr *)&in6;
	int fd, r;

	(void)io;
	memcpy(&in4.sin_addr, destination->bytes, sizeof(in4.sin_addr));
	memcpy(&in6.sin6_addr, destination->bytes, sizeof(in6.sin6_addr));
	fd = socket(ipv4 ? AF_INET : AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	r = connect_somehow(fd, address, size);
	if (r == 0 && getsockname(fd, address, &size) < 0)
		r = -errno;
	close(fd);
	if (r == 0)
		*ret_source = ipv4 ? sw_addr_ipv4((const uint8_t *)&in4.sin_addr)
				   : sw_addr_ipv6(in6.sin6_addr.s6_addr, in6.sin6_scope_id);
	return r;
}

int sw_live_send(struct sw_io *io, const char *address, const void *data, size_t size)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	size_t length = strlen(address);
	ssize_t n;
	int fd, r;

	(void)io;
	if (length == 0 || length >= sizeof(to.sun_path))
		return -EINVAL;
	memcpy(to.sun_path, address, length);
	if (to.sun_path[0] == '@')
		to.sun_path[0] = '\0';
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	n = sendto(fd, data, size, MSG_NOSIGNAL, (const struct sockaddr *)&to,
		   (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length));
	r = n < 0 ? -errno : 0;
	close(fd);
	return r;
}
