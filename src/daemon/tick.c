/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * A tick reads as a sentence: collect, step, deliver, leave the status, tell the manager.
 * Each of them may fail by itself, and the others go on.
 */

#include "daemon/tick.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/delivery.h"
#include "daemon/hooks.h"
#include "daemon/mute-file.h"
#include "daemon/sinks.h"
#include "daemon/trouble.h"
#include "daemon/voice.h"
#include "io/collect.h"
#include "io/counters.h"
#include "render/json.h"
#include "render/sentence.h"
#include "render/timestamp.h"
#include "sockwatch/ledger.h"

struct sw_daemon {
	struct sw_io *io;
	struct sw_daemon_config config;
	struct sw_settings settings;
	struct sw_engine *engine;
	struct sw_units *units;
	struct sw_ledger *ledger;
	struct sw_trends *trends;
	struct sw_voice *voice;
	struct sw_hooks *hooks; /* NULL without a state directory */
	struct sw_delivery *delivery;
	struct sw_mute_file *mute_file;
	char boot_id[37];
	char *status_path;
	bool ready;
	bool configured; /* anew, and not gone by yet */
	struct sw_planner planner;
	struct sw_trouble reading, status, notify;
};

/* The first line of a small file, or "". */
static void read_id(struct sw_io *io, const char *path, char *ret, size_t size)
{
	char text[64];

	ret[0] = '\0';
	if (io->file_read(io, path, text, sizeof(text)) < 0)
		return;
	text[strcspn(text, "\n")] = '\0';
	snprintf(ret, size, "%.*s", (int)size - 1, text);
}

static sw_usec interval_of(const struct sw_daemon *daemon)
{
	return daemon->config.interval != 0 ? daemon->config.interval : daemon->settings.interval;
}

/* What the settings mean to the engine. */
static struct sw_engine_config engine_config(const struct sw_daemon *daemon)
{
	const struct sw_settings *settings = &daemon->settings;

	return (struct sw_engine_config){
		.clear = settings->alert.clear,
		.max_blind_severity = sw_rule_max_severity(&settings->blind),
		.max_hook_failed_severity = sw_rule_max_severity(&settings->hook_failed),
		.repeat = settings->alert.repeat,
		.max_active = settings->alert.max_active,
		.max_gap = 3 * interval_of(daemon),
		.netns = "self",
	};
}

void sw_daemon_configure(struct sw_daemon *daemon, const struct sw_settings *settings)
{
	struct sw_engine_config config;

	daemon->settings = *settings;
	daemon->configured = true;
	config = engine_config(daemon);
	sw_engine_configure(daemon->engine, &config);
	sw_voice_configure(daemon->voice, settings->log.target, settings->log.level);
	if (daemon->hooks != NULL)
		sw_hooks_configure(daemon->hooks, settings);
}

void sw_daemon_say(struct sw_daemon *daemon, int priority, const char *text)
{
	sw_voice_say(daemon->voice, priority, "%s", text);
}

/* Without a state directory there is nowhere to leave an event. */
static int prepare_hooks(struct sw_daemon *daemon)
{
	const struct sw_hooks_places places = {
		.state_dir = daemon->config.state_dir,
		.runtime_dir = daemon->config.runtime_dir,
		.config_path = daemon->config.config_path,
		.pid = daemon->config.pid,
	};
	int r;

	if (places.state_dir == NULL)
		return 0;
	r = sw_hooks_new(&daemon->hooks, daemon->io, daemon->voice, &places);
	if (r == 0)
		sw_hooks_configure(daemon->hooks, &daemon->settings);
	return r;
}

static int prepare_delivery(struct sw_daemon *daemon)
{
	const struct sw_delivery_config config = {
		.voice = daemon->voice,
		.hooks = daemon->hooks,
		.engine = daemon->engine,
		.state_dir = daemon->config.state_dir,
		.boot_id = daemon->boot_id,
	};
	int r = sw_delivery_new(&daemon->delivery, daemon->io, &config);

	return r < 0 ? r : sw_delivery_recollect(daemon->delivery);
}

static int prepare_mutes(struct sw_daemon *daemon)
{
	int r = sw_mute_file_new(&daemon->mute_file, daemon->io, daemon->voice,
				 daemon->config.mutes_dir);

	if (r == 0)
		sw_engine_set_mutes(daemon->engine, sw_mute_file_mutes(daemon->mute_file));
	return r;
}

static int prepare(struct sw_daemon *daemon)
{
	struct sw_engine_config engine = engine_config(daemon);
	struct sw_io *io = daemon->io;
	uint64_t seed;
	int r;

	read_id(io, "/etc/machine-id", engine.machine_id, sizeof(engine.machine_id));
	read_id(io, "/proc/sys/kernel/random/boot_id", daemon->boot_id, sizeof(daemon->boot_id));
	if (asprintf(&daemon->status_path, "%s/status.json", daemon->config.runtime_dir) < 0)
		return -ENOMEM;
	r = io->seed(io, &seed);
	if (r == 0)
		r = sw_units_new(&daemon->units, seed);
	if (r == 0)
		r = sw_engine_new(&daemon->engine, &engine);
	if (r == 0)
		r = sw_ledger_new(&daemon->ledger);
	if (r == 0)
		r = sw_trends_new(&daemon->trends, seed);
	if (r == 0)
		r = sw_voice_new(&daemon->voice, io, daemon->config.stderr_is_journal);
	if (r < 0)
		return r;
	sw_voice_configure(daemon->voice, daemon->settings.log.target, daemon->settings.log.level);
	r = prepare_mutes(daemon);
	if (r == 0)
		r = prepare_hooks(daemon);
	return r < 0 ? r : prepare_delivery(daemon);
}

int sw_daemon_new(struct sw_daemon **ret, struct sw_io *io, const struct sw_daemon_config *config)
{
	struct sw_daemon *daemon = calloc(1, sizeof(*daemon));
	int r;

	if (daemon == NULL)
		return -ENOMEM;
	daemon->io = io;
	daemon->config = *config;
	daemon->settings = *config->settings;
	daemon->config.settings = NULL;
	r = prepare(daemon);
	if (r < 0) {
		sw_daemon_free(daemon);
		return r;
	}
	*ret = daemon;
	return 0;
}

void sw_daemon_free(struct sw_daemon *daemon)
{
	if (daemon == NULL)
		return;
	sw_delivery_free(daemon->delivery);
	sw_mute_file_free(daemon->mute_file);
	sw_engine_free(daemon->engine);
	sw_units_free(daemon->units);
	sw_ledger_free(daemon->ledger);
	sw_trends_free(daemon->trends);
	sw_hooks_free(daemon->hooks);
	sw_voice_free(daemon->voice);
	free(daemon->status_path);
	free(daemon);
}

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

/* Lets the engine judge, and delivers what follows. */
static void step(struct sw_daemon *daemon, const struct sw_report *report)
{
	const struct sw_reading *reading = report->reading;
	struct sw_event_origin origin = origin_of(daemon, reading);
	struct sw_evidence evidence = { .settings = &daemon->settings };
	const struct sw_event *events;
	char why[SW_PROBLEM_TEXT_SIZE];
	size_t n_events;

	sw_engine_set_names(daemon->engine, &reading->ifnames);
	sw_mute_file_look(daemon->mute_file);
	sw_delivery_catch_up(daemon->delivery, &origin);
	if (reading->complete)
		evidence.report = report;
	else
		evidence.failure = sw_problem_format(&reading->spoiled_by, why);
	if (daemon->hooks != NULL)
		evidence.hooks =
			sw_hooks_look(daemon->hooks, reading->began.boot, &evidence.n_hooks);
	sw_engine_step(daemon->engine, reading->began, &evidence, &events, &n_events);
	sw_delivery_take(daemon->delivery, events, n_events, &origin);
}

/* The alerts that fire, as an array. A new reference, or NULL. */
static json_t *firing_json(struct sw_daemon *daemon, const struct sw_reading *reading)
{
	struct sw_event_origin origin = origin_of(daemon, reading);
	struct sw_alert *alerts;
	json_t *list = json_array();
	size_t n = 0;

	if (list == NULL || sw_engine_firing(daemon->engine, &alerts, &n) < 0) {
		json_decref(list);
		return NULL;
	}
	for (size_t i = 0; i < n; i++) {
		/* Its latest event: worse than it was, or the first. */
		struct sw_event event = {
			.state = alerts[i].previous == SW_LEVEL_OK          ? SW_EVENT_FIRING
				 : alerts[i].previous == alerts[i].severity ? SW_EVENT_REPEAT
									    : SW_EVENT_CHANGED,
			.alert = alerts[i],
		};

		if (json_array_append_new(list, sw_render_event_json(&event, &origin)) < 0) {
			json_decref(list);
			list = NULL;
			break;
		}
	}
	free(alerts);
	return list;
}

static int leave_status(struct sw_daemon *daemon, const struct sw_report *report)
{
	struct sw_daemon_status status = {
		.running = true,
		.interval_s = (double)interval_of(daemon) / SW_USEC_PER_SEC,
		.alerts = firing_json(daemon, report->reading),
	};
	enum sw_hook_run run = daemon->hooks == NULL ? SW_HOOK_RUN_NO : daemon->settings.hooks.run;
	int r = -ENOMEM;

	snprintf(status.hooks, sizeof(status.hooks), "%s", sw_hook_run_to_string(run));
	sw_timestamp_format(report->reading->began.wall, status.last_poll);
	if (status.alerts != NULL)
		r = sw_sink_status(daemon->io, daemon->status_path, report, &status);
	sw_daemon_status_deinit(&status);
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
	return sw_sink_notify(daemon->io, daemon->config.notify_socket, text);
}

static void judge(struct sw_daemon *daemon, const struct sw_reading *reading)
{
	const struct sw_report_filter everything = { 0 };
	struct sw_report report;
	int r;

	r = sw_report_init(&report, reading, &daemon->settings, &everything);
	if (r < 0) {
		sw_voice_say(daemon->voice, 3, "this reading could not be judged: %s",
			     strerror(-r));
		return;
	}
	sw_planner_note(&daemon->planner, reading->complete ? &report : NULL, &daemon->settings);
	step(daemon, &report);
	sw_trouble_note_errno(&daemon->status, daemon->voice, daemon->status_path,
			      leave_status(daemon, &report));
	r = tell_manager(daemon, &report);
	sw_trouble_note_errno(&daemon->notify, daemon->voice,
			      "the service manager could not be told", r);
	/* READY that was not taken is said again. */
	daemon->ready = daemon->ready || r == 0;
	sw_report_deinit(&report);
}

/* With the readings before. */
static void compare(struct sw_daemon *daemon, struct sw_reading *reading)
{
	if (reading->tally == NULL)
		return;
	if (sw_trends_update(daemon->trends, reading->tally, &reading->space, reading->began.boot) <
	    0)
		sw_voice_say(daemon->voice, 3, "no trends: %s", strerror(ENOMEM));
	reading->trends = daemon->trends;
}

/* Is there something to be done that a reading goes with, whatever it would find? */
static bool is_busy(const struct sw_daemon *daemon)
{
	return !daemon->ready || daemon->configured || !sw_engine_is_idle(daemon->engine) ||
	       !sw_delivery_is_idle(daemon->delivery) ||
	       (daemon->hooks != NULL && !sw_hooks_are_idle(daemon->hooks)) ||
	       daemon->status.text[0] != '\0' || daemon->notify.text[0] != '\0';
}

static enum sw_need look(struct sw_daemon *daemon, sw_usec now)
{
	sw_usec interval = interval_of(daemon), max_age = daemon->settings.max_age;
	struct sw_counters counters;
	int r = sw_counters_read(daemon->io, &counters);

	/* On the next tick it would be too old. */
	max_age = max_age > interval ? max_age - interval : 0;
	return sw_planner_look(&daemon->planner, r < 0 ? NULL : &counters, is_busy(daemon), max_age,
			       now);
}

/* A tick on which there is nothing to count. What has been said stays true, and it is said that it
 * does. Returns false when that cannot be. */
static bool rest(struct sw_daemon *daemon)
{
	if (daemon->io->touch(daemon->io, daemon->status_path) < 0)
		return false;
	return !daemon->config.watchdog ||
	       sw_sink_notify(daemon->io, daemon->config.notify_socket, "WATCHDOG=1") == 0;
}

/* Counts, judges and delivers. */
static void count(struct sw_daemon *daemon)
{
	static const char what[] = "the sockets cannot be counted";
	const struct sw_collect_options everything = {
		.units = daemon->units,
		.ledger = daemon->ledger,
	};
	struct sw_reading *reading;
	int r;

	r = sw_collect(daemon->io, &everything, &reading);
	if (r < 0) {
		sw_trouble_note_errno(&daemon->reading, daemon->voice, what, r);
		return;
	}
	daemon->configured = false;
	if (reading->complete) {
		sw_trouble_note(&daemon->reading, daemon->voice, what, "");
	} else {
		char why[SW_PROBLEM_TEXT_SIZE];

		sw_trouble_note(&daemon->reading, daemon->voice, what,
				sw_problem_format(&reading->spoiled_by, why));
	}
	compare(daemon, reading);
	judge(daemon, reading);
	sw_reading_free(reading);
}

sw_usec sw_daemon_tick(struct sw_daemon *daemon)
{
	struct sw_now now;

	sw_voice_catch_up(daemon->voice);
	if (daemon->io->now(daemon->io, &now) < 0 || look(daemon, now.boot) != SW_NEED_NOTHING ||
	    !rest(daemon)) {
		sw_planner_note(&daemon->planner, NULL, &daemon->settings);
		count(daemon);
	}
	return sw_engine_next_delay(daemon->engine, interval_of(daemon));
}

void sw_daemon_stop(struct sw_daemon *daemon)
{
	int r;

	(void)sw_sink_notify(daemon->io, daemon->config.notify_socket, "STOPPING=1");
	sw_delivery_stop(daemon->delivery);
	sw_voice_give_up(daemon->voice);
	r = daemon->io->remove(daemon->io, daemon->status_path);
	if (r < 0 && r != -ENOENT)
		sw_voice_say(daemon->voice, 4, "%s could not be removed: %s", daemon->status_path,
			     strerror(-r));
}
