/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Reading: what one look at the kernel brought. It is complete or it is not;
 * an incomplete one has no tally at all, so that a part of the sockets can
 * never pass for all of them, and says in `problems` what failed and why.
 */

#include "sockwatch/hot.h"
#include "sockwatch/kernel.h"
#include "sockwatch/tally.h"
#include "sockwatch/time.h"
#include "sockwatch/trends.h"
#include "sockwatch/units.h"
#include "sockwatch/wheel.h"

struct sw_problem {
	char what[48];
	char why[208];
};
#define SW_READING_MAX_PROBLEMS 8

/* "what: why" as one text, with everything masked that could steer a terminal. */
#define SW_PROBLEM_TEXT_SIZE 264
const char *sw_problem_format(const struct sw_problem *problem, char buffer[SW_PROBLEM_TEXT_SIZE]);

/* Identity of a network namespace. 0 = unknown. */
struct sw_netns {
	uint64_t inode; /* of /proc/self/ns/net; given to another namespace once this one is gone */
	uint64_t cookie; /* SO_NETNS_COOKIE, since Linux 5.14; unique until the next boot */
};

/* What of the sockets a reading counted anew; the rest is older (sockwatch/narrow.h). */
enum sw_scope {
	SW_SCOPE_WHOLE,  /* all */
	SW_SCOPE_TUPLES, /* tuples and listeners */
	SW_SCOPE_HOT,    /* hot tuples (sockwatch/hot.h) and listeners */
	SW_N_SCOPES,
};

struct sw_reading {
	struct sw_now began;
	sw_usec duration_usec;
	bool complete;
	enum sw_scope scope;
	sw_usec rest_age;             /* how old is what it did not count anew */
	struct sw_hot hot;            /* with SW_SCOPE_HOT */
	struct sw_problem spoiled_by; /* why it is not complete */
	struct sw_problem problems[SW_READING_MAX_PROBLEMS];
	size_t n_problems;
	struct sw_jiffies jiffies;
	char host[SW_UTS_SIZE];
	struct sw_netns netns;
	struct sw_kernel kernel;
	int route_error; /* negative errno of the route to the destination asked for; 0 = there is
			    one */
	bool range_known;
	struct sw_reuse_rule reuse;
	struct sw_port_space
		space; /* valid with range_known; what blocks ports only in a complete reading */
	struct sw_tally *tally;         /* owned; NULL unless complete */
	struct sw_ifnames ifnames;      /* owned */
	const struct sw_trends *trends; /* borrowed; NULL = there was no reading before */
	const struct sw_units *units;   /* borrowed; NULL = it is not known who owns sockets */
};

/* A new reading with nothing in it. Returns 0 or -ENOMEM. */
int sw_reading_new(struct sw_reading **ret);
void sw_reading_free(struct sw_reading *reading);

/* Adds a problem; beyond SW_READING_MAX_PROBLEMS the rest is dropped. `why` is a format. */
void sw_reading_add_problem(struct sw_reading *reading, const char *what, const char *why, ...)
	__attribute__((format(printf, 3, 4)));

/* Marks the reading incomplete, says why as a problem, and drops what was counted. */
void sw_reading_spoil(struct sw_reading *reading, const char *what, const char *why, ...)
	__attribute__((format(printf, 3, 4)));

/* The reuse rule that these sysctls make. What is unknown counts as off: then `free` is rather too
 * low. */
struct sw_reuse_rule sw_reuse_rule_of(const struct sw_kernel *kernel);
