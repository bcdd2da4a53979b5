/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "sockwatch/accept-queue.h"

void sw_accept_queue_add(struct sw_accept_queue *queue, const struct sw_sock *listener)
{
	const struct sw_accept_queue other = { .queued = listener->queued,
					       .limit = listener->queue_limit };

	if (queue->n_listeners == 0 || sw_accept_queue_is_fuller(&other, queue)) {
		queue->queued = other.queued;
		queue->limit = other.limit;
	}
	queue->drops_known =
		listener->drops_known && (queue->n_listeners == 0 || queue->drops_known);
	queue->drops += listener->drops;
	queue->n_listeners++;
}

bool sw_accept_queue_is_full(const struct sw_accept_queue *queue)
{
	return queue->queued > queue->limit;
}

bool sw_accept_queue_is_fuller(const struct sw_accept_queue *a, const struct sw_accept_queue *b)
{
	/* As fractions, without dividing: a limit may be 0. */
	return (uint64_t)a->queued * (b->limit + 1ULL) > (uint64_t)b->queued * (a->limit + 1ULL);
}
