/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <linux/netlink.h>
#include <string.h>

#include "base/mem.h"
#include "diag/message.h"
#include "support/suite.h"

/* Writes a header that claims `length` bytes, unaligned too. Returns what stands behind it. */
static char *put_header(char *at, uint32_t length, uint16_t type, uint32_t sequence)
{
	struct nlmsghdr header = {
		.nlmsg_len = length,
		.nlmsg_type = type,
		.nlmsg_flags = NLM_F_MULTI,
		.nlmsg_seq = sequence,
	};

	memcpy(at, &header, sizeof(header));
	return at + sizeof(header);
}

START_TEST(an_empty_chunk_ends)
{
	struct sw_messages messages = { .at = "", .left = 0 };
	struct sw_message message;

	ck_assert_int_eq(sw_messages_next(&messages, &message), SW_MESSAGE_END);
	ck_assert_int_eq(sw_messages_next(&messages, &message), SW_MESSAGE_END);
}
END_TEST

START_TEST(a_message_is_its_header_and_what_follows)
{
	char chunk[20];
	struct sw_messages messages = { .at = chunk, .left = sizeof(chunk) };
	struct sw_message message;

	memcpy(put_header(chunk, 20, 18, 77), "abcd", 4);
	ck_assert_int_eq(sw_messages_next(&messages, &message), SW_MESSAGE_NEXT);
	ck_assert_uint_eq(message.type, 18);
	ck_assert_uint_eq(message.flags, NLM_F_MULTI);
	ck_assert_uint_eq(message.sequence, 77);
	ck_assert_uint_eq(message.size, 4);
	ck_assert_mem_eq(message.payload, "abcd", 4);
	ck_assert_int_eq(sw_messages_next(&messages, &message), SW_MESSAGE_END);
}
END_TEST

START_TEST(a_message_may_be_only_a_header)
{
	char chunk[16];
	struct sw_messages messages = { .at = chunk, .left = sizeof(chunk) };
	struct sw_message message;

	put_header(chunk, 16, NLMSG_DONE, 1);
	ck_assert_int_eq(sw_messages_next(&messages, &message), SW_MESSAGE_NEXT);
	ck_assert_uint_eq(message.size, 0);
	ck_assert_int_eq(sw_messages_next(&messages, &message), SW_MESSAGE_END);
}
END_TEST

/* A message of 16 + n bytes and, at the next multiple of four, one of 16. */
START_TEST(messages_begin_at_multiples_of_four)
{
	size_t n = (size_t)_i, second = (16 + n + 3) / 4 * 4;
	char chunk[64] = { 0 };
	struct sw_messages messages = { .at = chunk, .left = second + 16 };
	struct sw_message message;

	put_header(chunk, (uint32_t)(16 + n), 1, 1);
	put_header(chunk + second, 16, 2, 2);
	ck_assert_int_eq(sw_messages_next(&messages, &message), SW_MESSAGE_NEXT);
	ck_assert_uint_eq(message.size, n);
	ck_assert_int_eq(sw_messages_next(&messages, &message), SW_MESSAGE_NEXT);
	ck_assert_uint_eq(message.type, 2);
	ck_assert_int_eq(sw_messages_next(&messages, &message), SW_MESSAGE_END);
}
END_TEST

START_TEST(the_last_message_needs_no_padding)
{
	char chunk[17];
	struct sw_messages messages = { .at = chunk, .left = sizeof(chunk) };
	struct sw_message message;

	*put_header(chunk, 17, 1, 1) = 'x';
	ck_assert_int_eq(sw_messages_next(&messages, &message), SW_MESSAGE_NEXT);
	ck_assert_uint_eq(message.size, 1);
	ck_assert_int_eq(sw_messages_next(&messages, &message), SW_MESSAGE_END);
}
END_TEST

START_TEST(a_chunk_need_not_be_aligned)
{
	char chunk[1 + 20];
	struct sw_messages messages = { .at = chunk + 1, .left = 20 };
	struct sw_message message;

	memcpy(put_header(chunk + 1, 20, 18, 77), "abcd", 4);
	ck_assert_int_eq(sw_messages_next(&messages, &message), SW_MESSAGE_NEXT);
	ck_assert_uint_eq(message.sequence, 77);
	ck_assert_mem_eq(message.payload, "abcd", 4);
}
END_TEST

static const struct fault {
	const char *story;
	uint32_t claimed;
	size_t left;
	enum sw_message_step step;
} faults[] = {
	{ "one byte of a header", 16, 1, SW_MESSAGE_CUT },
	{ "a header less one byte", 16, 15, SW_MESSAGE_CUT },
	{ "a claim of one byte more than there is", 21, 20, SW_MESSAGE_CUT },
	{ "a claim of 2 GiB, negative as a signed number", 0x80000000, 20, SW_MESSAGE_CUT },
	{ "a claim of all 4 GiB, which rounds up to nothing", UINT32_MAX, 20, SW_MESSAGE_CUT },
	{ "a claim of nothing", 0, 20, SW_MESSAGE_WRONG_LENGTH },
	{ "a claim of a header less one byte", 15, 20, SW_MESSAGE_WRONG_LENGTH },
};

START_TEST(a_header_that_lies_is_found_out)
{
	const struct fault *c = &faults[_i];
	char whole[20] = { 0 };
	char *chunk = malloc(c->left); /* of exactly this size, for address sanitizers */
	struct sw_messages messages = { .at = chunk, .left = c->left };
	struct sw_message message;
	enum sw_message_step step;

	put_header(whole, c->claimed, 1, 1);
	memcpy(chunk, whole, c->left);
	step = sw_messages_next(&messages, &message);
	free(chunk);
	ck_assert_msg(step == c->step, "%s: %d", c->story, step);
}
END_TEST

START_TEST(a_tail_behind_a_message_is_cut)
{
	char chunk[16 + 3] = { 0 };
	struct sw_messages messages = { .at = chunk, .left = sizeof(chunk) };
	struct sw_message message;

	put_header(chunk, 16, 1, 1);
	ck_assert_int_eq(sw_messages_next(&messages, &message), SW_MESSAGE_NEXT);
	ck_assert_int_eq(sw_messages_next(&messages, &message), SW_MESSAGE_CUT);
}
END_TEST

int main(void)
{
	TCase *tcase = tcase_create("message");

	tcase_add_test(tcase, an_empty_chunk_ends);
	tcase_add_test(tcase, a_message_is_its_header_and_what_follows);
	tcase_add_test(tcase, a_message_may_be_only_a_header);
	tcase_add_loop_test(tcase, messages_begin_at_multiples_of_four, 0, 9);
	tcase_add_test(tcase, the_last_message_needs_no_padding);
	tcase_add_test(tcase, a_chunk_need_not_be_aligned);
	tcase_add_loop_test(tcase, a_header_that_lies_is_found_out, 0, SW_ARRAY_SIZE(faults));
	tcase_add_test(tcase, a_tail_behind_a_message_is_cut);
	return suite_run("message", tcase);
}
