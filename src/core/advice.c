/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Which remedy helps follows from the cause: closes that pile up in TIME_WAIT, sockets
 * that are held, or ports that others block. tcp_tw_recycle is none: it drops the SYNs of
 * clients behind NAT.
 */

#include "sockwatch/advice.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "sockwatch/sizing.h"

/* Blocked ports below this share of the capacity are not worth a word. */
#define UNBLOCK_SHARE 0.05

const char *sw_remedy_id(enum sw_remedy_kind kind)
{
	switch (kind) {
	case SW_REMEDY_KEEPALIVE:
		return "keepalive";
	case SW_REMEDY_TW_REUSE:
		return "tcp-tw-reuse";
	case SW_REMEDY_ADDRESSES:
		return "more-addresses";
	case SW_REMEDY_RANGE:
		return "wider-range";
	case SW_REMEDY_UNBLOCK:
		return "unblock-ports";
	case SW_REMEDY_NO_PORT:
		return "bind-address-no-port";
	case SW_REMEDY_SOURCES:
		return "more-sources";
	case SW_REMEDY_CLOSE:
		return "close-after-peer";
	case SW_REMEDY_ANSWER:
		return "unanswered";
	case SW_REMEDY_POOL:
		return "smaller-pool";
	}
	abort();
}

static const char *text_of(enum sw_remedy_kind kind)
{
	switch (kind) {
	case SW_REMEDY_KEEPALIVE:
		return "keep connections open (nginx: \"keepalive\" in upstream{})";
	case SW_REMEDY_TW_REUSE:
		return "for now: sysctl -w net.ipv4.tcp_tw_reuse=1 (timestamps on)";
	case SW_REMEDY_ADDRESSES:
		return "one more source or destination address";
	case SW_REMEDY_RANGE:
		return "wider range: ip_local_port_range";
	case SW_REMEDY_UNBLOCK:
		return "listen and bind outside the range (ss -Htlan shows who)";
	case SW_REMEDY_NO_PORT:
		return "set IP_BIND_ADDRESS_NO_PORT before bind(address, 0)";
	case SW_REMEDY_SOURCES:
		return "for now: spread over one more source address";
	case SW_REMEDY_CLOSE:
		return "close what the peer has closed (CLOSE_WAIT): a leak";
	case SW_REMEDY_ANSWER:
		return "see why nobody answers (SYN_SENT); time out sooner";
	case SW_REMEDY_POOL:
		return "fewer connections at a time: a smaller pool";
	}
	abort();
}

const char *sw_remedy_format(const struct sw_remedy *remedy, char buffer[SW_REMEDY_TEXT_SIZE])
{
	if (remedy->kind == SW_REMEDY_RANGE)
		snprintf(buffer, SW_REMEDY_TEXT_SIZE, "%s \"%u %u\"", text_of(remedy->kind),
			 remedy->range_low, remedy->range_high);
	else
		snprintf(buffer, SW_REMEDY_TEXT_SIZE, "%s", text_of(remedy->kind));
	return buffer;
}

/* Remedies of one outlook, under construction. */
struct list {
	const struct sw_outlook *outlook;
	struct sw_remedy *remedies;
	size_t n;
};

static struct sw_remedy *add(struct list *list, enum sw_remedy_kind kind)
{
	list->remedies[list->n] = (struct sw_remedy){ .kind = kind, .suffices = true };
	return &list->remedies[list->n++];
}

static void add_ports(struct list *list, enum sw_remedy_kind kind, uint32_t more_ports)
{
	add(list, kind)->more_ports = more_ports;
}

static struct sw_remedy *add_rate(struct list *list, enum sw_remedy_kind kind,
				  double sustains_per_s)
{
	struct sw_remedy *remedy = add(list, kind);

	remedy->sustains_per_s = sustains_per_s;
	remedy->suffices = sustains_per_s >= list->outlook->forecast.present_per_s;
	return remedy;
}

static uint32_t wider_by(const struct sw_outlook *outlook)
{
	return outlook->wide.capacity > outlook->capacity
		       ? outlook->wide.capacity - outlook->capacity
		       : 0;
}

static void name_range(struct sw_remedy *remedy, const struct sw_outlook *outlook)
{
	remedy->range_low = outlook->wide.low;
	remedy->range_high = outlook->wide.high;
}

/* Fewer closes, or a shorter life of each, or more ports for them. */
static void add_for_closes(struct list *list)
{
	const struct sw_outlook *outlook = list->outlook;
	double life_s = sw_sizing_life_s(outlook->reuse != SW_REUSE_NONE, outlook->wheel_s,
					 outlook->reuse_delay_s);
	double ceiling = outlook->forecast.ceiling_per_s;

	add(list, SW_REMEDY_KEEPALIVE)->sustains_per_s = SW_NEVER;
	if (outlook->reuse == SW_REUSE_NONE && outlook->reuse_possible)
		add_rate(list, SW_REMEDY_TW_REUSE,
			 ceiling * life_s /
				 sw_sizing_life_s(true, outlook->wheel_s, outlook->reuse_delay_s));
	/* Another address brings as many ports again, and no open connections to them. */
	add_rate(list, SW_REMEDY_ADDRESSES,
		 ceiling + sw_sizing_ceiling_per_s(outlook->capacity, 0, life_s));
	if (wider_by(outlook) > 0)
		name_range(
			add_rate(list, SW_REMEDY_RANGE,
				 ceiling + sw_sizing_ceiling_per_s(wider_by(outlook), 0, life_s)),
			outlook);
	if (outlook->blocked > UNBLOCK_SHARE * outlook->capacity)
		add_rate(list, SW_REMEDY_UNBLOCK,
			 ceiling + sw_sizing_ceiling_per_s(outlook->blocked, 0, life_s));
}

static void add_range(struct list *list)
{
	const struct sw_outlook *outlook = list->outlook;

	if (wider_by(outlook) == 0)
		return;
	add_ports(list, SW_REMEDY_RANGE, wider_by(outlook));
	name_range(&list->remedies[list->n - 1], outlook);
}

/* What is held goes when it is let go, or where there are more ports. */
static void add_for_held(struct list *list)
{
	const struct sw_outlook *outlook = list->outlook;
	uint32_t close_wait = outlook->n_by_state[SW_TCP_CLOSE_WAIT];
	uint32_t syn_sent = outlook->n_by_state[SW_TCP_SYN_SENT];

	if (close_wait > outlook->held / 2)
		add_ports(list, SW_REMEDY_CLOSE, close_wait);
	if (syn_sent > outlook->held / 2)
		add_ports(list, SW_REMEDY_ANSWER, syn_sent);
	if (list->n == 0)
		add_ports(list, SW_REMEDY_POOL, 1);
	add_ports(list, SW_REMEDY_ADDRESSES, outlook->capacity);
	add_range(list);
}

/* What others block is blocked for every address. */
static void add_for_blocked(struct list *list)
{
	const struct sw_outlook *outlook = list->outlook;
	uint32_t by_binds = SW_MIN(outlook->n_bound, outlook->blocked);

	if (by_binds > 0)
		add_ports(list, SW_REMEDY_NO_PORT, by_binds);
	if (outlook->blocked > by_binds)
		add_ports(list, SW_REMEDY_UNBLOCK, outlook->blocked - by_binds);
	add_range(list);
}

/*
 * connect() chooses a port for each destination alone, so that the fullest one decides what can
 * be had then; nothing that spares TIME_WAIT helps bind().
 */
static void add_for_binds(struct list *list)
{
	const struct sw_outlook *outlook = list->outlook;
	double ceiling = outlook->forecast.ceiling_per_s;
	uint32_t n = outlook->held + outlook->time_wait;

	if (outlook->forecast.present_per_s > 0 && outlook->n_fullest > 0) {
		add_rate(list, SW_REMEDY_NO_PORT, ceiling * n / outlook->n_fullest);
		add_rate(list, SW_REMEDY_SOURCES,
			 ceiling + sw_sizing_ceiling_per_s(
					   outlook->capacity, 0,
					   sw_sizing_life_s(false, outlook->wheel_s, 0)));
		return;
	}
	add_ports(list, SW_REMEDY_NO_PORT,
		  outlook->used - SW_MIN(outlook->n_fullest, outlook->used));
	add_ports(list, SW_REMEDY_SOURCES, outlook->capacity);
}

size_t sw_advice_remedies(const struct sw_outlook *outlook, struct sw_remedy ret[SW_MAX_REMEDIES])
{
	struct list list = { .outlook = outlook, .remedies = ret };

	if (outlook->level == SW_LEVEL_OK || outlook->level == SW_LEVEL_UNKNOWN)
		return 0;
	switch (sw_outlook_cause(outlook)) {
	case SW_CAUSE_PORTS_BLOCKED:
		add_for_blocked(&list);
		break;
	case SW_CAUSE_CLIENT_CLOSES_FIRST:
		add_for_closes(&list);
		break;
	case SW_CAUSE_HELD:
		add_for_held(&list);
		break;
	case SW_CAUSE_BIND_ZERO:
		add_for_binds(&list);
		break;
	case SW_CAUSE_NONE:
		add_range(&list);
		break;
	}
	return list.n;
}
