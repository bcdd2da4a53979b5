/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The voice: what the daemon says, to whom. Under systemd everything goes to the
 * journal with its fields. Started by hand, alerts go there too where there is
 * a journal, and all of it is on standard error.
 */

#include "io/io.h"
#include "render/event-json.h"
#include "sockwatch/settings.h"

struct sw_voice;

/* `stderr_is_journal`: what is said on standard error would be in the journal. Returns 0 or
 * -ENOMEM. */
int sw_voice_new(struct sw_voice **ret, struct sw_io *io, bool stderr_is_journal);
void sw_voice_free(struct sw_voice *voice);

/* Where to and how much, from now on: words less urgent than `level` are not said. Events always
 * are. */
void sw_voice_configure(struct sw_voice *voice, enum sw_log_target target, int level);

/* Says a word, with a priority of syslog(3). */
void sw_voice_say(struct sw_voice *voice, int priority, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Raises an event. Returns 0, or a negative errno when the journal will not have it; then standard
 * error had it. */
int sw_voice_raise(struct sw_voice *voice, const struct sw_event *event,
		   const struct sw_event_origin *origin);

/* Is there something that the journal has not taken yet? */
bool sw_voice_is_waiting(const struct sw_voice *voice);

/* Tries a last time before the end, and says on standard error how many messages are lost. */
void sw_voice_give_up(struct sw_voice *voice);

/* Tries again what the journal did not take. To be called on every tick. */
void sw_voice_catch_up(struct sw_voice *voice);
