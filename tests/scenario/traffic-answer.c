/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * What becomes of a connect at the other end. A SYN that finds the accept queue full is dropped and
 * counted, twice: as ListenOverflows and among the listener's drops (tcp_conn_request); whoever
 * sent it sends another. A queue is full beyond its limit (sk_acceptq_is_full).
 */

#include <stdlib.h>

#include "scenario/traffic-inside.h"

/* tcp_syn_linear_timeouts=4 and tcp_syn_retries=6 besides (ip-sysctl.rst): it gives up after 131 s.
 */
enum { N_LINEAR = 4, N_SYNS = 10 };

/* What is waited for after so many have been sent again. */
static sw_usec patience(uint32_t n_syns)
{
	return (n_syns <= N_LINEAR ? 1 : UINT64_C(1) << (n_syns - N_LINEAR)) * SW_USEC_PER_SEC;
}

sw_usec traffic_began(const struct entry *unanswered)
{
	sw_usec began = unanswered->at;

	for (uint32_t n = 0; n <= unanswered->n_syns; n++)
		began -= patience(n);
	return began;
}

static void wait_for_answer(struct traffic *traffic, struct connections *tuple, struct entry entry)
{
	entry.at = traffic->now + patience(entry.n_syns);
	queue_add(&tuple->unanswered, entry);
}

static void open_up(struct traffic *traffic, struct connections *tuple, struct entry entry)
{
	entry.at = traffic->now + tuple->duration;
	queue_add(&tuple->open, entry);
}

static void knock(struct traffic *traffic, struct connections *tuple, struct entry entry)
{
	struct backlog *backlog = &tuple->backlog;

	if (backlog->accepts_per_s < 0) {
		open_up(traffic, tuple, entry);
	} else if (queue_length(&backlog->waiting) > backlog->limit) {
		backlog->n_drops++;
		backlog->overflowed = traffic->now;
		traffic->n_listen_overflows++;
		wait_for_answer(traffic, tuple, entry);
	} else {
		entry.at = traffic->now;
		queue_add(&backlog->waiting, entry);
	}
}

void traffic_answer(struct traffic *traffic, struct connections *tuple, struct entry entry)
{
	switch (tuple->peer) {
	case TRAFFIC_PEER_UP:
		knock(traffic, tuple, entry);
		break;
	case TRAFFIC_PEER_SILENT:
		wait_for_answer(traffic, tuple, entry);
		break;
	case TRAFFIC_PEER_DOWN:
		traffic_give_back(traffic, tuple, entry.port);
		break;
	}
}

void traffic_send_again(struct traffic *traffic, struct connections *tuple)
{
	struct entry entry = queue_remove(&tuple->unanswered, tuple->unanswered.head);

	/* ETIMEDOUT */
	if (entry.n_syns == N_SYNS) {
		traffic_give_back(traffic, tuple, entry.port);
		return;
	}
	entry.n_syns++;
	traffic_answer(traffic, tuple, entry);
}

sw_usec traffic_next_accept(const struct backlog *backlog)
{
	sw_usec came;

	if (queue_length(&backlog->waiting) == 0 || backlog->accepts_per_s == 0)
		return NEVER;
	came = backlog->waiting.list[backlog->waiting.head].at;
	return came > backlog->next_accept ? came : backlog->next_accept;
}

void traffic_accept(struct traffic *traffic, struct connections *tuple)
{
	struct backlog *backlog = &tuple->backlog;

	open_up(traffic, tuple, queue_remove(&backlog->waiting, backlog->waiting.head));
	backlog->accepted = traffic->now;
	backlog->next_accept =
		traffic->now + (sw_usec)((double)SW_USEC_PER_SEC / backlog->accepts_per_s);
}

void traffic_meet_stray(struct traffic *traffic, struct connections *tuple)
{
	struct backlog *backlog = &tuple->backlog;

	backlog->n_drops++;
	backlog->next_stray =
		traffic->now + (sw_usec)((double)SW_USEC_PER_SEC / backlog->strays_per_s);
}

void traffic_set_accepts(struct traffic *traffic, size_t number, double per_s)
{
	struct connections *tuple = &traffic->tuples[number];
	struct backlog *backlog = &tuple->backlog;

	backlog->accepts_per_s = per_s;
	backlog->next_accept = traffic->now;
	while (per_s < 0 && queue_length(&backlog->waiting) > 0)
		open_up(traffic, tuple, queue_remove(&backlog->waiting, backlog->waiting.head));
}

void traffic_set_backlog(struct traffic *traffic, size_t number, uint32_t limit)
{
	traffic->tuples[number].backlog.limit = limit;
}

void traffic_set_strays(struct traffic *traffic, size_t number, double per_s)
{
	struct backlog *backlog = &traffic->tuples[number].backlog;

	backlog->strays_per_s = per_s;
	backlog->next_stray = per_s > 0 ? traffic->now : NEVER;
}

static void give_all_back(struct traffic *traffic, struct connections *tuple, struct queue *queue)
{
	while (queue_length(queue) > 0)
		traffic_give_back(traffic, tuple, queue_remove(queue, queue->head).port);
}

/* Who is not let in waits again. */
static void answer_all(struct traffic *traffic, struct connections *tuple)
{
	struct queue all = tuple->unanswered;

	tuple->unanswered = (struct queue){ 0 };
	while (queue_length(&all) > 0)
		traffic_answer(traffic, tuple, queue_remove(&all, all.head));
	free(all.list);
}

void traffic_set_peer(struct traffic *traffic, size_t number, enum traffic_peer peer)
{
	struct connections *tuple = &traffic->tuples[number];

	tuple->peer = peer;
	if (peer == TRAFFIC_PEER_UP)
		answer_all(traffic, tuple);
	if (peer != TRAFFIC_PEER_DOWN)
		return;
	give_all_back(traffic, tuple, &tuple->unanswered);
	give_all_back(traffic, tuple, &tuple->backlog.waiting);
	give_all_back(traffic, tuple, &tuple->open);
	give_all_back(traffic, tuple, &tuple->held);
}
