/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Timeline: what one scenario file says. Its grammar stands at the top of test-scenario.c. */

#include "sockwatch/engine.h"

#define TIMELINE_MAX_NAMES 16
#define TIMELINE_MAX_CHANGES 4096
#define TIMELINE_MAX_EXPECTATIONS 128
#define TIMELINE_NAME_SIZE 16

/* The first names are there without any tuple, for the alerts that are of none: that of the tuples
 * beyond MaxActive, that nothing can be read, that of the only hook there is, and those of the
 * whole host. */
enum {
	PARTY_GROUP,
	PARTY_BLIND,
	PARTY_HOOK,
	PARTY_HOST,
	N_OWN_PARTIES,
};

/* One name: a tuple, or a row of them with destination addresses that count up. */
struct party {
	char name[TIMELINE_NAME_SIZE];
	struct sw_tuple tuple; /* the first */
	uint32_t n;
	bool here;    /* the destination is this host, too ... */
	bool inbound; /* ... or it alone */
	bool binds;   /* its address, before it connects */
};

enum change_kind {
	CHANGE_RATE,
	CHANGE_LASTS,
	CHANGE_HELD,
	CHANGE_FORGOTTEN,
	CHANGE_PEER,
	CHANGE_ACCEPTS,
	CHANGE_BACKLOG,
	CHANGE_STRAYS,
	/* These are of no party. */
	CHANGE_REUSE,
	CHANGE_SIGHT,
	CHANGE_RESTART,
	CHANGE_RANGE,
	CHANGE_CLOCK,
	CHANGE_SLEEP,
	CHANGE_COUNTERS,
	CHANGE_HOOK,
};

struct change {
	sw_usec at;
	size_t party;
	enum change_kind kind;
	double rate;   /* of connects, of what is accepted, or of strays */
	sw_usec lasts; /* or how far the clock goes, or how long the machine sleeps */
	uint32_t held; /* or forgotten, or a backlog */
	unsigned int tw_reuse;
	bool fails; /* readings do from now on, or the hook */
	bool gone;  /* the hook is */
	bool back;  /* that way the clock goes */
	int peer;   /* enum traffic_peer */
	uint64_t counters;
	uint16_t low, high;
	sw_usec every, until; /* 0 = once */
	unsigned int line;
};

enum expectation_kind {
	EXPECT_EVENT,
	EXPECT_FAILURE,  /* a connect finds no port */
	EXPECT_FOREWARN, /* critical, so long before the first failure */
};

struct expectation {
	enum expectation_kind kind;
	size_t party;
	enum sw_rule rule;
	enum sw_event_state state;
	enum sw_level severity; /* OK = any */
	sw_usec after, by;      /* both inclusive */
	sw_usec ahead;
	unsigned int line;
	char text[96];
};

struct timeline {
	const char *path;
	uint16_t low, high;
	unsigned int tw_reuse; /* to begin with */
	uint32_t max_buckets;
	enum sw_rule rule; /* the one that is asked, besides blind ... */
	bool all_rules;    /* ... or all are */
	sw_usec interval;
	sw_usec start;
	sw_usec end;
	unsigned int n_noisy;      /* runs at random besides the regular one */
	unsigned int n_noisy_full; /* with SW_TEST_FULL=1 */
	struct party parties[TIMELINE_MAX_NAMES];
	size_t n_parties;
	struct change changes[TIMELINE_MAX_CHANGES];
	size_t n_changes;
	struct expectation expectations[TIMELINE_MAX_EXPECTATIONS];
	size_t n_expectations;
};

/* Reads a file. Says on stderr everything that is wrong with it, as file:line, and returns false
 * then. `path` must outlive the timeline. */
bool timeline_read(struct timeline *timeline, const char *path);
