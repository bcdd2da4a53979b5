/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* From files to jobs, and from done jobs to no files. */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mask.h"
#include "base/mem.h"
#include "hook/log.h"
#include "hook/work.h"
#include "io/outbox.h"

/* Far more than the daemon ever leaves. */
enum { MAX_JOBS = 2 * SW_OUTBOX_MAX_WAITING };

/* How often it is looked for events without being told. */
#define SCAN_INTERVAL (10 * SW_USEC_PER_SEC)
#define SCAN_INTERVAL_LOCKED (200 * SW_USEC_PER_MSEC)

static void scan_box(struct sw_work *work, struct sw_box *box)
{
	char path[SW_BOX_PATH_SIZE], **names = NULL;
	struct sw_outbox_name name;
	size_t n = 0;

	if (work->io->dir_list(work->io, sw_box_path(box, "new", "", path), &names, &n) < 0)
		return;
	for (size_t i = 0; i < n; i++) {
		if (sw_outbox_name_parse(names[i], &name) < 0) {
			sw_box_set_aside(box, work->io, names[i], "its name is none of an event");
		} else if (work->queue.n < MAX_JOBS &&
			   sw_queue_find(&work->queue, names[i]) == NULL &&
			   sw_queue_add(&work->queue, &name, names[i], box) != NULL) {
			sw_ledger_claim(&work->ledger, box, names[i]);
		}
		free(names[i]);
	}
	free(names);
}

/* Notes on events that are no more: replaced, or done by a runner that did not live to say so. */
static void sweep_notes(struct sw_work *work)
{
	for (size_t i = 0; i < work->ledger.n_boxes; i++) {
		char path[SW_BOX_PATH_SIZE], **names = NULL;
		size_t n = 0;

		sw_box_path(&work->boxes[i], "claimed", "", path);
		if (work->boxes[i].fd < 0 || work->io->dir_list(work->io, path, &names, &n) < 0)
			continue;
		for (size_t k = 0; k < n; k++) {
			if (sw_queue_find(&work->queue, names[k]) == NULL)
				sw_ledger_forget(&work->ledger, names[k]);
			free(names[k]);
		}
		free(names);
	}
}

/* Forgets an event whose file is gone. */
static void forget(struct sw_work *work, struct sw_job *job)
{
	sw_ledger_forget(&work->ledger, job->file);
	sw_queue_remove(&work->queue, job);
}

void sw_work_finish(struct sw_work *work, struct sw_job *job)
{
	char path[SW_BOX_PATH_SIZE];
	int r;

	if (!sw_job_is_done(job))
		return;
	r = work->io->remove(work->io, sw_box_path(job->home, "new", job->file, path));
	if (r == 0 || r == -ENOENT)
		forget(work, job);
	else /* it stays in the queue, so that nothing is run for it again */
		work->next_scan = SW_MIN(work->next_scan, work->now + SW_WORK_SETTLE_INTERVAL);
}

/* What could not be told or removed before. */
static void settle(struct sw_work *work)
{
	for (size_t i = work->queue.n; i > 0; i--) {
		struct sw_job *job = work->queue.jobs[i - 1];

		for (size_t k = 0; k < job->n_turns; k++) {
			struct sw_turn *turn = &job->turns[k];

			if (turn->untold && sw_ledger_record(&work->ledger, job->home, job->file,
							     &turn->result) == 0)
				turn->untold = false;
		}
		sw_work_finish(work, job);
	}
}

static bool is_unsettled(const struct sw_work *work)
{
	for (size_t i = 0; i < work->queue.n; i++) {
		const struct sw_job *job = work->queue.jobs[i];

		if (sw_job_is_done(job))
			return true;
		for (size_t k = 0; k < job->n_turns; k++)
			if (job->turns[k].untold)
				return true;
	}
	return false;
}

void sw_work_scan(struct sw_work *work)
{
	work->locked_out = false;
	for (size_t i = 0; i < work->ledger.n_boxes; i++) {
		int r = sw_box_open(&work->boxes[i], work->inotify);

		if (r == -EWOULDBLOCK)
			work->locked_out = true;
	}
	/* Nothing is begun before all is ours: an event's notes may lie in either box. */
	if (!work->locked_out) {
		for (size_t i = 0; i < work->ledger.n_boxes; i++)
			if (work->boxes[i].fd >= 0)
				scan_box(work, &work->boxes[i]);
		if (!work->swept)
			sweep_notes(work);
		work->swept = true;
		settle(work);
	}
	work->next_scan = work->now + (work->locked_out     ? SCAN_INTERVAL_LOCKED
				       : is_unsettled(work) ? SW_WORK_SETTLE_INTERVAL
							    : SCAN_INTERVAL);
}

void sw_work_refuse(struct sw_work *work, const char *hook, const struct sw_hook_verdict *verdict)
{
	struct sw_refusal *refusal = work->refusals;
	struct sw_refusal *end = refusal + work->n_refusals;

	while (refusal < end && strcmp(refusal->hook, hook) != 0)
		refusal++;
	if (refusal < end && refusal->fault == verdict->fault)
		return;
	if (refusal == end && work->n_refusals < SW_ARRAY_SIZE(work->refusals))
		work->n_refusals++;
	else if (refusal == end)
		refusal = work->refusals;
	*refusal = (struct sw_refusal){ .fault = verdict->fault };
	snprintf(refusal->hook, sizeof(refusal->hook), "%s", hook);
	sw_hook_log(SW_LOG_ERROR, "%s: refused, it does not run: %s %s", hook,
		    sw_hook_fault_to_text(verdict->fault), verdict->where);
}

/* Names that could be anything are no good on a line. */
static void refuse_misnamed(struct sw_work *work, const struct sw_hook_dir *dir)
{
	for (size_t i = 0; i < dir->n; i++) {
		struct sw_hook_verdict verdict = { .fault = SW_HOOK_FAULT_NAME };

		if (sw_hook_name_is_valid(dir->names[i]))
			continue;
		snprintf(verdict.where, sizeof(verdict.where), "%s", dir->names[i]);
		sw_mask(verdict.where);
		sw_work_refuse(work, verdict.where, &verdict);
	}
}

/* Gives an event the hooks there are now. */
static int open_turns(struct sw_work *work, struct sw_job *job)
{
	struct sw_hook_dir dir;
	int r = sw_hook_dir_read(&dir, work->options->terms.hooks);

	if (r != work->hooks_trouble && r < 0)
		sw_hook_log(SW_LOG_ERROR, "%s cannot be read: %s", work->options->terms.hooks,
			    strerror(-r));
	work->hooks_trouble = r;
	if (r < 0)
		return r;
	if (dir.too_many && !work->too_many_said) {
		sw_hook_log(SW_LOG_ERROR, "more than %d files in %s: the last ones do not run",
			    SW_HOOK_DIR_MAX, work->options->terms.hooks);
		work->too_many_said = true;
	}
	refuse_misnamed(work, &dir);
	r = sw_job_open(job, dir.names, dir.n);
	sw_hook_dir_deinit(&dir);
	return r;
}

/* What a runner before this one has done for the event. */
static void take_notes(struct sw_work *work, struct sw_job *job)
{
	enum { MAX_NOTES = SW_HOOK_DIR_MAX * (SW_HOOK_MAX_ATTEMPTS + 1) };
	struct sw_hook_result *notes = calloc(MAX_NOTES, sizeof(*notes));
	size_t n = notes == NULL ? 0 : sw_ledger_read(&work->ledger, job->file, notes, MAX_NOTES);

	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < job->n_turns; k++) {
			struct sw_turn *turn = &job->turns[k];

			if (strcmp(turn->hook, notes[i].hook) != 0)
				continue;
			turn->n_attempts = notes[i].attempt;
			turn->over = notes[i].outcome != SW_HOOK_RETRY;
		}
	free(notes);
}

bool sw_work_load(struct sw_work *work, struct sw_job *job, struct sw_hook_event *ret)
{
	const char *why = NULL;
	char *text = NULL;
	size_t size;
	int r;

	r = sw_box_read(job->home, job->file, &text, &size, &why);
	if (r == 0)
		r = sw_hook_event_parse(ret, text, size, &job->name, &why);
	free(text);
	if (r == -EBADMSG)
		sw_box_set_aside(job->home, work->io, job->file, why);
	if (r == -EBADMSG || r == -ENOENT) {
		forget(work, job);
	} else if (r < 0) {
		sw_hook_log(SW_LOG_ERROR, "event %s cannot be read: %s", job->name.event_id,
			    strerror(-r));
		job->not_before = work->now + SCAN_INTERVAL;
		for (size_t i = 0; i < job->n_turns; i++)
			job->turns[i].not_before = job->not_before;
	}
	return r == 0;
}

void sw_work_open(struct sw_work *work, struct sw_job *job)
{
	struct sw_hook_event event;
	int r;

	if (!sw_work_load(work, job, &event))
		return;
	sw_hook_options_refresh(work->options);
	/* Below the wanted severity there is nothing to be done for it. */
	r = event.severity < work->options->terms.min_severity ? sw_job_open(job, NULL, 0)
							       : open_turns(work, job);
	sw_hook_event_deinit(&event);
	if (r < 0) {
		job->not_before = work->now + SCAN_INTERVAL;
		return;
	}
	take_notes(work, job);
	sw_work_finish(work, job);
}
