/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* An event as a hook gets it: looked at before anything of it reaches a program. */

#include <jansson.h>

#include "io/outbox-name.h"
#include "sockwatch/level.h"

struct sw_hook_event {
	json_t *json;
	const char *state; /* borrowed from `json` */
	const char *rule;
	enum sw_level severity;
};

/*
 * Reads sockwatch.event/1. Returns 0, -ENOMEM, or -EBADMSG when it is none, or
 * another one than its file's name says; `*ret_why` tells in a few words.
 */
int sw_hook_event_parse(struct sw_hook_event *ret, const char *text, size_t size,
			const struct sw_outbox_name *name, const char **ret_why);
void sw_hook_event_deinit(struct sw_hook_event *event);

/* "notice", "warning" and "critical" as a level. Returns 0 or -EINVAL. */
int sw_hook_severity_parse(const char *text, enum sw_level *ret);

/*
 * The event as a file without a name, from its beginning: what a hook has as
 * standard input. Nobody has to feed it, and its end comes by itself. Returns
 * the descriptor or a negative errno.
 */
int sw_hook_event_open(const struct sw_hook_event *event, unsigned int attempt);

/*
 * The whole environment of a hook, NULL-terminated and owned by the caller:
 * sw_event_env_free(). NULL without memory.
 */
char **sw_hook_event_environment(const struct sw_hook_event *event);
