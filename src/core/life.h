/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The life of an alert, the same for all rules: what is due meets what fires,
 * and what people know of it follows, now or when it is no longer mute.
 */

#include "core/watch.h"
#include "sockwatch/mute.h"

struct sw_life {
	sw_usec repeat;                 /* as in struct sw_engine_config */
	const struct sw_ifnames *names; /* may be NULL */
	const struct sw_mutes *mutes;   /* the same */
	bool moved;                     /* in the latest step, with or without events */
	struct sw_event *events;        /* owned; room for one of each watch and group */
	size_t n_events;
	uint64_t last_sequence;
};

/* Returns 0 or -ENOMEM. */
int sw_life_init(struct sw_life *life);
void sw_life_deinit(struct sw_life *life);

/* Begins a step: it has no events yet. */
void sw_life_begin(struct sw_life *life);

/* One step of an alert with events of its own. */
void sw_life_live(struct sw_life *life, struct sw_watch *watch, enum sw_level due, bool over,
		  struct sw_now now);

/* One of an alert beyond max_active: it fires within the group, in silence. */
void sw_life_live_grouped(struct sw_life *life, struct sw_watch *watch, enum sw_level due,
			  bool over, struct sw_now now);

/* Lets an alert go on that fired before. */
void sw_life_resume(struct sw_life *life, struct sw_watch *watch, const struct sw_alert *alert,
		    struct sw_now now);
