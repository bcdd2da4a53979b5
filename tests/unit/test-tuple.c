/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <errno.h>
#include <string.h>

#include "base/mem.h"
#include "sockwatch/tuple.h"
#include "support/build.h"
#include "support/suite.h"

static struct sw_ifname list[] = { { 2, "eth0" } };
static const struct sw_ifnames names = { list, SW_ARRAY_SIZE(list) };

static const struct {
	const char *source, *destination;
	uint32_t port;
	const char *text;
} tuples[] = {
	{ "10.0.0.5", "10.0.0.9", 5432, "10.0.0.5->10.0.0.9:5432" },
	{ "fe80::1%2", "fe80::2%2", 443, "fe80::1%eth0->[fe80::2%eth0]:443" },
	{ "fe80::1%3", "fe80::2%3", 443, "fe80::1%3->[fe80::2%3]:443" },
	{ "::1", "::1", 65535, "::1->[::1]:65535" },
	{ "::ffff:10.0.0.5", "10.0.0.9", 1, "10.0.0.5->10.0.0.9:1" },
};

START_TEST(a_tuple_is_written_as_an_arrow)
{
	struct sw_tuple tuple =
		build_tuple(tuples[_i].source, tuples[_i].destination, tuples[_i].port);
	char buffer[SW_TUPLE_TEXT_SIZE];

	ck_assert_str_eq(sw_tuple_format(&tuple, &names, buffer), tuples[_i].text);
}
END_TEST

START_TEST(the_longest_tuple_has_room)
{
	/* 39 for an IPv6 address, '%' and ten digits of a zone, twice; "->[", "]:" and a port. */
	struct sw_tuple tuple =
		build_tuple("febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff%4294967295",
			    "febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff%4294967295", 65535);
	char buffer[SW_TUPLE_TEXT_SIZE];

	sw_tuple_format(&tuple, NULL, buffer);
	ck_assert_uint_eq(strlen(buffer), 2 * (39 + 1 + 10) + 3 + 2 + 5);
}
END_TEST

static const struct endpoint {
	const char *story;
	const char *text;
	int result;
	const char *addr;
	uint32_t port;
} endpoints[] = {
	{ "IPv4", "10.0.0.9", 0, "10.0.0.9", 0 },
	{ "IPv4 and a port", "10.0.0.9:5432", 0, "10.0.0.9", 5432 },
	{ "the lowest port", "10.0.0.9:1", 0, "10.0.0.9", 1 },
	{ "the highest port", "10.0.0.9:65535", 0, "10.0.0.9", 65535 },
	{ "IPv6", "2001:db8::1", 0, "2001:db8::1", 0 },
	{ "IPv6 that ends like a port", "2001:db8::1:443", 0, "2001:db8::1:443", 0 },
	{ "IPv6 in brackets", "[2001:db8::1]", 0, "2001:db8::1", 0 },
	{ "IPv6 and a port", "[2001:db8::1]:443", 0, "2001:db8::1", 443 },
	{ "a zone", "fe80::2%eth0", 0, "fe80::2%2", 0 },
	{ "a zone and a port", "[fe80::2%eth0]:443", 0, "fe80::2%2", 443 },
	{ "a mapped address", "[::ffff:10.0.0.9]:80", 0, "10.0.0.9", 80 },
	{ "nothing", "", -EINVAL, NULL, 0 },
	{ "only a port", ":80", -EINVAL, NULL, 0 },
	{ "a name", "db:5432", -EINVAL, NULL, 0 },
	{ "port 0", "10.0.0.9:0", -EINVAL, NULL, 0 },
	{ "a port too high", "10.0.0.9:65536", -EINVAL, NULL, 0 },
	{ "no port behind the colon", "10.0.0.9:", -EINVAL, NULL, 0 },
	{ "something behind the port", "10.0.0.9:80 ", -EINVAL, NULL, 0 },
	{ "a newline behind the port", "10.0.0.9:80\n", -EINVAL, NULL, 0 },
	{ "a name for a port", "10.0.0.9:http", -EINVAL, NULL, 0 },
	{ "a bracket that stays open", "[::1", -EINVAL, NULL, 0 },
	{ "a bracket that was never opened", "::1]", -EINVAL, NULL, 0 },
	{ "empty brackets", "[]:80", -EINVAL, NULL, 0 },
	{ "a port glued to the bracket", "[::1]80", -EINVAL, NULL, 0 },
	{ "port 0 of IPv6", "[::1]:0", -EINVAL, NULL, 0 },
	{ "an unknown zone", "[fe80::2%eth9]:443", -ENODEV, NULL, 0 },
	{ "64 characters, one more than there is room for",
	  "[fe80::2%00000000000000000000000000000000000000000000000000000002]:443", -EINVAL, NULL,
	  0 },
	{ "longer than any address",
	  "[fe80::2%0000000000000000000000000000000000000000000000000000000000002]:443", -EINVAL,
	  NULL, 0 },
};

START_TEST(an_endpoint_is_an_address_and_maybe_a_port)
{
	const struct endpoint *c = &endpoints[_i];
	struct sw_addr addr, wanted;
	uint32_t port = 77;

	memset(&addr, 0x55, sizeof(addr));
	wanted = addr;
	ck_assert_msg(sw_endpoint_parse(c->text, &names, &addr, &port) == c->result, "%s",
		      c->story);
	if (c->result == 0)
		wanted = build_addr(c->addr);
	ck_assert_msg(memcmp(&addr, &wanted, sizeof(addr)) == 0, "%s", c->story);
	ck_assert_msg(port == (c->result == 0 ? c->port : 77), "%s", c->story);
}
END_TEST

START_TEST(a_formatted_endpoint_reads_the_same)
{
	static const char *const addresses[] = { "10.0.0.9", "::1", "fe80::2%2", "fe80::2%9" };
	char buffer[SW_TUPLE_TEXT_SIZE];

	for (size_t i = 0; i < SW_ARRAY_SIZE(addresses); i++)
		for (uint32_t port = 1; port <= 65535; port += 6) {
			struct sw_addr addr = build_addr(addresses[i]), again;
			uint32_t port_again;

			sw_endpoint_format(&addr, port, &names, buffer);
			ck_assert_int_eq(sw_endpoint_parse(buffer, &names, &again, &port_again), 0);
			ck_assert(sw_addr_equal(&again, &addr));
			ck_assert_uint_eq(port_again, port);
		}
}
END_TEST

int main(void)
{
	TCase *tcase = tcase_create("tuple");

	tcase_add_loop_test(tcase, a_tuple_is_written_as_an_arrow, 0, SW_ARRAY_SIZE(tuples));
	tcase_add_test(tcase, the_longest_tuple_has_room);
	tcase_add_loop_test(tcase, an_endpoint_is_an_address_and_maybe_a_port, 0,
			    SW_ARRAY_SIZE(endpoints));
	tcase_add_test(tcase, a_formatted_endpoint_reads_the_same);
	return suite_run("tuple", tcase);
}
