/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Counts are taken as Poisson, and as noisier where neighbouring slots differ by more
 * than that. A model of the record is believed when it is better than a single rate by
 * more than chance would make it: CLEAR, in twice the logarithm of the likelihood.
 */

#include "core/arrivals.h"

#include <math.h>

#include "base/mem.h"

enum {
	SLOTS_PER_SEC = 1000 / SW_AGE_SLOT_MSEC,
	MIN_WINDOW_SLOTS = 5 * SLOTS_PER_SEC,
	MIN_EVENTS =
		30, /* a rate from fewer is too much of a guess: 30 are within a fifth, mostly */
	MIN_BELIEVED_SLOTS = 2 * SLOTS_PER_SEC,
	MIN_RISE_SLOTS = 5 * SLOTS_PER_SEC,
	RISE_STEP = 2 * SLOTS_PER_SEC,
};

/* About one in four thousand steady records looks like a change anywhere. */
#define CLEAR 20.0

/* Sums, so that each stretch is one subtraction. */
struct record {
	const double *sums; /* events in the youngest i slots */
	uint32_t n_slots;
	double dispersion; /* variance over mean: 1 is Poisson */
};

/* A rate that goes up or down since `since` slots ago, from `base` events a slot; before that it
 * was `before`, most often the same. */
struct slope {
	uint32_t since;
	double base, rise; /* rise is per slot, towards now */
	double before;
	double gain;
};

static double seconds_of(uint32_t n_slots)
{
	return (double)n_slots / SLOTS_PER_SEC;
}

static double rate_between(const struct record *record, uint32_t from, uint32_t to)
{
	return to == from ? 0 : (record->sums[to] - record->sums[from]) / seconds_of(to - from);
}

/* Two standard deviations below what was seen. */
static double low_between(const struct record *record, uint32_t from, uint32_t to)
{
	double n = record->sums[to] - record->sums[from];
	double low = n - 2 * sqrt(n * record->dispersion);

	return to == from || low <= 0 ? 0 : low / seconds_of(to - from);
}

static double n_in(const struct record *record, uint32_t slot)
{
	return record->sums[slot + 1] - record->sums[slot];
}

/*
 * Of two Poisson counts with one mean, their difference squared over their sum is 1 on
 * average. The edges of one or two bursts are no noise: the largest are left out.
 */
static double dispersion_of(const struct record *record)
{
	enum { N_EDGES = 4, MIN_PAIRS = 12 };
	double largest[N_EDGES] = { 0 }, sum = 0;
	uint32_t n_pairs = 0;

	for (uint32_t i = 0; i + 1 < record->n_slots; i++) {
		double a = n_in(record, i), b = n_in(record, i + 1);
		double term = a + b > 0 ? (a - b) * (a - b) / (a + b) : 0;

		n_pairs += a + b > 0;
		sum += term;
		for (uint32_t k = 0; k < N_EDGES; k++)
			if (term > largest[k]) {
				double smaller = largest[k];

				largest[k] = term;
				term = smaller;
			}
	}
	if (n_pairs < MIN_PAIRS)
		return 1;
	for (uint32_t k = 0; k < N_EDGES; k++)
		sum -= largest[k];
	return fmax(sum / (n_pairs - N_EDGES), 1);
}

/* n events at a mean of `mean` a slot, as far as their likelihood depends on the mean. */
static double likelihood(double n, double mean)
{
	return n > 0 ? n * log(mean) : 0;
}

/* How much better two rates, changing `at`, explain the stretch than one does. */
static double gain_of_step(const struct record *record, uint32_t from, uint32_t at, uint32_t to)
{
	double younger = record->sums[at] - record->sums[from];
	double older = record->sums[to] - record->sums[at];

	return 2 *
	       (likelihood(younger, younger / (at - from)) + likelihood(older, older / (to - at)) -
		likelihood(younger + older, (younger + older) / (to - from)));
}

/* The likeliest change within the stretch. */
static uint32_t find_step(const struct record *record, uint32_t from, uint32_t to, double *ret_gain)
{
	uint32_t best = to;

	*ret_gain = 0;
	for (uint32_t at = from + 1; at < to; at++) {
		double gain = gain_of_step(record, from, at, to);

		if (gain > *ret_gain) {
			*ret_gain = gain;
			best = at;
		}
	}
	return best;
}

/* The end of the stretch that begins at `from` and has one rate. */
static uint32_t one_rate_until(const struct record *record, uint32_t from)
{
	uint32_t to = record->n_slots, at;
	double gain;

	for (;; to = at) {
		at = find_step(record, from, to, &gain);
		if (gain < CLEAR * record->dispersion)
			return to;
	}
}

/* Least squares of base + rise * (slots since it began), which is 0 before. Returns the residual.
 */
static double fit_slope(const struct record *record, uint32_t to, struct slope *slope)
{
	double n = to, sum_h = 0, sum_hh = 0, sum_y = 0, sum_hy = 0, sum_yy = 0, spread;

	for (uint32_t i = 0; i < to; i++) {
		double h = i < slope->since ? slope->since - i - 0.5 : 0;
		double y = n_in(record, i);

		sum_h += h;
		sum_hh += h * h;
		sum_y += y;
		sum_hy += h * y;
		sum_yy += y * y;
	}
	spread = sum_hh - sum_h * sum_h / n;
	slope->rise = spread > 0 ? (sum_hy - sum_h * sum_y / n) / spread : 0;
	slope->base = slope->before = (sum_y - slope->rise * sum_h) / n;
	return sum_yy - sum_y * sum_y / n - slope->rise * slope->rise * spread;
}

/* How much better the slope explains the youngest `to` slots than one rate does. */
static double gain_of_slope(const struct record *record, uint32_t to, const struct slope *slope)
{
	double sum = 0, all = record->sums[to], expected = 0;

	for (uint32_t i = 0; i < to; i++) {
		double h = slope->since - i - 0.5;
		double mean = i < slope->since ? slope->base + slope->rise * h : slope->before;

		mean = fmax(mean, 0.01);
		sum += likelihood(n_in(record, i), mean);
		expected += mean;
	}
	return 2 * (sum - expected - (likelihood(all, all / to) - all));
}

/* The likeliest slope up to now within the youngest `to` slots. */
static struct slope find_slope(const struct record *record, uint32_t to)
{
	struct slope best = { .gain = 0 }, slope;
	double residual, least = INFINITY;

	for (uint32_t since = to; since >= MIN_RISE_SLOTS; since -= RISE_STEP) {
		slope = (struct slope){ .since = since };
		residual = fit_slope(record, to, &slope);
		if (residual < least) {
			least = residual;
			best = slope;
		}
	}
	if (best.since > 0)
		best.gain = gain_of_slope(record, to, &best);
	return best;
}

/* The same, where the rate may also have jumped when it began to rise or fall. */
static struct slope find_jump_and_slope(const struct record *record, uint32_t to)
{
	struct slope best = { .gain = 0 };

	for (uint32_t since = MIN_RISE_SLOTS; since < to; since++) {
		struct slope slope = { .since = since };

		(void)fit_slope(record, since, &slope);
		slope.before = (record->sums[to] - record->sums[since]) / (to - since);
		slope.gain = gain_of_slope(record, to, &slope);
		if (slope.gain > best.gain)
			best = slope;
	}
	return best;
}

/* A slope through the last slots is known less well at its end than in its middle. */
static void take_slope(const struct record *record, const struct slope *slope,
		       struct sw_arrivals *ret)
{
	double n = slope->since, mean = slope->base + slope->rise * n / 2;
	double noise = record->dispersion * fmax(mean, 0.01);
	double sd_now = sqrt(4 * noise / n), sd_rise = sqrt(12 * noise / (n * n * n));
	double now = slope->base + slope->rise * n;

	ret->present_per_s = fmax(now, 0) * SLOTS_PER_SEC;
	ret->low_per_s = fmax(now - 2 * sd_now, 0) * SLOTS_PER_SEC;
	ret->rise_per_s2 = fmax(slope->rise, 0) * SLOTS_PER_SEC * SLOTS_PER_SEC;
	ret->rise_low_per_s2 = fmax(slope->rise - 2 * sd_rise, 0) * SLOTS_PER_SEC * SLOTS_PER_SEC;
}

/* The slot in which the rate changed is of both rates. */
static uint32_t without_edge(const struct record *record, uint32_t to)
{
	return to < record->n_slots && to > 1 ? to - 1 : to;
}

static uint32_t window_slots(const struct record *record)
{
	uint32_t n_slots = SW_MIN((uint32_t)MIN_WINDOW_SLOTS, record->n_slots);

	while (n_slots < record->n_slots && record->sums[n_slots] < MIN_EVENTS)
		n_slots++;
	return n_slots;
}

/* One rate since `to` slots ago. What has only just begun may be over in a moment. */
static void take_stretch(const struct record *record, uint32_t to, struct sw_arrivals *ret)
{
	uint32_t known = without_edge(record, to), window = window_slots(record);

	ret->present_per_s = rate_between(record, 0, known);
	ret->low_per_s = low_between(record, 0, known);
	if (to < MIN_BELIEVED_SLOTS)
		ret->present_per_s = fmin(ret->present_per_s, rate_between(record, 0, window));
	if (to < window)
		ret->low_per_s = fmin(ret->low_per_s, low_between(record, 0, window));
}

/* As gain_of_step(), with one more step on either side where there is one. */
static double gain_of_stairs(const struct record *record, uint32_t at, uint32_t to, double gain)
{
	double clear = CLEAR * record->dispersion, more;

	find_step(record, 0, at, &more);
	gain += fmax(more - clear, 0);
	find_step(record, at, to, &more);
	return gain + fmax(more - clear, 0);
}

static void read_closely(const struct record *record, struct sw_arrivals *ret)
{
	double clear = CLEAR * record->dispersion, gain;
	uint32_t to = record->n_slots, at;
	struct slope slope, jump;
	bool is_slope;

	/* Whatever is younger than a change is looked at again, until it shows none. */
	for (;; to = at) {
		at = find_step(record, 0, to, &gain);
		slope = find_slope(record, to);
		is_slope = slope.gain >= clear && slope.gain >= gain &&
			   slope.gain >= gain_of_stairs(record, at, to, gain);
		if (is_slope || gain < clear)
			break;
	}
	if (is_slope) {
		jump = find_jump_and_slope(record, to);
		if (jump.gain >= slope.gain + clear / 2)
			slope = jump;
		to = slope.since;
		take_slope(record, &slope, ret);
	} else {
		take_stretch(record, to, ret);
	}
	ret->stretch_s = seconds_of(to);
	ret->changed = to < record->n_slots;
	if (ret->changed)
		ret->before_per_s = rate_between(record, to, one_rate_until(record, to));
}

void sw_arrivals_read(const double *sums, uint32_t n_slots, bool closely, struct sw_arrivals *ret)
{
	struct record record = { .sums = sums, .n_slots = n_slots, .dispersion = 1 };
	uint32_t window = window_slots(&record);

	*ret = (struct sw_arrivals){
		.window_per_s = rate_between(&record, 0, window),
		.stretch_s = seconds_of(window),
	};
	if (closely && record.sums[n_slots] > 0) {
		record.dispersion = dispersion_of(&record);
		read_closely(&record, ret);
	} else {
		ret->present_per_s = ret->window_per_s;
		ret->low_per_s = low_between(&record, 0, window);
	}
}

/* The low rate of the `n_slots` slots that begin `start` slots ago; 0 where the record does not go
 * back that far. */
static double low_at(const struct record *record, uint32_t start, uint32_t n_slots)
{
	return start + n_slots > record->n_slots ? 0 : low_between(record, start, start + n_slots);
}

double sw_arrivals_sustained(const double sums[SW_AGE_N_SLOTS + 1],
			     const struct sw_arrivals *arrivals, sw_usec hold)
{
	struct record record = { .sums = sums, .n_slots = SW_AGE_N_SLOTS, .dispersion = 1 };
	uint32_t half = (window_slots(&record) + 1) / 2, hold_slots;
	double lowest = arrivals->low_per_s;

	/* One stretch, and not rising: then it is the same for all of it. */
	if (arrivals->rise_per_s2 <= 0 &&
	    arrivals->stretch_s >= (double)hold / SW_USEC_PER_SEC + seconds_of(half))
		return lowest;
	hold_slots = (uint32_t)SW_MIN(hold / (SW_AGE_SLOT_MSEC * SW_USEC_PER_MSEC), SW_AGE_N_SLOTS);
	for (uint32_t start = 0; start <= hold_slots; start += half)
		lowest = fmin(lowest, low_at(&record, start, half));
	return lowest;
}
