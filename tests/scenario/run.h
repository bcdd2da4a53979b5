/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Run: what is known while one scenario plays once, and what has come out so
 * far. stage.c lets happen what the timeline says; run.c looks and judges as the
 * daemon does; checks.c holds every step to what must always be true; verdict.c
 * compares the whole with what was expected.
 */

#include "base/table.h"
#include "scenario/timeline.h"
#include "scenario/traffic.h"
#include "sockwatch/ledger.h"
#include "sockwatch/report.h"

/* A moment that has not come. */
#define RUN_NEVER UINT64_MAX

/* An alert as its events have told it. */
struct life {
	uint64_t alert_id;
	enum sw_level firing; /* its severity; OK = it does not fire */
	sw_usec since;
	sw_usec critical_since; /* RUN_NEVER = it is not */
};

/* One tuple. */
struct subject {
	size_t party;
	struct sw_tuple tuple;
	struct life lives[SW_N_RULES];     /* of its own alerts */
	struct life listening[SW_N_RULES]; /* of those of its destination, where that is here */
	sw_usec unfounded;      /* when it was critical for nothing but what is yet to come */
	uint32_t n_live_first;  /* at the first reading */
	sw_usec touched;        /* when something was last changed that matters to it */
	sw_usec looked_ahead;   /* when the forecast was last held against what will be */
	sw_usec exhausted;      /* the last reading, if nothing was free; else 0 */
	sw_usec exhausted_usec; /* for so long since the last episode, between readings */
	uint32_t peak;          /* most ports in use since the last episode */
	sw_usec unheeded;       /* the first failure that no critical alert has answered */
};

struct outcome {
	struct sw_event event;
	size_t party;
	sw_usec at;
};

struct run {
	const struct timeline *timeline;
	unsigned int seed; /* 0 = nothing is left to chance */
	bool trace;
	sw_usec began; /* the first reading */
	sw_usec now;
	sw_usec before; /* the reading before */
	unsigned int tw_reuse;
	uint16_t low, high;      /* ip_local_port_range */
	bool fails;              /* readings do */
	sw_usec wakes;           /* the machine; before, nothing happens */
	sw_usec clock_ahead;     /* that of the wall, of what it would be; modulo 2^64 */
	uint64_t counters_ahead; /* likewise */
	struct sw_hook_report hook;
	uint64_t n_overflows;         /* by the last reading */
	sw_usec overflowed;           /* when it was more than before */
	struct sw_settings *settings; /* owned */
	struct traffic *traffic;
	struct sw_engine *engine;
	struct sw_trends *trends;
	struct sw_ledger *ledger;
	struct sw_table index; /* from tuple to number */
	struct subject *subjects;
	size_t n_subjects;
	struct life groups[SW_N_RULES], names[SW_N_RULES]; /* of alerts that are of no tuple */
	struct outcome *outcomes;
	size_t n_outcomes;
	sw_usec first_failure[TIMELINE_MAX_NAMES];
	sw_usec first_critical[TIMELINE_MAX_NAMES];
	uint64_t last_sequence;
	unsigned int n_complaints;
};

/* Plays the timeline once. Returns whether all was as expected. */
bool run_play(const struct timeline *timeline, unsigned int seed, bool with_trace);

/* A new engine takes over from the old one; what the daemon keeps are the alerts that fire. */
void run_restart_engine(struct run *run);

/* The timeline's tuples, with no connections yet. */
void stage_populate(struct run *run);

/* tcp_tw_reuse from now on. */
void stage_set_reuse(struct run *run, unsigned int tw_reuse);

/* Lets happen what is to happen now. */
void stage_apply(struct run *run, const struct change *change);

/* Seconds, for people. */
double run_seconds(sw_usec usec);

/* The number of a tuple; the program ends if it is none of ours. */
size_t run_find(const struct run *run, const struct sw_tuple *tuple);

/* That of a tuple of which only the destination is known: where one listens, that is enough. */
size_t run_find_listener(const struct run *run, const struct sw_tuple *tuple);

/* A tuple that binds; n_subjects when there is none. */
size_t run_find_binder(const struct run *run);

/* Says once more that something is wrong: "FILE: run 3: at 65.0s: ...". */
void run_complain(struct run *run, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* What must be true of each outlook, whatever happens. */
void checks_of_outlook(struct run *run, const struct sw_outlook *outlook);

/* What must be true of bind(), where a tuple binds. */
void checks_of_wall(struct run *run, const struct sw_bind_wall *wall);

/* Whose alert this is: a number of the timeline's parties. */
size_t run_party_of(const struct run *run, const struct sw_alert *alert);

/* What its events have told before. */
struct life *run_life_of(struct run *run, const struct sw_alert *alert);

/* What must be true of each event after those before. Keeps the alert's life. */
void checks_of_event(struct run *run, const struct sw_event *event);

/* Has it a cause? */
void causes_of_event(struct run *run, const struct sw_event *event);

/* A connect of the tuple has failed: whatever foretold it was right. */
void causes_of_failure(struct run *run, size_t number);

/* Nothing more will happen. */
void causes_of_end(struct run *run);

/* What must be true when a step is done. */
void checks_of_step(struct run *run);

/* Do the outcomes differ from what the file expects? Then it is said how. */
void verdict(struct run *run);
