/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The answer of the kernel, whole and broken in every way known. */

#include <errno.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <string.h>
#include <sys/socket.h>

#include "sockwatch/stream.h"
#include "support/answer.h"
#include "support/suite.h"

struct seen {
	struct sw_sock socks[64];
	size_t n;
};

static void see(void *userdata, const struct sw_sock *sock)
{
	struct seen *seen = userdata;

	ck_assert_uint_lt(seen->n, 64);
	seen->socks[seen->n++] = *sock;
}

/* Feeds all chunks, each in a heap block of exactly its size, so that a read beyond is caught. */
static struct sw_stream feed(const struct answer *answer, struct seen *seen)
{
	struct sw_stream stream = {
		.sequence = 1, .type = TCPDIAG_GETSOCK, .sink = see, .userdata = seen
	};

	*seen = (struct seen){ 0 };
	for (size_t i = 0; i < answer->n_chunks && !stream.ended; i++) {
		char *exact = malloc(answer->chunks[i].size);

		memcpy(exact, answer->chunks[i].data, answer->chunks[i].size);
		sw_stream_feed(&stream, exact, answer->chunks[i].size);
		free(exact);
	}
	return stream;
}

static const struct row established = {
	.state = 1,
	.local = "10.0.0.5",
	.local_port = 40000,
	.remote = "10.0.0.9",
	.remote_port = 5432,
};

static void assert_addr(const struct sw_addr *addr, const char *expected)
{
	char text[SW_ADDR_TEXT_SIZE];

	ck_assert_str_eq(sw_addr_format(addr, NULL, text), expected);
}

START_TEST(rows_of_two_chunks_come_out_in_order)
{
	struct answer *answer = answer_new();
	struct row second = established;
	struct seen seen;
	struct sw_stream stream;

	second.local_port = 40002;
	answer_add_row(answer, &established);
	answer_next_chunk(answer);
	answer_add_row(answer, &second);
	answer_add_done(answer, 0);
	stream = feed(answer, &seen);
	ck_assert(stream.ended);
	ck_assert_int_eq(stream.fault, SW_STREAM_FAULT_NONE);
	ck_assert_uint_eq(stream.n_rows, 2);
	ck_assert_uint_eq(seen.n, 2);
	ck_assert_uint_eq(seen.socks[0].local_port, 40000);
	ck_assert_uint_eq(seen.socks[1].local_port, 40002);
	ck_assert_uint_eq(seen.socks[0].remote_port, 5432);
	ck_assert_int_eq(seen.socks[0].state, SW_TCP_ESTABLISHED);
	assert_addr(&seen.socks[0].local, "10.0.0.5");
	assert_addr(&seen.socks[0].remote, "10.0.0.9");
	answer_free(answer);
}
END_TEST

static const struct {
	const char *story;
	struct row row;
	enum sw_tcp_state state;
	const char *local, *remote;
	uint32_t device;
	bool mini, ipv6_only;
	uint32_t expires_ms, queued, queue_limit;
} rows[] = {
	{ "v4-mapped IPv6 is the IPv4 it stands for",
	  { .family = AF_INET6,
	    .state = 1,
	    .local = "::ffff:10.0.0.5",
	    .remote = "::ffff:10.0.0.9" },
	  SW_TCP_ESTABLISHED,
	  "10.0.0.5",
	  "10.0.0.9",
	  0,
	  false,
	  false,
	  0,
	  0,
	  0 },
	{ "TIME_WAIT keeps its remaining time",
	  { .state = 6,
	    .local = "10.0.0.5",
	    .remote = "10.0.0.9",
	    .timer = 3,
	    .expires_ms = 41236 },
	  SW_TCP_TIME_WAIT,
	  "10.0.0.5",
	  "10.0.0.9",
	  0,
	  true,
	  false,
	  41236,
	  0,
	  0 },
	{ "an orphaned FIN_WAIT2 is a mini socket",
	  { .state = 5, .local = "10.0.0.5", .remote = "10.0.0.9", .timer = 3, .expires_ms = 500 },
	  SW_TCP_FIN_WAIT2,
	  "10.0.0.5",
	  "10.0.0.9",
	  0,
	  true,
	  false,
	  500,
	  0,
	  0 },
	{ "a full FIN_WAIT2 is not, whatever its timer says",
	  { .state = 5, .local = "10.0.0.5", .remote = "10.0.0.9", .timer = 2, .expires_ms = 500 },
	  SW_TCP_FIN_WAIT2,
	  "10.0.0.5",
	  "10.0.0.9",
	  0,
	  false,
	  false,
	  0,
	  0,
	  0 },
	{ "a listener has an accept queue",
	  { .state = 10, .local = "", .remote = "", .rqueue = 3, .wqueue = 128 },
	  SW_TCP_LISTEN,
	  "0.0.0.0",
	  "0.0.0.0",
	  0,
	  false,
	  false,
	  0,
	  3,
	  128 },
	{ "queues of a connection are not those of a listener",
	  { .state = 1, .local = "10.0.0.5", .remote = "10.0.0.9", .rqueue = 3, .wqueue = 128 },
	  SW_TCP_ESTABLISHED,
	  "10.0.0.5",
	  "10.0.0.9",
	  0,
	  false,
	  false,
	  0,
	  0,
	  0 },
	{ "an IPv6 listener tells whether it takes IPv4 too",
	  { .family = AF_INET6, .state = 10, .local = "", .remote = "", .ipv6_only = 1 },
	  SW_TCP_LISTEN,
	  "::",
	  "::",
	  0,
	  false,
	  true,
	  0,
	  0,
	  0 },
	{ "CLOSE is bound but idle",
	  { .state = 7, .local = "10.0.0.5", .remote = "" },
	  SW_TCP_BOUND,
	  "10.0.0.5",
	  "0.0.0.0",
	  0,
	  false,
	  false,
	  0,
	  0,
	  0 },
	{ "NEW_SYN_RECV is SYN_RECV",
	  { .state = 12, .local = "10.0.0.5", .remote = "10.0.0.9" },
	  SW_TCP_SYN_RECV,
	  "10.0.0.5",
	  "10.0.0.9",
	  0,
	  false,
	  false,
	  0,
	  0,
	  0 },
	{ "a state of a newer kernel is other",
	  { .state = 14, .local = "10.0.0.5", .remote = "10.0.0.9" },
	  SW_TCP_OTHER,
	  "10.0.0.5",
	  "10.0.0.9",
	  0,
	  false,
	  false,
	  0,
	  0,
	  0 },
	{ "state 0 is other",
	  { .state = 0, .local = "10.0.0.5", .remote = "10.0.0.9" },
	  SW_TCP_OTHER,
	  "10.0.0.5",
	  "10.0.0.9",
	  0,
	  false,
	  false,
	  0,
	  0,
	  0 },
	{ "the interface of a link-local connection is its zone, not a device",
	  { .family = AF_INET6,
	    .state = 1,
	    .local = "fe80::1",
	    .remote = "fe80::2",
	    .interface = 7 },
	  SW_TCP_ESTABLISHED,
	  "fe80::1%7",
	  "fe80::2%7",
	  0,
	  false,
	  false,
	  0,
	  0,
	  0 },
	{ "the interface of any other is the device it is bound to",
	  { .state = 1, .local = "10.0.0.5", .remote = "10.0.0.9", .interface = 7 },
	  SW_TCP_ESTABLISHED,
	  "10.0.0.5",
	  "10.0.0.9",
	  7,
	  false,
	  false,
	  0,
	  0,
	  0 },
};

START_TEST(a_row_is_read_as_what_it_means)
{
	struct answer *answer = answer_new();
	const struct sw_sock *sock;
	struct seen seen;
	struct sw_stream stream;

	answer_add_row(answer, &rows[_i].row);
	answer_add_done(answer, 0);
	stream = feed(answer, &seen);
	ck_assert_msg(stream.fault == SW_STREAM_FAULT_NONE && seen.n == 1, "%s", rows[_i].story);
	sock = &seen.socks[0];
	ck_assert_msg(sock->state == rows[_i].state, "%s: state %d", rows[_i].story, sock->state);
	assert_addr(&sock->local, rows[_i].local);
	assert_addr(&sock->remote, rows[_i].remote);
	ck_assert_msg(sock->device == rows[_i].device && sock->mini == rows[_i].mini &&
			      sock->ipv6_only == rows[_i].ipv6_only &&
			      sock->expires_ms == rows[_i].expires_ms &&
			      sock->queued == rows[_i].queued &&
			      sock->queue_limit == rows[_i].queue_limit,
		      "%s", rows[_i].story);
	answer_free(answer);
}
END_TEST

START_TEST(retransmits_are_of_sockets_that_somebody_holds)
{
	struct answer *answer = answer_new();
	struct row row = {
		.state = 2, .local = "10.0.0.5", .remote = "10.0.0.9", .timer = 1, .retransmits = 6
	};
	struct seen seen;

	answer_add_row(answer, &row);
	row.state = 6;
	row.timer = 3;
	answer_add_row(answer, &row);
	answer_add_done(answer, 0);
	feed(answer, &seen);
	ck_assert_uint_eq(seen.n, 2);
	ck_assert_uint_eq(seen.socks[0].retransmits, 6);
	ck_assert_uint_eq(seen.socks[1].retransmits, 0);
	answer_free(answer);
}
END_TEST

static void refused(struct answer *answer)
{
	answer_add_error(answer, -EINVAL);
}

static void busy_in_band(struct answer *answer)
{
	answer_add_error(answer, -EBUSY);
}

static void aborted(struct answer *answer)
{
	answer_add_done(answer, -ENOENT);
}

static void acknowledged(struct answer *answer)
{
	answer_add_error(answer, 0);
}

static void wild_errno(struct answer *answer)
{
	answer_add_error(answer, INT32_MIN);
}

static void positive_errno_in_done(struct answer *answer)
{
	answer_add_done(answer, 5);
}

static void done_with_three_bytes(struct answer *answer)
{
	answer_add_message(answer, NLMSG_DONE, "\0\0\0", 3);
}

static void short_row(struct answer *answer)
{
	static const char nothing[sizeof(struct inet_diag_msg) - 1];

	answer_add_message(answer, TCPDIAG_GETSOCK, nothing, sizeof(nothing));
	answer_add_done(answer, 0);
}

static void wrong_family(struct answer *answer)
{
	struct row row = established;

	answer_add_row(answer, &row);
	answer_last(answer)->data[answer_last(answer)->size - sizeof(struct inet_diag_msg)] =
		AF_UNIX;
	answer_add_done(answer, 0);
}

static void wrong_type(struct answer *answer)
{
	answer_add_message(answer, SOCK_DIAG_BY_FAMILY, "", 0);
	answer_add_done(answer, 0);
}

static void wrong_sequence(struct answer *answer)
{
	answer->sequence = 2;
	answer_add_done(answer, 0);
}

static void overrun(struct answer *answer)
{
	answer_add_message(answer, NLMSG_OVERRUN, "", 0);
	answer_add_done(answer, 0);
}

static void interrupted_at_first(struct answer *answer)
{
	answer->flags = NLM_F_DUMP_INTR;
	answer_add_row(answer, &established);
	answer->flags = 0;
	answer_add_done(answer, 0);
}

static void interrupted_at_done(struct answer *answer)
{
	answer->flags = NLM_F_DUMP_INTR;
	answer_add_done(answer, 0);
}

static void empty_chunk(struct answer *answer)
{
	answer_next_chunk(answer);
}

static void claims(struct answer *answer, uint32_t length)
{
	struct nlmsghdr header = { .nlmsg_len = length, .nlmsg_type = NLMSG_DONE, .nlmsg_seq = 1 };

	answer_add_bytes(answer, &header, sizeof(header));
}

static void length_0(struct answer *answer)
{
	claims(answer, 0);
}

static void length_15(struct answer *answer)
{
	claims(answer, 15);
}

static void length_17(struct answer *answer)
{
	claims(answer, 17);
}

static void length_2_gib(struct answer *answer)
{
	claims(answer, UINT32_C(0x80000010));
}

static void length_4_gib(struct answer *answer)
{
	claims(answer, UINT32_MAX);
}

static void cut_header(struct answer *answer)
{
	answer_add_bytes(answer, "\x10\0\0\0\3\0", 6);
}

static const struct {
	const char *story;
	void (*add)(struct answer *answer);
	enum sw_stream_fault fault;
	int error;
} faults[] = {
	{ "NLMSG_ERROR", refused, SW_STREAM_REFUSED, -EINVAL },
	{ "EBUSY between the rows", busy_in_band, SW_STREAM_REFUSED, -EBUSY },
	{ "an errno inside DONE", aborted, SW_STREAM_ABORTED, -ENOENT },
	{ "an acknowledgement nobody asked for", acknowledged, SW_STREAM_SHORT_ROW, 0 },
	{ "an errno that is none", wild_errno, SW_STREAM_SHORT_ROW, 0 },
	{ "a positive errno inside DONE", positive_errno_in_done, SW_STREAM_SHORT_ROW, 0 },
	{ "a DONE of three bytes", done_with_three_bytes, SW_STREAM_SHORT_ROW, 0 },
	{ "a row too short", short_row, SW_STREAM_SHORT_ROW, 0 },
	{ "a row of another family", wrong_family, SW_STREAM_WRONG_FAMILY, 0 },
	{ "a message of another type", wrong_type, SW_STREAM_WRONG_TYPE, 0 },
	{ "a message of another request", wrong_sequence, SW_STREAM_WRONG_SEQUENCE, 0 },
	{ "NLMSG_OVERRUN", overrun, SW_STREAM_OVERRUN, 0 },
	{ "NLM_F_DUMP_INTR on a row", interrupted_at_first, SW_STREAM_INTERRUPTED, 0 },
	{ "NLM_F_DUMP_INTR on DONE", interrupted_at_done, SW_STREAM_INTERRUPTED, 0 },
	{ "an empty chunk", empty_chunk, SW_STREAM_EMPTY, 0 },
	{ "a length of 0", length_0, SW_STREAM_WRONG_LENGTH, 0 },
	{ "a length below the header's", length_15, SW_STREAM_WRONG_LENGTH, 0 },
	{ "one byte that is not there", length_17, SW_STREAM_CUT, 0 },
	{ "a length of 2 GiB", length_2_gib, SW_STREAM_CUT, 0 },
	{ "the largest length", length_4_gib, SW_STREAM_CUT, 0 },
	{ "half a header", cut_header, SW_STREAM_CUT, 0 },
};

START_TEST(a_broken_answer_is_never_complete)
{
	struct answer *answer = answer_new();
	struct seen seen;
	struct sw_stream stream;
	char why[128];

	answer_add_row(answer, &established);
	faults[_i].add(answer);
	stream = feed(answer, &seen);
	ck_assert_msg(stream.ended, "%s: goes on", faults[_i].story);
	ck_assert_msg(stream.fault == faults[_i].fault, "%s: fault %d", faults[_i].story,
		      stream.fault);
	ck_assert_msg(stream.error == faults[_i].error, "%s: errno %d", faults[_i].story,
		      stream.error);
	ck_assert_uint_gt(strlen(sw_stream_explain(&stream, why, sizeof(why))), 20);
	answer_free(answer);
}
END_TEST

START_TEST(every_prefix_of_an_answer_is_incomplete)
{
	struct answer *whole = answer_new();
	size_t size;

	for (int i = 0; i < 4; i++)
		answer_add_row(whole, &established);
	answer_add_done(whole, 0);
	size = answer_last(whole)->size;
	for (size_t cut = 0; cut < size; cut++) {
		struct answer *part = answer_new();
		struct sw_stream stream;
		struct seen seen;

		answer_add_bytes(part, whole->chunks[0].data, cut);
		stream = feed(part, &seen);
		ck_assert_msg(!stream.ended || stream.fault != SW_STREAM_FAULT_NONE, "cut at %zu",
			      cut);
		answer_free(part);
	}
	answer_free(whole);
}
END_TEST

START_TEST(a_done_with_nothing_in_it_is_legal)
{
	struct answer *answer = answer_new();
	struct seen seen;
	struct sw_stream stream;

	answer_add_message(answer, NLMSG_NOOP, "", 0);
	answer_add_message(answer, NLMSG_DONE, "", 0);
	stream = feed(answer, &seen);
	ck_assert(stream.ended);
	ck_assert_int_eq(stream.fault, SW_STREAM_FAULT_NONE);
	answer_free(answer);
}
END_TEST

START_TEST(a_socket_tells_its_control_group)
{
	static const struct row told[] = {
		{ .state = 1, .local = "10.0.0.5", .remote = "10.0.0.9", .cgroup = 4711 },
		{ .family = AF_INET6,
		  .state = 10,
		  .local = "",
		  .ipv6_only = 1,
		  .cgroup = UINT64_C(0xfedcba9876543210) },
		{ .state = 6, .local = "10.0.0.5", .remote = "10.0.0.9", .timer = 3 },
	};
	struct answer *answer = answer_new();
	struct seen seen;
	struct sw_stream stream;

	for (size_t i = 0; i < 3; i++)
		answer_add_row(answer, &told[i]);
	answer_add_done(answer, 0);
	stream = feed(answer, &seen);
	ck_assert_int_eq(stream.fault, SW_STREAM_FAULT_NONE);
	ck_assert_uint_eq(seen.n, 3);
	for (size_t i = 0; i < 3; i++)
		ck_assert(seen.socks[i].cgroup == told[i].cgroup);
	ck_assert(seen.socks[1].ipv6_only);
	answer_free(answer);
}
END_TEST

START_TEST(a_control_group_that_is_cut_short_is_none)
{
	struct {
		struct inet_diag_msg message;
		struct nlattr attr;
		uint32_t half;
	} payload = { .message = { .idiag_family = AF_INET, .idiag_state = 1 },
		      .attr = { .nla_len = sizeof(payload.attr) + sizeof(payload.half),
				.nla_type = INET_DIAG_CGROUP_ID },
		      .half = 4711 };
	struct answer *answer = answer_new();
	struct seen seen;
	struct sw_stream stream;

	answer_add_message(answer, TCPDIAG_GETSOCK, &payload, sizeof(payload));
	answer_add_done(answer, 0);
	stream = feed(answer, &seen);
	ck_assert_int_eq(stream.fault, SW_STREAM_FAULT_NONE);
	ck_assert_uint_eq(seen.n, 1);
	ck_assert(seen.socks[0].cgroup == 0);
	answer_free(answer);
}
END_TEST

START_TEST(a_listener_tells_its_drops_where_the_kernel_does)
{
	static const struct row told[] = {
		{ .state = 10, .local = "", .remote = "", .drops = 4711, .cgroup = 12 },
		{ .state = 10, .local = "", .remote = "" },
		/* Of a connection they are something else. */
		{ .state = 1, .local = "10.0.0.5", .remote = "10.0.0.9", .drops = 3 },
	};
	/* Kernels before 4.7 have eight numbers. */
	struct {
		struct inet_diag_msg message;
		struct nlattr attr;
		uint32_t numbers[8];
	} payload = { .message = { .idiag_family = AF_INET, .idiag_state = 10 },
		      .attr = { .nla_len = sizeof(payload.attr) + sizeof(payload.numbers),
				.nla_type = INET_DIAG_SKMEMINFO },
		      .numbers = { 9, 9, 9, 9, 9, 9, 9, 9 } };
	struct answer *answer = answer_new();
	struct seen seen;

	for (size_t i = 0; i < 3; i++)
		answer_add_row(answer, &told[i]);
	answer_add_message(answer, TCPDIAG_GETSOCK, &payload, sizeof(payload));
	answer_add_done(answer, 0);
	feed(answer, &seen);
	ck_assert_uint_eq(seen.n, 4);
	ck_assert(seen.socks[0].drops_known);
	ck_assert_uint_eq(seen.socks[0].drops, 4711);
	ck_assert(seen.socks[0].cgroup == 12);
	for (size_t i = 1; i < 4; i++) {
		ck_assert(!seen.socks[i].drops_known);
		ck_assert_uint_eq(seen.socks[i].drops, 0);
	}
	answer_free(answer);
}
END_TEST

START_TEST(an_attribute_that_claims_too_much_is_not_followed)
{
	struct {
		struct inet_diag_msg message;
		struct nlattr attr;
	} payload = { .message = { .idiag_family = AF_INET6, .idiag_state = 10 },
		      .attr = { .nla_len = 0xffff, .nla_type = INET_DIAG_SKV6ONLY } };
	struct answer *answer = answer_new();
	struct seen seen;
	struct sw_stream stream;

	answer_add_message(answer, TCPDIAG_GETSOCK, &payload, sizeof(payload));
	payload.attr.nla_len = 0;
	answer_add_message(answer, TCPDIAG_GETSOCK, &payload, sizeof(payload));
	/* The attribute stands at the very end, with no value behind its header. */
	payload.attr.nla_len = sizeof(payload.attr);
	answer_add_message(answer, TCPDIAG_GETSOCK, &payload, sizeof(payload));
	answer_add_done(answer, 0);
	stream = feed(answer, &seen);
	ck_assert_int_eq(stream.fault, SW_STREAM_FAULT_NONE);
	ck_assert_uint_eq(seen.n, 3);
	for (size_t i = 0; i < 3; i++)
		ck_assert(!seen.socks[i].ipv6_only);
	answer_free(answer);
}
END_TEST

int main(void)
{
	TCase *tcase = tcase_create("stream");

	tcase_add_test(tcase, rows_of_two_chunks_come_out_in_order);
	tcase_add_loop_test(tcase, a_row_is_read_as_what_it_means, 0,
			    sizeof(rows) / sizeof(rows[0]));
	tcase_add_loop_test(tcase, a_broken_answer_is_never_complete, 0,
			    sizeof(faults) / sizeof(faults[0]));
	tcase_add_test(tcase, every_prefix_of_an_answer_is_incomplete);
	tcase_add_test(tcase, a_done_with_nothing_in_it_is_legal);
	tcase_add_test(tcase, a_socket_tells_its_control_group);
	tcase_add_test(tcase, a_control_group_that_is_cut_short_is_none);
	tcase_add_test(tcase, a_listener_tells_its_drops_where_the_kernel_does);
	tcase_add_test(tcase, an_attribute_that_claims_too_much_is_not_followed);
	tcase_add_test(tcase, retransmits_are_of_sockets_that_somebody_holds);
	return suite_run("stream", tcase);
}
