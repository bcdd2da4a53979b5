/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The two plans as data, so that how to read the kernel is a table and not a control flow. */

#include "sockwatch/request.h"

#include <assert.h>
#include <libmnl/libmnl.h>
#include <linux/inet_diag.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#include "base/mem.h"

/* What the locks are on listeners and bound sockets need not be asked: those block their ports
 * anyway. */
#define STATES_LOCKABLE (SW_STATES_ALL & ~(SW_STATES_LISTEN | SW_STATES_BOUND | SW_STATES_SMALL))

/*
 * Listeners alone cost microseconds: the kernel has a table of them, and walks no other
 * (inet_diag_dump_icsk). In the last walk it sends bound sockets, then the rest.
 */
static const struct sw_request one_walk[] = {
	{ .states = SW_STATES_LISTEN, .memory = true },
	{ .states = STATES_LOCKABLE, .locked = true },
	{ .states = SW_STATES_ALL & ~SW_STATES_LISTEN },
};

/* Of two families each has its own walk, so what owns ports in both has to be asked for first. */
static const struct sw_request by_family[] = {
	{ .family = SW_IPV4, .states = SW_STATES_LISTEN | SW_STATES_BOUND, .memory = true },
	{ .family = SW_IPV6, .states = SW_STATES_LISTEN | SW_STATES_BOUND, .memory = true },
	{ .family = SW_IPV4, .states = STATES_LOCKABLE, .locked = true },
	{ .family = SW_IPV6, .states = STATES_LOCKABLE, .locked = true },
	{ .family = SW_IPV4, .states = SW_STATES_ALL & ~(SW_STATES_LISTEN | SW_STATES_BOUND) },
	{ .family = SW_IPV6, .states = SW_STATES_ALL & ~(SW_STATES_LISTEN | SW_STATES_BOUND) },
};

const struct sw_plan sw_plan_one_walk = { one_walk, SW_ARRAY_SIZE(one_walk) };
const struct sw_plan sw_plan_by_family = { by_family, SW_ARRAY_SIZE(by_family) };

/*
 * The kernel runs the program for each socket and sends those for which it comes
 * to its very end. A port that is not locked goes on to the jump, which leads
 * behind the end; a locked one jumps to it.
 */
static void put_locked_filter(struct nlmsghdr *header)
{
	static const struct inet_diag_bc_op program[] = {
		{ .code = INET_DIAG_BC_AUTO, .yes = 4, .no = 8 },
		{ .code = INET_DIAG_BC_JMP, .yes = 4, .no = 8 },
	};

	mnl_attr_put(header, INET_DIAG_REQ_BYTECODE, sizeof(program), program);
}

/*
 * A port that is not the one compared with, below or above, goes on to the next comparison;
 * the one jumps behind the end. Operations that compare for equality are younger than the others.
 */
enum { OPS_PER_PORT = 5, BYTES_PER_PORT = OPS_PER_PORT * sizeof(struct inet_diag_bc_op) };

static void put_without_filter(struct nlmsghdr *header, const uint16_t *ports, size_t n)
{
	struct inet_diag_bc_op program[SW_REQUEST_MAX_WITHOUT * OPS_PER_PORT] = { 0 };

	for (size_t i = 0; i < n; i++) {
		struct inet_diag_bc_op *op = &program[i * OPS_PER_PORT];

		op[0] = (struct inet_diag_bc_op){ INET_DIAG_BC_S_GE, 8, BYTES_PER_PORT };
		op[1].no = ports[i];
		op[2] = (struct inet_diag_bc_op){ INET_DIAG_BC_S_LE, 8, BYTES_PER_PORT - 8 };
		op[3].no = ports[i];
		op[4] = (struct inet_diag_bc_op){ INET_DIAG_BC_JMP, 4,
						  (uint16_t)((n - i - 1) * BYTES_PER_PORT + 8) };
	}
	mnl_attr_put(header, INET_DIAG_REQ_BYTECODE, n * BYTES_PER_PORT, program);
}

static size_t size_of_address(const struct sw_addr *addr)
{
	return addr->family == SW_IPV4 ? sizeof(struct in_addr) : sizeof(struct in6_addr);
}

/* An operation, what it compares with, and the address behind that. */
static size_t size_of_condition(const struct sw_destination *towards)
{
	return sizeof(struct inet_diag_bc_op) + sizeof(struct inet_diag_hostcond) +
	       size_of_address(&towards->addr);
}

static char *put_condition(char *at, const struct sw_destination *towards)
{
	size_t size = size_of_condition(towards);
	const struct inet_diag_bc_op op = { INET_DIAG_BC_D_COND, (uint8_t)size,
					    (uint16_t)(size + sizeof(op)) };
	const struct inet_diag_hostcond condition = {
		.family = towards->addr.family == SW_IPV4 ? AF_INET : AF_INET6,
		.prefix_len = (uint8_t)(8 * size_of_address(&towards->addr)),
		.port = (int)towards->port,
	};

	at = mempcpy(at, &op, sizeof(op));
	at = mempcpy(at, &condition, sizeof(condition));
	return mempcpy(at, towards->addr.bytes, size_of_address(&towards->addr));
}

/*
 * Who goes elsewhere goes on to the next condition, from the last one behind the end; who
 * goes there jumps to the end.
 */
static void put_towards_filter(struct nlmsghdr *header, const struct sw_destination *towards,
			       size_t n)
{
	char program[SW_REQUEST_SIZE], *at = put_condition(program, &towards[0]);
	size_t left = 0;

	for (size_t i = 1; i < n; i++)
		left += sizeof(struct inet_diag_bc_op) + size_of_condition(&towards[i]);
	for (size_t i = 1; i < n; i++) {
		const struct inet_diag_bc_op jump = { INET_DIAG_BC_JMP, sizeof(jump),
						      (uint16_t)left };

		at = mempcpy(at, &jump, sizeof(jump));
		at = put_condition(at, &towards[i]);
		left -= sizeof(jump) + size_of_condition(&towards[i]);
	}
	mnl_attr_put(header, INET_DIAG_REQ_BYTECODE, (size_t)(at - program), program);
}

uint16_t sw_request_type(const struct sw_request *request)
{
	return request->family == 0 ? TCPDIAG_GETSOCK : SOCK_DIAG_BY_FAMILY;
}

size_t sw_request_build(const struct sw_request *request, uint32_t sequence,
			char buffer[SW_REQUEST_SIZE])
{
	const uint8_t extensions = request->memory ? 1 << (INET_DIAG_SKMEMINFO - 1) : 0;
	struct nlmsghdr *header;

	/* The older body is the longer one, and of the filters that of destinations is: two
	 * operations for each, one with a condition. */
	static_assert(NLMSG_HDRLEN + sizeof(struct inet_diag_req) + sizeof(struct nlattr) +
				      SW_REQUEST_MAX_TOWARDS * (2 * sizeof(struct inet_diag_bc_op) +
								sizeof(struct inet_diag_hostcond) +
								sizeof(struct in6_addr)) <=
			      SW_REQUEST_SIZE,
		      "room");
	memset(buffer, 0, SW_REQUEST_SIZE);
	header = mnl_nlmsg_put_header(buffer);
	header->nlmsg_type = sw_request_type(request);
	header->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	header->nlmsg_seq = sequence;
	if (request->family == 0) {
		struct inet_diag_req *body = mnl_nlmsg_put_extra_header(header, sizeof(*body));

		body->idiag_family = AF_INET;
		body->idiag_ext = extensions;
		body->idiag_states = request->states;
	} else {
		struct inet_diag_req_v2 *body = mnl_nlmsg_put_extra_header(header, sizeof(*body));

		body->sdiag_family = request->family == SW_IPV4 ? AF_INET : AF_INET6;
		body->sdiag_protocol = IPPROTO_TCP;
		body->idiag_ext = extensions;
		body->idiag_states = request->states;
	}
	if (request->locked)
		put_locked_filter(header);
	else if (request->n_without > 0)
		put_without_filter(header, request->without, request->n_without);
	else if (request->n_towards > 0)
		put_towards_filter(header, request->towards, request->n_towards);
	return header->nlmsg_len;
}
