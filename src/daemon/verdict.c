/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Each of the steps may fail by itself, and the others go on. */

#include "daemon/verdict.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "daemon/parts.h"
#include "daemon/sinks.h"
#include "render/sentence.h"
#include "render/timestamp.h"

static struct sw_event_origin origin_of(const struct sw_daemon *daemon,
					const struct sw_reading *reading)
{
	return (struct sw_event_origin){
		.host = reading->host,
		.netns = "self",
		.boot_id = daemon->boot_id,
		.names = &reading->ifnames,
	};
}

/* Why something is seen late: a clause. */
static void format_delay(const struct sw_daemon *daemon, const struct sw_reading *reading,
			 char *buffer, size_t size)
{
	const struct sw_tally *tally = reading->tally;
	unsigned long long n = tally == NULL ? 0 : sw_tally_totals(tally)->n_sockets;
	enum sw_extent extent = daemon->budget.narrow ? SW_EXTENT_NARROW : SW_EXTENT_WHOLE;

	snprintf(buffer, size,
		 "to read %llu sockets costs %.2g s of CPU time, and CpuBudget=%.3g%% allows no "
		 "more",
		 n, daemon->budget.cost[extent] / SW_USEC_PER_SEC, daemon->budget.share * 100);
}

/* Lets the engine judge, and delivers what follows. `reading` is the latest. */
static void step(struct sw_daemon *daemon, const struct sw_reading *reading, struct sw_now now,
		 struct sw_evidence evidence)
{
	struct sw_event_origin origin = origin_of(daemon, reading);
	const struct sw_event *events;
	char why[SW_PROBLEM_TEXT_SIZE];
	size_t n_events;

	sw_engine_set_names(daemon->engine, &reading->ifnames);
	sw_mute_file_look(daemon->mute_file);
	sw_delivery_catch_up(daemon->delivery, &origin);
	format_delay(daemon, reading, why, sizeof(why));
	evidence.settings = &daemon->settings;
	evidence.recycle = &daemon->recycle;
	evidence.waited = daemon->budget.waited;
	evidence.delay = daemon->budget.delay;
	evidence.delay_why = why;
	if (daemon->hooks != NULL)
		evidence.hooks = sw_hooks_look(daemon->hooks, now.boot, &evidence.n_hooks);
	sw_engine_step(daemon->engine, now, &evidence, &events, &n_events);
	sw_delivery_take(daemon->delivery, events, n_events, &origin);
}

/* Three of these without news mean that it does not run: from news to news it takes a reading and
 * the pause before it. */
static sw_usec named_interval(const struct sw_daemon *daemon, const struct sw_reading *reading)
{
	return SW_MAX(sw_daemon_interval(daemon), reading->duration_usec);
}

static int leave_status(struct sw_daemon *daemon, const struct sw_report *report)
{
	struct sw_event_origin origin = origin_of(daemon, report->reading);
	struct sw_daemon_status status = {
		.running = true,
		.interval_s = (double)named_interval(daemon, report->reading) / SW_USEC_PER_SEC,
		.n_dumps = daemon->n_dumps,
		.n_dumps_skipped = daemon->n_dumps_skipped,
		.detection_delay_s = (double)daemon->budget.delay / SW_USEC_PER_SEC,
		.origin = &origin,
	};
	enum sw_hook_run run = daemon->hooks == NULL ? SW_HOOK_RUN_NO : daemon->settings.hooks.run;
	struct sw_alert *firing;
	int r = sw_engine_firing(daemon->engine, &firing, &status.n_firing);

	if (r < 0)
		return r;
	status.firing = firing;
	snprintf(status.hooks, sizeof(status.hooks), "%s", sw_hook_run_to_string(run));
	snprintf(status.last_dump_reason, sizeof(status.last_dump_reason), "%s",
		 sw_need_to_string(daemon->last_need));
	sw_timestamp_format(report->reading->began.wall, status.last_poll);
	r = sw_sink_status(daemon->io, daemon->status_path, report, &status);
	free(firing);
	return r;
}

/* One useful line for `systemctl status`. */
static int tell_manager(struct sw_daemon *daemon, const struct sw_report *report)
{
	const struct sw_outlook *worst = report->n_outlooks > 0 ? &report->outlooks[0] : NULL;
	char text[512], subject[SW_TUPLE_TEXT_SIZE];
	size_t used = (size_t)snprintf(text, sizeof(text),
				       "%s%sSTATUS=", daemon->ready ? "" : "READY=1\n",
				       daemon->config.watchdog ? "WATCHDOG=1\n" : "");

	if (report->reading->tally == NULL)
		snprintf(text + used, sizeof(text) - used,
			 "unknown: the sockets could not be counted");
	else if (worst == NULL)
		snprintf(text + used, sizeof(text) - used, "%s: nothing is connected anywhere",
			 sw_level_to_string(report->level));
	else
		snprintf(text + used, sizeof(text) - used, "%s: fullest is %s, %u %% gone, %u left",
			 sw_level_to_string(report->level),
			 sw_tuple_format(&worst->tuple, &report->reading->ifnames, subject),
			 sw_percent(worst->utilization), worst->free);
	used = strlen(text);
	if (daemon->budget.delay >= SW_DELAY_WORTH_A_WORD)
		snprintf(text + used, sizeof(text) - used, "; up to %.0f s late, by CpuBudget=",
			 (double)daemon->budget.delay / SW_USEC_PER_SEC);
	return sw_sink_notify(daemon->io, daemon->config.notify_socket, text);
}

/* Everybody who looks at the latest reading. */
static void tell(struct sw_daemon *daemon, const struct sw_report *report)
{
	int r;

	sw_trouble_note_errno(&daemon->status, daemon->voice, daemon->status_path,
			      leave_status(daemon, report));
	r = tell_manager(daemon, report);
	sw_trouble_note_errno(&daemon->notify, daemon->voice,
			      "the service manager could not be told", r);
	/* READY that was not taken is said again. */
	daemon->ready = daemon->ready || r == 0;
	daemon->delay_told = daemon->budget.delay;
}

static int make_report(struct sw_daemon *daemon, const struct sw_reading *reading,
		       struct sw_report *ret)
{
	const struct sw_report_filter everything = { 0 };
	int r = sw_report_init(ret, reading, &daemon->settings, &everything);

	if (r < 0)
		sw_voice_say(daemon->voice, 3, "this reading could not be judged: %s",
			     strerror(-r));
	return r;
}

void sw_daemon_judge(struct sw_daemon *daemon, const struct sw_reading *reading)
{
	struct sw_evidence evidence = { 0 };
	char why[SW_PROBLEM_TEXT_SIZE];
	struct sw_report report;

	if (make_report(daemon, reading, &report) < 0) {
		daemon->narrow = (struct sw_narrow){ 0 };
		return;
	}
	sw_report_keep_onsets(&report, daemon->trends);
	sw_planner_note(&daemon->planner, reading->complete ? &report : NULL, &daemon->settings);
	evidence.scope = reading->scope;
	if (reading->complete)
		evidence.report = &report;
	else
		evidence.failure = sw_problem_format(&reading->spoiled_by, why);
	step(daemon, reading, reading->began, evidence);
	tell(daemon, &report);
	sw_narrow_note(&daemon->narrow, &report);
	sw_report_deinit(&report);
}

static void tell_again(struct sw_daemon *daemon)
{
	struct sw_report report;

	if (make_report(daemon, daemon->last, &report) < 0)
		return;
	tell(daemon, &report);
	sw_report_deinit(&report);
}

void sw_daemon_bide(struct sw_daemon *daemon)
{
	struct sw_evidence evidence = { 0 };
	struct sw_now now;

	if (daemon->io->now(daemon->io, &now) == 0)
		step(daemon, daemon->last, now, evidence);
	/* What was not taken is offered again, too. */
	if (sw_engine_has_moved(daemon->engine) ||
	    !sw_budget_is_told(&daemon->budget, daemon->delay_told) || !daemon->ready ||
	    daemon->status.text[0] != '\0' || daemon->notify.text[0] != '\0')
		tell_again(daemon);
	(void)sw_daemon_rest(daemon);
}

bool sw_daemon_rest(struct sw_daemon *daemon)
{
	if (!sw_budget_is_told(&daemon->budget, daemon->delay_told))
		tell_again(daemon);
	if (daemon->io->touch(daemon->io, daemon->status_path) < 0)
		return false;
	return !daemon->config.watchdog ||
	       sw_sink_notify(daemon->io, daemon->config.notify_socket, "WATCHDOG=1") == 0;
}
