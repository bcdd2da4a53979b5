/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "render/queue-advice.h"

#include <inttypes.h>
#include <stdio.h>

#include "render/json.h"

json_t *sw_render_queue_advice_json(const char *subject, enum sw_level severity, uint64_t queued,
				    uint64_t limit, bool stuck)
{
	struct sw_json json = sw_json_begin();
	char why[128];

	snprintf(why, sizeof(why),
		 "%" PRIu64 " connections wait for accept() where the backlog is %" PRIu64, queued,
		 limit);
	sw_json_put(&json, "id", json_string(stuck ? "find-the-hang" : "accept-sooner"));
	sw_json_put(&json, "severity", json_string(sw_level_to_string(severity)));
	sw_json_put(&json, "subject", sw_json_text(subject));
	sw_json_put(&json, "why", json_string(why));
	sw_json_put(&json, "do", json_string(stuck ? SW_STUCK_QUEUE_ADVICE : SW_QUEUE_ADVICE));
	sw_json_put(&json, "gain", json_string("no connection is dropped"));
	return sw_json_end(&json);
}
