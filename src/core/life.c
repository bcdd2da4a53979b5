/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "core/life.h"

#include <errno.h>
#include <stdlib.h>

int sw_life_init(struct sw_life *life)
{
	*life = (struct sw_life){
		.events = calloc(SW_ENGINE_MAX_WATCHES + SW_N_RULES, sizeof(*life->events)),
	};
	return life->events != NULL ? 0 : -ENOMEM;
}

void sw_life_deinit(struct sw_life *life)
{
	free(life->events);
	*life = (struct sw_life){ 0 };
}

void sw_life_begin(struct sw_life *life)
{
	life->n_events = 0;
	life->moved = false;
}

/*
 * The moment in microseconds, or one more than last time: rises within a boot,
 * also over a restart of the daemon, with nothing to remember on disk.
 */
static uint64_t next_sequence(struct sw_life *life, sw_usec now)
{
	life->last_sequence = now > life->last_sequence ? now : life->last_sequence + 1;
	return life->last_sequence;
}

/* Tells people what has become of an alert. */
static void emit(struct sw_life *life, struct sw_watch *watch, enum sw_event_state state,
		 struct sw_now now)
{
	struct sw_alert *alert = &watch->alert;

	watch->told = now.boot;
	alert->previous = alert->announced;
	alert->announced = alert->severity;
	alert->lasted_usec += now.boot - alert->changed.boot;
	alert->changed = now;
	alert->sequence = next_sequence(life, now.boot);
	life->events[life->n_events++] = (struct sw_event){ .state = state, .alert = *alert };
}

/* It fires, or gets worse: so far nobody knows. */
static void worsen(struct sw_life *life, struct sw_watch *watch, enum sw_level due,
		   struct sw_now now)
{
	struct sw_alert *alert = &watch->alert;

	life->moved = true;
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
static void resolve(struct sw_life *life, struct sw_watch *watch, struct sw_now now)
{
	life->moved = true;
	watch->firing = false;
	if (watch->alert.announced > SW_LEVEL_OK)
		emit(life, watch, SW_EVENT_RESOLVED, now);
	watch->alert.severity = SW_LEVEL_OK;
}

/* Takes the mutes there are now. Returns whether one has just ended for a firing alert. */
static bool update_mute(struct sw_life *life, struct sw_watch *watch, struct sw_now now)
{
	sw_usec before = watch->alert.muted_until;
	char subject[SW_TUPLE_TEXT_SIZE];

	watch->alert.muted_until = 0;
	if (life->mutes != NULL && life->mutes->n > 0)
		watch->alert.muted_until = sw_mutes_until(
			life->mutes, watch->alert.rule,
			sw_alert_subject_format(&watch->alert, life->names, subject), now.wall);
	if (!watch->firing)
		return false;
	life->moved = life->moved || watch->alert.muted_until != before;
	return before != 0 && watch->alert.muted_until == 0;
}

void sw_life_live(struct sw_life *life, struct sw_watch *watch, enum sw_level due, bool over,
		  struct sw_now now)
{
	const struct sw_alert *alert = &watch->alert;
	bool unmuted = update_mute(life, watch, now);

	if (watch->firing && over)
		resolve(life, watch, now);
	else if (due > alert->severity)
		worsen(life, watch, due, now);
	if (!watch->firing || alert->muted_until != 0)
		return;
	if (alert->announced == SW_LEVEL_OK)
		emit(life, watch, SW_EVENT_FIRING, now);
	else if (alert->severity > alert->announced)
		emit(life, watch, SW_EVENT_CHANGED, now);
	else if (unmuted || (alert->severity == SW_LEVEL_CRITICAL && life->repeat > 0 &&
			     now.boot - watch->told >= life->repeat))
		emit(life, watch, SW_EVENT_REPEAT, now);
}

void sw_life_live_grouped(struct sw_life *life, struct sw_watch *watch, enum sw_level due,
			  bool over, struct sw_now now)
{
	(void)update_mute(life, watch, now);
	if (over)
		watch->firing = watch->grouped = false;
	else if (due > watch->alert.severity)
		watch->alert.severity = due;
}

void sw_life_resume(struct sw_life *life, struct sw_watch *watch, const struct sw_alert *alert,
		    struct sw_now now)
{
	watch->alert = *alert;
	/* It has gone on since its latest event, whether a daemon was there or not. */
	if (watch->alert.changed.boot > now.boot)
		watch->alert.changed.boot = now.boot;
	watch->firing = true;
	watch->told = watch->last = now.boot;
	if (alert->sequence > life->last_sequence)
		life->last_sequence = alert->sequence;
}
