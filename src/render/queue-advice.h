/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What helps against a full accept queue. */

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "sockwatch/level.h"

#define SW_QUEUE_ADVICE "accept sooner: more workers; for bursts a longer backlog"

/* Where nobody has accepted for too long, more workers would hang as well. */
#define SW_STUCK_QUEUE_ADVICE "find where it hangs, restart it until then"

/* As an advice object: `subject` is an address and port, as text. A new reference, or NULL. */
json_t *sw_render_queue_advice_json(const char *subject, enum sw_level severity, uint64_t queued,
				    uint64_t limit, bool stuck);
