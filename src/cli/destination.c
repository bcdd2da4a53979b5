/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What a destination may be: an address that TCP can connect to. */

#include "cli/destination.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

static bool refuse(const char *name, const char *value, const char *why)
{
	fprintf(stderr, "sockwatch: %s does not take \"%s\": %s\n", name, value, why);
	return false;
}

void sw_destination_ifnames(struct sw_io *io, struct sw_ifnames *ret)
{
	enum { TEXT_SIZE = 64 * 1024 };
	char *text = malloc(TEXT_SIZE);

	*ret = (struct sw_ifnames){ 0 };
	if (text != NULL && io->file_read(io, "/proc/net/if_inet6", text, TEXT_SIZE) >= 0 &&
	    sw_ifnames_parse(ret, text) < 0)
		*ret = (struct sw_ifnames){ 0 };
	free(text);
}

/* 224.0.0.0/4, 240.0.0.0/4 with the broadcast address, ff00::/8. */
static bool is_for_one(const struct sw_addr *addr)
{
	return addr->family == SW_IPV4 ? addr->bytes[0] < 224 : addr->bytes[0] != 0xff;
}

/* connect() to a wildcard goes to loopback (ip_route_connect, tcp_v6_connect). */
static void resolve_wildcard(struct sw_addr *addr)
{
	static const uint8_t ipv4[4] = { 127, 0, 0, 1 };
	static const uint8_t ipv6[16] = { [15] = 1 };

	if (sw_addr_is_wildcard(addr))
		*addr = addr->family == SW_IPV4 ? sw_addr_ipv4(ipv4) : sw_addr_ipv6(ipv6, 0);
}

bool sw_destination_parse(const char *name, const char *value, struct sw_io *io,
			  struct sw_report_filter *filter)
{
	struct sw_ifnames names;
	int r;

	if (value == NULL)
		return true;
	sw_destination_ifnames(io, &names);
	r = sw_endpoint_parse(value, &names, &filter->destination, &filter->destination_port);
	free(names.list);
	if (r == -ENODEV)
		return refuse(name, value, "there is no such interface");
	if (r < 0)
		return refuse(name, value,
			      "give an address or ADDRESS:PORT, [ADDRESS]:PORT for IPv6");
	if (!is_for_one(&filter->destination))
		return refuse(name, value, "TCP connects to one host, this address means many");
	if (sw_addr_is_link_local(&filter->destination) && filter->destination.zone == 0)
		return refuse(name, value,
			      "a link-local address needs its zone, as in [fe80::1%eth0]:443");
	if (filter->port != 0 && filter->destination_port != 0 &&
	    filter->port != filter->destination_port)
		return refuse(name, value, "--port names another one");
	resolve_wildcard(&filter->destination);
	filter->has_destination = true;
	return true;
}
