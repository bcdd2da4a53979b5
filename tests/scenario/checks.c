/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What holds at every step of every scenario. */

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "render/sentence.h"
#include "scenario/run.h"

/* Says which condition is broken, and shows the figures it is made of. */
#define REQUIRE(run, outlook, condition)                               \
	do {                                                           \
		if (!(condition))                                      \
			complain_of_outlook(run, outlook, #condition); \
	} while (0)

static void complain_of_outlook(struct run *run, const struct sw_outlook *outlook,
				const char *condition)
{
	const struct sw_forecast *forecast = &outlook->forecast;
	char subject[SW_TUPLE_TEXT_SIZE];

	run_complain(
		run,
		"%s: not so: %s\n"
		"    capacity %u used %u free %u low %u utilization %f held %u time_wait %u "
		"reusable %u\n"
		"    rate %f ceiling %f heading %f exhausted in %f low %f sustained %f level %s",
		sw_tuple_format(&outlook->tuple, NULL, subject), condition, outlook->capacity,
		outlook->used, outlook->free, outlook->free_low, outlook->utilization,
		outlook->held, outlook->time_wait, outlook->reusable, forecast->rate_per_s,
		forecast->ceiling_per_s, forecast->heading_to, forecast->exhausted_in_s,
		forecast->exhausted_in_low_s, forecast->exhausted_in_sustained_s,
		sw_level_to_string(outlook->level));
}

/* A number that JSON can hold, and no negative one. */
static bool is_amount(double value)
{
	return isfinite(value) && value >= 0;
}

/* Seconds from now on, or never. */
static bool is_distance(double seconds)
{
	return !isnan(seconds) && seconds >= 0;
}

static void check_ports(struct run *run, const struct sw_outlook *outlook)
{
	uint32_t n_free = traffic_n_free(run->traffic, run_find(run, &outlook->tuple));
	uint32_t usable = outlook->range - outlook->reserved;

	REQUIRE(run, outlook, outlook->capacity == usable - outlook->blocked);
	REQUIRE(run, outlook, outlook->free == outlook->capacity - outlook->used);
	/* What connect() would find. They differ where the row had to make way for others. */
	REQUIRE(run, outlook, outlook->free >= n_free);
	/* Of ports that were bound, nothing speaks for those of the first parity. */
	REQUIRE(run, outlook,
		outlook->free_low <= n_free || run_find_binder(run) < run->n_subjects);
	REQUIRE(run, outlook, outlook->utilization >= 0 && outlook->utilization <= 1);
	REQUIRE(run, outlook,
		fabs(outlook->utilization - (1 - (double)outlook->free / usable)) < 1e-9);
	REQUIRE(run, outlook, outlook->reusable <= outlook->time_wait);
	REQUIRE(run, outlook, (outlook->free == 0) == (outlook->level == SW_LEVEL_EXHAUSTED));
}

static void check_rates(struct run *run, const struct sw_outlook *outlook)
{
	const struct sw_forecast *forecast = &outlook->forecast;

	REQUIRE(run, outlook, is_amount(forecast->rate_per_s));
	REQUIRE(run, outlook, is_amount(forecast->present_per_s));
	REQUIRE(run, outlook, is_amount(forecast->ceiling_per_s));
	REQUIRE(run, outlook, !forecast->heading_known || is_amount(forecast->heading_to));
	REQUIRE(run, outlook, is_amount(forecast->onset.ago_s));
	REQUIRE(run, outlook, is_amount(forecast->onset.before_per_s));
	REQUIRE(run, outlook,
		isnan(outlook->slow_share) ||
			(outlook->slow_share >= 0 && outlook->slow_share <= 1));
}

static void check_distances(struct run *run, const struct sw_outlook *outlook)
{
	const struct sw_forecast *forecast = &outlook->forecast;

	REQUIRE(run, outlook, is_distance(forecast->exhausted_in_s));
	REQUIRE(run, outlook, is_distance(forecast->exhausted_in_low_s));
	REQUIRE(run, outlook, is_distance(forecast->exhausted_in_sustained_s));
	REQUIRE(run, outlook, is_distance(forecast->halved_in_s));
	REQUIRE(run, outlook, is_amount(forecast->drained_in_s));
	REQUIRE(run, outlook, outlook->free > 0 || forecast->exhausted_in_s <= 0);
	/* A lower rate fails no sooner. */
	REQUIRE(run, outlook, forecast->exhausted_in_low_s >= forecast->exhausted_in_s - 1e-6);
	REQUIRE(run, outlook,
		forecast->exhausted_in_sustained_s >= forecast->exhausted_in_low_s - 1e-6);
}

/*
 * What has gone on without chance for more than a TIME_WAIT lasts is known: whether it fails within
 * 100 s is what the forecast says, but for what is a hair from the ceiling, and for live sockets
 * that become more. One look at it after each change will do.
 */
static void check_forecast(struct run *run, const struct sw_outlook *outlook,
			   struct subject *subject)
{
	const sw_usec horizon = 100 * SW_USEC_PER_SEC, known = 70 * SW_USEC_PER_SEC;
	const double slack_s = 5, horizon_s = run_seconds(horizon);
	sw_usec since = subject->touched > run->began ? subject->touched : run->began;

	if (run->seed != 0 || outlook->reuse != SW_REUSE_NONE || outlook->own < 0.1 ||
	    run->now < since + known || subject->looked_ahead > since ||
	    run_find_binder(run) < run->n_subjects || 10 * outlook->held > outlook->used ||
	    fabs(outlook->forecast.heading_to - 1) < 0.03)
		return;
	subject->looked_ahead = run->now;
	if (traffic_imagine(run->traffic, run_find(run, &outlook->tuple), horizon).fails)
		REQUIRE(run, outlook, outlook->forecast.exhausted_in_s < horizon_s + slack_s);
	else
		REQUIRE(run, outlook, outlook->forecast.exhausted_in_s > horizon_s - slack_s);
}

void checks_of_outlook(struct run *run, const struct sw_outlook *outlook)
{
	struct subject *subject = &run->subjects[run_find(run, &outlook->tuple)];

	if (outlook->used > subject->peak)
		subject->peak = outlook->used;
	/* What is not in each reading, or what nobody looked at for long, was free in between. */
	if (subject->exhausted != 0 && subject->exhausted == run->before &&
	    run->now - run->before <= run->timeline->interval)
		subject->exhausted_usec += run->now - subject->exhausted;
	subject->exhausted = outlook->free == 0 ? run->now : 0;
	check_ports(run, outlook);
	check_rates(run, outlook);
	check_distances(run, outlook);
	check_forecast(run, outlook, subject);
}

void checks_of_wall(struct run *run, const struct sw_bind_wall *wall)
{
	size_t binder = run_find_binder(run);
	struct sw_outlook outlook;

	if (binder == run->n_subjects ||
	    !sw_addr_equal(&wall->source, &run->subjects[binder].tuple.source))
		return;
	sw_bind_wall_outlook(wall, &outlook);
	REQUIRE(run, &outlook, wall->free == traffic_n_bind_free(run->traffic));
	check_distances(run, &outlook);
}

static bool is_of_tuple(const struct sw_alert *alert)
{
	return alert->rule == SW_RULE_EPHEMERAL_PORTS && alert->n_grouped == 0;
}

/* Life of an alert: firing, changed upwards, repeated at the worst, resolved; then from the start.
 */
static bool may_follow(const struct life *life, const struct sw_event *event)
{
	const struct sw_alert *alert = &event->alert;

	if (alert->severity < SW_LEVEL_NOTICE || alert->severity > SW_LEVEL_CRITICAL ||
	    alert->previous != life->firing)
		return false;
	switch (event->state) {
	case SW_EVENT_FIRING:
		return life->firing == SW_LEVEL_OK;
	case SW_EVENT_CHANGED:
		return life->firing != SW_LEVEL_OK && alert->severity > life->firing;
	case SW_EVENT_REPEAT:
		return life->firing == SW_LEVEL_CRITICAL && alert->severity == life->firing;
	case SW_EVENT_RESOLVED:
		return life->firing != SW_LEVEL_OK && alert->severity == life->firing;
	}
	abort();
}

static bool is_another_with(const struct life *other, const struct life *life, uint64_t id)
{
	return other != life && other->alert_id == id;
}

/* No other alert has this alert_id. */
static bool is_own_id(const struct run *run, const struct life *life, uint64_t id)
{
	bool found = false;

	for (int rule = 0; rule < SW_N_RULES; rule++) {
		found = found || is_another_with(&run->groups[rule], life, id) ||
			is_another_with(&run->names[rule], life, id);
		for (size_t i = 0; i < run->n_subjects; i++)
			found = found || is_another_with(&run->subjects[i].lives[rule], life, id) ||
				is_another_with(&run->subjects[i].listening[rule], life, id);
	}
	return !found;
}

/* What an alert remembers of its tuple is of this episode. */
static void check_memory(struct run *run, const struct sw_event *event)
{
	const struct sw_alert *alert = &event->alert;
	const struct sw_outlook *outlook = &alert->outlook;
	struct subject *subject = &run->subjects[run_find(run, &outlook->tuple)];
	sw_usec lasted = alert->changed.boot - alert->since.boot;

	REQUIRE(run, outlook, alert->peak_used >= outlook->used);
	REQUIRE(run, outlook, alert->peak_used <= subject->peak);
	REQUIRE(run, outlook, alert->peak_utilization >= outlook->utilization);
	/* Of the interval in which the last port went, nobody knows how much it was. */
	REQUIRE(run, outlook, alert->exhausted_usec <= lasted + run->timeline->interval);
	REQUIRE(run, outlook, alert->exhausted_usec >= subject->exhausted_usec);
	if (event->state == SW_EVENT_RESOLVED)
		subject->peak = 0;
	if (event->state == SW_EVENT_RESOLVED)
		subject->exhausted_usec = 0;
}

/* A "-w" is none. */
static bool has_negative(const char *text)
{
	while ((text = strstr(text, " -")) != NULL) {
		text += 2;
		if (*text >= '0' && *text <= '9')
			return true;
	}
	return false;
}

static void check_facts(struct run *run, const struct sw_event *event)
{
	const struct sw_alert *alert = &event->alert;
	char sentence[SW_SENTENCE_SIZE];

	REQUIRE(run, &alert->outlook, is_amount(alert->facts.per_s));
	REQUIRE(run, &alert->outlook, is_amount(alert->facts.share));
	sw_render_sentence(event, NULL, sentence);
	if (strstr(sentence, "nan") != NULL || strstr(sentence, "inf") != NULL ||
	    has_negative(sentence))
		run_complain(run, "no figure to show people: %s", sentence);
}

void checks_of_event(struct run *run, const struct sw_event *event)
{
	const struct sw_alert *alert = &event->alert;
	const struct sw_outlook *outlook = &alert->outlook;
	struct life *life = run_life_of(run, alert);

	REQUIRE(run, outlook, may_follow(life, event));
	REQUIRE(run, outlook, alert->sequence > run->last_sequence);
	REQUIRE(run, outlook,
		life->alert_id == 0 ? is_own_id(run, life, alert->id)
				    : life->alert_id == alert->id);
	if (event->state == SW_EVENT_FIRING)
		life->since = alert->since.boot;
	REQUIRE(run, outlook, life->since == alert->since.boot);
	REQUIRE(run, outlook, alert->since.boot <= alert->changed.boot);
	REQUIRE(run, outlook, alert->lasted_usec <= alert->changed.boot - alert->since.boot);
	check_facts(run, event);
	if (is_of_tuple(alert))
		check_memory(run, event);
	life->alert_id = alert->id;
	life->firing = event->state == SW_EVENT_RESOLVED ? SW_LEVEL_OK : alert->severity;
	if (life->firing != SW_LEVEL_CRITICAL)
		life->critical_since = RUN_NEVER;
	else if (life->critical_since == RUN_NEVER)
		life->critical_since = run->now;
	run->last_sequence = alert->sequence;
}

/*
 * What has gone on for long enough to be known is critical before it fails: an interval until it is
 * looked at, CriticalHold, and two seconds in which a rate is a guess. By then the ports that are
 * held are over the critical line, at the least.
 */
static void check_foresight(struct run *run, const struct subject *subject, sw_usec failed)
{
	const struct life *life = &subject->lives[SW_RULE_EPHEMERAL_PORTS];
	const struct life *group = &run->groups[SW_RULE_EPHEMERAL_PORTS];
	const struct life *bind = &run->names[SW_RULE_BIND_PORTS];
	sw_usec enough = run->timeline->interval + sw_ephemeral_limits_default.critical_hold +
			 2 * SW_USEC_PER_SEC;
	sw_usec since = subject->touched > run->began ? subject->touched : run->began;

	if (run->fails || life->critical_since <= failed || group->critical_since <= failed ||
	    bind->critical_since <= failed || failed < since + enough)
		return;
	run_complain(run,
		     "%s: a connect failed at %.1fs, and that was to be foreseen from %.1fs on",
		     run->timeline->parties[subject->party].name, run_seconds(failed),
		     run_seconds(since));
}

/* A bind() that fails is the host's. */
static size_t party_of_failure(const struct run *run, const struct subject *subject)
{
	return run->timeline->parties[subject->party].binds ? (size_t)PARTY_HOST : subject->party;
}

static void note_failure(struct run *run, size_t number)
{
	struct subject *subject = &run->subjects[number];
	sw_usec *first = &run->first_failure[party_of_failure(run, subject)];
	sw_usec failed;

	if (!traffic_has_failed(run->traffic, number, &failed))
		return;
	causes_of_failure(run, number);
	*first = failed < *first ? failed : *first;
	check_foresight(run, subject, failed);
	/* What failed before the first reading, or while there was none, may be over. */
	if (subject->unheeded == RUN_NEVER && failed >= run->began && !run->fails)
		subject->unheeded = failed;
}

/* A failure is answered by a critical alert that fires already, or does within one interval. */
static void check_failures(struct run *run)
{
	for (size_t i = 0; i < run->n_subjects; i++) {
		struct subject *subject = &run->subjects[i];

		/* Two rules answer for them, and the second where somebody binds. */
		if (!run->settings->rules.common[SW_RULE_EPHEMERAL_PORTS].enabled)
			return;
		note_failure(run, i);
		if (subject->lives[SW_RULE_EPHEMERAL_PORTS].firing == SW_LEVEL_CRITICAL ||
		    run->groups[SW_RULE_EPHEMERAL_PORTS].firing == SW_LEVEL_CRITICAL ||
		    run->names[SW_RULE_BIND_PORTS].firing == SW_LEVEL_CRITICAL || run->fails)
			subject->unheeded = RUN_NEVER;
		if (subject->unheeded == RUN_NEVER ||
		    run->now - subject->unheeded < run->timeline->interval)
			continue;
		run_complain(run,
			     "%s: connects have failed since %.1fs, and nothing critical fires",
			     run->timeline->parties[subject->party].name,
			     run_seconds(subject->unheeded));
		subject->unheeded = RUN_NEVER;
	}
}

/* The list of firing alerts is what the events have told. */
static void check_firing(struct run *run)
{
	size_t n_alerts, n_firing = 0;
	struct sw_alert *alerts;

	if (sw_engine_firing(run->engine, &alerts, &n_alerts) < 0)
		abort();
	for (size_t i = 0; i < n_alerts; i++) {
		const struct life *life = run_life_of(run, &alerts[i]);

		REQUIRE(run, &alerts[i].outlook, alerts[i].id == life->alert_id);
		REQUIRE(run, &alerts[i].outlook, alerts[i].severity == life->firing);
	}
	free(alerts);
	for (int rule = 0; rule < SW_N_RULES; rule++) {
		n_firing += run->groups[rule].firing != SW_LEVEL_OK;
		n_firing += run->names[rule].firing != SW_LEVEL_OK;
		for (size_t i = 0; i < run->n_subjects; i++)
			n_firing += (run->subjects[i].lives[rule].firing != SW_LEVEL_OK) +
				    (run->subjects[i].listening[rule].firing != SW_LEVEL_OK);
	}
	if (n_firing != n_alerts)
		run_complain(run, "%zu alerts fire, by the events there should be %zu", n_alerts,
			     n_firing);
}

void checks_of_step(struct run *run)
{
	sw_usec delay = sw_engine_next_delay(run->engine, run->timeline->interval);

	if (delay == 0 || delay > run->timeline->interval)
		run_complain(run, "the next reading is to come after %.3fs", run_seconds(delay));
	check_failures(run);
	check_firing(run);
}
