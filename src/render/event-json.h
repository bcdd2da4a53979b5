/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Events for programs: hooks, status.json. */

#include <jansson.h>

#include "sockwatch/alert.h"

/* Where an event happened. Borrowed texts. */
struct sw_event_origin {
	const char *host;
	const char *netns;   /* name of the namespace */
	const char *boot_id; /* "" = unknown */
	const struct sw_ifnames *names;
};

/* BOOTID-SEQUENCE with room to spare. */
#define SW_EVENT_ID_SIZE 64

const char *sw_event_id_format(const struct sw_alert *alert, const struct sw_event_origin *origin,
			       char buffer[SW_EVENT_ID_SIZE]);

/* An event as sockwatch.event/1. A new reference, or NULL without memory. */
json_t *sw_render_event_json(const struct sw_event *event, const struct sw_event_origin *origin);

/* The errno that connect() returns now, as its name; NULL when it succeeds. */
const char *sw_outlook_errno(const struct sw_outlook *outlook);
