/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * test-scenario [--trace] FILE...: plays timelines of traffic through the pure
 * core, from sockets to events, as the daemon would see them, and compares the
 * events with those the file expects. Exits 0 when all is as expected, 1 when
 * it is not, 2 when a file cannot be read. --trace shows every reading.
 *
 * A file is lines of words; # begins a comment. First the setting, each line at
 * most once:
 *
 *     range LOW-HIGH      ip_local_port_range (32768-60999)
 *     tw_reuse 0|1|2      (2)
 *     max_tw_buckets N    (131072) exact where there is one tuple
 *     interval TIME       between readings while all is well (5s)
 *     start TIME          of the daemon: its first reading (0s)
 *     rule NAME           whose events these are (ephemeral-ports); the others are off
 *     noise N             play it N times more, with connects at random (Poisson),
 *                         and the phases of readings and timer wheel too; with
 *                         SW_TEST_FULL=1 ten times as often
 *
 * Then who talks to whom. `tuples` is a row of COUNT of them, whose destination
 * addresses count up; what is said of its name is said of each.
 *
 *     tuple NAME SOURCE->DESTINATION:PORT
 *     tuples NAME COUNT SOURCE->DESTINATION:PORT
 *
 * Then what happens, in order of time:
 *
 *     at TIME NAME rate R       connects per second from now on
 *     at TIME NAME lasts TIME   how long each stays open until we close it (0s)
 *     at TIME NAME held N       connections that stay open, at once
 *     at TIME NAME forgotten N  so many of them the peer has closed
 *     at TIME tw_reuse 0|1|2
 *     at TIME readings fail|work
 *     at TIME daemon restarts   the alerts that fired are handed on
 *     end TIME
 *
 * And what is expected. Events of one name come in this order, and no others
 * come; no connect fails unless it says so, or another rule is looked at. Times are inclusive. Two
 * names are there by themselves: `group` is the alert of the tuples beyond MaxActive, `blind` that
 * of readings that fail. 20x before what is expected: that often.
 *
 *     expect nothing
 *     expect NAME firing|changed notice|warning|critical [after TIME] [by TIME]
 *     expect NAME repeat|resolved [after TIME] [by TIME]
 *     expect NAME fails [after TIME] [by TIME]      the first connect to find no port
 *     expect NAME critical [TIME] before failure    first critical, so long before that
 */

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "scenario/run.h"

/* The machine has been up for a while when a scenario begins. */
static const struct sw_now beginning = {
	.boot = 3600 * SW_USEC_PER_SEC,
	.wall = 1735689600 * SW_USEC_PER_SEC,
};

/* One row of the index. */
struct place {
	struct sw_tuple tuple; /* the key */
	uint32_t number;
};

static struct sw_now moment(sw_usec now)
{
	return (struct sw_now){ beginning.boot + now, beginning.wall + now };
}

double run_seconds(sw_usec usec)
{
	return (double)usec / SW_USEC_PER_SEC;
}

size_t run_find(const struct run *run, const struct sw_tuple *tuple)
{
	const struct place *place = sw_table_find(&run->index, tuple);

	if (place == NULL)
		abort();
	return place->number;
}

size_t run_party_of(const struct run *run, const struct sw_alert *alert)
{
	if (alert->rule == SW_RULE_BLIND)
		return PARTY_BLIND;
	if (alert->n_grouped > 0)
		return PARTY_GROUP;
	return run->subjects[run_find(run, &alert->subject.tuple)].party;
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

static void add_tuple(struct run *run, size_t party, const struct sw_tuple *tuple)
{
	uint32_t number = (uint32_t)traffic_add(run->traffic, tuple);
	void *row;

	if (sw_table_obtain(&run->index, tuple, &row) < 0 || run->index.n_rows != number + 1) {
		fprintf(stderr, "%s: %s: the same tuple is there twice\n", run->timeline->path,
			run->timeline->parties[party].name);
		exit(2);
	}
	((struct place *)row)->number = number;
	run->subjects = reallocarray(run->subjects, number + 1u, sizeof(*run->subjects));
	if (run->subjects == NULL)
		abort();
	run->subjects[run->n_subjects++] = (struct subject){
		.party = party,
		.unheeded = RUN_NEVER,
	};
}

/* The next address: the last four bytes count up. */
static void count_up(struct sw_addr *addr)
{
	for (size_t i = addr->family == SW_IPV4 ? 4 : 16; i-- > 0 && ++addr->bytes[i] == 0;)
		continue;
}

static void populate(struct run *run)
{
	const struct timeline *timeline = run->timeline;

	sw_table_init(&run->index, sizeof(struct place), sizeof(struct sw_tuple),
		      TIMELINE_MAX_NAMES * UINT16_MAX, 1);
	for (size_t i = 0; i < timeline->n_parties; i++) {
		struct sw_tuple tuple = timeline->parties[i].tuple;

		run->first_failure[i] = run->first_critical[i] = RUN_NEVER;
		for (uint32_t k = 0; k < timeline->parties[i].n; k++) {
			add_tuple(run, i, &tuple);
			count_up(&tuple.destination);
		}
	}
}

/* One rule at a time: what the others have to say is not of this timeline. */
static void choose_rule(struct run *run)
{
	run->settings = malloc(sizeof(*run->settings));
	if (run->settings == NULL)
		abort();
	sw_settings_init(run->settings);
	for (int rule = 0; rule < SW_N_RULES; rule++)
		run->settings->rules.common[rule].enabled = rule == (int)run->timeline->rule;
}

static void start_engine(struct run *run)
{
	const struct sw_engine_config config = {
		.clear = sw_ephemeral_limits_default.clear,
		.max_blind_severity = SW_LEVEL_CRITICAL,
		.repeat = SW_USEC_PER_SEC * 3600 * 4,
		.max_active = 20,
		.max_gap = 3 * run->timeline->interval,
		.machine_id = "0123456789abcdef0123456789abcdef",
		.netns = "self",
	};

	if (sw_engine_new(&run->engine, &config) < 0)
		abort();
	if (sw_trends_new(&run->trends, run->seed) < 0)
		abort();
}

/* What the daemon keeps over a restart are the alerts that fire. */
static void restart_engine(struct run *run, struct sw_now now)
{
	struct sw_alert *alerts;
	size_t n_alerts;

	if (sw_engine_firing(run->engine, &alerts, &n_alerts) < 0)
		abort();
	sw_engine_free(run->engine);
	sw_trends_free(run->trends);
	start_engine(run);
	sw_engine_take_over(run->engine, alerts, n_alerts, now);
	free(alerts);
}

static void set_reuse(struct run *run, unsigned int tw_reuse)
{
	run->tw_reuse = tw_reuse;
	traffic_set_reuse(run->traffic, tw_reuse);
}

static void apply_to_party(struct run *run, const struct change *change)
{
	for (size_t i = 0; i < run->n_subjects; i++) {
		if (run->subjects[i].party != change->party)
			continue;
		switch (change->kind) {
		case CHANGE_RATE:
			traffic_set_rate(run->traffic, i, change->rate);
			break;
		case CHANGE_LASTS:
			traffic_set_duration(run->traffic, i, change->lasts);
			break;
		case CHANGE_HELD:
			traffic_set_held(run->traffic, i, change->held);
			break;
		case CHANGE_FORGOTTEN:
			traffic_set_forgotten(run->traffic, i, change->held);
			break;
		case CHANGE_REUSE:
		case CHANGE_SIGHT:
		case CHANGE_RESTART:
			abort();
		}
	}
}

static void apply(struct run *run, const struct change *change)
{
	switch (change->kind) {
	case CHANGE_RATE:
	case CHANGE_LASTS:
	case CHANGE_HELD:
	case CHANGE_FORGOTTEN:
		apply_to_party(run, change);
		break;
	case CHANGE_REUSE:
		set_reuse(run, change->tw_reuse);
		break;
	case CHANGE_SIGHT:
		run->fails = change->fails;
		break;
	case CHANGE_RESTART:
		restart_engine(run, moment(run->now));
		break;
	}
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
	reading->kernel.range_low = timeline->low;
	reading->kernel.range_high = timeline->high;
	reading->kernel.figures[SW_KERNEL_TW_REUSE] = (struct sw_figure){ true, run->tw_reuse };
	reading->kernel.figures[SW_KERNEL_MAX_TW_BUCKETS] =
		(struct sw_figure){ true, timeline->max_buckets };
	reading->kernel.figures[SW_KERNEL_TIMESTAMPS] = (struct sw_figure){ true, 1 };
	reading->reuse = sw_reuse_rule_of(&reading->kernel);
	reading->jiffies = traffic_jiffies(run->traffic);
	reading->range_known = true;
	sw_port_space_init(&reading->space, timeline->low, timeline->high);
	sw_port_space_reserve(&reading->space, &reading->kernel.reserved);
	if (sw_tally_new(&reading->tally, &reading->space, &reading->reuse, run->seed) < 0)
		abort();
	traffic_show(run->traffic, count, reading->tally);
	if (sw_tally_error(reading->tally) < 0)
		abort();
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

static void take_event(struct run *run, const struct sw_event *event)
{
	size_t party = run_party_of(run, &event->alert);

	checks_of_event(run, event);
	if (event->alert.severity == SW_LEVEL_CRITICAL && run->first_critical[party] == RUN_NEVER)
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
	struct sw_reading *reading = look(run, moment(run->now));
	const struct sw_event *events;
	struct sw_report report;
	const struct sw_evidence evidence = { .report = &report, .settings = run->settings };
	size_t n_events;

	if (sw_trends_update(run->trends, reading->tally, &reading->space, reading->began.boot) < 0)
		abort();
	reading->trends = run->trends;
	if (sw_report_init(&report, reading, run->settings, &everything) < 0)
		abort();
	for (size_t i = 0; i < report.n_outlooks; i++) {
		checks_of_outlook(run, &report.outlooks[i]);
		if (run->trace)
			trace(run, &report.outlooks[i]);
	}
	sw_engine_step(run->engine, reading->began, &evidence, &events, &n_events);
	take_events(run, events, n_events);
	sw_report_deinit(&report);
	sw_reading_free(reading);
}

/* A tick at which the kernel does not answer. */
static void step_failed(struct run *run)
{
	const struct sw_evidence evidence = { .failure = "sock_diag: it does not answer" };
	const struct sw_event *events;
	size_t n_events;

	sw_engine_step(run->engine, moment(run->now), &evidence, &events, &n_events);
	take_events(run, events, n_events);
}

static void play(struct run *run)
{
	const struct timeline *timeline = run->timeline;
	size_t i = 0;

	while (run->now <= timeline->end) {
		for (; i < timeline->n_changes && timeline->changes[i].at <= run->now; i++) {
			traffic_advance(run->traffic, timeline->changes[i].at);
			apply(run, &timeline->changes[i]);
		}
		traffic_advance(run->traffic, run->now);
		if (run->fails)
			step_failed(run);
		else
			step(run);
		checks_of_step(run);
		run->now += sw_engine_next_delay(run->engine, timeline->interval);
	}
	run->now = timeline->end;
}

/* Plays the timeline once. Returns whether all was as expected. */
static bool play_once(const struct timeline *timeline, unsigned int seed, bool with_trace)
{
	struct traffic_config traffic = { timeline->low, timeline->high, timeline->max_buckets,
					  seed };
	struct run run = { .timeline = timeline, .seed = seed, .trace = with_trace };

	/* The golden ratio spreads few phases evenly. */
	run.began = timeline->start +
		    seed * UINT64_C(618034) * timeline->interval / 1000000 % timeline->interval;
	run.now = run.began;
	run.traffic = traffic_new(&traffic);
	choose_rule(&run);
	start_engine(&run);
	populate(&run);
	set_reuse(&run, timeline->tw_reuse);
	play(&run);
	verdict(&run);
	traffic_free(run.traffic);
	sw_engine_free(run.engine);
	sw_trends_free(run.trends);
	free(run.settings);
	sw_table_deinit(&run.index);
	free(run.subjects);
	free(run.outcomes);
	return run.n_complaints == 0;
}

static int play_file(const char *path, bool with_trace)
{
	const char *full = getenv("SW_TEST_FULL");
	struct timeline *timeline = malloc(sizeof(*timeline));
	unsigned int n_runs, n_failed = 0;

	if (timeline == NULL)
		abort();
	if (!timeline_read(timeline, path)) {
		free(timeline);
		return 2;
	}
	n_runs = 1 + timeline->n_noisy * (full != NULL && strcmp(full, "1") == 0 ? 10 : 1);
	for (unsigned int seed = 0; seed < n_runs; seed++)
		n_failed += !play_once(timeline, seed, with_trace);
	printf("%s: %u of %u runs went as expected\n", path, n_runs - n_failed, n_runs);
	free(timeline);
	return n_failed == 0 ? 0 : 1;
}

int main(int argc, char **argv)
{
	bool with_trace = argc > 1 && strcmp(argv[1], "--trace") == 0;
	int first = with_trace ? 2 : 1, worst = 0, result;

	if (first >= argc) {
		fprintf(stderr, "Usage: %s [--trace] FILE...\n", argv[0]);
		return 2;
	}
	for (int i = first; i < argc; i++) {
		result = play_file(argv[i], with_trace);
		worst = result > worst ? result : worst;
	}
	return worst;
}
