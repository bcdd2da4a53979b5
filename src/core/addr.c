/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Addresses: folding, questions, text. */

#include "sockwatch/addr.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mask.h"
#include "base/parse.h"

struct sw_addr sw_addr_ipv4(const uint8_t bytes[4])
{
	struct sw_addr addr;

	sw_addr_put_ipv4(bytes, &addr);
	return addr;
}

struct sw_addr sw_addr_ipv6(const uint8_t bytes[16], uint32_t interface)
{
	static const uint8_t mapped_prefix[12] = { [10] = 0xff, [11] = 0xff };
	struct sw_addr addr = { .family = SW_IPV6 };

	if (memcmp(bytes, mapped_prefix, sizeof(mapped_prefix)) == 0)
		return sw_addr_ipv4(bytes + sizeof(mapped_prefix));
	memcpy(addr.bytes, bytes, sizeof(addr.bytes));
	if (sw_addr_is_link_local(&addr))
		addr.zone = interface;
	return addr;
}

bool sw_addr_equal(const struct sw_addr *a, const struct sw_addr *b)
{
	return memcmp(a, b, sizeof(*a)) == 0;
}

bool sw_addr_is_wildcard(const struct sw_addr *addr)
{
	static const uint8_t zero[16];

	return memcmp(addr->bytes, zero, sizeof(zero)) == 0;
}

bool sw_addr_is_loopback(const struct sw_addr *addr)
{
	static const uint8_t one[16] = { [15] = 1 };

	if (addr->family == SW_IPV4)
		return addr->bytes[0] == 127;
	return memcmp(addr->bytes, one, sizeof(one)) == 0;
}

bool sw_addr_is_link_local(const struct sw_addr *addr)
{
	return addr->family == SW_IPV6 && addr->bytes[0] == 0xfe && (addr->bytes[1] & 0xc0) == 0x80;
}

const char *sw_ifname_format(uint32_t index, const struct sw_ifnames *names, char buffer[16])
{
	for (size_t i = 0; names != NULL && i < names->n; i++)
		if (names->list[i].index == index) {
			memcpy(buffer, names->list[i].name, 16);
			return sw_mask(buffer);
		}
	snprintf(buffer, 16, "%u", index);
	return buffer;
}

const char *sw_addr_format(const struct sw_addr *addr, const struct sw_ifnames *names,
			   char buffer[SW_ADDR_TEXT_SIZE])
{
	char zone[16];
	size_t used;

	inet_ntop(addr->family == SW_IPV4 ? AF_INET : AF_INET6, addr->bytes, buffer,
		  SW_ADDR_TEXT_SIZE);
	if (addr->zone != 0) {
		used = strlen(buffer);
		snprintf(buffer + used, SW_ADDR_TEXT_SIZE - used, "%%%s",
			 sw_ifname_format(addr->zone, names, zone));
	}
	return buffer;
}

static int parse_zone(const char *text, const struct sw_ifnames *names, uint32_t *ret)
{
	uint64_t number;

	for (size_t i = 0; names != NULL && i < names->n; i++)
		if (strcmp(names->list[i].name, text) == 0) {
			*ret = names->list[i].index;
			return 0;
		}
	if (sw_parse_number(text, UINT32_MAX, &number) < 0)
		return -ENODEV;
	*ret = (uint32_t)number;
	return 0;
}

static int parse_ipv6(const char *text, const struct sw_ifnames *names, struct sw_addr *ret)
{
	char plain[INET6_ADDRSTRLEN];
	const char *percent = strchr(text, '%');
	size_t length = percent == NULL ? strlen(text) : (size_t)(percent - text);
	struct sw_addr addr;
	uint8_t bytes[16];
	uint32_t zone = 0;
	int r;

	if (length >= sizeof(plain))
		return -EINVAL;
	memcpy(plain, text, length);
	plain[length] = '\0';
	if (inet_pton(AF_INET6, plain, bytes) != 1)
		return -EINVAL;
	if (percent != NULL) {
		r = parse_zone(percent + 1, names, &zone);
		if (r < 0)
			return r;
	}
	addr = sw_addr_ipv6(bytes, zone);
	if (zone != 0 && addr.zone == 0)
		return -EINVAL;
	*ret = addr;
	return 0;
}

int sw_addr_parse(const char *text, const struct sw_ifnames *names, struct sw_addr *ret)
{
	uint8_t bytes[4];

	if (inet_pton(AF_INET, text, bytes) == 1) {
		*ret = sw_addr_ipv4(bytes);
		return 0;
	}
	return parse_ipv6(text, names, ret);
}

static bool has_ifname(const struct sw_ifname *list, size_t n, uint32_t index)
{
	for (size_t i = 0; i < n; i++)
		if (list[i].index == index)
			return true;
	return false;
}

/* The next word of a line, "" at its end; moves `*line` behind it. */
static size_t next_word(const char **line, const char **ret_word)
{
	size_t length;

	*line += strspn(*line, " \t");
	length = strcspn(*line, " \t\n");
	*ret_word = *line;
	*line += length;
	return length;
}

/* "fe80...0001 02 40 20 80     eth0\n": address, index (hex), prefix, scope, flags, name. */
static bool parse_ifname(const char *line, struct sw_ifname *ret)
{
	enum { INDEX = 1, NAME = 5 };
	const char *word;
	size_t length = 0;

	*ret = (struct sw_ifname){ 0 };
	for (int i = 0; i <= NAME; i++) {
		length = next_word(&line, &word);
		if (i == INDEX)
			ret->index = (uint32_t)strtoul(word, NULL, 16);
	}
	if (ret->index == 0 || length == 0 || length >= sizeof(ret->name))
		return false;
	memcpy(ret->name, word, length);
	return true;
}

int sw_ifnames_parse(struct sw_ifnames *ret, const char *text)
{
	struct sw_ifname *list = NULL;
	size_t n = 0, n_lines = 0;

	for (const char *at = text; *at != '\0'; at++)
		n_lines += *at == '\n';
	if (n_lines > 0) {
		list = calloc(n_lines, sizeof(*list));
		if (list == NULL)
			return -ENOMEM;
	}
	for (const char *line = text; n < n_lines; line++) {
		if (parse_ifname(line, &list[n]) && !has_ifname(list, n, list[n].index))
			n++;
		line = strchr(line, '\n');
		if (line == NULL)
			break;
	}
	*ret = (struct sw_ifnames){ .list = list, .n = n };
	return 0;
}
