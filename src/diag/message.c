/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Unsigned arithmetic throughout, and the header copied out: nothing of a chunk is trusted
 * to be aligned or to end where it says.
 */

#include "diag/message.h"

#include <linux/netlink.h>
#include <string.h>

#include "base/mem.h"

enum sw_message_step sw_messages_next(struct sw_messages *messages, struct sw_message *ret)
{
	struct nlmsghdr header;
	size_t step;

	if (messages->left == 0)
		return SW_MESSAGE_END;
	if (messages->left < sizeof(header))
		return SW_MESSAGE_CUT;
	memcpy(&header, messages->at, sizeof(header));
	if (header.nlmsg_len < sizeof(header))
		return SW_MESSAGE_WRONG_LENGTH;
	if (header.nlmsg_len > messages->left)
		return SW_MESSAGE_CUT;

	*ret = (struct sw_message){
		.type = header.nlmsg_type,
		.flags = header.nlmsg_flags,
		.sequence = header.nlmsg_seq,
		.payload = messages->at + sizeof(header),
		.size = header.nlmsg_len - sizeof(header),
	};
	/* The padding of the last message may be missing. */
	step = NLMSG_ALIGN((size_t)header.nlmsg_len);
	step = SW_MIN(step, messages->left);
	messages->at += step;
	messages->left -= step;
	return SW_MESSAGE_NEXT;
}
