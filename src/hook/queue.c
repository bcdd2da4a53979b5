/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * A list that is walked again for each decision. It is short on any day but a very bad one, and
 * then hooks take longer than walks.
 */

#include "hook/queue.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "io/hook-dir.h"

static void free_job(struct sw_job *job)
{
	free(job->turns);
	free(job);
}

void sw_queue_deinit(struct sw_queue *queue)
{
	for (size_t i = 0; i < queue->n; i++)
		free_job(queue->jobs[i]);
	free(queue->jobs);
	*queue = (struct sw_queue){ 0 };
}

struct sw_job *sw_queue_find(const struct sw_queue *queue, const char *file)
{
	for (size_t i = 0; i < queue->n; i++)
		if (strcmp(queue->jobs[i]->file, file) == 0)
			return queue->jobs[i];
	return NULL;
}

static int make_room(struct sw_queue *queue)
{
	size_t room = queue->room == 0 ? 16 : queue->room * 2;
	struct sw_job **jobs;

	if (queue->n < queue->room)
		return 0;
	jobs = reallocarray(queue->jobs, room, sizeof(*jobs));
	if (jobs == NULL)
		return -ENOMEM;
	queue->jobs = jobs;
	queue->room = room;
	return 0;
}

struct sw_job *sw_queue_add(struct sw_queue *queue, const struct sw_outbox_name *name,
			    const char *file, void *home)
{
	struct sw_job *job = calloc(1, sizeof(*job));
	size_t at;

	if (job == NULL || make_room(queue) < 0) {
		free(job);
		return NULL;
	}
	job->name = *name;
	snprintf(job->file, sizeof(job->file), "%s", file);
	job->home = home;
	/* New ones nearly always belong at the end. */
	for (at = queue->n; at > 0 && queue->jobs[at - 1]->name.number > name->number; at--)
		queue->jobs[at] = queue->jobs[at - 1];
	queue->jobs[at] = job;
	queue->n++;
	return job;
}

void sw_queue_remove(struct sw_queue *queue, struct sw_job *job)
{
	size_t at = 0;

	while (queue->jobs[at] != job)
		at++;
	queue->n--;
	memmove(&queue->jobs[at], &queue->jobs[at + 1], (queue->n - at) * sizeof(*queue->jobs));
	free_job(job);
}

int sw_job_open(struct sw_job *job, char *const *hooks, size_t n)
{
	job->turns = calloc(n + 1, sizeof(*job->turns));
	if (job->turns == NULL)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++) {
		sw_hook_name_to_word(hooks[i], job->turns[i].hook);
		job->turns[i].misnamed = !sw_hook_name_is_valid(hooks[i]);
	}
	job->n_turns = n;
	job->opened = true;
	return 0;
}

bool sw_job_is_done(const struct sw_job *job)
{
	if (!job->opened || job->running)
		return false;
	for (size_t i = 0; i < job->n_turns; i++)
		if (!job->turns[i].over || job->turns[i].untold)
			return false;
	return true;
}

/* Is something of this alert being run? */
static bool is_busy(const struct sw_queue *queue, uint64_t alert_id)
{
	for (size_t i = 0; i < queue->n; i++)
		if (queue->jobs[i]->running && queue->jobs[i]->name.alert_id == alert_id)
			return true;
	return false;
}

/* Has this hook not done with an event of the alert that comes before the `n`-th of the queue? */
static bool is_held_up(const struct sw_queue *queue, size_t n, const char *hook)
{
	for (size_t i = 0; i < n; i++) {
		const struct sw_job *job = queue->jobs[i];

		if (job->name.alert_id != queue->jobs[n]->name.alert_id)
			continue;
		if (!job->opened)
			return true;
		for (size_t k = 0; k < job->n_turns; k++)
			if (!job->turns[k].over && strcmp(job->turns[k].hook, hook) == 0)
				return true;
	}
	return false;
}

/* The first turn of the `n`-th event that can be run now. */
static struct sw_turn *next_turn(const struct sw_queue *queue, size_t n, sw_usec now, sw_usec *wake)
{
	struct sw_job *job = queue->jobs[n];

	for (size_t i = 0; i < job->n_turns; i++) {
		struct sw_turn *turn = &job->turns[i];

		if (turn->over || is_held_up(queue, n, turn->hook))
			continue;
		if (turn->not_before <= now)
			return turn;
		*wake = SW_MIN(*wake, turn->not_before);
	}
	return NULL;
}

struct sw_job *sw_queue_next(const struct sw_queue *queue, sw_usec now, struct sw_turn **ret_turn,
			     sw_usec *ret_wake)
{
	sw_usec wake = SW_QUEUE_NEVER;

	*ret_turn = NULL;
	for (size_t i = 0; i < queue->n; i++) {
		struct sw_job *job = queue->jobs[i];

		if (is_busy(queue, job->name.alert_id))
			continue;
		if (!job->opened && job->not_before > now) {
			wake = SW_MIN(wake, job->not_before);
			continue;
		}
		if (job->opened)
			*ret_turn = next_turn(queue, i, now, &wake);
		if (!job->opened || *ret_turn != NULL)
			return job;
	}
	*ret_wake = wake;
	return NULL;
}
