/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Model: random traffic of a host, by the kernel's rules and with nothing of how it is judged.
 * Sockets open, close from either side, sit in TIME_WAIT until a turn of the wheel, are reused, are
 * bound and idle; a server in the same namespace accepts and closes.
 */

#include "sockwatch/planner.h"
#include "sockwatch/reading.h"

enum { MODEL_N_TUPLES = 4, MODEL_MAX_PORTS = 28232 };

enum socket_state { NONE, LIVE, CLOSED };

/* One port of one tuple. */
struct slot {
	enum socket_state state;
	sw_usec closed; /* to TIME_WAIT */
};

struct party {
	struct slot slots[MODEL_MAX_PORTS];
	uint32_t next; /* a port that may be free */
	uint32_t n_live;
	/* What it does at present. */
	double opens_per_s, closes_per_s;
	bool we_close_first;
	sw_usec until;
};

struct model {
	uint64_t random;
	uint32_t n_ports;
	bool reuse;
	bool pools; /* and nothing else */
	sw_usec now;
	struct party parties[MODEL_N_TUPLES];
	uint32_t n_bound; /* idle, on ports of their own */
	struct sw_counters counters;
	double served_per_s;
};

/* Time goes by. */
void model_advance(struct model *model, sw_usec span);

/* Traffic alone goes on for as long, while the clock stands. */
void model_go_on(struct model *model, sw_usec span);

/* A whole reading. To be freed. */
struct sw_reading *model_dump(const struct model *model);

/* One of hot tuples after `before`, as io/attempt.c makes it. To be freed. */
struct sw_reading *model_dump_hot(const struct model *model, struct sw_reading *before,
				  const struct sw_hot *hot, const struct sw_settings *settings);
