/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The daemon's side of hooks: it leaves events in the outbox and looks at what
 * the runner says of them. It never starts a hook itself.
 */

#include "daemon/voice.h"
#include "io/io.h"
#include "render/event-json.h"
#include "sockwatch/settings.h"

struct sw_hooks;

/* The outboxes below these two directories. Returns 0 or -ENOMEM. */
int sw_hooks_new(struct sw_hooks **ret, struct sw_io *io, struct sw_voice *voice,
		 const char *state_dir, const char *runtime_dir);
void sw_hooks_free(struct sw_hooks *hooks);

/* Run=direct: starts the runner, to stay. `config_path` is that of the daemon, NULL for the usual
 * ones. */
void sw_hooks_start_runner(struct sw_hooks *hooks, const char *config_path);

/*
 * Leaves an event for the runner. Returns 0; or why it lies below the runtime
 * directory, as the state directory took none. That it could not be left at all
 * is said.
 */
int sw_hooks_leave(struct sw_hooks *hooks, const struct sw_event *event,
		   const struct sw_event_origin *origin);

/*
 * Takes the runner's results and says which hooks failed, as badly as `rule`
 * allows; says too when nobody takes an event up. To be called on every tick.
 */
void sw_hooks_look(struct sw_hooks *hooks, const struct sw_rule_settings *rule, sw_usec now);
