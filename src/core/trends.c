/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Each update makes a new table out of the tuples that are there and what the old one
 * knew of them, so nothing needs to be taken out. Growth is the median of the slopes
 * between all pairs of samples (Theil and Sen): a jump is no growth, however high.
 */

#include "sockwatch/trends.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/table.h"
#include "core/opens.h"
#include "sockwatch/reading.h"

enum {
	N_SAMPLES = 31,
	MIN_SAMPLES = 7, /* a minute: what is shorter may be a program that starts */
	N_PAIRS = N_SAMPLES * (N_SAMPLES - 1) / 2,
};

#define SAMPLE_EVERY (10 * SW_USEC_PER_SEC)
/* How long an onset is kept: a time of the day tells which one is meant. */
#define DAY (86400 * SW_USEC_PER_SEC)

#define MINUTE (60 * SW_USEC_PER_SEC)

/* A tuple is worth remembering from this share of the capacity on. */
#define WORTHWHILE 0.01

struct sample {
	sw_usec at;
	double held;
	double n_connects; /* since the sample before */
	double n_slow;
};

struct row {
	struct sw_tuple tuple;            /* the key */
	struct sample samples[N_SAMPLES]; /* the oldest first */
	uint32_t n_samples;
	struct sample growing; /* the one being made; `at` and `held` as of the last reading */
	bool slow;             /* then */
	sw_usec since;         /* of the first reading */
	struct sw_opens opens;
	sw_usec onset; /* of its present rate; 0 = not known */
	double before_per_s;
};

struct sw_trends {
	struct sw_table rows;
	struct sw_opens_account opens;
	uint64_t seed;
	sw_usec updated;
};

static void init_table(const struct sw_trends *trends, struct sw_table *table)
{
	sw_table_init(table, sizeof(struct row), sizeof(struct sw_tuple), SW_TRENDS_MAX_TUPLES,
		      trends->seed);
}

sw_usec sw_onset_since(const struct sw_onset *onset, sw_usec wall)
{
	sw_usec ago = (sw_usec)(onset->ago_s * (double)SW_USEC_PER_SEC);

	return onset->known && ago < wall ? wall - ago : 0;
}

int sw_trends_new(struct sw_trends **ret, uint64_t seed)
{
	struct sw_trends *trends = calloc(1, sizeof(*trends));

	if (trends == NULL)
		return -ENOMEM;
	trends->seed = seed;
	init_table(trends, &trends->rows);
	*ret = trends;
	return 0;
}

void sw_trends_free(struct sw_trends *trends)
{
	if (trends == NULL)
		return;
	sw_table_deinit(&trends->rows);
	free(trends);
}

static void keep_sample(struct row *row)
{
	if (row->n_samples == N_SAMPLES)
		memmove(&row->samples[0], &row->samples[1],
			(size_t)--row->n_samples * sizeof(row->samples[0]));
	row->samples[row->n_samples++] = row->growing;
	row->growing.n_connects = row->growing.n_slow = 0;
}

static void update_row(struct row *row, const struct sw_tuple_tally *tally,
		       const struct sw_port_space *space, sw_usec now)
{
	double held = (double)tally->n_taken - tally->n_taken_time_wait;
	bool slow = tally->n_used_first >= space->capacity_parity;
	struct sample *growing = &row->growing;
	double n_connects;

	if (row->since == 0 || now - growing->at > MINUTE) {
		/* What happened in between is not known. */
		*row = (struct row){ .tuple = row->tuple, .since = now };
		*growing = (struct sample){ .at = now, .held = held };
		keep_sample(row);
	} else {
		/* Closes by the peer leave no trace: there may have been more. */
		n_connects =
			sw_arrived_within(tally, now - growing->at) + fmax(held - growing->held, 0);
		growing->n_connects += n_connects;
		growing->n_slow += n_connects * (row->slow + slow) / 2;
		growing->at = now;
		growing->held = held;
		if (now - row->samples[row->n_samples - 1].at >= SAMPLE_EVERY)
			keep_sample(row);
	}
	row->slow = slow;
}

int sw_trends_update(struct sw_trends *trends, const struct sw_reading *reading,
		     struct sw_figure active_opens)
{
	const struct sw_tally *tally = reading->tally;
	const struct sw_port_space *space = &reading->space;
	struct sw_table fresh, old = trends->rows;
	bool has_all = reading->scope != SW_SCOPE_HOT;
	sw_usec now = reading->began.boot;
	double n_untold = INFINITY;
	int r = 0;

	if (has_all)
		n_untold = sw_opens_untold(&trends->opens, tally, active_opens, now);
	init_table(trends, &fresh);
	for (uint32_t i = 0; i < sw_tally_n_tuples(tally) && r >= 0; i++) {
		const struct sw_tuple_tally *tuple = sw_tally_tuple(tally, i);
		const struct row *known = sw_table_find(&old, &tuple->tuple);
		bool counted = has_all || sw_hot_has(&reading->hot, &tuple->tuple);
		void *row;

		if (tuple->n_taken == 0 || tuple->n_taken < WORTHWHILE * space->capacity ||
		    (!counted && known == NULL))
			continue;
		r = sw_table_obtain(&fresh, &tuple->tuple, &row);
		if (r == -ENOSPC)
			break;
		if (r < 0)
			continue;
		if (known != NULL)
			*(struct row *)row = *known;
		if (!counted)
			continue;
		update_row(row, tuple, space, now);
		sw_opens_note(&((struct row *)row)->opens, tuple, n_untold, now);
	}
	sw_table_deinit(&old);
	trends->rows = fresh;
	trends->updated = now;
	if (r != -ENOMEM)
		return 0;
	sw_table_deinit(&trends->rows);
	init_table(trends, &trends->rows);
	return r;
}

void sw_trends_keep_onset(struct sw_trends *trends, const struct sw_tuple *tuple,
			  const struct sw_onset *onset)
{
	struct row *row = sw_table_find(&trends->rows, tuple);
	sw_usec ago = (sw_usec)(onset->ago_s * (double)SW_USEC_PER_SEC);

	if (row == NULL)
		return;
	row->onset = onset->known && ago < SW_MIN(trends->updated, DAY) ? trends->updated - ago : 0;
	row->before_per_s = onset->before_per_s;
}

static int compare_doubles(const void *a, const void *b)
{
	double left = *(const double *)a, right = *(const double *)b;

	return left < right ? -1 : left > right;
}

/* Two standard deviations of Kendall's statistic below the median of the slopes. */
static void compute_growth(const struct row *row, struct sw_trend *ret)
{
	double slopes[N_PAIRS], n = row->n_samples, doubt;
	uint32_t n_slopes = 0;

	if (row->n_samples < MIN_SAMPLES)
		return;
	for (uint32_t i = 0; i < row->n_samples; i++)
		for (uint32_t k = i + 1; k < row->n_samples; k++)
			slopes[n_slopes++] = (row->samples[k].held - row->samples[i].held) /
					     ((double)(row->samples[k].at - row->samples[i].at) /
					      SW_USEC_PER_SEC);
	qsort(slopes, n_slopes, sizeof(slopes[0]), compare_doubles);
	doubt = 2 * sqrt(n * (n - 1) * (2 * n + 5) / 18);
	ret->held_low_per_s = slopes[(uint32_t)((n_slopes - doubt) / 2)];
	ret->held_per_s = slopes[n_slopes / 2];
	ret->held_s = (double)(row->samples[row->n_samples - 1].at - row->samples[0].at) /
		      SW_USEC_PER_SEC;
	if (ret->held_low_per_s <= 0)
		ret->held_per_s = ret->held_low_per_s = ret->held_s = 0;
}

static double slow_share(const struct row *row)
{
	double n_connects = row->growing.n_connects, n_slow = row->growing.n_slow;

	if (row->growing.at - row->since < MINUTE)
		return NAN;
	for (uint32_t i = row->n_samples;
	     i-- > 0 && row->growing.at - row->samples[i].at < MINUTE;) {
		n_connects += row->samples[i].n_connects;
		n_slow += row->samples[i].n_slow;
	}
	return n_connects > 0 ? n_slow / n_connects : NAN;
}

struct sw_trend sw_trends_of(const struct sw_trends *trends, const struct sw_tuple *tuple,
			     sw_usec now)
{
	const struct row *row = sw_table_find(&trends->rows, tuple);
	struct sw_trend trend = { .slow_share = NAN, .open_per_s = NAN };

	if (row == NULL)
		return trend;
	compute_growth(row, &trend);
	trend.slow_share = slow_share(row);
	if (row->onset != 0)
		trend.onset = (struct sw_onset){
			.known = true,
			.ago_s = (double)(now - row->onset) / SW_USEC_PER_SEC,
			.before_per_s = row->before_per_s,
		};
	trend.open_per_s = sw_opens_rate(&row->opens);
	return trend;
}
