/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <errno.h>
#include <string.h>

#include "base/mem.h"
#include "sockwatch/addr.h"
#include "support/build.h"
#include "support/failing-alloc.h"
#include "support/suite.h"

static struct sw_ifname list[] = { { 2, "eth0" }, { 70000, "fifteen-letters" } };
static const struct sw_ifnames names = { list, SW_ARRAY_SIZE(list) };

static const struct text {
	const char *story;
	const char *text; /* also what formatting gives */
	struct sw_addr addr;
} texts[] = {
	{ "IPv4", "10.0.0.5", { .bytes = { 10, 0, 0, 5 }, .family = SW_IPV4 } },
	{ "the lowest IPv4", "0.0.0.0", { .family = SW_IPV4 } },
	{ "the highest IPv4",
	  "255.255.255.255",
	  { .bytes = { 255, 255, 255, 255 }, .family = SW_IPV4 } },
	{ "the lowest IPv6", "::", { .family = SW_IPV6 } },
	{ "IPv6 loopback", "::1", { .bytes = { [15] = 1 }, .family = SW_IPV6 } },
	{ "IPv6",
	  "2001:db8::ff",
	  { .bytes = { 0x20, 0x01, 0x0d, 0xb8, [15] = 0xff }, .family = SW_IPV6 } },
	{ "link-local without a zone",
	  "fe80::1",
	  { .bytes = { 0xfe, 0x80, [15] = 1 }, .family = SW_IPV6 } },
	{ "link-local with a known interface",
	  "fe80::1%eth0",
	  { .bytes = { 0xfe, 0x80, [15] = 1 }, .family = SW_IPV6, .zone = 2 } },
	{ "link-local with an unknown interface",
	  "fe80::1%3",
	  { .bytes = { 0xfe, 0x80, [15] = 1 }, .family = SW_IPV6, .zone = 3 } },
	{ "the highest zone",
	  "fe80::1%4294967295",
	  { .bytes = { 0xfe, 0x80, [15] = 1 }, .family = SW_IPV6, .zone = UINT32_MAX } },
	{ "the last of fe80::/10 with the longest name",
	  "febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff%fifteen-letters",
	  { .bytes = { 0xfe, 0xbf, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
		       255 },
	    .family = SW_IPV6,
	    .zone = 70000 } },
};

START_TEST(text_and_address_are_the_same_thing)
{
	const struct text *c = &texts[_i];
	struct sw_addr addr;
	char buffer[SW_ADDR_TEXT_SIZE];

	ck_assert_msg(sw_addr_parse(c->text, &names, &addr) == 0, "%s", c->story);
	ck_assert_msg(memcmp(&addr, &c->addr, sizeof(addr)) == 0, "%s", c->story);
	ck_assert_str_eq(sw_addr_format(&c->addr, &names, buffer), c->text);
}
END_TEST

static const struct {
	const char *story;
	const char *text;
	int result;
} refused[] = {
	{ "nothing", "", -EINVAL },
	{ "a name", "localhost", -EINVAL },
	{ "three bytes", "10.0.0", -EINVAL },
	{ "five bytes", "10.0.0.5.6", -EINVAL },
	{ "a byte too large", "10.0.0.256", -EINVAL },
	{ "a port", "10.0.0.5:80", -EINVAL },
	{ "IPv4 with a zone", "10.0.0.5%eth0", -EINVAL },
	{ "brackets", "[::1]", -EINVAL },
	{ "two gaps", "fe80::1::2", -EINVAL },
	{ "only a zone", "%eth0", -EINVAL },
	{ "46 characters, one more than there is room for",
	  "0000:0000:0000:0000:0000:0000:0000:0000:000000", -EINVAL },
	{ "longer than any address", "0000:0000:0000:0000:0000:0000:0000:0000:0000:0001", -EINVAL },
	{ "an interface that is not there", "fe80::1%eth1", -ENODEV },
	{ "the beginning of a name", "fe80::1%eth", -ENODEV },
	{ "an empty zone", "fe80::1%", -ENODEV },
	{ "a zone beyond 32 bits", "fe80::1%4294967296", -ENODEV },
	{ "two zones", "fe80::1%2%3", -ENODEV },
};

START_TEST(what_is_no_address_is_refused)
{
	struct sw_addr addr, untouched;

	memset(&addr, 0x55, sizeof(addr));
	untouched = addr;
	ck_assert_msg(sw_addr_parse(refused[_i].text, &names, &addr) == refused[_i].result, "%s",
		      refused[_i].story);
	ck_assert_mem_eq(&addr, &untouched, sizeof(addr));
}
END_TEST

START_TEST(a_zone_is_for_link_local_addresses)
{
	struct sw_addr addr;

	ck_assert_int_eq(sw_addr_parse("2001:db8::1%2", NULL, &addr), -EINVAL);
	ck_assert_int_eq(sw_addr_parse("::1%eth0", &names, &addr), -EINVAL);
	ck_assert_int_eq(sw_addr_parse("::ffff:10.0.0.5%2", NULL, &addr), -EINVAL);
}
END_TEST

START_TEST(a_name_needs_the_list_of_names)
{
	struct sw_addr addr;

	ck_assert_int_eq(sw_addr_parse("fe80::1%eth0", NULL, &addr), -ENODEV);
	ck_assert_int_eq(sw_addr_parse("fe80::1%2", NULL, &addr), 0);
	ck_assert_uint_eq(addr.zone, 2);
}
END_TEST

START_TEST(a_mapped_address_is_the_ipv4_address_it_stands_for)
{
	static const uint8_t mapped[16] = { [10] = 0xff, 0xff, 10, 0, 0, 5 };
	static const uint8_t plain[4] = { 10, 0, 0, 5 };
	struct sw_addr wanted = sw_addr_ipv4(plain), addr = sw_addr_ipv6(mapped, 7);

	ck_assert_mem_eq(&addr, &wanted, sizeof(addr));
	ck_assert_int_eq(sw_addr_parse("::ffff:10.0.0.5", NULL, &addr), 0);
	ck_assert_mem_eq(&addr, &wanted, sizeof(addr));
}
END_TEST

START_TEST(what_only_looks_mapped_stays_ipv6)
{
	static const uint8_t looks[][16] = {
		{ [10] = 0xff, 0xfe, 10, 0, 0, 5 },
		{ [9] = 1, 0xff, 0xff, 10, 0, 0, 5 },
		{ [0] = 1, [10] = 0xff, 0xff, 10, 0, 0, 5 },
		{ [12] = 10, 0, 0, 5 },
	};

	for (size_t i = 0; i < SW_ARRAY_SIZE(looks); i++) {
		struct sw_addr addr = sw_addr_ipv6(looks[i], 0);

		ck_assert_uint_eq(addr.family, SW_IPV6);
		ck_assert_mem_eq(addr.bytes, looks[i], 16);
	}
}
END_TEST

enum kind { PLAIN, WILDCARD, LOOPBACK, LINK_LOCAL };

/* One row per edge of the special ranges. */
static const struct {
	const char *text;
	enum kind kind;
} kinds[] = {
	{ "0.0.0.0", WILDCARD },
	{ "0.0.0.1", PLAIN },
	{ "::", WILDCARD },
	{ "1::", PLAIN },
	{ "::ffff:0.0.0.0", WILDCARD },
	{ "126.255.255.255", PLAIN },
	{ "127.0.0.0", LOOPBACK },
	{ "127.255.255.255", LOOPBACK },
	{ "128.0.0.0", PLAIN },
	{ "::1", LOOPBACK },
	{ "::2", PLAIN },
	{ "8000::1", PLAIN },
	{ "7f00::", PLAIN }, /* 127 as its first byte */
	{ "::ffff:127.0.0.1", LOOPBACK },
	{ "fe7f::1", PLAIN },
	{ "fe80::1", LINK_LOCAL },
	{ "febf::1", LINK_LOCAL },
	{ "fec0::1", PLAIN },
	{ "ff80::1", PLAIN },
	{ "169.254.0.1", PLAIN }, /* link-local in IPv4 has no zone */
	{ "254.128.0.1", PLAIN }, /* 0xfe, 0x80 */
};

START_TEST(special_ranges_end_where_the_standards_say)
{
	struct sw_addr addr = build_addr(kinds[_i].text);
	enum kind kind = kinds[_i].kind;

	ck_assert_msg(sw_addr_is_wildcard(&addr) == (kind == WILDCARD), "%s", kinds[_i].text);
	ck_assert_msg(sw_addr_is_loopback(&addr) == (kind == LOOPBACK), "%s", kinds[_i].text);
	ck_assert_msg(sw_addr_is_link_local(&addr) == (kind == LINK_LOCAL), "%s", kinds[_i].text);
}
END_TEST

START_TEST(an_interface_is_a_zone_only_where_the_address_is_link_local)
{
	static const uint8_t link_local[16] = { 0xfe, 0x80, [15] = 1 };
	static const uint8_t global[16] = { 0x20, 0x01, [15] = 1 };

	ck_assert_uint_eq(sw_addr_ipv6(link_local, 3).zone, 3);
	ck_assert_uint_eq(sw_addr_ipv6(global, 3).zone, 0);
}
END_TEST

START_TEST(addresses_differ_by_bytes_zone_and_family)
{
	struct sw_addr a = build_addr("fe80::1%2"), b = build_addr("fe80::1%2");

	ck_assert(sw_addr_equal(&a, &b));
	b.zone = 3;
	ck_assert(!sw_addr_equal(&a, &b));
	b = build_addr("fe80::2%2");
	ck_assert(!sw_addr_equal(&a, &b));
	a = build_addr("0.0.0.0");
	b = build_addr("::");
	ck_assert(!sw_addr_equal(&a, &b));
}
END_TEST

START_TEST(a_formatted_address_reads_the_same)
{
	uint64_t state = 2;
	char buffer[SW_ADDR_TEXT_SIZE];

	for (int i = 0; i < 20000; i++) {
		uint64_t random[2] = { build_random(&state), build_random(&state) };
		uint64_t form = build_random(&state);
		uint8_t bytes[16];
		struct sw_addr addr, again;

		memcpy(bytes, random, sizeof(bytes));
		/* Zeros, since they are what gets shortened; and link-local ones. */
		for (size_t j = 0; j < 16; j++)
			if (form >> j & 1)
				bytes[j] = 0;
		if (form >> 16 & 1)
			memcpy(bytes, (const uint8_t[2]){ 0xfe, 0x80 }, 2);
		addr = form >> 17 & 1 ? sw_addr_ipv4(bytes)
				      : sw_addr_ipv6(bytes, (uint32_t)(form >> 40) % 4);
		sw_addr_format(&addr, &names, buffer);
		ck_assert_msg(sw_addr_parse(buffer, &names, &again) == 0, "%s", buffer);
		ck_assert_msg(memcmp(&again, &addr, sizeof(addr)) == 0, "%s", buffer);
	}
}
END_TEST

START_TEST(an_interface_without_a_name_is_its_number)
{
	char buffer[16];

	ck_assert_str_eq(sw_ifname_format(2, &names, buffer), "eth0");
	ck_assert_str_eq(sw_ifname_format(70000, &names, buffer), "fifteen-letters");
	ck_assert_str_eq(sw_ifname_format(3, &names, buffer), "3");
	ck_assert_str_eq(sw_ifname_format(2, NULL, buffer), "2");
	ck_assert_str_eq(sw_ifname_format(UINT32_MAX, NULL, buffer), "4294967295");
}
END_TEST

START_TEST(a_name_cannot_steer_a_terminal)
{
	static struct sw_ifname evil[] = { { 2, "e\x1b[2J\xff" } };
	struct sw_ifnames evil_names = { evil, SW_ARRAY_SIZE(evil) };
	char buffer[16];

	ck_assert_str_eq(sw_ifname_format(2, &evil_names, buffer), "e?[2J?");
}
END_TEST

/* Lines of /proc/net/if_inet6: address, index in hexadecimal, prefix, scope, flags, name. */
#define ADDRESS "fe800000000000000000000000000001"
#define ETH0 ADDRESS " 02 40 20 80     eth0\n"
#define ETH0_AGAIN "20010db8000000000000000000000001 02 40 00 80     eth0\n"
#define LONGEST ADDRESS " 1f 40 20 80 fifteen-letters\n"

static const struct lines {
	const char *story;
	const char *text;
	size_t n;
	struct sw_ifname first;
} lines[] = {
	{ "one interface", ETH0, 1, { 2, "eth0" } },
	{ "two addresses of one interface", ETH0 ETH0_AGAIN, 1, { 2, "eth0" } },
	{ "two interfaces", ETH0 LONGEST, 2, { 2, "eth0" } },
	{ "two interfaces by turns", ETH0 LONGEST ETH0 LONGEST, 2, { 2, "eth0" } },
	{ "a hexadecimal index and the longest name", LONGEST, 1, { 31, "fifteen-letters" } },
	{ "the highest index", ADDRESS " ffffffff 40 20 80 x\n", 1, { UINT32_MAX, "x" } },
	{ "none", "", 0, { 0 } },
	{ "an empty line", "\n", 0, { 0 } },
	{ "a line that is something else", "Inter-|   Receive\n" ETH0, 1, { 2, "eth0" } },
	{ "a line that breaks off before another", "fe80 02\n" ETH0, 1, { 2, "eth0" } },
	{ "a name that is too long",
	  ADDRESS " 02 40 20 80 sixteen-letters-\n" LONGEST,
	  1,
	  { 31, "fifteen-letters" } },
	{ "no interface has index 0", ADDRESS " 00 40 20 80 none\n" ETH0, 1, { 2, "eth0" } },
	{ "a line without a name at the end", ETH0 ADDRESS " 03 40\n", 1, { 2, "eth0" } },
};

START_TEST(interface_names_come_from_their_addresses)
{
	const struct lines *c = &lines[_i];
	struct sw_ifnames found;

	ck_assert_int_eq(sw_ifnames_parse(&found, c->text), 0);
	ck_assert_msg(found.n == c->n, "%s: %zu", c->story, found.n);
	if (c->n > 0) {
		ck_assert_msg(found.list[0].index == c->first.index, "%s", c->story);
		ck_assert_str_eq(found.list[0].name, c->first.name);
	}
	free(found.list);
}
END_TEST

START_TEST(out_of_memory_gives_no_names)
{
	struct sw_ifnames none = { .n = 7 };
	int r;

	failing_alloc_after(0);
	r = sw_ifnames_parse(&none, LONGEST);
	ck_assert(failing_alloc_stop());
	ck_assert_int_eq(r, -ENOMEM);
	ck_assert_ptr_null(none.list);
	ck_assert_uint_eq(none.n, 7);
}
END_TEST

int main(void)
{
	TCase *tcase = tcase_create("addr");

	tcase_add_loop_test(tcase, text_and_address_are_the_same_thing, 0, SW_ARRAY_SIZE(texts));
	tcase_add_loop_test(tcase, what_is_no_address_is_refused, 0, SW_ARRAY_SIZE(refused));
	tcase_add_test(tcase, a_zone_is_for_link_local_addresses);
	tcase_add_test(tcase, a_name_needs_the_list_of_names);
	tcase_add_test(tcase, a_mapped_address_is_the_ipv4_address_it_stands_for);
	tcase_add_test(tcase, what_only_looks_mapped_stays_ipv6);
	tcase_add_loop_test(tcase, special_ranges_end_where_the_standards_say, 0,
			    SW_ARRAY_SIZE(kinds));
	tcase_add_test(tcase, an_interface_is_a_zone_only_where_the_address_is_link_local);
	tcase_add_test(tcase, addresses_differ_by_bytes_zone_and_family);
	tcase_add_test(tcase, a_formatted_address_reads_the_same);
	tcase_add_test(tcase, an_interface_without_a_name_is_its_number);
	tcase_add_test(tcase, a_name_cannot_steer_a_terminal);
	tcase_add_loop_test(tcase, interface_names_come_from_their_addresses, 0,
			    SW_ARRAY_SIZE(lines));
	tcase_add_test(tcase, out_of_memory_gives_no_names);
	return suite_run("addr", tcase);
}
