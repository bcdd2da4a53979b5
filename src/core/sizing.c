/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Four divisions. They stand together so that no two answers can differ.
 */

#include "sockwatch/sizing.h"

#include <math.h>

#include "sockwatch/tally.h"

double sw_sizing_life_s(bool reuse, double wheel_s, double delay_s)
{
	return reuse ? delay_s : SW_TIME_WAIT_MSEC / 1000.0 + wheel_s;
}

double sw_sizing_ceiling_per_s(double n_ports, double n_held, double life_s)
{
	return fmax(n_ports - n_held, 0) / life_s;
}

double sw_sizing_failing_share(double rate_per_s, double ceiling_per_s)
{
	return rate_per_s > ceiling_per_s ? 1 - ceiling_per_s / rate_per_s : 0;
}

/* As a count of things there can be at most `most` of; 0 beyond. */
static uint32_t whole(double n, uint32_t most)
{
	double up = ceil(n);

	return up >= 1 && up <= most ? (uint32_t)up : 0;
}

void sw_sizing_compute(const struct sw_sizing_input *input, struct sw_sizing *ret)
{
	enum { MOST = 1000000 };
	double life_s = input->hold_s + input->life_s;
	double passing = input->rate_per_s * life_s; /* ports of connections that come and go */
	double room = input->enough * input->capacity - input->n_held;
	double room_for_closed; /* of all pairs, beside what is open */

	*ret = (struct sw_sizing){
		.ceiling_per_s = input->n_pairs *
				 sw_sizing_ceiling_per_s(input->capacity, input->n_held, life_s),
		.used = passing / input->n_pairs + input->n_held,
	};
	ret->utilization = input->capacity == 0 ? INFINITY : ret->used / input->capacity;
	ret->failing = sw_sizing_failing_share(input->rate_per_s, ret->ceiling_per_s);
	if (ret->utilization <= input->enough)
		return;
	ret->enough_ports = whole(ret->used / input->enough, UINT16_MAX);
	if (room <= 0)
		return;
	ret->enough_pairs = whole(passing / room, MOST);
	room_for_closed = room * input->n_pairs - input->rate_per_s * input->hold_s;
	if (room_for_closed > 0)
		ret->enough_requests =
			whole(input->rate_per_s * input->life_s / room_for_closed, MOST);
}
