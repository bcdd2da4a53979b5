/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A hook that fails is said by the voice and never by a hook: that one might fail as well. */

#include "daemon/hooks.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "daemon/hook-failures.h"
#include "daemon/hook-runner.h"
#include "io/outbox.h"
#include "render/json.h"

/* An event that waits for longer has nobody who takes it up. */
#define PATIENCE (60 * SW_USEC_PER_SEC)

struct sw_hooks {
	struct sw_io *io;
	struct sw_voice *voice;
	struct sw_outbox *outbox;
	struct sw_hook_runner runner; /* of our own, with Run=direct */
	struct sw_hook_failures failures;
	enum sw_outbox_course course; /* as of the last look */
	uint64_t stamp;               /* of the results, likewise */
	char directory[SW_SETTINGS_PATH_SIZE];
	enum sw_hook_run run;
};

int sw_hooks_new(struct sw_hooks **ret, struct sw_io *io, struct sw_voice *voice,
		 const struct sw_hooks_places *places)
{
	struct sw_hooks *hooks = calloc(1, sizeof(*hooks));
	int r;

	if (hooks == NULL)
		return -ENOMEM;
	hooks->io = io;
	hooks->voice = voice;
	hooks->run = SW_HOOK_RUN_NO;
	hooks->runner = (struct sw_hook_runner){
		.io = io,
		.voice = voice,
		.config_path = places->config_path,
		.parent = places->pid,
		.state_dir = places->state_dir,
		.runtime_dir = places->runtime_dir,
	};
	r = sw_outbox_new(&hooks->outbox, io, places->state_dir, places->runtime_dir);
	if (r < 0) {
		free(hooks);
		return r;
	}
	*ret = hooks;
	return 0;
}

void sw_hooks_free(struct sw_hooks *hooks)
{
	if (hooks == NULL)
		return;
	sw_outbox_free(hooks->outbox);
	free(hooks);
}

void sw_hooks_configure(struct sw_hooks *hooks, const struct sw_settings *settings)
{
	enum sw_hook_run run = settings->hooks.run;
	int r;

	if (run != SW_HOOK_RUN_NO && hooks->run == SW_HOOK_RUN_NO) {
		r = sw_outbox_make(hooks->outbox);
		if (r < 0)
			sw_voice_say(hooks->voice, 4, "the outbox for hooks could not be made: %s",
				     strerror(-r));
	}
	hooks->run = run;
	memcpy(hooks->directory, settings->hooks.directory, sizeof(hooks->directory));
	sw_hook_runner_want(&hooks->runner, run == SW_HOOK_RUN_DIRECT);
}

static int leave(struct sw_hooks *hooks, const struct sw_event *event,
		 const struct sw_event_origin *origin)
{
	json_t *json = sw_render_event_json(event, origin);
	char event_id[SW_EVENT_ID_SIZE];
	struct sw_outbox_event left = {
		.event_id = sw_event_id_format(&event->alert, origin, event_id),
		.alert_id = event->alert.id,
		.state = sw_event_state_to_string(event->state),
	};
	char *text = json == NULL ? NULL : json_dumps(json, SW_JSON_FLAGS);
	int r = -ENOMEM, detour = 0;

	json_decref(json);
	left.text = text;
	if (text != NULL)
		r = sw_outbox_put(hooks->outbox, &left, &detour);
	free(text);
	if (r < 0)
		sw_voice_say(hooks->voice, 3, "event %s could not be left for hooks: %s", event_id,
			     strerror(-r));
	return detour;
}

int sw_hooks_leave(struct sw_hooks *hooks, const struct sw_event *event,
		   const struct sw_event_origin *origin)
{
	/* What fails would fail again, of that. */
	if (hooks->run == SW_HOOK_RUN_NO || event->alert.rule == SW_RULE_HOOK_FAILED)
		return 0;
	return leave(hooks, event, origin);
}

/* A hook that is started again later has not failed yet. */
static void take_result(struct sw_hooks *hooks, const struct sw_hook_result *result)
{
	char why[sizeof(hooks->failures.reports[0].why)];

	switch (result->outcome) {
	case SW_HOOK_OK:
		sw_hook_failures_clear(&hooks->failures, result->hook);
		return;
	case SW_HOOK_RETRY:
		return;
	case SW_HOOK_FAILED:
	case SW_HOOK_TIMEOUT:
	case SW_HOOK_REFUSED:
		snprintf(why, sizeof(why),
			 "%s (%s) for event %s; try: journalctl -u sockwatch-hook",
			 sw_hook_outcome_to_string(result->outcome), result->detail,
			 result->event_id);
		sw_hook_failures_put(&hooks->failures, result->hook, why);
		return;
	}
}

static void take_results(struct sw_hooks *hooks)
{
	struct sw_hook_result results[16];
	size_t n_bad = 0,
	       n = sw_outbox_take_results(hooks->outbox, results, SW_ARRAY_SIZE(results), &n_bad);

	for (size_t i = 0; i < n; i++)
		take_result(hooks, &results[i]);
}

/* Does anybody take up what waits? While that cannot be told yet, it is as it was. */
static void look_at_runner(struct sw_hooks *hooks, sw_usec now)
{
	char event_id[64], why[sizeof(hooks->failures.reports[0].why)];
	enum sw_outbox_course course = sw_outbox_course(hooks->outbox, now, PATIENCE, event_id);

	hooks->course = course;
	sw_hook_runner_look(&hooks->runner);
	if (hooks->run == SW_HOOK_RUN_NO || course == SW_OUTBOX_FLOWS) {
		sw_hook_failures_clear(&hooks->failures, SW_HOOK_REPORT_RUNNER);
	} else if (course == SW_OUTBOX_STUCK) {
		snprintf(why, sizeof(why), "nobody has taken event %s up for a minute; try: %s",
			 event_id,
			 hooks->run == SW_HOOK_RUN_DIRECT ? "reload sockwatchd"
							  : "systemctl status sockwatch-hook.path");
		sw_hook_failures_put(&hooks->failures, SW_HOOK_REPORT_RUNNER, why);
	}
}

/* A hook that was removed fails no more. */
static void look_at_directory(struct sw_hooks *hooks)
{
	struct sw_io *io = hooks->io;
	char **names = NULL;
	size_t n = 0;
	int r;

	if (hooks->failures.n == 0)
		return;
	r = io->dir_list(io, hooks->directory, &names, &n);
	if (r == 0 || r == -ENOENT)
		sw_hook_failures_keep(&hooks->failures, names, n);
	for (size_t i = 0; r == 0 && i < n; i++)
		free(names[i]);
	free(names);
}

const struct sw_hook_report *sw_hooks_look(struct sw_hooks *hooks, sw_usec now, size_t *ret_n)
{
	sw_hook_failures_forget(&hooks->failures);
	/* Before they are taken: those that come meanwhile are news, and that some go is as well.
	 */
	hooks->stamp = sw_outbox_results_stamp(hooks->outbox);
	take_results(hooks);
	look_at_runner(hooks, now);
	look_at_directory(hooks);
	*ret_n = hooks->failures.n;
	return hooks->failures.reports;
}

bool sw_hooks_are_idle(const struct sw_hooks *hooks)
{
	/* Of a runner of its own it looks whether that is still there. */
	return hooks->failures.n == 0 && hooks->run != SW_HOOK_RUN_DIRECT &&
	       (hooks->run == SW_HOOK_RUN_NO ||
		(hooks->course == SW_OUTBOX_FLOWS &&
		 hooks->stamp == sw_outbox_results_stamp(hooks->outbox)));
}

void sw_hooks_remember(struct sw_hooks *hooks, const struct sw_alert *alerts, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (alerts[i].rule == SW_RULE_HOOK_FAILED && alerts[i].n_grouped == 0)
			sw_hook_failures_put(&hooks->failures, alerts[i].subject.name,
					     alerts[i].why);
}
