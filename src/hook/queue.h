/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The events that wait, and what is to be run next for them. Each hook gets the
 * events of one alert in order and one after the other, and one event's hooks
 * run one after the other in the order of their names. A hook that asks to be
 * tried again later holds up its own later events of that alert, nobody else's.
 *
 * No file and no process here: the runner asks and tells.
 */

#include <stdbool.h>
#include <stddef.h>

#include "io/hook-result.h"
#include "io/outbox-name.h"
#include "sockwatch/time.h"

/* One hook for one event. */
struct sw_turn {
	char hook[SW_HOOK_NAME_SIZE]; /* as a word */
	bool misnamed;                /* the hook itself is called otherwise, and is refused */
	unsigned int n_attempts;      /* begun so far */
	sw_usec not_before;
	bool over;
	bool untold; /* its latest result could not be left for the daemon yet */
	struct sw_hook_result result;
};

struct sw_job {
	struct sw_outbox_name name;
	char file[SW_OUTBOX_NAME_SIZE];
	void *home;         /* the box it lies in */
	bool opened;        /* its turns are known */
	sw_usec not_before; /* to be opened */
	bool running;
	struct sw_turn *turns;
	size_t n_turns;
};

struct sw_queue {
	struct sw_job **jobs; /* in the order of their numbers */
	size_t n, room;
};

void sw_queue_deinit(struct sw_queue *queue);

struct sw_job *sw_queue_find(const struct sw_queue *queue, const char *file);

/* Adds an event. Returns it, or NULL without memory. */
struct sw_job *sw_queue_add(struct sw_queue *queue, const struct sw_outbox_name *name,
			    const char *file, void *home);
void sw_queue_remove(struct sw_queue *queue, struct sw_job *job);

/* Gives an event its hooks, once. Returns 0 or -ENOMEM. */
int sw_job_open(struct sw_job *job, char *const *hooks, size_t n);

/* Are all its turns over, and told? */
bool sw_job_is_done(const struct sw_job *job);

/*
 * What is to be done next: an event that is to be opened (`*ret_turn` is NULL), or
 * a turn that is to be run now. NULL when there is nothing: then `*ret_wake` is
 * when there may be, SW_QUEUE_NEVER unless some turn waits for its time.
 */
#define SW_QUEUE_NEVER UINT64_MAX
struct sw_job *sw_queue_next(const struct sw_queue *queue, sw_usec now, struct sw_turn **ret_turn,
			     sw_usec *ret_wake);
