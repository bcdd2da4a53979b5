/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The tuple: one source address towards one destination address and port,
 * from one device where the sockets are bound to one. It is what runs out of
 * ephemeral ports: each connection of a tuple differs from the others only in
 * its local port.
 *
 * Comparable and hashable byte by byte.
 */

#include "sockwatch/addr.h"

struct sw_tuple {
	struct sw_addr source;
	struct sw_addr destination;
	uint32_t device; /* interface index of SO_BINDTODEVICE; 0 = none, and for link-local (see
			    zone) */
	uint32_t port;   /* destination port, host order */
};

/* "[addr%zone]:65535->[addr%zone]:65535" with room to spare. */
#define SW_TUPLE_TEXT_SIZE 160

/* "10.0.0.9:5432", "[fe80::2%eth0]:443". Returns `buffer`. */
const char *sw_endpoint_format(const struct sw_addr *addr, uint32_t port,
			       const struct sw_ifnames *names, char buffer[SW_TUPLE_TEXT_SIZE]);

/* "10.0.0.5->10.0.0.9:5432", "fe80::1%eth0->[fe80::2%eth0]:443". Returns `buffer`. */
const char *sw_tuple_format(const struct sw_tuple *tuple, const struct sw_ifnames *names,
			    char buffer[SW_TUPLE_TEXT_SIZE]);

/*
 * Reads ADDR or ADDR:PORT; an IPv6 address with a port stands in brackets.
 * `*ret_port` is 0 when none was given. Returns 0, -EINVAL for text that is no
 * such thing (port 0 included), -ENODEV for an unknown zone.
 */
int sw_endpoint_parse(const char *text, const struct sw_ifnames *names, struct sw_addr *ret_addr,
		      uint32_t *ret_port);
