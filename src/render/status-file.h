/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What a running daemon knows beyond one reading, and how to get it back from
 * the status.json it leaves.
 */

#include <jansson.h>
#include <stdbool.h>

#include "render/event-json.h"
#include "sockwatch/time.h"

/* From so much on a delay is worth a word to people. */
#define SW_DELAY_WORTH_A_WORD (3 * SW_USEC_PER_SEC)

struct sw_daemon_status {
	bool running;
	double interval_s;        /* 0 = unknown */
	double detection_delay_s; /* how much later something may be seen for the CPU budget; NAN =
				     unknown */
	char last_poll[32];       /* RFC 3339; "" = unknown */
	char hooks[8];            /* who starts them: "unit", "direct", "no"; "" = unknown */
	/* Since it started, as of the latest dump: that many, and looks that did without one. */
	int64_t n_dumps, n_dumps_skipped;
	char last_dump_reason[16]; /* as sw_need_to_string(); "" = unknown, as are both numbers */
	json_t *alerts;            /* owned; an array, or NULL for none */
	/* Instead of these, where it is the daemon itself that tells: borrowed. */
	const struct sw_alert *firing;
	size_t n_firing;
	const struct sw_event_origin *origin; /* of what fires */
};

/*
 * Reads the text of status.json. `age` is that of the file: the daemon counts as
 * running while it is younger than three of its intervals. Returns 0, -EBADMSG
 * for a text that is no sockwatch.status/1, -ENOMEM.
 */
int sw_daemon_status_parse(struct sw_daemon_status *ret, const char *text, size_t size,
			   sw_usec age);
void sw_daemon_status_deinit(struct sw_daemon_status *status);
