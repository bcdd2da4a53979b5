/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What the runner has to do and is doing: events come in (intake.c), hooks run (turns.c). */

#include "hook/box.h"
#include "hook/event.h"
#include "hook/ledger.h"
#include "hook/options.h"
#include "hook/queue.h"
#include "hook/supervisor.h"
#include "io/hook-dir.h"

enum { SW_WORK_N_SLOTS = 4 };

/* How soon what could not be written or removed is tried again. */
#define SW_WORK_SETTLE_INTERVAL (2 * SW_USEC_PER_SEC)

/* One hook that runs. */
struct sw_slot {
	pid_t pid; /* of its supervisor; 0 = free */
	struct sw_job *job;
	struct sw_turn *turn;
};

/* A hook that was refused, and that this was said. */
struct sw_refusal {
	char hook[SW_HOOK_NAME_SIZE];
	enum sw_hook_fault fault;
};

struct sw_work {
	struct sw_hook_options *options; /* of the caller; refreshed with each event */
	struct sw_io *io;
	int inotify;
	sw_usec now; /* since boot */
	bool stopping;

	struct sw_box boxes[SW_HOOK_MAX_BOXES];
	struct sw_ledger ledger;
	struct sw_queue queue;
	sw_usec next_scan;
	bool locked_out; /* another runner has one of the boxes */
	bool swept;      /* notes of earlier runners that are worth nothing are gone */

	struct sw_slot slots[SW_WORK_N_SLOTS];
	struct sw_run_report *reports; /* one for each slot, shared with the supervisors */
	struct sw_hook_judge judge;
	struct sw_refusal refusals[SW_HOOK_DIR_MAX];
	size_t n_refusals;
	int hooks_trouble; /* the errno that was said last of the directory of hooks */
	bool too_many_said;
};

/* Looks for events, and settles what could not be before. */
void sw_work_scan(struct sw_work *work);

/* Gives an event its hooks; or has it go, where it is none, or there is nothing to be done for it.
 */
void sw_work_open(struct sw_work *work, struct sw_job *job);

/* Reads the event of a job. False when it cannot be had now: the job may be gone then. */
bool sw_work_load(struct sw_work *work, struct sw_job *job, struct sw_hook_event *ret);

/* If all of an event is done and told, it goes, and the job with it. */
void sw_work_finish(struct sw_work *work, struct sw_job *job);

/* Says why a hook does not run, once for each reason. */
void sw_work_refuse(struct sw_work *work, const char *hook, const struct sw_hook_verdict *verdict);

/* Starts what can be started. Returns when there may be more, SW_QUEUE_NEVER if nothing has a time.
 */
sw_usec sw_work_dispatch(struct sw_work *work);

/* Takes in what has ended. */
void sw_work_collect(struct sw_work *work);

/* Ends what runs, and starts nothing more. */
void sw_work_stop(struct sw_work *work);

bool sw_work_is_running(const struct sw_work *work);
