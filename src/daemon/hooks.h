/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The daemon's side of hooks: it leaves events in the outbox and looks at what
 * the runner says of them. It never starts a hook itself.
 */

#include "daemon/voice.h"
#include "io/io.h"
#include "render/event-json.h"
#include "sockwatch/hook-report.h"
#include "sockwatch/settings.h"

struct sw_hooks;

/* All borrowed. */
struct sw_hooks_places {
	const char *state_dir; /* each of the two has an outbox */
	const char *runtime_dir;
	const char *config_path; /* for a runner of our own, NULL for the usual ones */
	pid_t pid;               /* this daemon's: such a runner ends with it */
};

/* Nothing is left for hooks before they are configured. Returns 0 or -ENOMEM. */
int sw_hooks_new(struct sw_hooks **ret, struct sw_io *io, struct sw_voice *voice,
		 const struct sw_hooks_places *places);
void sw_hooks_free(struct sw_hooks *hooks);

/* Who runs them, and where they are, from now on. */
void sw_hooks_configure(struct sw_hooks *hooks, const struct sw_settings *settings);

/*
 * Leaves an event for the runner, if there is to be one and it is not about hooks. Returns 0; or
 * why it lies below the runtime directory, as the state directory took none. That it could not be
 * left at all is said.
 */
int sw_hooks_leave(struct sw_hooks *hooks, const struct sw_event *event,
		   const struct sw_event_origin *origin);

/*
 * Takes the runner's results and looks whether events are taken up. Returns what is
 * known of hooks that fail, or did until now: owned by `hooks`, good until the next
 * call. To be called on every tick.
 */
const struct sw_hook_report *sw_hooks_look(struct sw_hooks *hooks, sw_usec now, size_t *ret_n);

/* Did none fail, and has all been taken up, when that was looked at last, and has nothing been said
 * since? */
bool sw_hooks_are_idle(const struct sw_hooks *hooks);

/* What failed in an earlier daemon, by its alerts, still does: nobody has run it since. */
void sw_hooks_remember(struct sw_hooks *hooks, const struct sw_alert *alerts, size_t n);
