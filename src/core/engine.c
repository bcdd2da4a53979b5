/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Watches are a short list: only tuples that are not quite well have one. Every step makes
 * room first, so that nothing can fail half way through.
 */

#include "sockwatch/engine.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/mem.h"
#include "core/watch.h"

struct sw_engine {
	struct sw_engine_config config;
	struct sw_watch *watches; /* of tuples */
	size_t n_watches;
	struct sw_watch group; /* of tuples beyond max_active */
	bool group_is_sought;  /* it was taken over, and its members have not been seen since */
	struct sw_watch blind;
	uint32_t n_failed;              /* readings in a row */
	uint32_t n_counted;             /* likewise, those that did not fail */
	const struct sw_ifnames *names; /* may be NULL */
	const struct sw_mutes *mutes;   /* the same */
	bool moved;                     /* in the latest step, with or without events */
	struct sw_event *events;        /* room for one of each watch, the group and blind */
	size_t n_events;
	uint64_t last_sequence;
};

/* Machine, rule, namespace and subject: unique in a fleet, the same again after a restart. */
static uint64_t alert_id(const struct sw_engine *engine, enum sw_rule rule, const char *subject,
			 uint32_t device)
{
	struct {
		char machine_id[sizeof(engine->config.machine_id)];
		char netns[sizeof(engine->config.netns)];
		char rule[31];
		char subject[SW_TUPLE_TEXT_SIZE];
		uint32_t device; /* not in the text of a tuple */
	} key = { .device = device };

	memcpy(key.machine_id, engine->config.machine_id, sizeof(key.machine_id));
	memcpy(key.netns, engine->config.netns, sizeof(key.netns));
	snprintf(key.rule, sizeof(key.rule), "%s", sw_rule_to_string(rule));
	snprintf(key.subject, sizeof(key.subject), "%s", subject);
	return sw_hash(&key, sizeof(key), 0);
}

int sw_engine_new(struct sw_engine **ret, const struct sw_engine_config *config)
{
	struct sw_engine *engine = calloc(1, sizeof(*engine));

	if (engine == NULL)
		return -ENOMEM;
	engine->config = *config;
	engine->group.alert.rule = SW_RULE_EPHEMERAL_PORTS;
	engine->group.alert.id = alert_id(engine, SW_RULE_EPHEMERAL_PORTS, "", 0);
	engine->blind.alert.rule = SW_RULE_BLIND;
	engine->blind.alert.id = alert_id(engine, SW_RULE_BLIND, config->netns, 0);
	*ret = engine;
	return 0;
}

void sw_engine_configure(struct sw_engine *engine, const struct sw_engine_config *config)
{
	struct sw_engine_config old = engine->config;

	engine->config = *config;
	memcpy(engine->config.machine_id, old.machine_id, sizeof(old.machine_id));
	memcpy(engine->config.netns, old.netns, sizeof(old.netns));
}

void sw_engine_free(struct sw_engine *engine)
{
	if (engine == NULL)
		return;
	free(engine->watches);
	free(engine->events);
	free(engine);
}

/* Makes room for `n_more` watches and an event of each, so that nothing can fail half way. */
static int reserve(struct sw_engine *engine, size_t n_more)
{
	size_t n = SW_MIN(engine->n_watches + n_more, SW_ENGINE_MAX_WATCHES) + 1;
	struct sw_watch *watches;
	struct sw_event *events;

	watches = reallocarray(engine->watches, n, sizeof(*watches));
	if (watches == NULL)
		return -ENOMEM;
	engine->watches = watches;
	events = reallocarray(engine->events, n + 2, sizeof(*events));
	if (events == NULL)
		return -ENOMEM;
	engine->events = events;
	return 0;
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

/* Tells people what has become of an alert. */
static void emit(struct sw_engine *engine, struct sw_watch *watch, enum sw_event_state state,
		 struct sw_now now)
{
	struct sw_alert *alert = &watch->alert;

	watch->told = now.boot;
	alert->previous = alert->announced;
	alert->announced = alert->severity;
	alert->lasted_usec += now.boot - alert->changed.boot;
	alert->changed = now;
	alert->sequence = next_sequence(engine, now.boot);
	engine->events[engine->n_events++] = (struct sw_event){ .state = state, .alert = *alert };
}

/* It fires, or gets worse: so far nobody knows. */
static void worsen(struct sw_engine *engine, struct sw_watch *watch, enum sw_level due,
		   struct sw_now now)
{
	struct sw_alert *alert = &watch->alert;

	engine->moved = true;
	alert->severity = due;
	if (watch->firing)
		return;
	watch->firing = true;
	alert->since = alert->changed = now;
	alert->announced = alert->previous = SW_LEVEL_OK;
	alert->lasted_usec = 0;
	alert->sequence = 0;
	/* Calm counts from here, and by the line of this severity. */
	watch->calm = 0;
}

/* The end of an alert is told to those who know of its beginning, also while it is mute. */
static void resolve(struct sw_engine *engine, struct sw_watch *watch, struct sw_now now)
{
	engine->moved = true;
	watch->firing = false;
	if (watch->alert.announced > SW_LEVEL_OK)
		emit(engine, watch, SW_EVENT_RESOLVED, now);
	watch->alert.severity = SW_LEVEL_OK;
}

/* Takes the mutes there are now. Returns whether one has just ended for a firing alert. */
static bool update_mute(struct sw_engine *engine, struct sw_watch *watch, struct sw_now now)
{
	sw_usec before = watch->alert.muted_until;
	char subject[SW_TUPLE_TEXT_SIZE];

	watch->alert.muted_until = 0;
	if (engine->mutes != NULL && engine->mutes->n > 0)
		watch->alert.muted_until =
			sw_mutes_until(engine->mutes, watch->alert.rule,
				       sw_subject_format(&watch->alert, engine->config.netns,
							 engine->names, subject),
				       now.wall);
	if (!watch->firing)
		return false;
	engine->moved = engine->moved || watch->alert.muted_until != before;
	return before != 0 && watch->alert.muted_until == 0;
}

/* The life of an alert with events of its own: what is due meets what fires, and what people know
 * follows, now or when it is no longer mute. */
static void live(struct sw_engine *engine, struct sw_watch *watch, enum sw_level due, bool over,
		 struct sw_now now)
{
	const struct sw_alert *alert = &watch->alert;
	bool unmuted = update_mute(engine, watch, now);
	sw_usec repeat = engine->config.repeat;

	if (watch->firing && over)
		resolve(engine, watch, now);
	else if (due > alert->severity)
		worsen(engine, watch, due, now);
	if (!watch->firing || alert->muted_until != 0)
		return;
	if (alert->announced == SW_LEVEL_OK)
		emit(engine, watch, SW_EVENT_FIRING, now);
	else if (alert->severity > alert->announced)
		emit(engine, watch, SW_EVENT_CHANGED, now);
	else if (unmuted || (alert->severity == SW_LEVEL_CRITICAL && repeat > 0 &&
			     now.boot - watch->told >= repeat))
		emit(engine, watch, SW_EVENT_REPEAT, now);
}

static struct sw_watch *find(struct sw_engine *engine, const struct sw_tuple *tuple)
{
	for (size_t i = 0; i < engine->n_watches; i++)
		if (memcmp(&engine->watches[i].alert.outlook.tuple, tuple, sizeof(*tuple)) == 0)
			return &engine->watches[i];
	return NULL;
}

static struct sw_watch new_watch(const struct sw_engine *engine, const struct sw_tuple *tuple)
{
	char subject[SW_TUPLE_TEXT_SIZE];

	return (struct sw_watch){
		.alert.rule = SW_RULE_EPHEMERAL_PORTS,
		.alert.id = alert_id(engine, SW_RULE_EPHEMERAL_PORTS,
				     sw_tuple_format(tuple, engine->names, subject), tuple->device),
		.alert.outlook.tuple = *tuple,
	};
}

/*
 * A place for a watch on `outlook`. When all are taken, the one that is best off
 * and has no events of its own makes way for one that is worse; NULL where none is.
 */
static struct sw_watch *place_for(struct sw_engine *engine, const struct sw_outlook *outlook)
{
	struct sw_watch *best = NULL;

	if (engine->n_watches < SW_ENGINE_MAX_WATCHES)
		return &engine->watches[engine->n_watches++];
	for (size_t i = 0; i < engine->n_watches; i++) {
		struct sw_watch *watch = &engine->watches[i];

		if ((!watch->firing || watch->grouped) &&
		    (best == NULL ||
		     sw_outlook_compare(&watch->alert.outlook, &best->alert.outlook) > 0))
			best = watch;
	}
	return best != NULL && sw_outlook_compare(outlook, &best->alert.outlook) < 0 ? best : NULL;
}

static void take(struct sw_engine *engine, const struct sw_outlook *outlook)
{
	struct sw_watch *watch = find(engine, &outlook->tuple);

	if (watch == NULL) {
		if (!sw_watch_is_wanted(outlook))
			return;
		watch = place_for(engine, outlook);
		if (watch == NULL)
			return;
		*watch = new_watch(engine, &outlook->tuple);
	}
	watch->alert.outlook = *outlook;
	watch->seen = true;
}

/* Alerts with events of their own that fire. */
static uint32_t count_active(const struct sw_engine *engine)
{
	uint32_t n = 0;

	for (size_t i = 0; i < engine->n_watches; i++)
		n += engine->watches[i].firing && !engine->watches[i].grouped;
	return n;
}

/* A tuple beyond max_active fires within the group: it lives the same life, but in silence. */
static void live_grouped(struct sw_engine *engine, struct sw_watch *watch, enum sw_level due,
			 bool over, struct sw_now now)
{
	(void)update_mute(engine, watch, now);
	if (over)
		watch->firing = watch->grouped = false;
	else if (due > watch->alert.severity)
		watch->alert.severity = due;
}

static void judge(struct sw_engine *engine, struct sw_watch *watch, struct sw_now now)
{
	uint32_t max_active = engine->config.max_active;
	bool was_firing = watch->firing, over;
	enum sw_level due;

	sw_watch_update(watch, engine->config.max_gap, now.boot);
	due = sw_watch_due(watch, now.boot);
	over = sw_watch_is_over(watch, watch->alert.outlook.limits.clear, now.boot);
	/* Nobody asks for it any more: the rule is off, or the destination is ignored now. */
	watch->alert.removed = watch->alert.outlook.max_severity == SW_LEVEL_OK;
	over = over || watch->alert.removed;
	due = SW_MIN(due, watch->alert.outlook.max_severity);
	if (!watch->firing && due > SW_LEVEL_OK && max_active > 0 &&
	    count_active(engine) >= max_active)
		watch->firing = watch->grouped = true;
	if (watch->grouped && count_active(engine) < max_active) {
		/* There is room again: from here on it speaks for itself. */
		watch->firing = watch->grouped = was_firing = false;
		watch->alert.severity = SW_LEVEL_OK;
	}
	if (watch->grouped)
		live_grouped(engine, watch, due, over, now);
	else
		live(engine, watch, due, over, now);
	/* The next episode begins with nothing: no peak, no holds. */
	if (was_firing && !watch->firing) {
		struct sw_outlook outlook = watch->alert.outlook;

		*watch = new_watch(engine, &outlook.tuple);
		watch->alert.outlook = outlook;
	}
}

/* One alert for all that fire within the group: how many, and the worst of them. */
static void judge_group(struct sw_engine *engine, struct sw_now now)
{
	struct sw_alert *alert = &engine->group.alert;
	const struct sw_watch *worst = NULL;
	enum sw_level due = SW_LEVEL_OK;
	uint32_t n = 0;

	for (size_t i = 0; i < engine->n_watches; i++) {
		const struct sw_watch *watch = &engine->watches[i];

		/* Those that nobody wants to hear of must not speak through the group either. */
		if (!watch->grouped || watch->alert.muted_until != 0)
			continue;
		n++;
		due = watch->alert.severity > due ? watch->alert.severity : due;
		if (worst == NULL ||
		    sw_outlook_compare(&watch->alert.outlook, &worst->alert.outlook) < 0)
			worst = watch;
	}
	if (worst != NULL) {
		alert->outlook = worst->alert.outlook;
		alert->n_grouped = n;
		engine->group.calm = 0;
	} else if (engine->group.calm == 0) {
		engine->group.calm = now.boot;
	}
	engine->group_is_sought = engine->group_is_sought && worst == NULL;
	/* Its members were calm for long enough already, unless they are yet to be found again. */
	live(engine, &engine->group, due,
	     worst == NULL && (!engine->group_is_sought ||
			       sw_watch_is_over(&engine->group, engine->config.clear, now.boot)),
	     now);
}

static void judge_blind(struct sw_engine *engine, struct sw_now now)
{
	bool blind = engine->n_failed >= SW_ENGINE_BLIND_READINGS;

	enum sw_level due = SW_MIN(SW_LEVEL_WARNING, engine->config.max_blind_severity);

	engine->blind.alert.removed = due == SW_LEVEL_OK;
	live(engine, &engine->blind, blind ? due : SW_LEVEL_OK,
	     due == SW_LEVEL_OK || engine->n_counted >= SW_ENGINE_BLIND_READINGS, now);
}

/* Forgets what neither fires nor may come to. */
static void forget_quiet(struct sw_engine *engine)
{
	size_t kept = 0;

	for (size_t i = 0; i < engine->n_watches; i++) {
		struct sw_watch *watch = &engine->watches[i];

		if (watch->firing || sw_watch_is_wanted(&watch->alert.outlook))
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
	engine->moved = false;
	engine->n_failed = 0;
	engine->n_counted++;
	for (size_t i = 0; i < engine->n_watches; i++)
		engine->watches[i].seen = false;
	for (size_t i = 0; i < n_outlooks; i++)
		take(engine, &outlooks[i]);
	for (size_t i = 0; i < engine->n_watches; i++) {
		if (!engine->watches[i].seen)
			sw_watch_set_gone(&engine->watches[i]);
		judge(engine, &engine->watches[i], now);
	}
	judge_group(engine, now);
	judge_blind(engine, now);
	forget_quiet(engine);
	*ret_events = engine->events;
	*ret_n_events = engine->n_events;
	return 0;
}

int sw_engine_step_failed(struct sw_engine *engine, struct sw_now now, const char *why,
			  const struct sw_event **ret_events, size_t *ret_n_events)
{
	int r;

	r = reserve(engine, 0);
	if (r < 0)
		return r;
	engine->n_events = 0;
	engine->moved = false;
	engine->n_counted = 0;
	engine->n_failed++;
	snprintf(engine->blind.alert.why, sizeof(engine->blind.alert.why), "%s", why);
	judge_blind(engine, now);
	*ret_events = engine->events;
	*ret_n_events = engine->n_events;
	return 0;
}

void sw_engine_set_names(struct sw_engine *engine, const struct sw_ifnames *names)
{
	engine->names = names;
}

void sw_engine_set_mutes(struct sw_engine *engine, const struct sw_mutes *mutes)
{
	engine->mutes = mutes;
}

bool sw_engine_has_moved(const struct sw_engine *engine)
{
	return engine->moved;
}

int sw_engine_firing(const struct sw_engine *engine, struct sw_alert **ret, size_t *ret_n)
{
	struct sw_alert *list = calloc(engine->n_watches + 2, sizeof(*list));
	size_t n = 0;

	if (list == NULL)
		return -ENOMEM;
	if (engine->blind.firing)
		list[n++] = engine->blind.alert;
	if (engine->group.firing)
		list[n++] = engine->group.alert;
	for (size_t i = 0; i < engine->n_watches; i++)
		if (engine->watches[i].firing && !engine->watches[i].grouped)
			list[n++] = engine->watches[i].alert;
	*ret = list;
	*ret_n = n;
	return 0;
}

/* Lets an alert go on that fired before. */
static void resume(struct sw_engine *engine, struct sw_watch *watch, const struct sw_alert *alert,
		   struct sw_now now)
{
	watch->alert = *alert;
	/* What lasted until then is in lasted_usec; the time between two daemons is not counted. */
	watch->alert.changed.boot = now.boot;
	watch->firing = true;
	watch->told = watch->last = now.boot;
	if (alert->sequence > engine->last_sequence)
		engine->last_sequence = alert->sequence;
}

int sw_engine_take_over(struct sw_engine *engine, const struct sw_alert *alerts, size_t n,
			struct sw_now now)
{
	int r;

	r = reserve(engine, n);
	if (r < 0)
		return r;
	for (size_t i = 0; i < n; i++) {
		struct sw_watch *watch = &engine->blind;

		if (alerts[i].rule == SW_RULE_EPHEMERAL_PORTS && alerts[i].n_grouped > 0) {
			watch = &engine->group;
			engine->group_is_sought = true;
		} else if (alerts[i].rule == SW_RULE_EPHEMERAL_PORTS) {
			if (engine->n_watches == SW_ENGINE_MAX_WATCHES)
				continue;
			watch = &engine->watches[engine->n_watches++];
			*watch = new_watch(engine, &alerts[i].outlook.tuple);
		}
		resume(engine, watch, &alerts[i], now);
	}
	return 0;
}

sw_usec sw_engine_next_delay(const struct sw_engine *engine, sw_usec interval)
{
	return engine->n_watches > 0 ? interval / 5 : interval;
}
