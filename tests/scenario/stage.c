/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What is there, and what happens to it: a timeline's parties and changes. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "scenario/run.h"

/* One row of the index. */
struct place {
	struct sw_tuple tuple; /* the key */
	uint32_t number;
};

size_t run_find(const struct run *run, const struct sw_tuple *tuple)
{
	const struct place *place = sw_table_find(&run->index, tuple);

	if (place == NULL)
		abort();
	return place->number;
}

size_t run_find_binder(const struct run *run)
{
	for (size_t i = 0; i < run->n_subjects; i++)
		if (run->timeline->parties[run->subjects[i].party].binds)
			return i;
	return run->n_subjects;
}

size_t run_find_listener(const struct run *run, const struct sw_tuple *tuple)
{
	for (size_t i = 0; i < run->n_subjects; i++) {
		const struct subject *subject = &run->subjects[i];

		if (run->timeline->parties[subject->party].here &&
		    subject->tuple.port == tuple->port &&
		    memcmp(&subject->tuple.destination, &tuple->destination,
			   sizeof(tuple->destination)) == 0)
			return i;
	}
	abort();
}

size_t run_party_of(const struct run *run, const struct sw_alert *alert)
{
	const struct sw_tuple *tuple = &alert->subject.tuple;

	if (alert->n_grouped > 0)
		return PARTY_GROUP;
	switch (sw_subject_kind(alert->rule, &alert->subject)) {
	case SW_SUBJECT_TUPLE:
	case SW_SUBJECT_PEER:
		return run->subjects[run_find(run, tuple)].party;
	case SW_SUBJECT_ENDPOINT:
		return run->subjects[run_find_listener(run, tuple)].party;
	case SW_SUBJECT_ADDRESS: /* all have one, that of the host */
	case SW_SUBJECT_NAME:
		break;
	}
	if (alert->rule == SW_RULE_BLIND)
		return PARTY_BLIND;
	return alert->rule == SW_RULE_HOOK_FAILED ? PARTY_HOOK : PARTY_HOST;
}

struct life *run_life_of(struct run *run, const struct sw_alert *alert)
{
	const struct sw_tuple *tuple = &alert->subject.tuple;

	if (alert->n_grouped > 0)
		return &run->groups[alert->rule];
	switch (sw_subject_kind(alert->rule, &alert->subject)) {
	case SW_SUBJECT_TUPLE:
	case SW_SUBJECT_PEER:
		return &run->subjects[run_find(run, tuple)].lives[alert->rule];
	case SW_SUBJECT_ENDPOINT:
		return &run->subjects[run_find_listener(run, tuple)].listening[alert->rule];
	case SW_SUBJECT_ADDRESS: /* all have one, that of the host */
	case SW_SUBJECT_NAME:
		break;
	}
	return &run->names[alert->rule];
}

static void add_tuple(struct run *run, size_t party, const struct sw_tuple *tuple)
{
	uint32_t number = (uint32_t)traffic_add(run->traffic, tuple);
	void *row;

	if (run->timeline->parties[party].here)
		traffic_set_here(run->traffic, number, run->timeline->parties[party].inbound);
	if (run->timeline->parties[party].binds)
		traffic_set_binds(run->traffic, number);
	if (sw_table_obtain(&run->index, tuple, &row) < 0 || run->index.n_rows != number + 1) {
		fprintf(stderr, "%s: %s: the same tuple is there twice\n", run->timeline->path,
			run->timeline->parties[party].name);
		exit(2);
	}
	((struct place *)row)->number = number;
	run->subjects[run->n_subjects++] = (struct subject){
		.party = party,
		.tuple = *tuple,
		.unheeded = RUN_NEVER,
		.lives[SW_RULE_EPHEMERAL_PORTS].critical_since = RUN_NEVER,
		.unfounded = RUN_NEVER,
	};
}

/* The next address: the last four bytes count up. */
static void count_up(struct sw_addr *addr)
{
	for (size_t i = addr->family == SW_IPV4 ? 4 : 16; i-- > 0 && ++addr->bytes[i] == 0;)
		continue;
}

void stage_populate(struct run *run)
{
	const struct timeline *timeline = run->timeline;

	size_t n = 0;

	for (size_t i = 0; i < timeline->n_parties; i++)
		n += timeline->parties[i].n;
	run->subjects = calloc(n + 1, sizeof(*run->subjects));
	if (run->subjects == NULL)
		abort();
	sw_table_init(&run->index, sizeof(struct place), sizeof(struct sw_tuple),
		      TIMELINE_MAX_NAMES * UINT16_MAX, 1);
	for (size_t i = 0; i < timeline->n_parties; i++) {
		struct sw_tuple tuple = timeline->parties[i].tuple;

		run->first_failure[i] = run->first_critical[i] = RUN_NEVER;
		for (uint32_t k = 0; k < timeline->parties[i].n; k++) {
			add_tuple(run, i, &tuple);
			count_up(&tuple.destination);
		}
	}
}

void stage_set_reuse(struct run *run, unsigned int tw_reuse)
{
	run->tw_reuse = tw_reuse;
	traffic_set_reuse(run->traffic, tw_reuse);
}

static void apply_to_party(struct run *run, const struct change *change)
{
	for (size_t i = 0; i < run->n_subjects; i++) {
		if (run->subjects[i].party != change->party)
			continue;
		run->subjects[i].touched = change->at;
		switch (change->kind) {
		case CHANGE_RATE:
			traffic_set_rate(run->traffic, i, change->rate);
			break;
		case CHANGE_LASTS:
			traffic_set_duration(run->traffic, i, change->lasts);
			break;
		case CHANGE_HELD:
			traffic_set_held(run->traffic, i, change->held);
			break;
		case CHANGE_FORGOTTEN:
			traffic_set_forgotten(run->traffic, i, change->held);
			break;
		case CHANGE_PEER:
			traffic_set_peer(run->traffic, i, (enum traffic_peer)change->peer);
			break;
		case CHANGE_ACCEPTS:
			traffic_set_accepts(run->traffic, i, change->rate);
			break;
		case CHANGE_BACKLOG:
			traffic_set_backlog(run->traffic, i, change->held);
			break;
		case CHANGE_STRAYS:
			traffic_set_strays(run->traffic, i, change->rate);
			break;
		case CHANGE_REUSE:
		case CHANGE_SIGHT:
		case CHANGE_RESTART:
		case CHANGE_RANGE:
		case CHANGE_CLOCK:
		case CHANGE_SLEEP:
		case CHANGE_COUNTERS:
		case CHANGE_HOOK:
			abort();
		}
	}
}

/* Something is new to every tuple, or to those who look. */
static void touch_all(struct run *run, sw_usec at)
{
	for (size_t i = 0; i < run->n_subjects; i++)
		run->subjects[i].touched = at;
}

void stage_apply(struct run *run, const struct change *change)
{
	switch (change->kind) {
	case CHANGE_RATE:
	case CHANGE_LASTS:
	case CHANGE_HELD:
	case CHANGE_FORGOTTEN:
	case CHANGE_PEER:
	case CHANGE_ACCEPTS:
	case CHANGE_BACKLOG:
	case CHANGE_STRAYS:
		apply_to_party(run, change);
		break;
	case CHANGE_REUSE:
		stage_set_reuse(run, change->tw_reuse);
		touch_all(run, change->at);
		break;
	case CHANGE_SIGHT:
		run->fails = change->fails;
		touch_all(run, change->at);
		break;
	case CHANGE_RESTART:
		run_restart_engine(run);
		touch_all(run, change->at);
		break;
	case CHANGE_RANGE:
		run->low = change->low;
		run->high = change->high;
		traffic_set_range(run->traffic, change->low, change->high);
		touch_all(run, change->at);
		break;
	case CHANGE_CLOCK:
		run->clock_ahead += change->back ? -change->lasts : change->lasts;
		break;
	case CHANGE_SLEEP:
		traffic_sleep(run->traffic, change->lasts);
		run->wakes = change->at + change->lasts;
		touch_all(run, run->wakes);
		break;
	case CHANGE_COUNTERS:
		run->counters_ahead = change->counters - traffic_n_overflows(run->traffic);
		break;
	case CHANGE_HOOK:
		run->hook.failing = change->fails;
		run->hook.gone = change->gone;
		break;
	}
}
