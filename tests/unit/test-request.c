/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#include "base/mem.h"
#include "sockwatch/request.h"
#include "support/build.h"
#include "support/suite.h"

/* Offsets of struct nlmsghdr, inet_diag_req_v2 and inet_diag_req (uapi linux/inet_diag.h). */
enum {
	HEADER = 16,
	V2_SIZE = 56, /* family, protocol, ext, pad, states, socket id of 48 */
	V2_FAMILY = HEADER,
	V2_PROTOCOL = HEADER + 1,
	V2_EXT = HEADER + 2,
	V2_STATES = HEADER + 4,
	OLD_SIZE = 60, /* family, two lengths, ext, socket id of 48, states, dbs */
	OLD_FAMILY = HEADER,
	OLD_EXT = HEADER + 3,
	OLD_STATES = HEADER + 52,
};

enum { REQUEST_AND_DUMP = 0x301, TCPDIAG_GETSOCK = 18, SOCK_DIAG_BY_FAMILY = 20 };

static char bytes[SW_REQUEST_SIZE];

static uint16_t u16(size_t at)
{
	uint16_t value;

	memcpy(&value, bytes + at, sizeof(value));
	return value;
}

static uint32_t u32(size_t at)
{
	uint32_t value;

	memcpy(&value, bytes + at, sizeof(value));
	return value;
}

static void check_header(uint32_t length, uint16_t type, uint32_t sequence)
{
	ck_assert_uint_eq(u32(0), length);
	ck_assert_uint_eq(u16(4), type);
	ck_assert_uint_eq(u16(6), REQUEST_AND_DUMP);
	ck_assert_uint_eq(u32(8), sequence);
	ck_assert_uint_eq(u32(12), 0);
}

static const struct {
	enum sw_family family;
	uint8_t kernel_family;
} families[] = { { SW_IPV4, AF_INET }, { SW_IPV6, AF_INET6 } };

START_TEST(one_family_is_asked_for_with_the_newer_message)
{
	struct sw_request request = { .family = families[_i].family, .states = 0x12345678 };

	memset(bytes, 0x55, sizeof(bytes));
	ck_assert_uint_eq(sw_request_build(&request, 0xcafe0001, bytes), HEADER + V2_SIZE);
	check_header(HEADER + V2_SIZE, SOCK_DIAG_BY_FAMILY, 0xcafe0001);
	ck_assert_uint_eq((uint8_t)bytes[V2_FAMILY], families[_i].kernel_family);
	ck_assert_uint_eq((uint8_t)bytes[V2_PROTOCOL], IPPROTO_TCP);
	ck_assert_uint_eq((uint8_t)bytes[V2_EXT], 0);
	ck_assert_uint_eq(u32(V2_STATES), 0x12345678);
	/* A socket id of zeros: a port in it would be a filter. */
	for (size_t i = V2_STATES + 4; i < HEADER + V2_SIZE; i++)
		ck_assert_int_eq(bytes[i], 0);
	ck_assert_uint_eq(sw_request_type(&request), SOCK_DIAG_BY_FAMILY);
}
END_TEST

static const struct {
	enum sw_family family;
	uint32_t size;
} locked[] = { { 0, OLD_SIZE }, { SW_IPV4, V2_SIZE }, { SW_IPV6, V2_SIZE } };

START_TEST(both_families_are_asked_for_with_the_older_message)
{
	struct sw_request request = { .states = 0x12345678 };

	memset(bytes, 0x55, sizeof(bytes));
	ck_assert_uint_eq(sw_request_build(&request, 1, bytes), HEADER + OLD_SIZE);
	check_header(HEADER + OLD_SIZE, TCPDIAG_GETSOCK, 1);
	ck_assert_uint_eq((uint8_t)bytes[OLD_FAMILY], AF_INET);
	ck_assert_uint_eq(u32(OLD_STATES), 0x12345678);
	for (size_t i = OLD_EXT; i < OLD_STATES; i++)
		ck_assert_int_eq(bytes[i], 0);
	ck_assert_uint_eq(u32(OLD_STATES + 4), 0);
	ck_assert_uint_eq(sw_request_type(&request), TCPDIAG_GETSOCK);
}
END_TEST

/* An attribute of type 1 (INET_DIAG_REQ_BYTECODE) with two operations: code, yes, no (u8, u8, u16).
 */
START_TEST(locked_sockets_are_asked_for_by_a_program)
{
	static const unsigned char attribute[] = { 12, 0, 1, 0, 6, 4, 8, 0, 1, 4, 8, 0 };
	struct sw_request request = { .family = locked[_i].family, .states = 1, .locked = true };
	uint32_t size = HEADER + locked[_i].size;

	ck_assert_uint_eq(sw_request_build(&request, 1, bytes), size + sizeof(attribute));
	check_header(size + sizeof(attribute), sw_request_type(&request), 1);
	ck_assert_mem_eq(bytes + size, attribute, sizeof(attribute));
}
END_TEST

/* INET_DIAG_SKMEMINFO is the seventh extension. */
START_TEST(memory_is_asked_for_as_an_extension)
{
	struct sw_request request = { .family = locked[_i].family, .states = 1, .memory = true };

	ck_assert_uint_eq(sw_request_build(&request, 1, bytes), HEADER + locked[_i].size);
	ck_assert_uint_eq((uint8_t)bytes[request.family == 0 ? OLD_EXT : V2_EXT], 1 << 6);
}
END_TEST

/* Not in LISTEN and BOUND, which block their port anyway, nor in SYN_RECV (3, 12) and TIME_WAIT
 * (6).
 */
static const uint32_t lockable = ~(1u << 10 | 1u << 13 | 1u << 3 | 1u << 6 | 1u << 12);

START_TEST(one_walk_is_one_request_for_everything_behind_listeners_and_the_locked)
{
	const uint32_t listen = 1u << 10, states[] = { listen, lockable, ~listen };

	ck_assert_uint_eq(sw_plan_one_walk.n, 3);
	for (size_t i = 0; i < 3; i++) {
		ck_assert_uint_eq(sw_plan_one_walk.requests[i].family, 0);
		ck_assert(sw_plan_one_walk.requests[i].memory == (i == 0));
		ck_assert(sw_plan_one_walk.requests[i].locked == (i == 1));
		ck_assert_uint_eq(sw_plan_one_walk.requests[i].states, states[i]);
	}
}
END_TEST

/* LISTEN is 10 to the kernel and BOUND_INACTIVE 13. */
START_TEST(by_family_every_socket_is_asked_for_once_and_what_owns_ports_first)
{
	const uint32_t owners = 1u << 10 | 1u << 13;
	const struct sw_plan *plan = &sw_plan_by_family;
	uint32_t asked[SW_IPV6 + 1] = { 0 };

	ck_assert_uint_eq(plan->n, 6);
	for (size_t i = 0; i < plan->n; i++) {
		const struct sw_request *request = &plan->requests[i];

		ck_assert(request->memory == (i < 2));
		ck_assert(request->locked == (i == 2 || i == 3));
		if (request->locked) {
			ck_assert_uint_eq(request->family, families[i - 2].family);
			ck_assert_uint_eq(request->states, lockable);
			continue;
		}
		ck_assert_uint_eq(asked[request->family] & request->states, 0);
		asked[request->family] |= request->states;
		ck_assert_uint_eq(request->states, i < 2 ? owners : ~owners);
	}
	ck_assert_uint_eq(asked[SW_IPV4], UINT32_MAX);
	ck_assert_uint_eq(asked[SW_IPV6], UINT32_MAX);
}
END_TEST

/* Operations of a filter, by the kernel's numbers, and the attribute it stands in. */
enum { OP_JMP = 1, OP_S_GE = 2, OP_S_LE = 3, OP_D_COND = 8, BYTECODE = 1 };

/* Of a condition: its operation, family, length of prefix, port and address (valid_hostcond). */
enum { CONDITION = 4, CONDITION_PREFIX = 5, CONDITION_PORT = 8, CONDITION_ADDRESS = 12 };

static int least_size(const char *op)
{
	if (op[0] == OP_JMP)
		return 4;
	if (op[0] != OP_D_COND)
		return 8;
	ck_assert_int_eq((uint8_t)op[CONDITION_PREFIX], op[CONDITION] == AF_INET ? 32 : 128);
	return CONDITION_ADDRESS + (op[CONDITION] == AF_INET ? 4 : 16);
}

/* What the kernel takes for a program (inet_diag_bc_audit, valid_cc: net/ipv4/inet_diag.c). */
static bool is_on_its_way(const char *program, int length, int left)
{
	while (length > left) {
		uint8_t yes = (uint8_t)program[1];

		ck_assert(yes >= 4 && yes % 4 == 0);
		program += yes;
		length -= yes;
	}
	return length == left;
}

static void audit(const char *program, int length)
{
	int left = length;

	for (const char *op = program; left > 0;) {
		uint8_t yes = (uint8_t)op[1];
		uint16_t no;

		memcpy(&no, op + 2, sizeof(no));
		ck_assert(no >= least_size(op) && no <= left + 4 && no % 4 == 0);
		ck_assert(no >= left || is_on_its_way(program, length, left - no));
		ck_assert(yes >= least_size(op) && yes <= left + 4 && yes % 4 == 0);
		op += yes;
		left -= yes;
	}
	ck_assert_int_eq(left, 0);
}

/* Is a socket on this local port sent? (inet_diag_bc_run) */
static bool is_sent(const char *op, int left, uint16_t port)
{
	while (left > 0) {
		uint16_t no, with;
		bool yes = false;

		memcpy(&no, op + 2, sizeof(no));
		memcpy(&with, op + 6, sizeof(with));
		if (op[0] == OP_S_GE)
			yes = port >= with;
		else if (op[0] == OP_S_LE)
			yes = port <= with;
		left -= yes ? (uint8_t)op[1] : no;
		op += yes ? (uint8_t)op[1] : no;
	}
	return left == 0;
}

START_TEST(sockets_of_some_ports_are_not_sent)
{
	static const uint16_t ports[] = { 443, 80, 8080, 1, 65535, 5432, 444, 22 };
	size_t n = (size_t)_i / 3 + 1;
	struct sw_request request = {
		.family = locked[_i % 3].family, .states = 0x12, .without = ports, .n_without = n
	};
	uint32_t at = HEADER + locked[_i % 3].size, size = (uint32_t)(n * 20);

	ck_assert_uint_eq(sw_request_build(&request, 1, bytes), at + 4 + size);
	ck_assert_uint_eq(u16(at), 4 + size);
	ck_assert_uint_eq(u16(at + 2), BYTECODE);
	audit(bytes + at + 4, (int)size);
	for (uint32_t port = 0; port <= UINT16_MAX; port++) {
		bool wanted = true;

		for (size_t i = 0; i < n; i++)
			wanted = wanted && ports[i] != port;
		ck_assert_int_eq(is_sent(bytes + at + 4, (int)size, (uint16_t)port), wanted);
	}
}
END_TEST

/* Is a socket towards this destination sent? */
static bool is_sent_towards(const char *op, int left, const struct sw_destination *towards)
{
	size_t size = towards->addr.family == SW_IPV4 ? 4 : 16;
	uint8_t family = towards->addr.family == SW_IPV4 ? AF_INET : AF_INET6;

	while (left > 0) {
		bool yes = false;
		uint16_t no;
		int port;

		memcpy(&no, op + 2, sizeof(no));
		if (op[0] == OP_D_COND) {
			memcpy(&port, op + CONDITION_PORT, sizeof(port));
			yes = op[CONDITION] == family && port == (int)towards->port &&
			      memcmp(op + CONDITION_ADDRESS, towards->addr.bytes, size) == 0;
		}
		left -= yes ? (uint8_t)op[1] : no;
		op += yes ? (uint8_t)op[1] : no;
	}
	return left == 0;
}

START_TEST(only_sockets_towards_some_destinations_are_sent)
{
	enum { N = 3 };
	static const char *const addresses[] = { "10.0.0.9", "2001:db8::9", "10.0.0.8",
						 "::1",      "192.0.2.1",   "fe80::1",
						 "10.0.0.9", "2001:db8::9" };
	struct sw_destination towards[SW_REQUEST_MAX_TOWARDS];
	size_t n = (size_t)_i / N + 1, size = 0;
	struct sw_request request = {
		.family = locked[_i % N].family, .states = 2, .towards = towards, .n_towards = n
	};
	uint32_t at = HEADER + locked[_i % N].size;

	for (size_t i = 0; i < SW_ARRAY_SIZE(towards); i++) {
		towards[i].addr = build_addr(addresses[i]);
		towards[i].port = i < 6 ? 5432 : 65535;
		if (i < n)
			size += 16 + (towards[i].addr.family == SW_IPV4 ? 4 : 16);
	}
	size -= 4;
	ck_assert_uint_eq(sw_request_build(&request, 1, bytes), at + 4 + size);
	ck_assert_uint_eq(u16(at), 4 + size);
	ck_assert_uint_eq(u16(at + 2), BYTECODE);
	audit(bytes + at + 4, (int)size);
	for (size_t i = 0; i < SW_ARRAY_SIZE(towards); i++) {
		struct sw_destination other = towards[i];

		ck_assert_int_eq(is_sent_towards(bytes + at + 4, (int)size, &towards[i]), i < n);
		other.port++;
		ck_assert(!is_sent_towards(bytes + at + 4, (int)size, &other));
		other.port--;
		other.addr.bytes[3] ^= 0x80;
		ck_assert(!is_sent_towards(bytes + at + 4, (int)size, &other));
	}
}
END_TEST

int main(void)
{
	TCase *tcase = tcase_create("request");

	tcase_add_loop_test(tcase, one_family_is_asked_for_with_the_newer_message, 0,
			    SW_ARRAY_SIZE(families));
	tcase_add_test(tcase, both_families_are_asked_for_with_the_older_message);
	tcase_add_loop_test(tcase, locked_sockets_are_asked_for_by_a_program, 0,
			    SW_ARRAY_SIZE(locked));
	tcase_add_loop_test(tcase, memory_is_asked_for_as_an_extension, 0, SW_ARRAY_SIZE(locked));
	tcase_add_test(tcase,
		       one_walk_is_one_request_for_everything_behind_listeners_and_the_locked);
	tcase_add_test(tcase, by_family_every_socket_is_asked_for_once_and_what_owns_ports_first);
	tcase_add_loop_test(tcase, sockets_of_some_ports_are_not_sent, 0,
			    3 * SW_REQUEST_MAX_WITHOUT);
	tcase_add_loop_test(tcase, only_sockets_towards_some_destinations_are_sent, 0,
			    3 * SW_REQUEST_MAX_TOWARDS);
	return suite_run("request", tcase);
}
