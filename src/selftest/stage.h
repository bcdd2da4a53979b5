/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The stage of one case: a network namespace of its own with loopback up, and
 * what can be done in there. For a process that ends with the case: descriptors
 * stay open until then, unless a close is what the case is about.
 *
 * Functions return 0 or a descriptor, or a negative errno; the first failure
 * says in `why` what it was.
 */

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

#include "selftest/selftest.h"

/* Of the destination that a case is about; the other one is there for contrast. */
enum {
	SW_STAGE_PORT = 9000,
	SW_STAGE_OTHER_PORT = 9001,
	SW_STAGE_BACKLOG = 1024, /* no accept queue here runs full unless that is the case */
};

struct sw_stage {
	const char *to; /* the destination that the case is about */
	int server;     /* listens there */
	char why[SW_SELFTEST_WHY_SIZE];
};

/* Whence and whereto. */
struct sw_way {
	const char *from;   /* NULL = as the route has it */
	uint16_t from_port; /* of an explicit bind; 0 = bind(address, 0) */
	bool no_port;       /* IP_BIND_ADDRESS_NO_PORT: leaves the port to connect() */
	bool by_device;     /* bound to the loopback device */
	const char *to;
	uint16_t port;
};

/* Both ends of a connection. */
struct sw_pair {
	int near, far;
};

/* Notes the first failure, with the text of `error`, a negative errno, which is returned. */
int sw_stage_fail(struct sw_stage *stage, int error, const char *what, ...)
	__attribute__((format(printf, 3, 4)));

/* Leaves the present network namespace for a new one, before anything else can be done here. */
int sw_stage_enter(struct sw_stage *stage);

/* Sets a sysctl of the namespace; `key` is the path below net/. */
int sw_stage_set(struct sw_stage *stage, const char *key, const char *value);

/* Gives the loopback device an address beside its own, and all of its /24 with it. */
int sw_stage_add_address(struct sw_stage *stage, const char *address);

void sw_stage_sleep(unsigned int msec);

/* An address and a port as the kernel takes them. `address` is one of ours, never foreign text. */
struct sw_place {
	union {
		struct sockaddr any;
		struct sockaddr_in in;
		struct sockaddr_in6 in6;
	} to;
	socklen_t size;
};
struct sw_place sw_place_of(const char *address, uint16_t port);

/* One attempt at a connection by `way`, and one at bind((address, 0)). Their refusal is an answer,
 * and no failure of the stage. */
int sw_way_connect(const struct sw_way *way);
int sw_way_bind(const char *address);

int sw_stage_bind(struct sw_stage *stage, const char *address, uint16_t port);
int sw_stage_listen(struct sw_stage *stage, const char *address, uint16_t port);

/* A connection by `way` to the listener `server`, or `n` of them. */
int sw_stage_connect(struct sw_stage *stage, const struct sw_way *way, int server,
		     struct sw_pair *ret);
int sw_stage_connect_many(struct sw_stage *stage, unsigned int n, const struct sw_way *way,
			  int server);

/* `n` calls of connect() that are not waited for. */
int sw_stage_begin_to_connect(struct sw_stage *stage, unsigned int n, const char *to,
			      uint16_t port);

/* Closes a connection from its end `first`, which is in TIME_WAIT when this returns. */
int sw_stage_end(struct sw_stage *stage, int first, int second);
