/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Plays: looks at the sockets as the daemon's collector does, judges, and goes on to the next look.
 */

#include "scenario/run.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

/* The machine has been up for a while when a scenario begins. */
static const struct sw_now beginning = {
	.boot = 3600 * SW_USEC_PER_SEC,
	.wall = 1735689600 * SW_USEC_PER_SEC,
};

static struct sw_now moment(const struct run *run)
{
	return (struct sw_now){ beginning.boot + run->now,
				beginning.wall + run->now + run->clock_ahead };
}

double run_seconds(sw_usec usec)
{
	return (double)usec / SW_USEC_PER_SEC;
}

void run_complain(struct run *run, const char *format, ...)
{
	enum { ENOUGH = 20 };
	va_list args;

	if (run->n_complaints++ >= ENOUGH)
		return;
	fprintf(stderr, "%s: run %u: at %.1fs: ", run->timeline->path, run->seed,
		run_seconds(run->now));
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
}

/* Mostly one at a time: what the others have to say is not of the timeline. */
static void choose_rule(struct run *run)
{
	run->settings = malloc(sizeof(*run->settings));
	if (run->settings == NULL)
		abort();
	sw_settings_init(run->settings);
	for (int rule = 0; rule < SW_N_RULES; rule++)
		run->settings->rules.common[rule].enabled =
			rule == (int)run->timeline->rule ||
			(run->timeline->all_rules && rule != SW_RULE_KERNEL_SETTING);
}

static void start_engine(struct run *run)
{
	const struct sw_engine_config config = {
		.clear = sw_ephemeral_limits_default.clear,
		.max_blind_severity = SW_LEVEL_CRITICAL,
		.max_hook_failed_severity = SW_LEVEL_CRITICAL,
		.repeat = SW_USEC_PER_SEC * 3600 * 4,
		.max_active = 20,
		.max_gap = 3 * run->timeline->interval,
		.machine_id = "0123456789abcdef0123456789abcdef",
		.netns = "self",
	};

	if (sw_engine_new(&run->engine, &config) < 0)
		abort();
	if (sw_trends_new(&run->trends, run->seed) < 0 || sw_ledger_new(&run->ledger) < 0)
		abort();
}

/* What the daemon keeps over a restart are the alerts that fire. */
void run_restart_engine(struct run *run)
{
	struct sw_alert *alerts;
	size_t n_alerts;

	if (sw_engine_firing(run->engine, &alerts, &n_alerts) < 0)
		abort();
	sw_engine_free(run->engine);
	sw_trends_free(run->trends);
	sw_ledger_free(run->ledger);
	start_engine(run);
	sw_engine_take_over(run->engine, alerts, n_alerts, moment(run));
	free(alerts);
}

static void count(void *userdata, const struct sw_sock *sock)
{
	sw_tally_add(userdata, sock);
}

/* One reading, as the daemon's collector fills it. */
static struct sw_reading *look(struct run *run, struct sw_now now)
{
	const struct timeline *timeline = run->timeline;
	struct sw_reading *reading;

	if (sw_reading_new(&reading) < 0)
		abort();
	reading->began = now;
	reading->kernel.range_low = run->low;
	reading->kernel.range_high = run->high;
	reading->kernel.figures[SW_KERNEL_TW_REUSE] = (struct sw_figure){ true, run->tw_reuse };
	reading->kernel.figures[SW_KERNEL_MAX_TW_BUCKETS] =
		(struct sw_figure){ true, timeline->max_buckets };
	reading->kernel.figures[SW_KERNEL_TIMESTAMPS] = (struct sw_figure){ true, 1 };
	reading->kernel.time_wait_overflows =
		(struct sw_figure){ true, traffic_n_overflows(run->traffic) + run->counters_ahead };
	reading->kernel.listen_overflows = reading->kernel.listen_overflows_after =
		(struct sw_figure){ true, traffic_n_listen_overflows(run->traffic) +
						  run->counters_ahead };
	reading->reuse = sw_reuse_rule_of(&reading->kernel);
	reading->jiffies = traffic_jiffies(run->traffic);
	reading->range_known = true;
	sw_port_space_init(&reading->space, run->low, run->high);
	sw_port_space_reserve(&reading->space, &reading->kernel.reserved);
	if (sw_tally_new(&reading->tally, &reading->space, &reading->reuse, run->seed) < 0)
		abort();
	sw_tally_set_ledger(reading->tally, run->ledger);
	traffic_show(run->traffic, count, reading->tally);
	if (sw_tally_error(reading->tally) < 0)
		abort();
	sw_tally_finish(reading->tally);
	return reading;
}

static void trace(const struct run *run, const struct sw_outlook *outlook)
{
	const struct sw_forecast *forecast = &outlook->forecast;
	char subject[SW_TUPLE_TEXT_SIZE];

	printf("%8.3fs %s %s: free %u, %.1f %%, rate %.1f, heading to %.3f, out in %.1f, low %.1f, "
	       "sustained %.1f\n",
	       run_seconds(run->now), sw_tuple_format(&outlook->tuple, NULL, subject),
	       sw_level_to_string(outlook->level), outlook->free, 100 * outlook->utilization,
	       forecast->rate_per_s, forecast->heading_to, forecast->exhausted_in_s,
	       forecast->exhausted_in_low_s, forecast->exhausted_in_sustained_s);
}

static void trace_wall(const struct run *run, const struct sw_bind_wall *wall)
{
	printf("%8.3fs bind: %s, %s, free %u, rate %.1f, heading to %.3f, low %.1f, sustained "
	       "%.1f\n",
	       run_seconds(run->now), wall->in_use ? "in use" : "not in use",
	       sw_level_to_string(wall->level), wall->free, wall->forecast.rate_per_s,
	       wall->forecast.heading_to, wall->forecast.exhausted_in_low_s,
	       wall->forecast.exhausted_in_sustained_s);
}

static void take_event(struct run *run, const struct sw_event *event)
{
	size_t party = run_party_of(run, &event->alert);

	checks_of_event(run, event);
	causes_of_event(run, event);
	if ((event->alert.rule == SW_RULE_EPHEMERAL_PORTS ||
	     event->alert.rule == SW_RULE_BIND_PORTS) &&
	    event->alert.severity == SW_LEVEL_CRITICAL && run->first_critical[party] == RUN_NEVER)
		run->first_critical[party] = run->now;
	run->outcomes = reallocarray(run->outcomes, run->n_outcomes + 1, sizeof(*run->outcomes));
	if (run->outcomes == NULL)
		abort();
	run->outcomes[run->n_outcomes++] = (struct outcome){ *event, party, run->now };
}

static void take_events(struct run *run, const struct sw_event *events, size_t n_events)
{
	for (size_t i = 0; i < n_events; i++)
		take_event(run, &events[i]);
}

/* One tick: look, judge, let the engine step. */
static void step(struct run *run)
{
	const struct sw_report_filter everything = { 0 };
	struct sw_reading *reading = look(run, moment(run));
	const struct sw_event *events;
	struct sw_report report;
	const struct sw_evidence evidence = {
		.report = &report, .settings = run->settings, .hooks = &run->hook, .n_hooks = 1
	};
	size_t n_events;

	if (sw_trends_update(run->trends, reading, (struct sw_figure){ 0 }) < 0)
		abort();
	reading->trends = run->trends;
	if (sw_report_init(&report, reading, run->settings, &everything) < 0)
		abort();
	sw_report_keep_onsets(&report, run->trends);
	for (size_t i = 0; i < report.n_outlooks; i++) {
		checks_of_outlook(run, &report.outlooks[i]);
		if (run->trace)
			trace(run, &report.outlooks[i]);
	}
	for (size_t i = 0; i < report.n_walls; i++) {
		checks_of_wall(run, &report.walls[i]);
		if (run->trace)
			trace_wall(run, &report.walls[i]);
	}
	sw_engine_step(run->engine, reading->began, &evidence, &events, &n_events);
	take_events(run, events, n_events);
	sw_report_deinit(&report);
	sw_reading_free(reading);
}

/* A tick at which the kernel does not answer. */
static void step_failed(struct run *run)
{
	const struct sw_evidence evidence = { .failure = "sock_diag: it does not answer",
					      .hooks = &run->hook,
					      .n_hooks = 1 };
	const struct sw_event *events;
	size_t n_events;

	sw_engine_step(run->engine, moment(run), &evidence, &events, &n_events);
	take_events(run, events, n_events);
}

static void note_overflows(struct run *run)
{
	uint64_t n = traffic_n_overflows(run->traffic);

	if (n > run->n_overflows)
		run->overflowed = run->now;
	run->n_overflows = n;
}

static void note_live(struct run *run)
{
	for (size_t i = 0; i < run->n_subjects; i++)
		run->subjects[i].n_live_first = traffic_n_live(run->traffic, i);
}

static void play(struct run *run)
{
	const struct timeline *timeline = run->timeline;
	size_t i = 0;

	while (run->now <= timeline->end) {
		for (; i < timeline->n_changes && timeline->changes[i].at <= run->now; i++) {
			traffic_advance(run->traffic, timeline->changes[i].at);
			stage_apply(run, &timeline->changes[i]);
		}
		/* What is late because the machine slept comes when it wakes. */
		run->now = run->now > run->wakes ? run->now : run->wakes;
		traffic_advance(run->traffic, run->now);
		note_overflows(run);
		if (run->fails)
			step_failed(run);
		else
			step(run);
		checks_of_step(run);
		if (run->now == run->began)
			note_live(run);
		run->before = run->now;
		run->now += sw_engine_next_delay(run->engine, timeline->interval);
	}
	run->now = timeline->end;
}

bool run_play(const struct timeline *timeline, unsigned int seed, bool with_trace)
{
	struct traffic_config traffic = { timeline->low, timeline->high, timeline->max_buckets,
					  seed };
	struct run run = {
		.timeline = timeline,
		.seed = seed,
		.trace = with_trace,
		.low = timeline->low,
		.high = timeline->high,
		.overflowed = RUN_NEVER,
		.groups[SW_RULE_EPHEMERAL_PORTS].critical_since = RUN_NEVER,
		.names[SW_RULE_BIND_PORTS].critical_since = RUN_NEVER,
		.hook = { .name = "pager", .why = "it exits with 1" },
	};

	/* The golden ratio spreads few phases evenly. */
	run.began = timeline->start +
		    seed * UINT64_C(618034) * timeline->interval / 1000000 % timeline->interval;
	run.now = run.began;
	run.traffic = traffic_new(&traffic);
	choose_rule(&run);
	start_engine(&run);
	stage_populate(&run);
	stage_set_reuse(&run, timeline->tw_reuse);
	play(&run);
	causes_of_end(&run);
	verdict(&run);
	traffic_free(run.traffic);
	sw_engine_free(run.engine);
	sw_trends_free(run.trends);
	sw_ledger_free(run.ledger);
	free(run.settings);
	sw_table_deinit(&run.index);
	free(run.subjects);
	free(run.outcomes);
	return run.n_complaints == 0;
}
