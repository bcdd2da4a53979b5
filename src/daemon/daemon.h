/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The daemon, from its start to its end. It knows no event loop and no system
 * call, only a world, so that a test can play a day of it (daemon/tick.h).
 */

#include "io/io.h"
#include "sockwatch/engine.h"
#include "sockwatch/settings.h"

struct sw_daemon_config {
	const char *runtime_dir;   /* borrowed; status.json goes there */
	const char *state_dir;     /* borrowed; state.json goes there, NULL for none */
	const char *mutes_dir;     /* borrowed until sw_daemon_new() returns; what is mute */
	const char *config_path;   /* borrowed; for a hook runner of our own, NULL for the usual */
	pid_t pid;                 /* our own: such a runner ends with it */
	const char *notify_socket; /* borrowed; of the service manager, NULL for none */
	const struct sw_settings *settings; /* borrowed until sw_daemon_new() returns */
	sw_usec interval;                   /* comes before that of the settings; 0 = it does not */
	bool stderr_is_journal;
	bool watchdog; /* the service manager wants to hear of every tick */
};

struct sw_daemon;

/* A daemon in the world `io`, which must outlive it. Returns 0 or -ENOMEM. */
int sw_daemon_new(struct sw_daemon **ret, struct sw_io *io, const struct sw_daemon_config *config);
void sw_daemon_free(struct sw_daemon *daemon);

/* Goes by other settings from the next tick on. */
void sw_daemon_configure(struct sw_daemon *daemon, const struct sw_settings *settings);

/* Says a word where this daemon says such things, with a priority of syslog(3). */
void sw_daemon_say(struct sw_daemon *daemon, int priority, const char *text);

/* Says goodbye: a status file that nobody keeps fresh must not stay. */
void sw_daemon_stop(struct sw_daemon *daemon);
