/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * No alarm without a cause: what an alert says is held against what is so, which the model of the
 * traffic knows and no reading does. Of what is to come, the cause is there if it does come when
 * all goes on as it is, or if it came in fact.
 */

#include <stdlib.h>

#include "scenario/run.h"
#include "sockwatch/inbound.h"

/* A forecast may be that wrong, and a figure of the reading that much behind. */
#define SLACK_S 5
#define SLACK 0.02

#define JUST_NOW (2 * SW_USEC_PER_SEC)

/* A second more than a TIME_WAIT lasts: then the present rate is all there is. */
#define STEADY (64 * SW_USEC_PER_SEC)

static double share_used(const struct run *run, uint32_t n_free)
{
	return 1 - (double)n_free / (run->high - run->low + 1u);
}

static bool may_be_critical(const struct run *run, size_t number)
{
	const struct sw_ephemeral_limits *limits = &sw_ephemeral_limits_default;
	sw_usec soon = limits->critical_in + SLACK_S * SW_USEC_PER_SEC;

	return share_used(run, traffic_n_free(run->traffic, number)) > limits->critical - SLACK ||
	       traffic_imagine(run->traffic, number, soon).fails;
}

static bool has_cause_of_ports(const struct run *run, size_t number, enum sw_level severity)
{
	const struct sw_ephemeral_limits *limits = &sw_ephemeral_limits_default;
	double used = share_used(run, traffic_n_free(run->traffic, number));
	struct traffic_future future;

	/* Nobody can know what has ended a moment ago. */
	if (severity == SW_LEVEL_CRITICAL)
		return may_be_critical(run, number) ||
		       run->subjects[number].touched + JUST_NOW > run->now;
	if (severity == SW_LEVEL_NOTICE)
		return used > limits->notice - SLACK;
	future = traffic_imagine(run->traffic, number, STEADY);
	return used > limits->warning - SLACK ||
	       share_used(run, future.n_free) > limits->warning - SLACK;
}

static bool has_cause_of_bind(const struct run *run, enum sw_level severity)
{
	const struct sw_ephemeral_limits *limits = &sw_ephemeral_limits_default;
	size_t binder = run_find_binder(run);
	bool critical = severity == SW_LEVEL_CRITICAL;
	double line = critical ? limits->critical : limits->warning;
	struct traffic_future future;

	if (binder == run->n_subjects)
		return false;
	if (share_used(run, traffic_n_bind_free(run->traffic)) > line - SLACK)
		return true;
	if (critical)
		return traffic_imagine(run->traffic, binder,
				       limits->critical_in + SLACK_S * SW_USEC_PER_SEC)
			.fails;
	future = traffic_imagine(run->traffic, binder, STEADY);
	return share_used(run, future.n_free) > line - SLACK;
}

static bool has_cause_of_search(const struct run *run, size_t number)
{
	return share_used(run, traffic_n_free(run->traffic, number)) > 0.5 - SLACK;
}

static bool has_cause_of_leak(const struct run *run, size_t number)
{
	return traffic_n_live(run->traffic, number) > run->subjects[number].n_live_first;
}

static bool has_cause_of_silence(const struct run *run, size_t number)
{
	return traffic_n_unanswered(run->traffic, number, 3 * SW_USEC_PER_SEC) >= 50;
}

static bool has_cause_of_close_wait(const struct run *run, size_t number)
{
	return traffic_n_forgotten(run->traffic, number) >= 100;
}

static bool has_cause_of_peer(const struct run *run, size_t number)
{
	double n = run->high - run->low + 1.0;

	return traffic_n_live(run->traffic, number) > (sw_inbound_notice_default - SLACK) * n;
}

static bool has_cause_of_limit(const struct run *run, size_t number)
{
	(void)number;
	return run->overflowed != RUN_NEVER && run->now - run->overflowed <= STEADY;
}

static bool has_cause_of_blindness(const struct run *run, size_t number)
{
	(void)number;
	return run->fails;
}

static bool has_cause_of_hook(const struct run *run, size_t number)
{
	(void)number;
	return run->hook.failing;
}

static bool has_cause_of_queue(const struct run *run, size_t number, enum sw_level severity)
{
	struct traffic_backlog backlog = traffic_backlog(run->traffic, number);
	sw_usec stuck = SW_USEC_PER_SEC * 60, recent = 5 * stuck;

	if (severity == SW_LEVEL_CRITICAL)
		return backlog.full && run->now - backlog.accepted >= stuck;
	return backlog.overflowed > 0 && run->now - backlog.overflowed <= recent;
}

/* Of rules that go by no severity. Those about what the model has none of are missing. */
static bool (*const causes[SW_N_RULES])(const struct run *run, size_t number) = {
	[SW_RULE_SLOW_CONNECTS] = has_cause_of_search,
	[SW_RULE_CONNECTION_LEAK] = has_cause_of_leak,
	[SW_RULE_INBOUND] = has_cause_of_peer,
	[SW_RULE_SYN_SENT] = has_cause_of_silence,
	[SW_RULE_CLOSE_WAIT] = has_cause_of_close_wait,
	[SW_RULE_TIME_WAIT_LIMIT] = has_cause_of_limit,
	[SW_RULE_BLIND] = has_cause_of_blindness,
	[SW_RULE_HOOK_FAILED] = has_cause_of_hook,
};

static bool has_cause(const struct run *run, const struct sw_alert *alert, size_t number)
{
	if (alert->rule == SW_RULE_EPHEMERAL_PORTS)
		return has_cause_of_ports(run, number, alert->severity);
	if (alert->rule == SW_RULE_BIND_PORTS)
		return has_cause_of_bind(run, alert->severity);
	if (alert->rule == SW_RULE_LISTEN_QUEUE)
		return has_cause_of_queue(run, number, alert->severity);
	return causes[alert->rule] == NULL || causes[alert->rule](run, number);
}

/* Which of the tuples; 0 where it is of none. */
static size_t number_of(const struct run *run, const struct sw_alert *alert)
{
	enum sw_subject_kind kind = sw_subject_kind(alert->rule, &alert->subject);

	if (alert->rule == SW_RULE_LISTEN_QUEUE)
		return run_find_listener(run, &alert->subject.tuple);
	return kind == SW_SUBJECT_TUPLE || kind == SW_SUBJECT_PEER
		       ? run_find(run, &alert->subject.tuple)
		       : 0;
}

void causes_of_event(struct run *run, const struct sw_event *event)
{
	const struct sw_alert *alert = &event->alert;
	size_t number = number_of(run, alert);

	if (event->state == SW_EVENT_REPEAT)
		return;
	if (event->state == SW_EVENT_RESOLVED) {
		if (!alert->removed && alert->rule == SW_RULE_EPHEMERAL_PORTS &&
		    may_be_critical(run, number))
			run_complain(run, "%s: resolved, and fails soon",
				     run->timeline->parties[run_party_of(run, alert)].name);
		return;
	}
	if (has_cause(run, alert, number))
		return;
	/* What rises may fail later than it would at the present rate, and yet does. */
	if (alert->rule == SW_RULE_EPHEMERAL_PORTS && alert->severity == SW_LEVEL_CRITICAL) {
		run->subjects[number].unfounded = run->now;
		return;
	}
	run_complain(run, "%s: %s %s without a cause",
		     run->timeline->parties[run_party_of(run, alert)].name,
		     sw_rule_to_string(alert->rule), sw_level_to_string(alert->severity));
}

void causes_of_failure(struct run *run, size_t number)
{
	run->subjects[number].unfounded = RUN_NEVER;
}

void causes_of_end(struct run *run)
{
	for (size_t i = 0; i < run->n_subjects; i++)
		if (run->subjects[i].unfounded != RUN_NEVER)
			run_complain(run, "%s: critical at %.1fs without a cause",
				     run->timeline->parties[run->subjects[i].party].name,
				     run_seconds(run->subjects[i].unfounded));
}
