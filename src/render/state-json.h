/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What the daemon must not forget when it is killed: the alerts that fire, and
 * the events that may not have been delivered yet. As text, sockwatch.state/1.
 */

#include <stddef.h>

#include "sockwatch/alert.h"

struct sw_state {
	char boot_id[37];        /* in which the events happened: a part of their ids */
	struct sw_alert *alerts; /* owned */
	size_t n_alerts;
	struct sw_event *events; /* owned; to be delivered again, oldest first */
	size_t n_events;
};

void sw_state_deinit(struct sw_state *state);

/* Writes the state as text, owned by the caller: free(). Returns 0 or -ENOMEM. */
int sw_state_render(const struct sw_state *state, char **ret);

/*
 * Reads such a text. Returns 0; -EBADMSG when it is none, or of another version;
 * -ENOMEM.
 */
int sw_state_parse(struct sw_state *ret, const char *text, size_t size);
