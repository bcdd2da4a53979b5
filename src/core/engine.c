/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Rules find, watches remember, and one life for all rules makes events of it. Room for every
 * watch and an event of each is there from the start, so that no step can fail.
 */

#include "sockwatch/engine.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/mem.h"
#include "core/life.h"
#include "core/rules.h"
#include "core/watch-list.h"

/* Alerts of one rule beyond max_active, told as one. */
struct group {
	struct sw_watch watch;
	bool is_sought; /* it was taken over, and its members have not been seen since */
};

struct sw_engine {
	struct sw_engine_config config;
	struct sw_watch_list list;
	struct group groups[SW_N_RULES];
	struct sw_rule_memory memory;
	struct sw_life life;
	/* For rules that need such a reading: that of the configuration, what readings have to
	 * wait, and for how long there have been narrower ones only. */
	sw_usec max_gaps[SW_N_SCOPES];
	sw_usec narrower_since[SW_N_SCOPES]; /* 0 = the latest was not */
	const struct sw_units *units;        /* of the reading that is being judged */
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

static uint64_t subject_id(const struct sw_engine *engine, enum sw_rule rule,
			   const struct sw_subject *subject)
{
	char text[SW_TUPLE_TEXT_SIZE];

	return alert_id(engine, rule, sw_subject_format(rule, subject, engine->life.names, text),
			subject->tuple.device);
}

int sw_engine_new(struct sw_engine **ret, const struct sw_engine_config *config)
{
	struct sw_engine *engine = calloc(1, sizeof(*engine));

	if (engine == NULL)
		return -ENOMEM;
	engine->config = *config;
	for (int rule = 0; rule < SW_N_RULES; rule++) {
		struct sw_alert *alert = &engine->groups[rule].watch.alert;

		alert->rule = (enum sw_rule)rule;
		alert->id = alert_id(engine, (enum sw_rule)rule, "", 0);
	}
	if (sw_watch_list_init(&engine->list) < 0 || sw_life_init(&engine->life) < 0 ||
	    sw_rule_memory_init(&engine->memory) < 0) {
		sw_engine_free(engine);
		return -ENOMEM;
	}
	engine->life.repeat = config->repeat;
	*ret = engine;
	return 0;
}

void sw_engine_configure(struct sw_engine *engine, const struct sw_engine_config *config)
{
	struct sw_engine_config old = engine->config;

	engine->config = *config;
	memcpy(engine->config.machine_id, old.machine_id, sizeof(old.machine_id));
	memcpy(engine->config.netns, old.netns, sizeof(old.netns));
	engine->life.repeat = config->repeat;
}

void sw_engine_free(struct sw_engine *engine)
{
	if (engine == NULL)
		return;
	sw_watch_list_deinit(&engine->list);
	sw_life_deinit(&engine->life);
	sw_rule_memory_deinit(&engine->memory);
	free(engine);
}

/* Takes a finding; `sink` is the engine. */
static void take(void *sink, const struct sw_finding *finding)
{
	struct sw_engine *engine = sink;
	struct sw_watch *watch =
		sw_watch_list_find(&engine->list, finding->rule, &finding->subject);

	if (watch == NULL) {
		if (!finding->signs.wanted)
			return;
		watch = sw_watch_list_add(&engine->list, finding->rule, &finding->subject,
					  finding->weight);
		if (watch == NULL)
			return;
		watch->alert.id = subject_id(engine, finding->rule, &finding->subject);
	}
	sw_watch_take(watch, finding, engine->units);
}

/* Alerts of a rule with events of their own that fire. */
static uint32_t count_active(const struct sw_engine *engine, enum sw_rule rule)
{
	uint32_t n = 0;

	for (size_t i = 0; i < engine->list.n; i++)
		n += engine->list.watches[i].alert.rule == rule && engine->list.watches[i].firing &&
		     !engine->list.watches[i].grouped;
	return n;
}

/* The next episode begins with nothing: no peak, no holds. */
static void begin_anew(struct sw_watch *watch)
{
	const struct sw_alert *old = &watch->alert;

	*watch = (struct sw_watch){
		.alert = { .rule = old->rule,
			   .subject = old->subject,
			   .id = old->id,
			   .outlook = old->outlook,
			   .owners = old->owners,
			   .facts = old->facts },
		.signs = watch->signs,
		.holds = watch->holds,
		.max_severity = watch->max_severity,
		.weight = watch->weight,
		.seen = watch->seen,
	};
}

static void judge(struct sw_engine *engine, struct sw_watch *watch, struct sw_now now)
{
	uint32_t max_active = engine->config.max_active;
	bool was_firing = watch->firing, over;
	enum sw_level due;

	sw_watch_update(watch, engine->max_gaps[sw_rule_needs(watch->alert.rule)], now.boot);
	due = sw_watch_due(watch, now.boot);
	/* Nobody asks for it any more: the rule is off, or the subject is ignored now. */
	watch->alert.removed = watch->max_severity == SW_LEVEL_OK;
	over = sw_watch_is_over(watch, watch->holds.clear, now.boot) || watch->alert.removed;
	due = SW_MIN(due, watch->max_severity);
	if (!watch->firing && due > SW_LEVEL_OK && max_active > 0 &&
	    count_active(engine, watch->alert.rule) >= max_active)
		watch->firing = watch->grouped = true;
	if (watch->grouped && count_active(engine, watch->alert.rule) < max_active) {
		/* There is room again: from here on it speaks for itself. */
		watch->firing = watch->grouped = was_firing = false;
		watch->alert.severity = SW_LEVEL_OK;
	}
	if (watch->grouped)
		sw_life_live_grouped(&engine->life, watch, due, over, now);
	else
		sw_life_live(&engine->life, watch, due, over, now);
	if (was_firing && !watch->firing)
		begin_anew(watch);
}

/* One alert for all of a rule that fire within the group: how many, and the worst of them. */
static void judge_group(struct sw_engine *engine, enum sw_rule rule, struct sw_now now)
{
	struct group *group = &engine->groups[rule];
	struct sw_alert *alert = &group->watch.alert;
	const struct sw_watch *worst = NULL;
	enum sw_level due = SW_LEVEL_OK;
	uint32_t n = 0;

	for (size_t i = 0; i < engine->list.n; i++) {
		const struct sw_watch *watch = &engine->list.watches[i];

		/* Those that nobody wants to hear of must not speak through the group either. */
		if (watch->alert.rule != rule || !watch->grouped || watch->alert.muted_until != 0)
			continue;
		n++;
		due = watch->alert.severity > due ? watch->alert.severity : due;
		if (worst == NULL ||
		    sw_watch_compare(watch, worst->weight, &worst->alert.subject) < 0)
			worst = watch;
	}
	if (worst != NULL) {
		alert->subject = worst->alert.subject;
		alert->outlook = worst->alert.outlook;
		alert->owners = worst->alert.owners;
		alert->facts = worst->alert.facts;
		memcpy(alert->why, worst->alert.why, sizeof(alert->why));
		alert->n_grouped = n;
		group->watch.calm = 0;
	} else if (group->watch.calm == 0) {
		group->watch.calm = now.boot;
	}
	group->is_sought = group->is_sought && worst == NULL;
	/* Its members were calm for long enough already, unless they are yet to be found again. */
	sw_life_live(&engine->life, &group->watch, due,
		     worst == NULL &&
			     (!group->is_sought ||
			      sw_watch_is_over(&group->watch, engine->config.clear, now.boot)),
		     now);
}

static void judge_rule(struct sw_engine *engine, enum sw_rule rule, struct sw_now now)
{
	for (size_t i = 0; i < engine->list.n; i++) {
		struct sw_watch *watch = &engine->list.watches[i];

		if (watch->alert.rule != rule)
			continue;
		if (!watch->seen)
			sw_watch_set_gone(watch);
		judge(engine, watch, now);
	}
	judge_group(engine, rule, now);
}

static void inquire(struct sw_engine *engine, struct sw_now now, const struct sw_evidence *evidence)
{
	const struct sw_inquiry inquiry = {
		.now = now,
		.evidence = evidence,
		.config = &engine->config,
		.max_gaps = engine->max_gaps,
		.take = take,
		.sink = engine,
	};

	for (size_t i = 0; i < engine->list.n; i++)
		engine->list.watches[i].seen = false;
	sw_rules_ask(&engine->memory, &inquiry);
}

/* Is there something in the evidence that the rule goes by? */
static bool has_learnt(const struct sw_evidence *evidence, enum sw_rule rule)
{
	if (evidence->report == NULL)
		return sw_rule_needs_no_reading(rule);
	return evidence->scope <= sw_rule_needs(rule);
}

/* Readings that had to wait, and narrower ones, are no gap for those they had nothing for. */
static void set_max_gaps(struct sw_engine *engine, const struct sw_evidence *evidence,
			 struct sw_now now)
{
	for (int scope = 0; scope < SW_N_SCOPES; scope++) {
		sw_usec *max_gap = &engine->max_gaps[scope],
			*since = &engine->narrower_since[scope];

		*max_gap = engine->config.max_gap;
		if (*max_gap > 0)
			*max_gap += 3 * evidence->waited;
		if (*max_gap > 0 && *since > 0)
			*max_gap += now.boot - *since;
		if (evidence->report == NULL)
			continue;
		if (evidence->scope <= (enum sw_scope)scope)
			*since = 0;
		else if (*since == 0)
			*since = now.boot;
	}
}

void sw_engine_step(struct sw_engine *engine, struct sw_now now, const struct sw_evidence *evidence,
		    const struct sw_event **ret_events, size_t *ret_n_events)
{
	sw_life_begin(&engine->life);
	set_max_gaps(engine, evidence, now);
	engine->units = evidence->report == NULL ? NULL : evidence->report->reading->units;
	inquire(engine, now, evidence);
	/* Without a reading nothing has been learnt of what it would have shown. */
	for (int rule = 0; rule < SW_N_RULES; rule++)
		if (has_learnt(evidence, (enum sw_rule)rule))
			judge_rule(engine, (enum sw_rule)rule, now);
	if (evidence->report != NULL)
		sw_watch_list_forget_quiet(&engine->list);
	*ret_events = engine->life.events;
	*ret_n_events = engine->life.n_events;
}

void sw_engine_set_names(struct sw_engine *engine, const struct sw_ifnames *names)
{
	engine->life.names = names;
}

void sw_engine_set_mutes(struct sw_engine *engine, const struct sw_mutes *mutes)
{
	engine->life.mutes = mutes;
}

bool sw_engine_has_moved(const struct sw_engine *engine)
{
	return engine->life.moved;
}

bool sw_engine_is_idle(const struct sw_engine *engine)
{
	for (int rule = 0; rule < SW_N_RULES; rule++)
		if ((engine->groups[rule].watch.firing || engine->groups[rule].is_sought) &&
		    !sw_rule_stands((enum sw_rule)rule))
			return false;
	for (size_t i = 0; i < engine->list.n; i++)
		if (!sw_rule_stands(engine->list.watches[i].alert.rule))
			return false;
	return true;
}

int sw_engine_firing(const struct sw_engine *engine, struct sw_alert **ret, size_t *ret_n)
{
	struct sw_alert *list = calloc(engine->list.n + SW_N_RULES, sizeof(*list));
	size_t n = 0;

	if (list == NULL)
		return -ENOMEM;
	for (int rule = 0; rule < SW_N_RULES; rule++)
		if (engine->groups[rule].watch.firing)
			list[n++] = engine->groups[rule].watch.alert;
	for (size_t i = 0; i < engine->list.n; i++)
		if (engine->list.watches[i].firing && !engine->list.watches[i].grouped)
			list[n++] = engine->list.watches[i].alert;
	*ret = list;
	*ret_n = n;
	return 0;
}

void sw_engine_take_over(struct sw_engine *engine, const struct sw_alert *alerts, size_t n,
			 struct sw_now now)
{
	for (size_t i = 0; i < n; i++) {
		struct group *group = &engine->groups[alerts[i].rule];
		struct sw_watch *watch = &group->watch;

		if (alerts[i].n_grouped > 0)
			group->is_sought = true;
		else
			watch = sw_watch_list_add(&engine->list, alerts[i].rule, &alerts[i].subject,
						  0);
		if (watch == NULL)
			continue;
		sw_life_resume(&engine->life, watch, &alerts[i], now);
		/* Until its rule finds something, or nothing. */
		watch->max_severity = SW_LEVEL_CRITICAL;
		watch->holds.clear = engine->config.clear;
	}
}

sw_usec sw_engine_next_delay(const struct sw_engine *engine, sw_usec interval)
{
	for (size_t i = 0; i < engine->list.n; i++)
		if (sw_rule_is_of_exhaustion(engine->list.watches[i].alert.rule))
			return interval / 5;
	return interval;
}
