/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Sizing: how many closes a second some ports sustain, and how many ports some
 * closes need. The one place for that arithmetic: what a reading shows, what an
 * advice promises and what `sockwatch plan` calculates go by it.
 *
 * In the steady state a pair of addresses has rate * life ports in TIME_WAIT
 * (Little's law), and as many more as connections are open.
 */

#include <stdbool.h>
#include <stdint.h>

/* How long a close keeps its port: 60 s and the turn of the timer wheel, or the delay of the reuse
 * that is in force. Seconds. */
double sw_sizing_life_s(bool reuse, double wheel_s, double delay_s);

/* Closes a second that `n_ports` sustain for ever beside `n_held` open connections. */
double sw_sizing_ceiling_per_s(double n_ports, double n_held, double life_s);

/* Part of the connects that fail at this rate: 0 up to the ceiling. */
double sw_sizing_failing_share(double rate_per_s, double ceiling_per_s);

struct sw_sizing_input {
	double rate_per_s; /* closes, over all pairs */
	uint32_t n_pairs;  /* source addresses times destinations, at least 1; the load is spread
			      evenly */
	uint32_t capacity; /* ports that connect() may choose from, of each pair */
	double n_held;     /* connections of each pair that stay open */
	double hold_s;     /* how long each of the others is open */
	double life_s;     /* sw_sizing_life_s() */
	double enough;     /* share of the capacity that is not to be exceeded */
};

struct sw_sizing {
	double ceiling_per_s; /* over all pairs */
	double used;          /* ports of a pair in the steady state; may be over its capacity */
	double utilization;   /* `used` as a share of the capacity; may be over 1 */
	double failing;       /* share of connects that fail */
	/* What would be enough, each alone; 0 = there is not so much of it, or none is needed. */
	uint32_t enough_pairs;
	uint32_t enough_ports;    /* of each pair */
	uint32_t enough_requests; /* over one connection, where it is now one each */
};

void sw_sizing_compute(const struct sw_sizing_input *input, struct sw_sizing *ret);
