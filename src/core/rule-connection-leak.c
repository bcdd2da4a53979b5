/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * A leak is what stays when the rest comes and goes, so the least of each ten minutes counts, and
 * the slope is the median of those between any two of them (Theil-Sen): a third of them may be
 * anything without it moving much.
 */

#include <stdlib.h>
#include <string.h>

#include "core/rules.h"

enum {
	MAX_ROWS = 256,
	N_SAMPLES = 36, /* six hours */
	N_THIRD = N_SAMPLES / 3,
	N_PAIRS = N_SAMPLES * (N_SAMPLES - 1) / 2,
	/* Fewer connections than this leak no ports in a day worth a word. */
	WORTH_REMEMBERING = 64,
};

#define SAMPLE_EVERY (600 * SW_USEC_PER_SEC)

struct row {
	struct sw_past_head head;
	sw_usec began; /* the sample that is being taken */
	sw_usec last;  /* the reading before */
	uint32_t least;
	uint32_t n;
	uint32_t samples[N_SAMPLES]; /* the oldest first */
	double per_s;                /* the slope, with all samples there */
	bool grows;
};

int sw_rule_connection_leak_init(struct sw_past *past)
{
	return sw_past_init(past, sizeof(struct row), MAX_ROWS);
}

static int compare(const void *a, const void *b)
{
	double left = *(const double *)a, right = *(const double *)b;

	return (left > right) - (left < right);
}

static double median_slope(const uint32_t samples[N_SAMPLES])
{
	double slopes[N_PAIRS];
	size_t n = 0;

	for (int i = 0; i < N_SAMPLES; i++)
		for (int j = i + 1; j < N_SAMPLES; j++)
			slopes[n++] = ((double)samples[j] - samples[i]) / (j - i);
	qsort(slopes, n, sizeof(*slopes), compare);
	return slopes[n / 2] / ((double)SAMPLE_EVERY / SW_USEC_PER_SEC);
}

/* Was there never so little lately as there was at most long ago? A sawtooth falls back. */
static bool never_falls_back(const uint32_t samples[N_SAMPLES])
{
	uint32_t most = 0, least = UINT32_MAX;

	for (int i = 0; i < N_THIRD; i++) {
		if (samples[i] > most)
			most = samples[i];
		if (samples[N_SAMPLES - 1 - i] < least)
			least = samples[N_SAMPLES - 1 - i];
	}
	return least > most;
}

static void add_sample(struct row *row)
{
	if (row->n == N_SAMPLES) {
		memmove(row->samples, row->samples + 1, (N_SAMPLES - 1) * sizeof(*row->samples));
		row->n--;
	}
	row->samples[row->n++] = row->least;
	if (row->n < N_SAMPLES)
		return;
	row->per_s = median_slope(row->samples);
	row->grows = row->per_s > 0 && never_falls_back(row->samples);
}

static void learn(struct row *row, uint32_t held, sw_usec now)
{
	/* Of a time that nobody saw nothing is known: it begins anew. */
	if (row->began == 0 || now - row->last > SAMPLE_EVERY) {
		row->n = 0;
		row->grows = false;
		row->began = now;
		row->least = held;
	}
	row->last = now;
	if (held < row->least)
		row->least = held;
	if (now - row->began < SAMPLE_EVERY)
		return;
	add_sample(row);
	row->began = now;
	row->least = held;
}

static void judge(const struct row *row, const struct sw_outlook *outlook,
		  const struct sw_inquiry *inquiry)
{
	const struct sw_rules *limits;
	struct sw_finding finding =
		sw_rule_tuple_finding(inquiry, SW_RULE_CONNECTION_LEAK, outlook, &limits);
	double within = (double)limits->connection_leak.within / SW_USEC_PER_SEC;
	double room = outlook->capacity > outlook->held ? outlook->capacity - outlook->held : 0;
	bool leaks = row->grows && room <= row->per_s * within &&
		     outlook->held > limits->connection_leak.used * outlook->capacity;

	finding.signs = (struct sw_signs){
		.at_once = leaks ? SW_LEVEL_WARNING : SW_LEVEL_OK,
		.calm = !leaks,
		.calm_as_notice = !leaks,
		.wanted = leaks,
	};
	finding.weight = outlook->held;
	finding.facts = (struct sw_facts){
		.count = outlook->held,
		.limit = outlook->capacity,
		.per_s = row->per_s,
		.span_usec = leaks ? (sw_usec)(room / row->per_s * SW_USEC_PER_SEC) : 0,
	};
	inquiry->take(inquiry->sink, &finding);
}

void sw_rule_connection_leak(struct sw_past *past, const struct sw_inquiry *inquiry)
{
	const struct sw_report *report = inquiry->evidence->report;
	sw_usec now = inquiry->now.boot;

	for (size_t i = 0; i < report->n_outlooks; i++) {
		const struct sw_outlook *outlook = &report->outlooks[i];
		struct row *row;

		if (outlook->held < WORTH_REMEMBERING)
			continue;
		row = sw_past_obtain(past, &outlook->tuple, now);
		if (row == NULL)
			continue;
		learn(row, outlook->held, now);
		judge(row, outlook, inquiry);
	}
	sw_past_forget(past, now);
}
