/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Each step waits for what it is to bring about, and for no time: the end of a connection
 * is there when the other side has read it.
 */

#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "selftest/stage.h"

/* Loopback answers at once; a machine under load, late. */
enum { PATIENCE_SEC = 20 };

struct sw_place sw_place_of(const char *address, uint16_t port)
{
	bool ipv6 = strchr(address, ':') != NULL;
	struct sw_place place = { .size = ipv6 ? sizeof(place.to.in6) : sizeof(place.to.in) };
	int known;

	if (ipv6) {
		place.to.in6.sin6_family = AF_INET6;
		place.to.in6.sin6_port = htons(port);
		known = inet_pton(AF_INET6, address, &place.to.in6.sin6_addr);
	} else {
		place.to.in.sin_family = AF_INET;
		place.to.in.sin_port = htons(port);
		known = inet_pton(AF_INET, address, &place.to.in.sin_addr);
	}
	assert(known == 1);
	return place;
}

/* A TCP socket for `place`, bound to nothing. Negative errno. */
static int open_socket(const struct sw_place *place)
{
	const struct timeval patience = { .tv_sec = PATIENCE_SEC };
	int fd = socket(place->to.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -errno;
	if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)) < 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience)) < 0) {
		int r = -errno;

		close(fd);
		return r;
	}
	return fd;
}

/* A bound socket. Negative errno. */
static int open_bound(const struct sw_place *place)
{
	int fd = open_socket(place), r;

	if (fd < 0 || bind(fd, &place->to.any, place->size) == 0)
		return fd;
	r = -errno;
	close(fd);
	return r;
}

int sw_stage_bind(struct sw_stage *stage, const char *address, uint16_t port)
{
	struct sw_place place = sw_place_of(address, port);
	int fd = open_bound(&place);

	return fd < 0 ? sw_stage_fail(stage, fd, "bind() to %s port %u", address, port) : fd;
}

int sw_stage_listen(struct sw_stage *stage, const char *address, uint16_t port)
{
	int fd = sw_stage_bind(stage, address, port);

	if (fd >= 0 && listen(fd, SW_STAGE_BACKLOG) < 0)
		return sw_stage_fail(stage, -errno, "listen() on %s port %u", address, port);
	return fd;
}

/* What comes before connect(). 0 or a negative errno. */
static int prepare(int fd, const struct sw_way *way)
{
	static const char device[] = "lo";
	const int yes = 1;

	if (way->by_device &&
	    setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, device, sizeof(device)) < 0)
		return -errno;
	if (way->no_port &&
	    setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &yes, sizeof(yes)) < 0)
		return -errno;
	if (way->from != NULL) {
		struct sw_place from = sw_place_of(way->from, way->from_port);

		if (bind(fd, &from.to.any, from.size) < 0)
			return -errno;
	}
	return 0;
}

int sw_way_connect(const struct sw_way *way)
{
	struct sw_place to = sw_place_of(way->to, way->port);
	int fd = open_socket(&to), r;

	if (fd < 0)
		return fd;
	r = prepare(fd, way);
	if (r == 0 && connect(fd, &to.to.any, to.size) < 0)
		r = -errno;
	if (r == 0)
		return fd;
	close(fd);
	return r;
}

int sw_way_bind(const char *address)
{
	struct sw_place place = sw_place_of(address, 0);

	return open_bound(&place);
}

/* connect() of a destination that does not answer now. */
static int begin_to_connect(const struct sw_place *to)
{
	int fd = socket(to->to.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd >= 0 && connect(fd, &to->to.any, to->size) < 0 && errno != EINPROGRESS)
		return -errno;
	return fd < 0 ? -errno : 0;
}

int sw_stage_begin_to_connect(struct sw_stage *stage, unsigned int n, const char *to, uint16_t port)
{
	struct sw_place place = sw_place_of(to, port);
	int r = 0;

	for (unsigned int i = 0; i < n && r == 0; i++)
		r = begin_to_connect(&place);
	return r < 0 ? sw_stage_fail(stage, r, "connect() to %s", to) : 0;
}

int sw_stage_connect(struct sw_stage *stage, const struct sw_way *way, int server,
		     struct sw_pair *ret)
{
	const struct timeval patience = { .tv_sec = PATIENCE_SEC };

	ret->near = sw_way_connect(way);
	if (ret->near < 0)
		return sw_stage_fail(stage, ret->near, "connect() to %s port %u", way->to,
				     way->port);
	ret->far = accept4(server, NULL, NULL, SOCK_CLOEXEC);
	if (ret->far < 0 ||
	    setsockopt(ret->far, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)) < 0)
		return sw_stage_fail(stage, -errno, "accept() on %s port %u", way->to, way->port);
	return 0;
}

int sw_stage_connect_many(struct sw_stage *stage, unsigned int n, const struct sw_way *way,
			  int server)
{
	struct sw_pair pair;
	int r = 0;

	for (unsigned int i = 0; i < n && r == 0; i++)
		r = sw_stage_connect(stage, way, server, &pair);
	return r;
}

/* Has the other side's end of the connection come? */
static int read_end(int fd)
{
	char byte;
	ssize_t n = read(fd, &byte, sizeof(byte));

	if (n < 0)
		return -errno;
	return n == 0 ? 0 : -EPROTO;
}

int sw_stage_end(struct sw_stage *stage, int first, int second)
{
	int r = shutdown(first, SHUT_WR) < 0 ? -errno : read_end(second);

	close(second);
	if (r == 0)
		r = read_end(first);
	close(first);
	return r < 0 ? sw_stage_fail(stage, r, "the end of a connection") : 0;
}
