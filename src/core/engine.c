/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "sockwatch/engine.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/mem.h"

/* One tuple that is not quite well: an alert and the holds around it. */
struct watch {
	struct sw_alert alert;
	bool firing;
	bool seen;            /* in this step */
	uint32_t n_exhausted; /* readings in a row with nothing free */
	/* Since when each condition has held without a break; 0 = it does not. */
	sw_usec noticed, warned, projected, calm;
	sw_usec last; /* the previous reading */
};

struct sw_engine {
	struct sw_engine_config config;
	struct watch *watches;
	size_t n_watches;
	struct sw_event *events; /* room for one each */
	size_t n_events;
	uint64_t last_sequence;
};

const char *sw_event_state_to_string(enum sw_event_state state)
{
	switch (state) {
	case SW_EVENT_FIRING:
		return "firing";
	case SW_EVENT_CHANGED:
		return "changed";
	case SW_EVENT_RESOLVED:
		return "resolved";
	}
	abort();
}

int sw_engine_new(struct sw_engine **ret, const struct sw_engine_config *config)
{
	struct sw_engine *engine = calloc(1, sizeof(*engine));

	if (engine == NULL)
		return -ENOMEM;
	engine->config = *config;
	*ret = engine;
	return 0;
}

void sw_engine_free(struct sw_engine *engine)
{
	if (engine == NULL)
		return;
	free(engine->watches);
	free(engine->events);
	free(engine);
}

/* Machine, rule, namespace and subject: unique in a fleet, the same again after a restart. */
static uint64_t alert_id(const struct sw_engine *engine, const struct sw_tuple *tuple)
{
	struct {
		char machine_id[sizeof(engine->config.machine_id)];
		char netns[sizeof(engine->config.netns)];
		char rule[31];
		char subject[SW_TUPLE_TEXT_SIZE];
		uint32_t device; /* not in the text of a subject */
	} key = { .device = tuple->device };

	memcpy(key.machine_id, engine->config.machine_id, sizeof(key.machine_id));
	memcpy(key.netns, engine->config.netns, sizeof(key.netns));
	memcpy(key.rule, SW_RULE_EPHEMERAL_PORTS, sizeof(SW_RULE_EPHEMERAL_PORTS));
	sw_tuple_format(tuple, NULL, key.subject);
	return sw_hash(&key, sizeof(key), 0);
}

static struct watch *find(struct sw_engine *engine, const struct sw_tuple *tuple)
{
	for (size_t i = 0; i < engine->n_watches; i++)
		if (memcmp(&engine->watches[i].alert.outlook.tuple, tuple, sizeof(*tuple)) == 0)
			return &engine->watches[i];
	return NULL;
}

/* Is there anything about this outlook that a hold should begin for? */
static bool is_of_interest(const struct sw_engine *engine, const struct sw_outlook *outlook)
{
	const struct sw_ephemeral_limits *limits = &engine->config.limits;

	return outlook->level != SW_LEVEL_OK || outlook->utilization > limits->notice ||
	       outlook->forecast.heading_to > limits->warning ||
	       outlook->forecast.exhausted_in_low_s < SW_NEVER;
}

/* Makes room for every tuple of this step, so that nothing can fail half way. */
static int reserve(struct sw_engine *engine, size_t n_outlooks)
{
	size_t n = SW_MIN(engine->n_watches + n_outlooks, SW_ENGINE_MAX_ALERTS);
	struct watch *watches;
	struct sw_event *events;

	if (n == 0)
		return 0;
	watches = reallocarray(engine->watches, n, sizeof(*watches));
	if (watches == NULL)
		return -ENOMEM;
	engine->watches = watches;
	events = reallocarray(engine->events, n, sizeof(*events));
	if (events == NULL)
		return -ENOMEM;
	engine->events = events;
	return 0;
}

/* Keeps `since` at the moment the condition began to hold. */
static void hold(sw_usec *since, bool condition, sw_usec now)
{
	if (!condition)
		*since = 0;
	else if (*since == 0)
		*since = now;
}

static bool has_held(sw_usec since, sw_usec now, sw_usec how_long)
{
	return since != 0 && now - since >= how_long;
}

static void update_holds(struct watch *watch, const struct sw_ephemeral_limits *limits, sw_usec now)
{
	const struct sw_outlook *outlook = &watch->alert.outlook;
	double heading = outlook->forecast.heading_known ? outlook->forecast.heading_to : 0;
	double soon = (double)limits->critical_in / SW_USEC_PER_SEC;
	double line = watch->alert.severity == SW_LEVEL_NOTICE ? limits->notice : limits->warning;

	watch->n_exhausted = outlook->free == 0 ? watch->n_exhausted + 1 : 0;
	hold(&watch->noticed, outlook->utilization > limits->notice, now);
	hold(&watch->warned, outlook->utilization > limits->warning || heading > limits->warning,
	     now);
	hold(&watch->projected, outlook->forecast.exhausted_in_low_s <= soon, now);
	hold(&watch->calm,
	     outlook->utilization < 0.9 * line && heading < 0.9 * line && watch->projected == 0,
	     now);
}

/* What the alert should be now, by the holds. */
static enum sw_level severity_due(const struct watch *watch,
				  const struct sw_ephemeral_limits *limits, sw_usec now)
{
	const struct sw_outlook *outlook = &watch->alert.outlook;

	if (watch->n_exhausted >= 2 || outlook->utilization > limits->critical ||
	    sw_outlook_is_imminent(outlook, limits) ||
	    has_held(watch->projected, now, limits->critical_hold))
		return SW_LEVEL_CRITICAL;
	if (has_held(watch->warned, now, limits->warning_hold))
		return SW_LEVEL_WARNING;
	if (has_held(watch->noticed, now, limits->warning_hold))
		return SW_LEVEL_NOTICE;
	return SW_LEVEL_OK;
}

/*
 * The moment in microseconds, or one more than last time: rises within a boot,
 * also over a restart of the daemon, with nothing to remember on disk.
 */
static uint64_t next_sequence(struct sw_engine *engine, sw_usec now)
{
	engine->last_sequence = now > engine->last_sequence ? now : engine->last_sequence + 1;
	return engine->last_sequence;
}

static void emit(struct sw_engine *engine, struct watch *watch, enum sw_event_state state,
		 enum sw_level severity, struct sw_now now)
{
	struct sw_alert *alert = &watch->alert;

	alert->previous = alert->severity;
	alert->severity = severity;
	alert->changed = now;
	alert->sequence = next_sequence(engine, now.boot);
	if (state == SW_EVENT_FIRING)
		alert->since = now;
	engine->events[engine->n_events++] = (struct sw_event){ .state = state, .alert = *alert };
}

static void judge(struct sw_engine *engine, struct watch *watch, struct sw_now now)
{
	const struct sw_ephemeral_limits *limits = &engine->config.limits;
	struct sw_alert *alert = &watch->alert;
	enum sw_level due;

	if (watch->n_exhausted > 0 && watch->last != 0)
		alert->exhausted_usec += now.boot - watch->last;
	watch->last = now.boot;
	if (alert->outlook.used >= alert->peak_used) {
		alert->peak_used = alert->outlook.used;
		alert->peak_utilization = alert->outlook.utilization;
	}

	update_holds(watch, limits, now.boot);
	due = severity_due(watch, limits, now.boot);
	if (!watch->firing && due > SW_LEVEL_OK) {
		watch->firing = true;
		emit(engine, watch, SW_EVENT_FIRING, due, now);
	} else if (watch->firing && due > alert->severity) {
		emit(engine, watch, SW_EVENT_CHANGED, due, now);
	} else if (watch->firing && has_held(watch->calm, now.boot, limits->clear)) {
		emit(engine, watch, SW_EVENT_RESOLVED, alert->severity, now);
		/* The next episode begins with nothing: no peak, no holds. */
		*watch = (struct watch){ .alert.id = alert->id, .alert.outlook = alert->outlook };
	}
}

/* A tuple that has gone from the reading has no sockets: all its ports are free. */
static void set_gone(struct sw_outlook *outlook)
{
	outlook->used = 0;
	outlook->used_first = 0;
	outlook->free = outlook->capacity;
	outlook->free_low = outlook->capacity;
	outlook->utilization = 0;
	outlook->held = outlook->time_wait = outlook->reusable = 0;
	memset(outlook->n_by_state, 0, sizeof(outlook->n_by_state));
	outlook->slow_connects = false;
	outlook->level = SW_LEVEL_OK;
	outlook->forecast = (struct sw_forecast){
		.ceiling_per_s = outlook->forecast.ceiling_per_s,
		.exhausted_in_s = SW_NEVER,
		.exhausted_in_low_s = SW_NEVER,
		.exhausted_in_sustained_s = SW_NEVER,
	};
}

static void take(struct sw_engine *engine, const struct sw_outlook *outlook)
{
	struct watch *watch = find(engine, &outlook->tuple);

	if (watch == NULL) {
		if (!is_of_interest(engine, outlook) || engine->n_watches == SW_ENGINE_MAX_ALERTS)
			return;
		watch = &engine->watches[engine->n_watches++];
		*watch = (struct watch){ .alert.id = alert_id(engine, &outlook->tuple) };
	}
	watch->alert.outlook = *outlook;
	watch->seen = true;
}

/* Forgets what neither fires nor may come to. */
static void forget_quiet(struct sw_engine *engine)
{
	size_t kept = 0;

	for (size_t i = 0; i < engine->n_watches; i++) {
		struct watch *watch = &engine->watches[i];

		if (watch->firing || is_of_interest(engine, &watch->alert.outlook))
			engine->watches[kept++] = *watch;
	}
	engine->n_watches = kept;
}

int sw_engine_step(struct sw_engine *engine, struct sw_now now, const struct sw_outlook *outlooks,
		   size_t n_outlooks, const struct sw_event **ret_events, size_t *ret_n_events)
{
	int r;

	r = reserve(engine, n_outlooks);
	if (r < 0)
		return r;
	engine->n_events = 0;
	for (size_t i = 0; i < engine->n_watches; i++)
		engine->watches[i].seen = false;
	for (size_t i = 0; i < n_outlooks; i++)
		take(engine, &outlooks[i]);
	for (size_t i = 0; i < engine->n_watches; i++) {
		struct watch *watch = &engine->watches[i];

		if (!watch->seen)
			set_gone(&watch->alert.outlook);
		judge(engine, watch, now);
	}
	forget_quiet(engine);
	*ret_events = engine->events;
	*ret_n_events = engine->n_events;
	return 0;
}

int sw_engine_firing(const struct sw_engine *engine, struct sw_alert **ret, size_t *ret_n)
{
	struct sw_alert *list = calloc(engine->n_watches + 1, sizeof(*list));
	size_t n = 0;

	if (list == NULL)
		return -ENOMEM;
	for (size_t i = 0; i < engine->n_watches; i++)
		if (engine->watches[i].firing)
			list[n++] = engine->watches[i].alert;
	*ret = list;
	*ret_n = n;
	return 0;
}

sw_usec sw_engine_next_delay(const struct sw_engine *engine, sw_usec interval)
{
	return engine->n_watches > 0 ? interval / 5 : interval;
}
