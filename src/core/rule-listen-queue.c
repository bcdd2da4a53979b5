/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Accept queues that are full. Three things tell of it, and none alone will do:
 *
 *   The queue, but only while it is full.
 *   ListenOverflows counts everybody who finds a queue full, but not whose it is.
 *   The drops of a listener are these, and segments that belong to no connection besides: a
 *   port scan with RST or FIN raises them as well (tcp_rcv_state_process, LISTEN).
 *
 * So a listener has overflowed where its drops have risen, ListenOverflows has too, and either its
 * queue was seen full or there were more overflows than all others have dropped. Counters and
 * listeners are not read at the same moment, so the counter is read before and after: how many
 * there were between two readings of the listeners is known to lie between two numbers. Kernels
 * that do not tell drops: where its queue is full and ListenOverflows has risen.
 *
 * Nobody accepts: a full queue takes nobody in. As long as those who wait are the same, none
 * was accepted. Of several listeners on one port they are looked at together.
 */

#include "base/mem.h"
#include "core/rules.h"

enum {
	MAX_ROWS = 256,
	N_MINUTES = 5,
};

#define MINUTE (60 * SW_USEC_PER_SEC)

struct row {
	struct sw_past_head head;
	uint64_t drops;
	bool full;
	bool waiting_known;
	uint64_t waiting;                /* while it is full: which connections */
	sw_usec since;                   /* since when it has been full and nobody accepted, ... */
	sw_usec until;                   /* ... as of the latest reading that tells */
	sw_usec last;                    /* the reading before */
	uint64_t minute;                 /* the present one, since boot */
	uint64_t n_overflows[N_MINUTES]; /* in the present one, and those before */
};

int sw_rule_listen_queue_init(struct sw_listen_queue_memory *memory)
{
	*memory = (struct sw_listen_queue_memory){ 0 };
	return sw_past_init(&memory->past, sizeof(struct row), MAX_ROWS);
}

void sw_rule_listen_queue_deinit(struct sw_listen_queue_memory *memory)
{
	sw_past_deinit(&memory->past);
}

static struct sw_tuple subject_of(const struct sw_listener_tally *listener)
{
	return (struct sw_tuple){ .destination = listener->addr, .port = listener->port };
}

/* What a listener has dropped since the reading before. One that was not known then had dropped
 * nothing. */
static uint64_t dropped(const struct sw_listen_queue_memory *memory,
			const struct sw_listener_tally *listener, sw_usec now)
{
	const struct sw_tuple subject = subject_of(listener);
	struct row *row;
	uint64_t before;

	if (listener->queue.drops == 0)
		return 0;
	row = sw_past_find(&memory->past, &subject);
	/* It must not make way for one that is new. */
	if (row != NULL)
		row->head.seen = now;
	before = row != NULL ? row->drops : memory->knows_all ? 0 : listener->queue.drops;
	/* Of several that share an address one may have gone, and its drops with it. */
	return listener->queue.drops > before ? listener->queue.drops - before : 0;
}

/* What happened in the whole namespace since the reading before. */
struct since_before {
	uint64_t n_overflows_min, n_overflows_max;
	uint64_t n_drops; /* of all listeners */
};

static uint64_t risen(const struct sw_figure *before, const struct sw_figure *now)
{
	return before->known && now->known && now->value > before->value
		       ? now->value - before->value
		       : 0;
}

static struct since_before look(const struct sw_listen_queue_memory *memory,
				const struct sw_inquiry *inquiry)
{
	const struct sw_reading *reading = inquiry->evidence->report->reading;
	const struct sw_kernel *kernel = &reading->kernel;
	struct since_before since = {
		.n_overflows_min = risen(&memory->overflows_after, &kernel->listen_overflows),
		.n_overflows_max = risen(&memory->overflows, &kernel->listen_overflows_after),
	};

	for (uint32_t i = 0; i < sw_tally_n_listeners(reading->tally); i++)
		since.n_drops +=
			dropped(memory, sw_tally_listener(reading->tally, i), inquiry->now.boot);
	return since;
}

/* How many of the overflows were this listener's. */
static uint64_t overflowed(const struct since_before *since, const struct row *row,
			   const struct sw_accept_queue *queue, uint64_t n_drops)
{
	uint64_t others = since->n_drops - n_drops;

	if (!queue->drops_known)
		return sw_accept_queue_is_full(queue) ? since->n_overflows_max : 0;
	if (row->full || sw_accept_queue_is_full(queue))
		return SW_MIN(n_drops, since->n_overflows_max);
	return since->n_overflows_min > others ? SW_MIN(n_drops, since->n_overflows_min - others)
					       : 0;
}

/* In one of the minutes that are looked at: also of a listener that tells no drops, or is another
 * one by now. */
static bool has_overflowed(const struct row *row, sw_usec now)
{
	uint64_t gone = now / MINUTE - row->minute;

	for (uint64_t i = 0; i + gone < N_MINUTES; i++)
		if (row->n_overflows[i] > 0)
			return true;
	return false;
}

static void note_overflows(struct row *row, uint64_t n, sw_usec now)
{
	uint64_t minute = now / MINUTE, gone = minute - row->minute;

	for (uint64_t i = N_MINUTES; i > 0; i--)
		row->n_overflows[i - 1] = i > gone ? row->n_overflows[i - 1 - gone] : 0;
	row->minute = minute;
	row->n_overflows[0] += n;
}

static void note_queue(struct row *row, const struct sw_accept_queue *queue, uint64_t waiting,
		       const struct sw_inquiry *inquiry)
{
	sw_usec now = inquiry->now.boot, max_gap = inquiry->max_gaps[SW_SCOPE_HOT];
	bool full = sw_accept_queue_is_full(queue);

	/* While nobody looked, the host may have slept. */
	if (!full || !row->full || (max_gap > 0 && now - row->last > max_gap))
		row->waiting_known = false;
	/* A narrow reading does not tell who waits. */
	if (inquiry->evidence->scope == SW_SCOPE_WHOLE) {
		if (!row->waiting_known || waiting != row->waiting)
			row->since = now;
		row->waiting_known = full;
		row->waiting = waiting;
		row->until = now;
	}
	row->full = full;
	row->last = now;
	row->drops = queue->drops;
}

static void judge(const struct row *row, const struct sw_listener_tally *listener,
		  const struct sw_port_tally *port, uint64_t n_overflows,
		  const struct sw_inquiry *inquiry)
{
	struct sw_finding finding = sw_rule_finding(inquiry, SW_RULE_LISTEN_QUEUE);
	struct sw_outlook outlook = { .tuple = subject_of(listener),
				      .ownership.cgroups = port->cgroups };
	uint64_t n_recent = 0, n_minutes = 0;
	const struct sw_rules *limits;
	sw_usec stuck = row->waiting_known ? row->until - row->since : 0;

	limits = sw_settings_at(inquiry->evidence->settings, SW_RULE_LISTEN_QUEUE, &listener->addr,
				listener->port, &finding.max_severity);
	for (int i = 0; i < N_MINUTES; i++) {
		n_recent += row->n_overflows[i];
		n_minutes += row->n_overflows[i] > 0;
	}
	if (stuck >= limits->listen_queue.stuck)
		finding.signs.at_once = SW_LEVEL_CRITICAL;
	else if (n_minutes >= limits->listen_queue.overflow_minutes)
		finding.signs.at_once = SW_LEVEL_WARNING;
	finding.signs.wanted = row->full || finding.signs.at_once > SW_LEVEL_OK;
	finding.signs.calm = !row->full && n_overflows == 0;
	finding.signs.calm_as_notice = finding.signs.calm;
	finding.subject.tuple = outlook.tuple;
	finding.weight = (double)n_recent + (finding.signs.at_once == SW_LEVEL_CRITICAL ? 1e9 : 0);
	finding.outlook = &outlook;
	finding.facts = (struct sw_facts){
		.count = listener->queue.queued,
		.limit = listener->queue.limit,
		.per_s = (double)n_recent / (N_MINUTES * 60),
		.span_usec = finding.signs.at_once == SW_LEVEL_CRITICAL ? stuck : 0,
	};
	inquiry->take(inquiry->sink, &finding);
}

/* Returns false where there was no room to remember it. */
static bool look_at(struct sw_listen_queue_memory *memory, const struct sw_listener_tally *listener,
		    const struct since_before *since, const struct sw_inquiry *inquiry)
{
	const struct sw_tally *tally = inquiry->evidence->report->reading->tally;
	const struct sw_port_tally *port =
		sw_tally_find_port(tally, listener->port, SW_PORT_LISTENING);
	const struct sw_accept_queue *queue = &listener->queue;
	const struct sw_tuple subject = subject_of(listener);
	uint64_t n_drops, n_overflows;
	struct row *row;

	if (port == NULL)
		return false;
	/* Of most there is nothing to remember. */
	row = sw_past_find(&memory->past, &subject);
	if (queue->drops == 0 && !sw_accept_queue_is_full(queue) &&
	    (row == NULL || !has_overflowed(row, inquiry->now.boot)))
		return true;
	n_drops = dropped(memory, listener, inquiry->now.boot);
	row = sw_past_obtain(&memory->past, &subject, inquiry->now.boot);
	if (row == NULL)
		return false;
	n_overflows = overflowed(since, row, queue, n_drops);
	note_overflows(row, n_overflows, inquiry->now.boot);
	note_queue(row, queue, port->waiting, inquiry);
	judge(row, listener, port, n_overflows, inquiry);
	return true;
}

void sw_rule_listen_queue(struct sw_listen_queue_memory *memory, const struct sw_inquiry *inquiry)
{
	const struct sw_reading *reading = inquiry->evidence->report->reading;
	const struct since_before since = look(memory, inquiry);
	bool knows_all = sw_tally_totals(reading->tally)->n_listener_overflow == 0;

	for (uint32_t i = 0; i < sw_tally_n_listeners(reading->tally); i++)
		knows_all &= look_at(memory, sw_tally_listener(reading->tally, i), &since, inquiry);
	sw_past_forget(&memory->past, inquiry->now.boot);
	memory->knows_all = knows_all;
	memory->overflows = reading->kernel.listen_overflows;
	memory->overflows_after = reading->kernel.listen_overflows_after;
}
