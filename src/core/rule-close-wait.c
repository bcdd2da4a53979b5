/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * CLOSE_WAIT lasts from the peer's close to the program's own. There are always some; a program
 * that forgets to close has ever more. So the least of each slot of time counts: it must never
 * fall, and be higher after each third of the time, which a pool that is dropped at once is not.
 */

#include "core/rules.h"

enum {
	MAX_ROWS = 256,
	N_SLOTS = 10,
};

/* Readings end a slot, so it may be longer than it should. */
struct slot {
	sw_usec began;
	uint32_t least;
};

struct row {
	struct sw_past_head head;
	sw_usec beyond;    /* since when there are too many; 0 = there are not */
	sw_usec last;      /* the reading before */
	sw_usec slot_usec; /* how long a slot is */
	struct slot present;
	uint32_t n;
	struct slot slots[N_SLOTS]; /* that have ended, the oldest first */
};

int sw_rule_close_wait_init(struct sw_past *past)
{
	return sw_past_init(past, sizeof(struct row), MAX_ROWS);
}

static void end_slot(struct row *row)
{
	if (row->n == N_SLOTS) {
		for (int i = 1; i < N_SLOTS; i++)
			row->slots[i - 1] = row->slots[i];
		row->n--;
	}
	row->slots[row->n++] = row->present;
}

static void learn(struct row *row, uint32_t n, const struct sw_rules *limits,
		  const struct sw_inquiry *inquiry)
{
	sw_usec now = inquiry->now.boot, slot_usec = limits->close_wait.growing / N_SLOTS;
	sw_usec max_gap = inquiry->max_gaps[SW_SCOPE_WHOLE];

	/* Of a time that nobody saw nothing is known: it begins anew. */
	if (row->last == 0 || row->slot_usec != slot_usec ||
	    (max_gap > 0 && now - row->last > max_gap)) {
		row->beyond = 0;
		row->slot_usec = slot_usec;
		row->present = (struct slot){ now, n };
		row->n = 0;
	}
	row->last = now;
	if (n < limits->close_wait.count)
		row->beyond = 0;
	else if (row->beyond == 0)
		row->beyond = now;
	if (n < row->present.least)
		row->present.least = n;
	if (now - row->present.began < slot_usec)
		return;
	end_slot(row);
	row->present = (struct slot){ now, n };
}

static bool grows(const struct row *row)
{
	enum { THIRD = (N_SLOTS - 1) / 3 };

	if (row->n < N_SLOTS)
		return false;
	for (int i = 1; i < N_SLOTS; i++)
		if (row->slots[i].least < row->slots[i - 1].least)
			return false;
	for (int i = THIRD; i < N_SLOTS; i += THIRD)
		if (row->slots[i].least == row->slots[i - THIRD].least)
			return false;
	return true;
}

static double growth_per_s(const struct row *row)
{
	const struct slot *first = &row->slots[0], *last = &row->slots[N_SLOTS - 1];

	if (row->n < N_SLOTS || last->least < first->least)
		return 0;
	return (last->least - first->least) /
	       ((double)(last->began - first->began) / SW_USEC_PER_SEC);
}

/* `subject` has its destination: that of a tuple, or where somebody listens. */
static void judge(struct sw_past *past, const struct sw_inquiry *inquiry,
		  const struct sw_tuple *subject, uint32_t n, const struct sw_outlook *outlook)
{
	struct sw_finding finding = sw_rule_finding(inquiry, SW_RULE_CLOSE_WAIT);
	sw_usec now = inquiry->now.boot;
	const struct sw_rules *limits;
	struct row *row;
	bool found;

	limits = sw_settings_at(inquiry->evidence->settings, SW_RULE_CLOSE_WAIT,
				&subject->destination, subject->port, &finding.max_severity);
	/* Rows are few: they are for those that have come half of the way. */
	if (n < limits->close_wait.count / 2.0)
		return;
	row = sw_past_obtain(past, subject, now);
	if (row == NULL)
		return;
	learn(row, n, limits, inquiry);
	found = row->beyond != 0 && now - row->beyond >= limits->close_wait.age && grows(row);
	/* Those that no longer become more are still there: only few are the end of it. */
	finding.signs = sw_signs_beyond(n, limits->close_wait.count);
	finding.signs.warned = false;
	finding.signs.wanted = found;
	finding.signs.at_once = found ? SW_LEVEL_WARNING : SW_LEVEL_OK;
	finding.subject.tuple = *subject;
	finding.weight = n;
	finding.outlook = outlook;
	finding.facts = (struct sw_facts){
		.count = n,
		.per_s = growth_per_s(row),
		.span_usec = row->beyond == 0 ? 0 : now - row->beyond,
	};
	inquiry->take(inquiry->sink, &finding);
}

static void judge_port(struct sw_past *past, const struct sw_inquiry *inquiry,
		       const struct sw_port_tally *port)
{
	const struct sw_tuple subject = { .destination = port->listener, .port = port->port };
	uint32_t n = port->n_by_state[SW_TCP_CLOSE_WAIT];
	struct sw_outlook outlook = { .tuple = subject, .ownership.cgroups = port->cgroups };

	/* Of a listener that is gone, nobody knows where it was. */
	if (n == 0 || port->role != SW_PORT_LISTENING || port->listener.family == 0)
		return;
	judge(past, inquiry, &subject, n, &outlook);
}

void sw_rule_close_wait(struct sw_past *past, const struct sw_inquiry *inquiry)
{
	const struct sw_report *report = inquiry->evidence->report;

	for (size_t i = 0; i < report->n_ports; i++)
		judge_port(past, inquiry, report->ports[i]);
	for (size_t i = 0; i < report->n_outlooks; i++) {
		const struct sw_outlook *outlook = &report->outlooks[i];

		judge(past, inquiry, &outlook->tuple, outlook->n_by_state[SW_TCP_CLOSE_WAIT],
		      outlook);
	}
	sw_past_forget(past, inquiry->now.boot);
}
