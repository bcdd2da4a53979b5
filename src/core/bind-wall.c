/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Whether bind(0) is in use has been found out before: core/bind-evidence.h. */

#include "sockwatch/bind-wall.h"

#include <string.h>

#include "base/mem.h"

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
		.critical_hold = input->limits.critical_hold,
	};

	whole.n_by_state[SW_TCP_TIME_WAIT] = source->n_time_wait;
	whole.n_taken_time_wait = SW_MIN(source->n_time_wait, whole.n_taken);
	memcpy(whole.n_by_age, source->n_by_age, sizeof(whole.n_by_age));
	sw_forecast_compute(&forecast, &ret->forecast);
}

static enum sw_level level_of(const struct sw_bind_wall *wall)
{
	const struct sw_ephemeral_limits *limits = &wall->limits;
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
		.n_time_wait = input->source->n_time_wait,
		.n_destinations = input->n_destinations,
		.n_fullest = input->n_fullest,
		.in_use = input->source->binds,
		.limits = input->limits,
		.max_severity = input->max_severity,
		.level = SW_LEVEL_OK,
	};
	ret->utilization = ret->capacity == 0 ? 1 : 1 - (double)ret->free / ret->capacity;
	forecast(input, ret);
	if (ret->in_use)
		ret->level = level_of(ret);
	ret->wheel_s = input->wheel.turn_s;
}

void sw_bind_wall_outlook(const struct sw_bind_wall *wall, struct sw_outlook *ret)
{
	*ret = (struct sw_outlook){
		.tuple.source = wall->source,
		.of_bind = true,
		.range = wall->capacity,
		.capacity = wall->capacity,
		.used = wall->capacity - wall->free,
		.free = wall->free,
		.free_low = wall->free,
		.utilization = wall->utilization,
		.own = wall->utilization,
		.held = wall->n_sockets - SW_MIN(wall->n_time_wait, wall->n_sockets),
		.time_wait = wall->n_time_wait,
		.n_fullest = wall->n_fullest,
		.wheel_s = wall->wheel_s,
		.forecast = wall->forecast,
		.limits = wall->limits,
		.max_severity = wall->max_severity,
		.level = wall->level,
	};
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
