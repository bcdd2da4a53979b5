/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Whether bind(0) is used is seen in three ways: sockets that are or were bound and
 * idle, ports of the parity that bind(0) prefers, and sockets to several destinations
 * that share no port, where those of connect() would.
 */

#include "sockwatch/bind-wall.h"

#include <string.h>

#include "base/mem.h"

/* Ports shared by chance have to be expected in this number before their absence says anything. */
enum { ENOUGH_SHARED = 20 };

/* Suspect sockets that are worth a word. */
enum { ENOUGH_SUSPECTS = 10 };

/* Ports that connect() could choose and that this address has a socket on. */
static uint32_t n_distinct(const struct sw_bind_wall_input *input)
{
	const struct sw_port_space *space = input->space;
	struct sw_portset ports = input->source->ports;

	sw_portset_subtract(&ports, &space->reserved);
	sw_portset_subtract(&ports, &space->blocked);
	return sw_portset_count(&ports, space->low, space->high);
}

/*
 * connect() begins at another place for each destination, so two of them with a and b
 * sockets share about a * b / n of the n ports it tries first; bind(0) shares none.
 */
static bool shares_too_few(const struct sw_bind_wall_input *input)
{
	const struct sw_bind_wall_tuples *tuples = &input->tuples;
	double n = tuples->n_taken;
	uint32_t distinct = n_distinct(input);
	double shared = tuples->n_taken > distinct ? n - distinct : 0;
	double expected;

	if (input->space->capacity_parity == 0)
		return false;
	expected = (n * n - tuples->sum_of_squares) / 2 / input->space->capacity_parity;
	return expected >= ENOUGH_SHARED && shared < expected / 4;
}

static bool is_in_use(const struct sw_bind_wall_input *input)
{
	const struct sw_source_tally *source = input->source;
	uint64_t n_seen = (uint64_t)source->n_idle + source->n_bound;
	uint32_t n_suspects = input->tuples.n_suspects;

	/* One program among many that binds is a matter of its own few ports. */
	if (n_seen > 0 && 100 * n_seen >= source->n_outgoing)
		return true;
	if (n_suspects >= ENOUGH_SUSPECTS && 2 * n_suspects >= input->tuples.n_taken)
		return true;
	return shares_too_few(input);
}

/* The address as one tuple towards everybody, whose TIME_WAIT is never reused. */
static void forecast(const struct sw_bind_wall_input *input, struct sw_bind_wall *ret)
{
	const struct sw_source_tally *source = input->source;
	struct sw_tuple_tally whole = {
		.n_total = source->n_outgoing + source->n_idle,
		.n_taken = ret->capacity - ret->free,
	};
	struct sw_forecast_input forecast = {
		.tally = &whole,
		.capacity = ret->capacity,
		.usable = ret->capacity,
		.time_wait_room = input->time_wait_room,
		.wheel = input->wheel,
		.critical_hold = input->limits->critical_hold,
	};

	whole.n_by_state[SW_TCP_TIME_WAIT] = source->n_time_wait;
	whole.n_taken_time_wait = SW_MIN(source->n_time_wait, whole.n_taken);
	memcpy(whole.n_by_age, source->n_by_age, sizeof(whole.n_by_age));
	sw_forecast_compute(&forecast, &ret->forecast);
}

static enum sw_level level_of(const struct sw_bind_wall *wall,
			      const struct sw_ephemeral_limits *limits)
{
	double soon = (double)limits->critical_in / SW_USEC_PER_SEC;

	if (wall->free == 0)
		return SW_LEVEL_EXHAUSTED;
	if (wall->utilization > limits->critical || wall->forecast.exhausted_in_sustained_s <= soon)
		return SW_LEVEL_CRITICAL;
	return wall->utilization > limits->warning ? SW_LEVEL_WARNING : SW_LEVEL_OK;
}

void sw_bind_wall_compute(const struct sw_bind_wall_input *input, struct sw_bind_wall *ret)
{
	*ret = (struct sw_bind_wall){
		.source = input->source->addr,
		.capacity = input->space->n_range - input->space->n_reserved,
		.free = sw_tally_bind_free(input->tally, input->source),
		.n_sockets = input->source->n_outgoing,
		.in_use = is_in_use(input),
		.level = SW_LEVEL_OK,
	};
	ret->utilization = ret->capacity == 0 ? 1 : 1 - (double)ret->free / ret->capacity;
	forecast(input, ret);
	if (ret->in_use)
		ret->level = level_of(ret, input->limits);
}

int sw_bind_wall_compare(const void *a, const void *b)
{
	const struct sw_bind_wall *left = a, *right = b;

	if (left->level != right->level)
		return left->level > right->level ? -1 : 1;
	if (left->n_sockets != right->n_sockets)
		return left->n_sockets > right->n_sockets ? -1 : 1;
	return memcmp(&left->source, &right->source, sizeof(left->source));
}
