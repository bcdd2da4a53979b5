/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Two shares, and they are not the same: `utilization` is what connect() cannot get,
 * whoever has it; `own` is what this tuple took, and levels go by that, because ports that
 * others block are no tuple's fault.
 */

#include "sockwatch/outlook.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

const struct sw_ephemeral_limits sw_ephemeral_limits_default = {
	.notice = 0.50, /* the knee: from here each connect() searches half the range first */
	.warning = 0.80,
	.critical = 0.98,
	.critical_in = 60 * SW_USEC_PER_SEC,
	.critical_hold = 10 * SW_USEC_PER_SEC,
	.warning_hold = 120 * SW_USEC_PER_SEC,
	.clear = 300 * SW_USEC_PER_SEC,
};

static double seconds(sw_usec usec)
{
	return (double)usec / SW_USEC_PER_SEC;
}

bool sw_outlook_is_imminent(const struct sw_outlook *outlook,
			    const struct sw_ephemeral_limits *limits)
{
	const struct sw_forecast *forecast = &outlook->forecast;

	/* Without any capacity there is nothing that could run out. */
	if (outlook->capacity == 0)
		return false;
	return (outlook->own > limits->notice && forecast->exhausted_in_low_s <= SW_IMMINENT_SEC) ||
	       forecast->exhausted_in_sustained_s <= seconds(limits->critical_in);
}

static enum sw_level level_of(const struct sw_outlook *outlook,
			      const struct sw_ephemeral_limits *limits)
{
	/* The application has a range of its own, and sock_diag does not tell which. */
	if (outlook->binds == SW_BINDS_EXPLICIT)
		return SW_LEVEL_OK;
	if (outlook->free == 0)
		return SW_LEVEL_EXHAUSTED;
	if (outlook->own > limits->critical || sw_outlook_is_imminent(outlook, limits))
		return SW_LEVEL_CRITICAL;
	/* A heading is a guess from a few seconds until the failure is projected to come for
	 * certain. */
	if (outlook->own > limits->warning ||
	    (outlook->own > limits->notice && outlook->forecast.heading_known &&
	     outlook->forecast.heading_to > limits->warning))
		return SW_LEVEL_WARNING;
	if (outlook->own > limits->notice)
		return SW_LEVEL_NOTICE;
	return SW_LEVEL_OK;
}

/* Ports that count as free and may not be, by what speaks for it. */
static uint32_t n_hidden(const struct sw_outlook_input *input)
{
	uint32_t own = SW_MIN(input->tally->n_suspects, input->n_suspects);

	return input->n_suspects - own + input->tally->n_missed_max +
	       sw_port_space_is_odd(input->space);
}

static enum sw_binds binds_of(const struct sw_tuple_tally *tally)
{
	/* TIME_WAIT tells least of how it began: where there are others, they decide. */
	uint32_t n_live = tally->n_total - tally->n_by_state[SW_TCP_TIME_WAIT];
	uint32_t most = (n_live > 0 ? n_live : tally->n_total) / 10 * 9;

	if (tally->n_numbered > most)
		return SW_BINDS_EXPLICIT;
	if (tally->n_bound > most)
		return SW_BINDS_FIRST;
	return tally->n_numbered + tally->n_bound > 0 ? SW_BINDS_MIXED : SW_BINDS_CONNECT;
}

static void compute_ports(const struct sw_outlook_input *input, struct sw_outlook *ret)
{
	const struct sw_port_space *space = input->space;
	const struct sw_tuple_tally *tally = input->tally;
	uint32_t usable = space->n_range - space->n_reserved;

	ret->range = space->n_range;
	ret->reserved = space->n_reserved;
	ret->blocked = space->n_blocked;
	ret->capacity = space->capacity;
	/* A row may come twice while the kernel's hash chains move; then it is counted twice. */
	ret->used =
		SW_MIN(tally->n_taken - tally->n_taken_reusable + input->n_shared, space->capacity);
	ret->free = ret->capacity - ret->used;
	ret->free_low = ret->free - SW_MIN(ret->free, n_hidden(input));
	ret->used_first = tally->n_used_first;
	ret->slow_connects = tally->n_used_first >= space->capacity_parity;
	/* Ports that others block are lost to every tuple alike: no reason to call each of them
	 * ill. */
	ret->own = space->capacity == 0 ? 0 : (double)ret->used / space->capacity;
	ret->utilization = usable == 0 ? 1 : 1 - (double)ret->free / usable;
}

struct sw_wide_range sw_wide_range_of(const struct sw_port_space *space)
{
	struct sw_wide_range wide = { .low = SW_MIN(space->low, SW_WIDE_RANGE_LOW),
				      .high = UINT16_MAX };

	wide.capacity = sw_port_space_capacity_of(space, wide.low, wide.high);
	return wide;
}

void sw_outlook_compute(const struct sw_outlook_input *input, struct sw_outlook *ret)
{
	const struct sw_tuple_tally *tally = input->tally;
	struct sw_forecast_input forecast = {
		.tally = tally,
		.capacity = input->space->capacity,
		.usable = input->space->n_range - input->space->n_reserved,
		.reuse_delay_msec = input->reuse->delay_msec,
		.time_wait_room = input->time_wait_room,
		.wheel = input->wheel,
		.trend = input->trend,
		.critical_hold = input->limits->critical_hold,
	};

	*ret = (struct sw_outlook){
		.tuple = tally->tuple,
		.time_wait = tally->n_by_state[SW_TCP_TIME_WAIT],
		.binds = binds_of(tally),
		.reusable = tally->n_reusable,
		.reuse = sw_reuse_of(input->reuse, &tally->tuple),
		.limits = *input->limits,
		.max_severity = input->max_severity,
		.wheel_s = input->wheel.turn_s,
		.reuse_delay_s = input->reuse->delay_msec / 1000.0,
		.reuse_possible = input->reuse->timestamps && input->reuse->delay_msec > 0,
		.n_bound = input->n_bound,
		.slow_share = input->trend.slow_share,
		.open_per_s = input->trend.open_per_s,
		.wide = input->wide,
	};
	ret->held = tally->n_total - ret->time_wait;
	memcpy(ret->n_by_state, tally->n_by_state, sizeof(ret->n_by_state));
	memcpy(ret->n_by_retransmits, tally->n_by_retransmits, sizeof(ret->n_by_retransmits));
	compute_ports(input, ret);
	forecast.reuse = ret->reuse != SW_REUSE_NONE;
	sw_forecast_compute(&forecast, &ret->forecast);
	ret->rate_since = sw_onset_since(&ret->forecast.onset, input->wall);
	ret->level = level_of(ret, input->limits);
}

enum sw_cause sw_outlook_cause(const struct sw_outlook *outlook)
{
	uint32_t kept = outlook->time_wait - outlook->reusable;

	if (outlook->of_bind)
		return SW_CAUSE_BIND_ZERO;
	if (outlook->blocked > kept + outlook->held)
		return SW_CAUSE_PORTS_BLOCKED;
	if (kept + outlook->held == 0)
		return SW_CAUSE_NONE;
	return kept > outlook->held ? SW_CAUSE_CLIENT_CLOSES_FIRST : SW_CAUSE_HELD;
}

const char *sw_cause_to_string(enum sw_cause cause)
{
	switch (cause) {
	case SW_CAUSE_NONE:
		return NULL;
	case SW_CAUSE_CLIENT_CLOSES_FIRST:
		return "client-closes-first";
	case SW_CAUSE_HELD:
		return "held";
	case SW_CAUSE_PORTS_BLOCKED:
		return "ports-blocked";
	case SW_CAUSE_BIND_ZERO:
		return "bind-zero";
	}
	abort();
}

int sw_outlook_compare(const void *a, const void *b)
{
	const struct sw_outlook *left = a, *right = b;

	if (left->level != right->level)
		return left->level > right->level ? -1 : 1;
	if (left->used != right->used)
		return left->used > right->used ? -1 : 1;
	return memcmp(&left->tuple, &right->tuple, sizeof(left->tuple));
}

const char *sw_binds_to_string(enum sw_binds binds)
{
	switch (binds) {
	case SW_BINDS_CONNECT:
		return "connect";
	case SW_BINDS_FIRST:
		return "first";
	case SW_BINDS_EXPLICIT:
		return "explicit";
	case SW_BINDS_MIXED:
		return "mixed";
	}
	abort();
}
