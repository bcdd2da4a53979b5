/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* How far off a tuple is from what the rule ephemeral-ports finds. */

#include "sockwatch/fence.h"

#include <math.h>

#include "base/mem.h"
#include "sockwatch/report.h"

/* How much more than its mean over 5 s a rate can seem to be, alone and as it is projected. */
#define SEEMS 5
#define AMPLIFIED 12

/* The forecast looks at so many seconds or more, unless ports are reused earlier. */
#define WINDOW_S 5.0

enum { SLOTS_PER_SEC = 1000 / SW_AGE_SLOT_MSEC };

struct sw_fence sw_fence_nearer(const struct sw_fence *a, const struct sw_fence *b)
{
	return (struct sw_fence){
		.room = SW_MIN(a->room, b->room),
		.room_small = fmin(a->room_small, b->room_small),
		.every = fmin(a->every, b->every),
		.large = fmin(a->large, b->large),
	};
}

/* The most TIME_WAIT that came within any window of `least` slots or more, as a rate. */
static double past_rate(const struct sw_tuple_tally *tally, uint32_t least, uint32_t n_slots)
{
	double n = 0, most = 0;

	for (uint32_t i = 0; i < n_slots; i++) {
		n += tally->n_by_age[i];
		if (i + 1 >= least)
			most = fmax(most, n * SLOTS_PER_SEC / (i + 1));
	}
	return most;
}

/*
 * How many sockets may close within 5 s so that what is projected of them, and of those before,
 * neither meets the capacity nor goes beyond Warning in the long run. What may be opened until
 * then is taken off.
 */
static double closes_left(const struct sw_outlook *outlook, double past_per_s, double opens)
{
	bool reuse = outlook->reuse != SW_REUSE_NONE;
	double life =
		reuse ? outlook->reuse_delay_s : SW_TIME_WAIT_MSEC / 1000.0 + outlook->wheel_s;
	double window = reuse ? fmin(fmax(life, 1.0 / SLOTS_PER_SEC), WINDOW_S) : WINDOW_S;
	double usable = (double)outlook->range - outlook->reserved;
	double held = SW_MIN(outlook->held, outlook->used);
	double till_failure = outlook->capacity - outlook->used - opens;
	double till_warning =
		outlook->capacity - (1 - outlook->limits.warning) * usable - held - opens;

	till_failure = (till_failure / life / AMPLIFIED - past_per_s) * window;
	till_warning = (till_warning / life / SEEMS - past_per_s) * window;
	return fmin(till_failure, till_warning);
}

struct sw_fence sw_fence_around(const struct sw_outlook *outlook,
				const struct sw_tuple_tally *tally, double opens)
{
	int64_t line = (int64_t)floor(outlook->limits.notice * outlook->capacity);
	uint32_t n_slots = SW_AGE_N_SLOTS, least = (uint32_t)WINDOW_S * SLOTS_PER_SEC;
	struct sw_fence fence = SW_FENCE_OPEN;
	double closes;

	/* What is left at the line has to be a port. */
	line = SW_MIN(line, (int64_t)outlook->capacity - 1);
	fence.room = line - (int64_t)outlook->used;
	if (outlook->reuse != SW_REUSE_NONE) {
		n_slots = SW_MIN((uint32_t)ceil(outlook->reuse_delay_s * SLOTS_PER_SEC), n_slots);
		least = SW_MIN(least, n_slots);
	}
	closes = closes_left(outlook, past_rate(tally, least, n_slots),
			     fmin((double)fence.room, opens * outlook->capacity));
	fence.every = closes;
	/* Where there are few live sockets, it takes new ones to close that many. */
	if (outlook->held <= closes / 2)
		fence.room_small = closes - outlook->held;
	else
		fence.large = closes;
	return fence;
}

struct sw_fence sw_fence_around_unlisted(const struct sw_report *report,
					 const struct sw_settings *settings, double opens)
{
	const struct sw_reading *reading = report->reading;
	const struct sw_port_space *space = &reading->space;
	uint64_t n_unlisted = sw_tally_totals(reading->tally)->n_tuple_overflow;
	struct sw_outlook unlisted = {
		.range = space->n_range,
		.reserved = space->n_reserved,
		.capacity = space->capacity,
		.held = (uint32_t)SW_MIN(n_unlisted, UINT16_MAX),
		.used = (uint32_t)SW_MIN(n_unlisted, UINT16_MAX),
		.wheel_s = report->wheel.turn_s,
		.limits = settings->rules.ephemeral_ports,
	};
	/* They may have come to TIME_WAIT just now. */
	const struct sw_tuple_tally just_now = { .n_by_age = { (uint16_t)unlisted.held } };
	struct sw_fence fence = sw_fence_around(&unlisted, &just_now, opens), other;

	for (uint32_t i = 0; i < settings->n_overrides; i++) {
		if (settings->overrides[i].rule != SW_RULE_EPHEMERAL_PORTS)
			continue;
		unlisted.limits = settings->overrides[i].rules.ephemeral_ports;
		other = sw_fence_around(&unlisted, &just_now, opens);
		fence = sw_fence_nearer(&fence, &other);
	}
	return fence;
}
