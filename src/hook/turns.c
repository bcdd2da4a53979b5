/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What is run, and what its end means. */

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mem.h"
#include "hook/log.h"
#include "hook/work.h"
#include "render/event-env.h"

enum { BACKOFF_GROWTH = 3 };

static void say_result(const struct sw_job *job, const struct sw_hook_result *result)
{
	bool ok = result->outcome == SW_HOOK_OK;

	sw_hook_log(ok ? SW_LOG_INFO : SW_LOG_WARNING,
		    "%s: %s%s%s (%s of alert %08" PRIx64 ", event %s, attempt %u)", result->hook,
		    sw_hook_outcome_to_string(result->outcome), ok ? "" : ": ",
		    ok ? "" : result->detail, job->name.state, result->alert_id >> 32,
		    result->event_id, result->attempt);
}

/* How long to wait before the next try: longer each time. */
static sw_usec backoff(const struct sw_work *work, unsigned int n_attempts)
{
	sw_usec delay = work->options->backoff;

	for (unsigned int i = 1; i < n_attempts; i++)
		delay *= BACKOFF_GROWTH;
	return delay;
}

/* Notes what became of a turn, and when it has the next one. */
static void conclude(struct sw_work *work, struct sw_job *job, struct sw_turn *turn,
		     enum sw_hook_outcome outcome, const char *detail)
{
	struct sw_hook_result *result = &turn->result;

	*result = (struct sw_hook_result){
		.alert_id = job->name.alert_id,
		.outcome = outcome,
		.attempt = turn->n_attempts,
	};
	memcpy(result->event_id, job->name.event_id, sizeof(result->event_id));
	memcpy(result->hook, turn->hook, sizeof(result->hook));
	snprintf(result->detail, sizeof(result->detail), "%s", detail);
	if (outcome == SW_HOOK_RETRY && turn->n_attempts >= SW_HOOK_MAX_ATTEMPTS)
		result->outcome = SW_HOOK_FAILED;
	turn->over = result->outcome != SW_HOOK_RETRY;
	if (!turn->over)
		turn->not_before = work->now + backoff(work, turn->n_attempts);
	if (outcome != SW_HOOK_REFUSED)
		say_result(job, result);
	turn->untold = sw_ledger_record(&work->ledger, job->home, job->file, result) < 0;
	if (turn->untold)
		work->next_scan = SW_MIN(work->next_scan, work->now + SW_WORK_SETTLE_INTERVAL);
}

/* What cannot be had now may be had later. */
static bool is_passing(int error)
{
	return error == EAGAIN || error == ENOMEM || error == EMFILE || error == ENFILE ||
	       error == ETXTBSY;
}

static void conclude_not_started(struct sw_work *work, struct sw_job *job, struct sw_turn *turn,
				 int error)
{
	const char *name = strerrorname_np(error);
	char detail[sizeof(turn->result.detail)];

	snprintf(detail, sizeof(detail), "%s", name == NULL ? "errno" : name);
	/* Another one than "not executable" would hardly do: its #! may name what is not. */
	conclude(work, job, turn, is_passing(error) ? SW_HOOK_RETRY : SW_HOOK_FAILED, detail);
}

/* Reads off how a run ended. */
static void conclude_run(struct sw_work *work, struct sw_job *job, struct sw_turn *turn,
			 const struct sw_run_report *report)
{
	enum { EXIT_TRY_AGAIN = 75 }; /* EX_TEMPFAIL, sysexits.h */
	char detail[sizeof(turn->result.detail)];

	switch (report->end) {
	case SW_RUN_LOST:
		conclude(work, job, turn, SW_HOOK_RETRY, "lost");
		break;
	case SW_RUN_NOT_STARTED:
		conclude_not_started(work, job, turn, report->code);
		break;
	case SW_RUN_EXITED:
		snprintf(detail, sizeof(detail), "exit-%d", report->code);
		conclude(work, job, turn,
			 report->code == 0                ? SW_HOOK_OK
			 : report->code == EXIT_TRY_AGAIN ? SW_HOOK_RETRY
							  : SW_HOOK_FAILED,
			 report->code == 0 ? "-" : detail);
		break;
	case SW_RUN_SIGNALLED:
		/* A service manager that ends us all may come to the hook first. */
		if (work->stopping && (report->code == SIGTERM || report->code == SIGKILL)) {
			turn->n_attempts--;
			break;
		}
		snprintf(detail, sizeof(detail), "signal-%d", report->code);
		conclude(work, job, turn, SW_HOOK_FAILED, detail);
		break;
	case SW_RUN_TIMED_OUT:
		conclude(work, job, turn, SW_HOOK_TIMEOUT, "timeout");
		break;
	case SW_RUN_STOPPED:
		/* Not its fault: it gets the event again. */
		turn->n_attempts--;
		turn->not_before = work->now + work->options->backoff;
		break;
	}
}

/* Starts a hook in a free slot. Returns 0, or why it cannot be started. */
static int start(struct sw_work *work, struct sw_slot *slot, const struct sw_hook_event *event,
		 const char *path)
{
	char *argv[] = { strdup(path), strdup(event->state), strdup(event->rule), NULL };
	struct sw_run run = { .hook = slot->turn->hook,
			      .path = path,
			      .argv = argv,
			      .timeout = work->options->terms.timeout };
	char **environment = sw_hook_event_environment(event);
	pid_t pid = -ENOMEM;

	run.environment = environment;
	run.input = sw_hook_event_open(event, slot->turn->n_attempts);
	if (run.input < 0)
		pid = run.input;
	else if (argv[0] != NULL && argv[1] != NULL && argv[2] != NULL && environment != NULL)
		pid = sw_supervisor_start(&run, &work->reports[slot - work->slots]);
	if (run.input >= 0)
		close(run.input);
	sw_event_env_free(environment);
	for (size_t i = 0; i < 3; i++)
		free(argv[i]);
	if (pid < 0)
		return (int)pid;
	slot->pid = pid;
	slot->job->running = true;
	return 0;
}

static struct sw_slot *free_slot(struct sw_work *work)
{
	for (size_t i = 0; i < SW_WORK_N_SLOTS; i++)
		if (work->slots[i].pid == 0)
			return &work->slots[i];
	return NULL;
}

/* Runs a turn in `slot`, or concludes at once that it cannot be run. */
static void run_turn(struct sw_work *work, struct sw_slot *slot, struct sw_job *job,
		     struct sw_turn *turn)
{
	struct sw_hook_verdict verdict = { .fault = SW_HOOK_FAULT_NAME };
	struct sw_hook_event event;
	char path[SW_BOX_PATH_SIZE];
	int r;

	if (!sw_work_load(work, job, &event))
		return;
	*slot = (struct sw_slot){ .job = job, .turn = turn };
	turn->n_attempts++;
	snprintf(path, sizeof(path), "%s/%s", work->options->terms.hooks, turn->hook);
	if (!turn->misnamed) {
		sw_hook_judge(&work->judge, path, &verdict);
		if (verdict.fault != SW_HOOK_FAULT_NONE)
			sw_work_refuse(work, turn->hook, &verdict);
	}
	if (verdict.fault != SW_HOOK_FAULT_NONE) {
		conclude(work, job, turn, SW_HOOK_REFUSED, sw_hook_fault_to_word(verdict.fault));
	} else {
		r = start(work, slot, &event, path);
		if (r < 0)
			conclude_not_started(work, job, turn, -r);
	}
	sw_hook_event_deinit(&event);
	if (slot->pid == 0)
		sw_work_finish(work, job);
}

sw_usec sw_work_dispatch(struct sw_work *work)
{
	sw_usec wake = SW_QUEUE_NEVER;
	struct sw_slot *slot;

	while (!work->stopping && (slot = free_slot(work)) != NULL) {
		struct sw_turn *turn;
		struct sw_job *job = sw_queue_next(&work->queue, work->now, &turn, &wake);

		if (job == NULL)
			break;
		if (turn == NULL)
			sw_work_open(work, job);
		else
			run_turn(work, slot, job, turn);
	}
	return wake;
}

void sw_work_collect(struct sw_work *work)
{
	pid_t pid;

	while ((pid = waitpid(-1, NULL, WNOHANG)) > 0)
		for (size_t i = 0; i < SW_WORK_N_SLOTS; i++) {
			struct sw_slot *slot = &work->slots[i];

			if (slot->pid != pid)
				continue;
			slot->pid = 0;
			slot->job->running = false;
			conclude_run(work, slot->job, slot->turn, &work->reports[i]);
			sw_work_finish(work, slot->job);
		}
}

bool sw_work_is_running(const struct sw_work *work)
{
	for (size_t i = 0; i < SW_WORK_N_SLOTS; i++)
		if (work->slots[i].pid != 0)
			return true;
	return false;
}

void sw_work_stop(struct sw_work *work)
{
	work->stopping = true;
	for (size_t i = 0; i < SW_WORK_N_SLOTS; i++)
		if (work->slots[i].pid != 0)
			(void)kill(work->slots[i].pid, SIGTERM);
}
