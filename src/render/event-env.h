/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * An event as the environment of a hook: SOCKWATCH_*, with the names and
 * figures of the journal's fields. What has no value is left out, and control
 * characters are masked: a shell script puts these into a header or onto a
 * terminal.
 */

#include <jansson.h>

/*
 * NULL-terminated "KEY=value" from an object of sockwatch.event/1; NULL without
 * memory. Owned by the caller: sw_event_env_free().
 */
char **sw_render_event_env(const json_t *event);
void sw_event_env_free(char **environment);
