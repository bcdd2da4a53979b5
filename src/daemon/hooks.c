/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A hook that fails is said by the voice and never by a hook: that one might fail as well. */

#include "daemon/hooks.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
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
	struct sw_rule_settings rule;
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
	hooks->rule = settings->hook_failed;
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
	return hooks->run == SW_HOOK_RUN_NO ? 0 : leave(hooks, event, origin);
}

/* Priorities of syslog(3), as far as the rule lets them go; -1 when it is off. */
static int priority_of(const struct sw_rule_settings *rule)
{
	switch (sw_rule_max_severity(rule)) {
	case SW_LEVEL_OK:
	case SW_LEVEL_UNKNOWN:
		return -1;
	case SW_LEVEL_NOTICE:
		return 5;
	case SW_LEVEL_WARNING:
	case SW_LEVEL_CRITICAL:
	case SW_LEVEL_EXHAUSTED:
		return 4;
	}
	abort();
}

void sw_hooks_look(struct sw_hooks *hooks, sw_usec now)
{
	struct sw_hook_result results[16];
	size_t n_bad = 0,
	       n = sw_outbox_take_results(hooks->outbox, results, SW_ARRAY_SIZE(results), &n_bad);
	int priority = priority_of(&hooks->rule);
	char event_id[64];

	sw_hook_runner_look(&hooks->runner);
	for (size_t i = 0; i < n && priority >= 0; i++)
		if (results[i].outcome != SW_HOOK_OK && results[i].outcome != SW_HOOK_RETRY)
			sw_voice_say(hooks->voice, priority, "hook %s: %s (%s) for event %s",
				     results[i].hook, sw_hook_outcome_to_string(results[i].outcome),
				     results[i].detail, results[i].event_id);
	if (sw_outbox_is_stuck(hooks->outbox, now, PATIENCE, event_id) && priority >= 0)
		sw_voice_say(
			hooks->voice, priority,
			"event %s has waited for a minute and no hook runner takes it up; try: "
			"systemctl status sockwatch-hook.path",
			event_id);
}
