/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * The part behind the slash is taken out first: what is left is an endpoint as on the command
 * line, read by the same function.
 */
#include "settings/match.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/parse.h"

static uint16_t width_of(const struct sw_addr *addr)
{
	return addr->family == SW_IPV4 ? 32 : 128;
}

/* Do the first `n_bits` of both agree? */
static bool shares_prefix(const uint8_t *a, const uint8_t *b, uint16_t n_bits)
{
	uint8_t last = (uint8_t)(0xff00 >> n_bits % 8);

	return memcmp(a, b, n_bits / 8) == 0 &&
	       (n_bits % 8 == 0 || ((a[n_bits / 8] ^ b[n_bits / 8]) & last) == 0);
}

static bool is_zero_beyond(const struct sw_addr *addr, uint16_t n_bits)
{
	uint8_t prefix[16] = { 0 };

	memcpy(prefix, addr->bytes, n_bits / 8);
	if (n_bits % 8 != 0)
		prefix[n_bits / 8] = addr->bytes[n_bits / 8] & (uint8_t)(0xff00 >> n_bits % 8);
	return memcmp(prefix, addr->bytes, sizeof(prefix)) == 0;
}

/*
 * Takes "/BITS" out of a text, so that what is left is an endpoint. `*ret_bits`
 * is beyond any width where there is none.
 */
static int take_bits(const char *text, char buffer[SW_MATCH_TEXT_SIZE], uint64_t *ret_bits)
{
	const char *slash = strchr(text, '/'), *rest;
	int r;

	*ret_bits = UINT64_MAX;
	if (strlen(text) >= SW_MATCH_TEXT_SIZE)
		return -EINVAL;
	if (slash == NULL) {
		memcpy(buffer, text, strlen(text) + 1);
		return 0;
	}
	rest = slash + 1;
	r = sw_parse_digits(&rest, 128, ret_bits);
	/* A port behind IPv6 without brackets would become a part of the address. */
	if (r < 0 || (*rest == ':' && memchr(text, ':', (size_t)(slash - text)) != NULL))
		return -EINVAL;
	memcpy(buffer, text, (size_t)(slash - text));
	memcpy(buffer + (slash - text), rest, strlen(rest) + 1);
	return 0;
}

int sw_match_parse(const char *text, struct sw_match *ret, const char **ret_why)
{
	char endpoint[SW_MATCH_TEXT_SIZE];
	struct sw_addr addr;
	uint64_t n_bits;
	uint32_t port;

	*ret_why = "give ADDRESS, ADDRESS/BITS, and :PORT behind; for IPv6 with a port "
		   "[ADDRESS/BITS]:PORT";
	if (take_bits(text, endpoint, &n_bits) < 0 ||
	    sw_endpoint_parse(endpoint, NULL, &addr, &port) < 0 || strchr(text, '%') != NULL)
		return -EINVAL;
	if (n_bits == UINT64_MAX)
		n_bits = width_of(&addr);
	if (n_bits > width_of(&addr))
		return -EINVAL;
	/* A v4-mapped address has become IPv4, and its prefix is not the one that was meant. */
	if (addr.family == SW_IPV4 && text[strspn(text, "0123456789")] != '.') {
		*ret_why = "it stands for an IPv4 address: write that";
		return -EINVAL;
	}
	if (!is_zero_beyond(&addr, (uint16_t)n_bits)) {
		*ret_why = "its address has bits set beyond its prefix";
		return -EINVAL;
	}
	*ret = (struct sw_match){ .addr = addr,
				  .n_bits = (uint16_t)n_bits,
				  .port = (uint16_t)port };
	return 0;
}

const char *sw_match_format(const struct sw_match *match, char buffer[SW_MATCH_TEXT_SIZE])
{
	bool brackets = match->addr.family == SW_IPV6 && match->port != 0;
	char addr[SW_ADDR_TEXT_SIZE], bits[8] = "", port[8] = "";

	sw_addr_format(&match->addr, NULL, addr);
	if (match->n_bits < width_of(&match->addr))
		snprintf(bits, sizeof(bits), "/%u", match->n_bits);
	if (match->port != 0)
		snprintf(port, sizeof(port), ":%u", match->port);
	snprintf(buffer, SW_MATCH_TEXT_SIZE, brackets ? "[%s%s]%s" : "%s%s%s", addr, bits, port);
	return buffer;
}

bool sw_matches_contain(const struct sw_matches *matches, const struct sw_addr *addr, uint32_t port)
{
	for (uint32_t i = 0; i < matches->n; i++) {
		const struct sw_match *match = &matches->list[i];

		if (match->addr.family == addr->family &&
		    (match->port == 0 || match->port == port) &&
		    shares_prefix(match->addr.bytes, addr->bytes, match->n_bits))
			return true;
	}
	return false;
}
