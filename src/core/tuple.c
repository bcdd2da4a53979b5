/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Text of endpoints and tuples, both ways. */

#include "sockwatch/tuple.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/parse.h"

const char *sw_endpoint_format(const struct sw_addr *addr, uint32_t port,
			       const struct sw_ifnames *names, char buffer[SW_TUPLE_TEXT_SIZE])
{
	char text[SW_ADDR_TEXT_SIZE];

	sw_addr_format(addr, names, text);
	snprintf(buffer, SW_TUPLE_TEXT_SIZE, addr->family == SW_IPV6 ? "[%s]:%u" : "%s:%u", text,
		 port);
	return buffer;
}

const char *sw_tuple_format(const struct sw_tuple *tuple, const struct sw_ifnames *names,
			    char buffer[SW_TUPLE_TEXT_SIZE])
{
	char source[SW_ADDR_TEXT_SIZE], destination[SW_ADDR_TEXT_SIZE];

	snprintf(buffer, SW_TUPLE_TEXT_SIZE,
		 tuple->destination.family == SW_IPV6 ? "%s->[%s]:%u" : "%s->%s:%u",
		 sw_addr_format(&tuple->source, names, source),
		 sw_addr_format(&tuple->destination, names, destination), tuple->port);
	return buffer;
}

static int parse_port(const char *text, uint32_t *ret)
{
	uint64_t number;
	int r;

	r = sw_parse_digits(&text, UINT16_MAX, &number);
	if (r < 0 || *text != '\0' || number == 0)
		return -EINVAL;
	*ret = (uint32_t)number;
	return 0;
}

/* Where the address ends and the port, if any, begins. NULL when the brackets do not match. */
static const char *split(const char *text, const char **ret_address, size_t *ret_length)
{
	const char *first = strchr(text, ':'), *end;

	if (text[0] == '[') {
		end = strchr(text, ']');
		if (end == NULL || (end[1] != '\0' && end[1] != ':'))
			return NULL;
		*ret_address = text + 1;
		*ret_length = (size_t)(end - text - 1);
		return end + 1;
	}
	/* One colon: IPv4 with a port. Several: IPv6 without. */
	end = first != NULL && strchr(first + 1, ':') == NULL ? first : text + strlen(text);
	*ret_address = text;
	*ret_length = (size_t)(end - text);
	return end;
}

int sw_endpoint_parse(const char *text, const struct sw_ifnames *names, struct sw_addr *ret_addr,
		      uint32_t *ret_port)
{
	char plain[SW_ADDR_TEXT_SIZE];
	const char *address, *rest;
	struct sw_addr addr;
	uint32_t port = 0;
	size_t length;
	int r;

	rest = split(text, &address, &length);
	if (rest == NULL || length >= sizeof(plain))
		return -EINVAL;
	memcpy(plain, address, length);
	plain[length] = '\0';
	r = sw_addr_parse(plain, names, &addr);
	if (r < 0)
		return r;
	if (*rest == ':') {
		r = parse_port(rest + 1, &port);
		if (r < 0)
			return r;
	}
	*ret_addr = addr;
	*ret_port = port;
	return 0;
}
