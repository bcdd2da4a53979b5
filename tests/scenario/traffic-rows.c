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

		*card = (struct card){ number, queue->list[i].port, 0, state };
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

/* One card for each socket, shuffled. */
static void lay_cards(struct traffic *traffic)
{
	size_t n = 1;

	for (size_t i = 0; i < traffic->n_tuples; i++)
		n += queue_length(&traffic->tuples[i].open) +
		     queue_length(&traffic->tuples[i].time_wait) +
		     queue_length(&traffic->tuples[i].held);
	traffic->cards =
		ports_grow(traffic->cards, &traffic->n_cards_allocated, n, sizeof(*traffic->cards));
	traffic->n_cards = 0;
	for (uint32_t i = 0; i < traffic->n_tuples; i++) {
		add_cards(traffic, i, &traffic->tuples[i].open, SW_TCP_ESTABLISHED);
		add_cards(traffic, i, &traffic->tuples[i].time_wait, SW_TCP_TIME_WAIT);
		add_held_cards(traffic, i);
	}
	for (size_t i = traffic->n_cards; i > 1; i--) {
		size_t other = traffic_draw(&traffic->random) % i;
		struct card card = traffic->cards[other];

		traffic->cards[other] = traffic->cards[i - 1];
		traffic->cards[i - 1] = card;
	}
}

void traffic_show(struct traffic *traffic, void (*sink)(void *userdata, const struct sw_sock *sock),
		  void *userdata)
{
	lay_cards(traffic);
	for (size_t i = 0; i < traffic->n_cards; i++) {
		const struct card *card = &traffic->cards[i];
		const struct sw_tuple *tuple = &traffic->tuples[card->tuple].tuple;
		struct sw_sock sock = {
			.local = tuple->source,
			.remote = tuple->destination,
			.local_port = card->port,
			.remote_port = (uint16_t)tuple->port,
			.state = card->state,
			.mini = card->state == SW_TCP_TIME_WAIT,
			.expires_ms = card->expires_ms,
		};

		sink(userdata, &sock);
	}
}
