/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Events against expectations, for each name in order. Where they do not match,
 * both are shown side by side:
 *
 *     = line 12   expect db firing warning by 135s     firing warning at 126.0s
 *     - line 13   expect db resolved by 500s
 *     +                                                changed critical at 140.0s: ...
 */

#include <stdio.h>
#include <string.h>

#include "scenario/run.h"

/* One line of the comparison; at least one of the two is there. */
struct pair {
	const struct expectation *expectation;
	const struct outcome *outcome;
};
#define MAX_PAIRS 200

struct comparison {
	struct pair pairs[MAX_PAIRS];
	size_t n;
	bool differs;
};

static void add_pair(struct comparison *comparison, const struct expectation *expectation,
		     const struct outcome *outcome)
{
	if (expectation == NULL || outcome == NULL)
		comparison->differs = true;
	if (comparison->n < MAX_PAIRS)
		comparison->pairs[comparison->n++] = (struct pair){ expectation, outcome };
}

static bool is_met(const struct expectation *expectation, const struct outcome *outcome)
{
	const struct sw_event *event = &outcome->event;

	return expectation->state == event->state &&
	       (expectation->severity == SW_LEVEL_OK ||
		expectation->severity == event->alert.severity) &&
	       outcome->at >= expectation->after && outcome->at <= expectation->by;
}

/* The next expectation of an event of this name by this rule, from `i` on; n_expectations when
 * there is none. */
static size_t next_expected(const struct timeline *timeline, size_t party, enum sw_rule rule,
			    size_t i)
{
	while (i < timeline->n_expectations && (timeline->expectations[i].party != party ||
						timeline->expectations[i].rule != rule ||
						timeline->expectations[i].kind != EXPECT_EVENT))
		i++;
	return i;
}

/* Goes through the events once; an event that meets a later expectation leaves those between
 * unmet. */
static void compare(const struct run *run, size_t party, enum sw_rule rule, struct comparison *ret)
{
	const struct timeline *timeline = run->timeline;
	const struct expectation *list = timeline->expectations;
	size_t n = timeline->n_expectations, at = next_expected(timeline, party, rule, 0), k;

	for (size_t i = 0; i < run->n_outcomes; i++) {
		const struct outcome *outcome = &run->outcomes[i];

		if (outcome->party != party || outcome->event.alert.rule != rule)
			continue;
		for (k = at; k < n && !is_met(&list[k], outcome);)
			k = next_expected(timeline, party, rule, k + 1);
		if (k == n) {
			add_pair(ret, NULL, outcome);
			continue;
		}
		for (; at < k; at = next_expected(timeline, party, rule, at + 1))
			add_pair(ret, &list[at], NULL);
		add_pair(ret, &list[k], outcome);
		at = next_expected(timeline, party, rule, k + 1);
	}
	for (; at < n; at = next_expected(timeline, party, rule, at + 1))
		add_pair(ret, &list[at], NULL);
}

static void describe(const struct outcome *outcome, char *buffer, size_t size)
{
	const struct sw_alert *alert = &outcome->event.alert;
	const struct sw_outlook *outlook = &alert->outlook;

	snprintf(buffer, size,
		 "%s %s at %.1fs: %u of %u left, %.1f closes/s, heading to %.0f %%, out in %.1f s",
		 sw_event_state_to_string(outcome->event.state),
		 sw_level_to_string(alert->severity), run_seconds(outcome->at), outlook->free,
		 outlook->capacity, outlook->forecast.rate_per_s,
		 100 * outlook->forecast.heading_to, outlook->forecast.exhausted_in_s);
}

static void show(const struct comparison *comparison)
{
	for (size_t i = 0; i < comparison->n; i++) {
		const struct pair *pair = &comparison->pairs[i];
		char line[16] = "", event[256] = "";
		const char *text = "";

		if (pair->outcome != NULL)
			describe(pair->outcome, event, sizeof(event));
		if (pair->expectation != NULL) {
			snprintf(line, sizeof(line), "line %u", pair->expectation->line);
			text = pair->expectation->text;
		}
		fprintf(stderr, "    %c %-8s  %-50s  %s\n",
			pair->outcome == NULL       ? '-'
			: pair->expectation == NULL ? '+'
						    : '=',
			line, text, event);
	}
}

/* A name that is not said to fail must not. */
static void judge_failure(struct run *run, size_t party)
{
	const struct timeline *timeline = run->timeline;
	const struct expectation *expected = NULL;
	sw_usec failed = run->first_failure[party];

	for (size_t i = 0; i < timeline->n_expectations && expected == NULL; i++)
		if (timeline->expectations[i].party == party &&
		    timeline->expectations[i].kind == EXPECT_FAILURE)
			expected = &timeline->expectations[i];
	if (expected == NULL && failed != RUN_NEVER)
		run_complain(run, "%s: a connect failed at %.2fs, which is not expected",
			     timeline->parties[party].name, run_seconds(failed));
	else if (expected != NULL && failed == RUN_NEVER)
		run_complain(run, "line %u: %s: none failed", expected->line, expected->text);
	else if (expected != NULL && (failed < expected->after || failed > expected->by))
		run_complain(run, "line %u: %s: the first failed at %.2fs", expected->line,
			     expected->text, run_seconds(failed));
}

static void judge_forewarning(struct run *run, const struct expectation *expected)
{
	sw_usec failed = run->first_failure[expected->party];
	sw_usec warned = run->first_critical[expected->party];

	if (failed == RUN_NEVER)
		run_complain(run, "line %u: %s: none failed", expected->line, expected->text);
	else if (warned == RUN_NEVER)
		run_complain(run, "line %u: %s: nothing was critical", expected->line,
			     expected->text);
	else if (warned + expected->ahead > failed)
		run_complain(run, "line %u: %s: critical at %.2fs, failed at %.2fs", expected->line,
			     expected->text, run_seconds(warned), run_seconds(failed));
}

static void judge_events(struct run *run, size_t party, enum sw_rule rule)
{
	struct comparison comparison = { .n = 0 };

	compare(run, party, rule, &comparison);
	if (!comparison.differs)
		return;
	run_complain(run, "%s %s: events differ (- expected, + came)",
		     run->timeline->parties[party].name, sw_rule_to_string(rule));
	show(&comparison);
}

void verdict(struct run *run)
{
	for (size_t party = 0; party < run->timeline->n_parties; party++) {
		for (int rule = 0; rule < SW_N_RULES; rule++)
			judge_events(run, party, (enum sw_rule)rule);
		judge_failure(run, party);
	}
	for (size_t i = 0; i < run->timeline->n_expectations; i++)
		if (run->timeline->expectations[i].kind == EXPECT_FOREWARN)
			judge_forewarning(run, &run->timeline->expectations[i]);
}
