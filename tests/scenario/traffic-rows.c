/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The sockets there are, as rows of a dump. */

#include "scenario/traffic-inside.h"

static void add_cards(struct traffic *traffic, uint32_t number, const struct queue *queue,
		      enum sw_tcp_state state)
{
	for (size_t i = queue->head; i < queue->tail; i++) {
		struct card *card = &traffic->cards[traffic->n_cards++];
		uint32_t age = state == SW_TCP_TIME_WAIT
				       ? traffic_age_msec(traffic, queue->list[i].at)
				       : 0;
		uint32_t whole = TIME_WAIT_JIFFIES * JIFFY_MSEC;

		*card = (struct card){ .tuple = number,
				       .port = queue->list[i].port,
				       .serial = queue->list[i].serial,
				       .state = state };
		if (state == SW_TCP_TIME_WAIT && age < whole)
			card->expires_ms = (uint16_t)(whole - age);
	}
}

static void add_held_cards(struct traffic *traffic, uint32_t number)
{
	size_t first = traffic->n_cards;

	add_cards(traffic, number, &traffic->tuples[number].held, SW_TCP_ESTABLISHED);
	for (size_t i = first; i < traffic->n_cards; i++)
		if (i - first < traffic->tuples[number].n_forgotten)
			traffic->cards[i].state = SW_TCP_CLOSE_WAIT;
}

static void add_unanswered_cards(struct traffic *traffic, uint32_t number)
{
	const struct queue *queue = &traffic->tuples[number].unanswered;
	struct card *cards = &traffic->cards[traffic->n_cards];

	add_cards(traffic, number, queue, SW_TCP_SYN_SENT);
	for (size_t i = 0; i < queue_length(queue); i++)
		cards[i].retransmits = queue->list[queue->head + i].n_syns;
}

static void add_waiting_cards(struct traffic *traffic, uint32_t number)
{
	size_t first = traffic->n_cards;

	add_cards(traffic, number, &traffic->tuples[number].backlog.waiting, SW_TCP_ESTABLISHED);
	for (size_t i = first; i < traffic->n_cards; i++)
		traffic->cards[i].waiting = true;
}

/* The ends of this tuple's connections that its peer has, where that is on this host: in addition
 * to ours, or in their place. */
static void add_peers_cards(struct traffic *traffic, size_t first, bool inbound)
{
	size_t end = traffic->n_cards;

	if (inbound)
		traffic->n_cards = first;
	for (size_t i = first; i < end; i++) {
		struct card card = traffic->cards[i];

		if (card.state != SW_TCP_ESTABLISHED && card.state != SW_TCP_CLOSE_WAIT)
			continue;
		card.peers = true;
		/* Who has closed first is at the other end of who forgets to. */
		if (card.state == SW_TCP_CLOSE_WAIT && !inbound)
			card.state = SW_TCP_FIN_WAIT2;
		traffic->cards[traffic->n_cards++] = card;
	}
}

/* One card for each socket, shuffled. */
static void lay_cards(struct traffic *traffic)
{
	size_t n = 1;

	for (size_t i = 0; i < traffic->n_tuples; i++)
		n += queue_length(&traffic->tuples[i].open) +
		     queue_length(&traffic->tuples[i].time_wait) +
		     queue_length(&traffic->tuples[i].held) +
		     queue_length(&traffic->tuples[i].unanswered) +
		     queue_length(&traffic->tuples[i].backlog.waiting);
	traffic->cards = ports_grow(traffic->cards, &traffic->n_cards_allocated, 2 * n,
				    sizeof(*traffic->cards));
	traffic->n_cards = 0;
	for (uint32_t i = 0; i < traffic->n_tuples; i++) {
		size_t first = traffic->n_cards;

		add_cards(traffic, i, &traffic->tuples[i].open, SW_TCP_ESTABLISHED);
		add_cards(traffic, i, &traffic->tuples[i].time_wait, SW_TCP_TIME_WAIT);
		add_held_cards(traffic, i);
		add_unanswered_cards(traffic, i);
		add_waiting_cards(traffic, i);
		if (traffic->tuples[i].here)
			add_peers_cards(traffic, first, traffic->tuples[i].inbound);
	}
	for (size_t i = traffic->n_cards; i > 1; i--) {
		size_t other = traffic_draw(&traffic->random) % i;
		struct card card = traffic->cards[other];

		traffic->cards[other] = traffic->cards[i - 1];
		traffic->cards[i - 1] = card;
	}
}

static struct sw_sock sock_of(const struct traffic *traffic, const struct card *card)
{
	const struct sw_tuple *tuple = &traffic->tuples[card->tuple].tuple;
	struct sw_sock sock = {
		.cookie = 2 * (uint64_t)card->serial + card->peers + 1,
		.local = tuple->source,
		.remote = tuple->destination,
		.local_port = card->port,
		.remote_port = (uint16_t)tuple->port,
		.state = card->state,
		.mini = card->state == SW_TCP_TIME_WAIT,
		.expires_ms = card->expires_ms,
		.retransmits = card->retransmits,
		/* Who waits has no file yet. */
		.inode = card->state != SW_TCP_TIME_WAIT && !(card->waiting && card->peers),
	};

	if (card->peers) {
		sock.local = tuple->destination;
		sock.remote = tuple->source;
		sock.local_port = (uint16_t)tuple->port;
		sock.remote_port = card->port;
	}
	return sock;
}

/* Listeners come first in a dump. */
static void show_listeners(const struct traffic *traffic,
			   void (*sink)(void *userdata, const struct sw_sock *sock), void *userdata)
{
	for (size_t i = 0; i < traffic->n_tuples; i++) {
		const struct sw_tuple *tuple = &traffic->tuples[i].tuple;
		const struct backlog *backlog = &traffic->tuples[i].backlog;
		struct sw_sock sock = {
			.inode = 1,
			.local = tuple->destination,
			.remote.family = tuple->destination.family,
			.local_port = (uint16_t)tuple->port,
			.state = SW_TCP_LISTEN,
			.queued = (uint32_t)queue_length(&backlog->waiting),
			.queue_limit = backlog->limit,
			.drops_known = true,
			.drops = backlog->n_drops,
		};

		if (traffic->tuples[i].here)
			sink(userdata, &sock);
	}
}

void traffic_show(struct traffic *traffic, void (*sink)(void *userdata, const struct sw_sock *sock),
		  void *userdata)
{
	show_listeners(traffic, sink, userdata);
	lay_cards(traffic);
	for (size_t i = 0; i < traffic->n_cards; i++) {
		struct sw_sock sock = sock_of(traffic, &traffic->cards[i]);

		sink(userdata, &sock);
	}
}
