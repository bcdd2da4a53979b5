/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Counts are taken as Poisson: n events say that the true number lies within two roots of
 * n. A projection walks the curve of used ports in half seconds, the resolution of the
 * ages, for one lifetime of a TIME_WAIT; after that nothing changes any more.
 */

#include "sockwatch/forecast.h"

#include <math.h>

#include "base/mem.h"
#include "sockwatch/sizing.h"

enum {
	SLOTS_PER_SEC = 1000 / SW_AGE_SLOT_MSEC,
	MIN_WINDOW_SLOTS = 5 * SLOTS_PER_SEC,
	MIN_EVENTS =
		30, /* a rate from fewer is too much of a guess: 30 are within a fifth, mostly */
};

/* Arrivals in the youngest slots, and over how long. */
struct window {
	uint64_t n;
	uint32_t n_slots;
};

static double seconds_of(uint32_t n_slots)
{
	return (double)n_slots / SLOTS_PER_SEC;
}

static struct window widen(const uint64_t *n_by_age, uint32_t max_slots)
{
	struct window window = { 0 };

	while (window.n_slots < max_slots &&
	       (window.n_slots < MIN_WINDOW_SLOTS || window.n < MIN_EVENTS))
		window.n += n_by_age[window.n_slots++];
	return window;
}

static double rate_of(struct window window)
{
	return window.n_slots == 0 ? 0 : (double)window.n / seconds_of(window.n_slots);
}

/* Two standard deviations of a Poisson count below what was seen. */
static double low_rate_of(struct window window)
{
	double n = (double)window.n - 2 * sqrt((double)window.n);

	return window.n_slots == 0 || n <= 0 ? 0 : n / seconds_of(window.n_slots);
}

double sw_forecast_rate(const uint64_t n_by_age[SW_AGE_N_SLOTS])
{
	return rate_of(widen(n_by_age, SW_AGE_N_SLOTS));
}

/* The rate to go on with: what the younger half shows, if that cannot be chance (two standard
 * deviations). */
static double present_rate(const uint64_t *n_by_age, struct window window)
{
	struct window younger = { .n_slots = (window.n_slots + 1) / 2 };

	for (uint32_t i = 0; i < younger.n_slots; i++)
		younger.n += n_by_age[i];
	if (younger.n_slots > 0 && (double)younger.n + 2 * sqrt((double)younger.n) <
					   rate_of(window) * seconds_of(younger.n_slots))
		return rate_of(younger);
	return rate_of(window);
}

/* The low rate of the `n_slots` slots that begin `start` slots ago; 0 where the record does not go
 * back that far. */
static double low_rate_at(const uint64_t *n_by_age, uint32_t start, uint32_t n_slots)
{
	struct window window = { .n_slots = n_slots };

	if (start + n_slots > SW_AGE_N_SLOTS)
		return 0;
	for (uint32_t i = start; i < start + n_slots; i++)
		window.n += n_by_age[i];
	return low_rate_of(window);
}

/* The least that may be coming in now. The younger half counts on its own: a burst that is over is
 * no rate. */
static double low_rate_now(const uint64_t *n_by_age, uint32_t n_slots)
{
	return fmin(low_rate_at(n_by_age, 0, n_slots), low_rate_at(n_by_age, 0, (n_slots + 1) / 2));
}

/*
 * The least that has been coming in for all of the last `hold_slots`: every half
 * window of them counts on its own, so that a pause is seen wherever it lies.
 */
static double low_rate_sustained(const uint64_t *n_by_age, uint32_t n_slots, uint32_t hold_slots)
{
	uint32_t half = (n_slots + 1) / 2;
	double lowest = low_rate_now(n_by_age, n_slots);

	for (uint32_t start = half; half > 0 && start <= hold_slots; start += half)
		lowest = fmin(lowest, low_rate_at(n_by_age, start, half));
	return lowest;
}

/* Everything the projection needs, in seconds and ports. */
struct curve {
	const uint64_t *n_by_age;
	double capacity;
	double used;            /* now, reusable ones not counted */
	double share;           /* of the tuple's TIME_WAIT that sits on ports of the capacity */
	double life;            /* how long a new TIME_WAIT will take its port away */
	double room;            /* TIME_WAIT that may be added at most */
	uint32_t counted_slots; /* TIME_WAIT older than these slots is reusable and not in `used` */
};

/* How long from now until the TIME_WAIT of slot `i` gives its port back. The slot's oldest goes
 * first. */
static double leaves_in(const struct curve *curve, uint32_t i)
{
	return fmax(curve->life - seconds_of(i + 1), 0);
}

/* Ports given back within `t` seconds. */
static double released(const struct curve *curve, double t)
{
	double n = 0;

	for (uint32_t i = 0; i < curve->counted_slots; i++) {
		double elapsed = (t - leaves_in(curve, i)) * SLOTS_PER_SEC;

		n += (double)curve->n_by_age[i] * fmin(fmax(elapsed, 0), 1);
	}
	/* Overdue ones go with the next turn of the wheel, at the latest in life - 60 s. */
	if (curve->counted_slots == SW_AGE_N_SLOTS && t >= curve->life - SW_TIME_WAIT_MSEC / 1000.0)
		n += (double)curve->n_by_age[SW_AGE_OVERDUE];
	return n * curve->share;
}

static double used_at(const struct curve *curve, double rate, double t)
{
	double grown = rate * curve->share * fmin(t, curve->life) - released(curve, t);

	return curve->used + fmin(grown, curve->room);
}

static double exhausted_in(const struct curve *curve, double rate)
{
	double before = curve->used, after;

	if (curve->used >= curve->capacity)
		return 0;
	/* Of most tuples it is plain without looking at the curve, even if nothing left. */
	if (curve->used + fmin(rate * curve->share * curve->life, curve->room) < curve->capacity)
		return SW_NEVER;
	for (uint32_t slot = 1; seconds_of(slot - 1) < curve->life; slot++) {
		after = used_at(curve, rate, seconds_of(slot));
		if (after >= curve->capacity)
			return seconds_of(slot) -
			       seconds_of(1) * (after - curve->capacity) / (after - before);
		before = after;
	}
	return SW_NEVER;
}

/* Seconds until no more than `to` ports are used, if nothing more comes. The oldest leave first. */
static double drained_in(const struct curve *curve, double to)
{
	double left = curve->used;

	if (left <= to)
		return 0;
	if (curve->counted_slots == SW_AGE_N_SLOTS)
		left -= (double)curve->n_by_age[SW_AGE_OVERDUE] * curve->share;
	if (left <= to)
		return leaves_in(curve, SW_AGE_N_SLOTS - 1);
	for (uint32_t i = curve->counted_slots; i-- > 0;) {
		double n = (double)curve->n_by_age[i] * curve->share;

		if (left - n <= to)
			return leaves_in(curve, i) + seconds_of(1) * (left - to) / n;
		left -= n;
	}
	return SW_NEVER;
}

/* Seconds until the youngest TIME_WAIT that keeps a port gives it back. */
static double emptied_in(const struct curve *curve)
{
	for (uint32_t i = 0; i < curve->counted_slots; i++)
		if (curve->n_by_age[i] > 0)
			return curve->life - seconds_of(i);
	return curve->counted_slots == SW_AGE_N_SLOTS && curve->n_by_age[SW_AGE_OVERDUE] > 0
		       ? curve->life - SW_TIME_WAIT_MSEC / 1000.0
		       : 0;
}

static struct curve curve_of(const struct sw_forecast_input *input, const uint64_t *n_by_age)
{
	const struct sw_tuple_tally *tally = input->tally;
	uint32_t n_time_wait = tally->n_by_state[SW_TCP_TIME_WAIT];
	struct curve curve = {
		.n_by_age = n_by_age,
		.capacity = input->capacity,
		.used = tally->n_taken - tally->n_taken_reusable,
		.share = n_time_wait == 0 ? 1 : (double)tally->n_taken_time_wait / n_time_wait,
		.life = sw_sizing_life_s(input->reuse, input->wheel.turn_s,
					 input->reuse_delay_msec / 1000.0),
		.room = input->time_wait_room == UINT64_MAX ? INFINITY
							    : (double)input->time_wait_room,
		.counted_slots = SW_AGE_N_SLOTS,
	};

	if (input->reuse) {
		curve.counted_slots =
			(input->reuse_delay_msec + SW_AGE_SLOT_MSEC - 1) / SW_AGE_SLOT_MSEC;
		curve.counted_slots = SW_MIN(curve.counted_slots, SW_AGE_N_SLOTS);
	}
	return curve;
}

void sw_forecast_compute(const struct sw_forecast_input *input, struct sw_forecast *ret)
{
	uint64_t n_by_age[SW_AGE_N_SLOTS + 1];
	struct curve curve = curve_of(input, n_by_age);
	double held = (double)input->tally->n_taken - input->tally->n_taken_time_wait;
	uint32_t hold_slots =
		(uint32_t)(input->critical_hold / (SW_AGE_SLOT_MSEC * SW_USEC_PER_MSEC));
	struct window window;
	double steady;

	for (uint32_t i = 0; i <= SW_AGE_N_SLOTS; i++)
		n_by_age[i] = input->tally->n_by_age[i];
	/* Reuse takes the older ones away, so only those too young to be reused tell the rate. */
	window = widen(n_by_age, curve.counted_slots);

	*ret = (struct sw_forecast){
		.rate_per_s = rate_of(window),
		.present_per_s = present_rate(n_by_age, window),
		.ceiling_per_s = sw_sizing_ceiling_per_s(curve.capacity, held, curve.life),
		.heading_known = window.n > 0 && input->usable > 0,
	};
	steady = held + fmin(ret->present_per_s * curve.share * curve.life,
			     input->tally->n_taken_time_wait + curve.room);
	if (ret->heading_known)
		ret->heading_to = 1 - (curve.capacity - steady) / input->usable;
	ret->exhausted_in_s = exhausted_in(&curve, ret->present_per_s);
	ret->exhausted_in_low_s = exhausted_in(&curve, low_rate_now(n_by_age, window.n_slots));
	ret->halved_in_s = drained_in(&curve, curve.capacity / 2);
	ret->drained_in_s = emptied_in(&curve);
	/* Under reuse the record is too short to show what was sustained. */
	ret->exhausted_in_sustained_s =
		input->reuse ? SW_NEVER
			     : exhausted_in(&curve, low_rate_sustained(n_by_age, window.n_slots,
								       hold_slots));
}
