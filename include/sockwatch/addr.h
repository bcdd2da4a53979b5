/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * One IP address, comparable and hashable byte by byte: every byte of the
 * struct is meaningful or zero. A v4-mapped IPv6 address (::ffff:a.b.c.d) is
 * always stored as the IPv4 address it stands for, because the kernel keeps
 * both in one 4-tuple space.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum sw_family {
	SW_IPV4 = 4,
	SW_IPV6 = 6,
};

struct sw_addr {
	uint8_t bytes[16]; /* network order; IPv4 in the first four, the rest zero */
	uint32_t zone;     /* interface index of an IPv6 link-local address, else 0 */
	uint32_t family;   /* enum sw_family; 0 is "no address" */
};

/* Room for any formatted address with a zone: 45 for the address, '%', 15 for a name, NUL. */
#define SW_ADDR_TEXT_SIZE 64

/* Names of network interfaces, for zones and devices. Borrowed, read-only. */
struct sw_ifname {
	uint32_t index;
	char name[16]; /* IFNAMSIZ, always NUL-terminated */
};
struct sw_ifnames {
	struct sw_ifname *list;
	size_t n;
};

/*
 * Takes interface names from the text of /proc/net/if_inet6; lines that cannot
 * be read are left out. `ret->list` is the caller's to free. Returns 0 or -ENOMEM.
 */
int sw_ifnames_parse(struct sw_ifnames *ret, const char *text);

/*
 * Makes an address from four bytes, in its place and by whole words: a processor that has to put
 * together what it loads from smaller stores waits, twice for each socket of a dump.
 */
static inline void sw_addr_put_ipv4(const uint8_t bytes[4], struct sw_addr *ret)
{
	uint64_t word = 0;

	memcpy(&word, bytes, 4);
	memcpy(ret->bytes, &word, sizeof(word));
	memset(ret->bytes + sizeof(word), 0, sizeof(ret->bytes) - sizeof(word));
	ret->zone = 0;
	ret->family = SW_IPV4;
}

/* The same, as a value. */
struct sw_addr sw_addr_ipv4(const uint8_t bytes[4]);

/*
 * Makes an address from sixteen bytes, folding v4-mapped ones. `interface` is
 * idiag_if of the socket: it becomes the zone of a link-local address and is
 * ignored for any other.
 */
struct sw_addr sw_addr_ipv6(const uint8_t bytes[16], uint32_t interface);

bool sw_addr_equal(const struct sw_addr *a, const struct sw_addr *b);

/* 0.0.0.0 or ::. */
bool sw_addr_is_wildcard(const struct sw_addr *addr);

/* 127.0.0.0/8 or ::1, what tcp_tw_reuse=2 calls loopback (tcp_twsk_unique, net/ipv4/tcp_ipv4.c). */
bool sw_addr_is_loopback(const struct sw_addr *addr);

/* fe80::/10. */
bool sw_addr_is_link_local(const struct sw_addr *addr);

/* Name of an interface by index, or its number in decimal where `names` lacks it. Returns `buffer`.
 */
const char *sw_ifname_format(uint32_t index, const struct sw_ifnames *names, char buffer[16]);

/* "10.0.0.5", "fe80::1%eth0". `names` may be NULL: zones are numbers then. Returns `buffer`. */
const char *sw_addr_format(const struct sw_addr *addr, const struct sw_ifnames *names,
			   char buffer[SW_ADDR_TEXT_SIZE]);

/*
 * Reads "10.0.0.5", "2001:db8::1", "fe80::1%eth0" or "fe80::1%2". Returns 0,
 * -EINVAL when it is no address or has a zone that is not link-local, -ENODEV when the zone is
 * neither a number nor in `names`.
 */
int sw_addr_parse(const char *text, const struct sw_ifnames *names, struct sw_addr *ret);
