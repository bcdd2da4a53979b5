/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * A projection walks the curve of used ports from one turn of the timer wheel to the next:
 * in between it only rises, with each turn it falls by what has come to its end. One turn
 * after the last TIME_WAIT of now is gone, nothing changes any more unless something grows.
 */

#include "sockwatch/forecast.h"

#include <math.h>

#include "base/mem.h"
#include "core/arrivals.h"
#include "sockwatch/sizing.h"

enum { SLOTS_PER_SEC = 1000 / SW_AGE_SLOT_MSEC };

/* Tuples that have less of their ports taken are not looked at closely. */
#define CLOSELY 0.01

static double seconds_of(uint32_t n_slots)
{
	return (double)n_slots / SLOTS_PER_SEC;
}

/* Rates that differ by less than this share are of one kind. */
#define CLEARLY 0.25

/* What is less likely than this did not come about by chance. */
#define BY_CHANCE 1e-4

/* What comes from now on. */
struct flow {
	double per_s;       /* new TIME_WAIT */
	double rise_per_s2; /* more of them each second, for rise_s; then as many as by then */
	double rise_s;
	double held_per_s; /* live sockets, for held_s */
	double held_s;
};

/* Everything the projection needs, in seconds and ports. */
struct curve {
	double sums[SW_AGE_N_SLOTS + 1]; /* TIME_WAIT in the youngest i slots */
	double n_overdue;
	double capacity;
	double used;           /* now, reusable ones not counted */
	double share;          /* of the tuple's TIME_WAIT that sits on ports of the capacity ... */
	double n_elsewhere;    /* ... but for these, which are older than all others */
	double life;           /* after which a TIME_WAIT gives its port away ... */
	struct sw_wheel wheel; /* ... with the next turn; under reuse at once */
	bool at_once;
	double longest;         /* that a port can be away */
	double room;            /* TIME_WAIT that may be added at most */
	uint32_t counted_slots; /* TIME_WAIT older than these slots is reusable and not in `used` */
};

/* TIME_WAIT of now that will have come to its end in `t` seconds: the oldest first. */
static double ended(const struct curve *curve, double t)
{
	double left = curve->counted_slots - t * SLOTS_PER_SEC;
	uint32_t slot = left > 0 ? (uint32_t)left : 0;
	double n = curve->sums[curve->counted_slots] - curve->sums[slot];

	if (t <= 0)
		return 0;
	if (left > 0)
		n -= (curve->sums[slot + 1] - curve->sums[slot]) * (left - slot);
	/* The overdue wait for nothing but the next turn. */
	return fmax(n + curve->n_overdue - curve->n_elsewhere, 0);
}

/* New TIME_WAIT within `t` seconds. */
static double arrived(const struct flow *flow, double t)
{
	double rising = fmin(t, flow->rise_s), flat = t - rising;

	return flow->per_s * t + flow->rise_per_s2 * (rising * rising / 2 + rising * flat);
}

/* Ports used in `t` seconds, when what had come to its end in `turn` seconds has left. */
static double used_at(const struct curve *curve, const struct flow *flow, double t, double turn)
{
	double come = arrived(flow, t);
	double gone = ended(curve, turn);

	if (turn > curve->life)
		gone += arrived(flow, turn - curve->life);
	return curve->used + curve->share * (come - gone) +
	       flow->held_per_s * fmin(t, flow->held_s);
}

/* The most that can be used, whenever that is. */
static double most_used(const struct curve *curve, const struct flow *flow)
{
	return curve->used +
	       curve->share * (flow->per_s + flow->rise_per_s2 * flow->rise_s) * curve->longest +
	       flow->held_per_s * flow->held_s;
}

static double exhausted_in(const struct curve *curve, const struct flow *flow)
{
	double end = fmax(fmax(flow->rise_s, flow->held_s), curve->life) + curve->longest;
	double step = curve->at_once ? seconds_of(1) : curve->wheel.turn_s;
	double from = 0, to = curve->at_once ? step : curve->wheel.left_s;

	if (curve->used >= curve->capacity)
		return 0;
	/* Of most tuples it is plain without looking at the curve, even if nothing left. */
	if (fmin(most_used(curve, flow), curve->used + curve->room) < curve->capacity)
		return SW_NEVER;
	while (from < end) {
		double before = used_at(curve, flow, from, from);
		double after = used_at(curve, flow, to, curve->at_once ? to : from);

		if (before >= curve->capacity)
			return from;
		if (after >= curve->capacity)
			return from + (to - from) * (curve->capacity - before) / (after - before);
		from = to;
		to += step;
	}
	return SW_NEVER;
}

/* The first turn in at least `t` seconds. */
static double turn_after(const struct curve *curve, double t)
{
	if (curve->at_once)
		return t;
	return curve->wheel.left_s +
	       fmax(ceil((t - curve->wheel.left_s) / curve->wheel.turn_s), 0) * curve->wheel.turn_s;
}

/* Seconds until no more than `to` ports are used, if nothing more comes. */
static double drained_in(const struct curve *curve, double to)
{
	enum { N_HALVINGS = 16 }; /* of a minute: a millisecond */
	const struct flow nothing = { 0 };
	double early = 0, late = curve->life;

	if (curve->used <= to)
		return 0;
	if (used_at(curve, &nothing, late, late) > to)
		return SW_NEVER;
	for (int i = 0; i < N_HALVINGS; i++) {
		double middle = (early + late) / 2;

		if (used_at(curve, &nothing, middle, middle) > to)
			early = middle;
		else
			late = middle;
	}
	return turn_after(curve, late);
}

/* Seconds until the youngest TIME_WAIT that keeps a port gives it back. */
static double emptied_in(const struct curve *curve)
{
	for (uint32_t i = 0; i < curve->counted_slots; i++)
		if (curve->sums[i + 1] > 0)
			return turn_after(curve, curve->life - seconds_of(i));
	return curve->n_overdue > 0 ? turn_after(curve, 0) : 0;
}

/*
 * TIME_WAIT on other ports is mixed with the rest where the application chooses ports of its own,
 * and older than the rest where the range was another when it came. The latter, once there are so
 * many younger ones that a mixture would hardly have no other among them.
 */
static bool has_range_moved(const struct sw_tuple_tally *tally)
{
	double n = tally->n_by_state[SW_TCP_TIME_WAIT], here = tally->n_taken_time_wait;
	double younger = 0;

	for (uint32_t i = 0; i + 1 < tally->elsewhere; i++)
		younger += tally->n_by_age[i];
	return here > 0 && pow(here / n, younger) < BY_CHANCE;
}

static struct curve curve_of(const struct sw_forecast_input *input)
{
	const struct sw_tuple_tally *tally = input->tally;
	uint32_t n_time_wait = tally->n_by_state[SW_TCP_TIME_WAIT];
	struct curve curve = {
		.capacity = input->capacity,
		.used = tally->n_taken - tally->n_taken_reusable,
		.share = n_time_wait == 0 ? 1 : (double)tally->n_taken_time_wait / n_time_wait,
		.life = SW_TIME_WAIT_MSEC / 1000.0,
		.longest = sw_sizing_life_s(input->reuse, input->wheel.turn_s,
					    input->reuse_delay_msec / 1000.0),
		.wheel = input->wheel,
		.room = input->time_wait_room == UINT64_MAX ? INFINITY
							    : (double)input->time_wait_room,
		.counted_slots = SW_AGE_N_SLOTS,
	};

	if (has_range_moved(tally)) {
		curve.share = 1;
		curve.n_elsewhere =
			input->reuse ? 0 : (double)n_time_wait - tally->n_taken_time_wait;
	}
	if (input->reuse) {
		curve.at_once = true;
		curve.life = input->reuse_delay_msec / 1000.0;
		curve.counted_slots =
			(input->reuse_delay_msec + SW_AGE_SLOT_MSEC - 1) / SW_AGE_SLOT_MSEC;
		curve.counted_slots = SW_MIN(curve.counted_slots, SW_AGE_N_SLOTS);
	}
	for (uint32_t i = 0; i < curve.counted_slots; i++)
		curve.sums[i + 1] = curve.sums[i] + tally->n_by_age[i];
	if (curve.counted_slots == SW_AGE_N_SLOTS)
		curve.n_overdue = tally->n_by_age[SW_AGE_OVERDUE];
	return curve;
}

/* When it fails, three times: as it most likely is, at the least, and at the least for as long as
 * the hold. */
static void project(const struct sw_forecast_input *input, const struct curve *curve,
		    const struct sw_arrivals *arrivals, struct sw_forecast *ret)
{
	struct flow flow = {
		.per_s = arrivals->present_per_s,
		.rise_per_s2 = arrivals->rise_per_s2,
		/* What grows is taken to go on for as long as it has been seen to. */
		.rise_s = arrivals->rise_per_s2 > 0 ? arrivals->stretch_s : 0,
		.held_per_s = input->trend.held_per_s,
		.held_s = input->trend.held_s,
	};

	ret->exhausted_in_s = exhausted_in(curve, &flow);
	flow.per_s = arrivals->low_per_s;
	flow.held_per_s = input->trend.held_low_per_s;
	flow.rise_per_s2 = arrivals->rise_low_per_s2;
	/* At the least it goes on for half as long. */
	flow.rise_s /= 2;
	ret->exhausted_in_low_s = exhausted_in(curve, &flow);
	ret->exhausted_in_sustained_s = SW_NEVER;
	/* Under reuse the record is too short to show what was sustained. And what has been
	 * sustained is no more than the least there is now. */
	if (input->reuse || ret->exhausted_in_low_s == SW_NEVER)
		return;
	flow.per_s = sw_arrivals_sustained(curve->sums, arrivals, input->critical_hold);
	flow.rise_per_s2 = 0;
	ret->exhausted_in_sustained_s = exhausted_in(curve, &flow);
}

bool sw_onset_is_between(double before_per_s, double present_per_s)
{
	return fabs(before_per_s - present_per_s) >= CLEARLY * fmax(before_per_s, present_per_s);
}

/* The onset by this reading and by those before it. */
static struct sw_onset onset_of(const struct sw_onset *seen, const struct sw_onset *kept,
				double present_per_s)
{
	if (!kept->known || !sw_onset_is_between(kept->before_per_s, present_per_s))
		return *seen;
	if (!seen->known || !sw_onset_is_between(seen->before_per_s, present_per_s))
		return *kept;
	return *seen;
}

void sw_forecast_compute(const struct sw_forecast_input *input, struct sw_forecast *ret)
{
	struct curve curve = curve_of(input);
	double held = (double)input->tally->n_taken - input->tally->n_taken_time_wait;
	struct sw_arrivals arrivals;
	double steady;

	/* Reuse takes the older ones away, so only those too young to be reused tell the rate. */
	sw_arrivals_read(curve.sums, curve.counted_slots,
			 input->tally->n_taken >= CLOSELY * curve.capacity, &arrivals);

	*ret = (struct sw_forecast){
		.rate_per_s = arrivals.window_per_s,
		.present_per_s = arrivals.present_per_s,
		.ceiling_per_s = sw_sizing_ceiling_per_s(curve.capacity, held, curve.longest),
		.heading_known = arrivals.window_per_s > 0 && input->usable > 0,
	};
	if (arrivals.changed && !input->reuse)
		ret->onset = (struct sw_onset){ true, arrivals.stretch_s, arrivals.before_per_s };
	if (!input->reuse)
		ret->onset = onset_of(&ret->onset, &input->trend.onset, ret->present_per_s);
	steady = held + fmin(ret->present_per_s * curve.share * curve.longest,
			     input->tally->n_taken_time_wait + curve.room);
	if (ret->heading_known)
		ret->heading_to = 1 - (curve.capacity - steady) / input->usable;
	ret->halved_in_s = drained_in(&curve, curve.capacity / 2);
	ret->drained_in_s = emptied_in(&curve);
	project(input, &curve, &arrivals, ret);
}

/* All TIME_WAIT as one tuple's, and what there may be of them as its ports. */
double sw_forecast_limit(const struct sw_totals *totals, uint64_t limit, struct sw_wheel wheel)
{
	uint64_t n_time_wait = totals->n_by_state[SW_TCP_TIME_WAIT];
	struct sw_tuple_tally whole = {
		.n_taken = (uint32_t)SW_MIN(n_time_wait + totals->n_fin_wait2_mini, UINT32_MAX),
		.n_taken_time_wait = (uint32_t)SW_MIN(n_time_wait, UINT32_MAX),
	};
	struct sw_forecast_input input = {
		.tally = &whole,
		.capacity = (uint32_t)SW_MIN(limit, UINT32_MAX),
		.time_wait_room = UINT64_MAX,
		.wheel = wheel,
	};
	struct sw_forecast forecast;

	if (totals->n_reusable > 0)
		return NAN;
	whole.n_by_state[SW_TCP_TIME_WAIT] = whole.n_taken_time_wait;
	for (uint32_t i = 0; i <= SW_AGE_N_SLOTS; i++)
		whole.n_by_age[i] = (uint16_t)SW_MIN(totals->n_by_age[i], UINT16_MAX);
	sw_forecast_compute(&input, &forecast);
	return forecast.exhausted_in_s;
}

double sw_forecast_rate(const uint64_t n_by_age[SW_AGE_N_SLOTS])
{
	double sums[SW_AGE_N_SLOTS + 1] = { 0 };
	struct sw_arrivals arrivals;

	for (uint32_t i = 0; i < SW_AGE_N_SLOTS; i++)
		sums[i + 1] = sums[i] + (double)n_by_age[i];
	sw_arrivals_read(sums, SW_AGE_N_SLOTS, false, &arrivals);
	return arrivals.window_per_s;
}
