/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A tuple for programs, and counts by state. */

#include <jansson.h>

#include "sockwatch/outlook.h"

/* A tuple as in `tuples` of sockwatch.status/1. A new reference, or NULL without memory. */
json_t *sw_render_tuple_json(const struct sw_outlook *outlook, const struct sw_owners *owners,
			     const struct sw_ifnames *names);

/* Counts by state, every state always. A new reference, or NULL. */
json_t *sw_render_states_json(const uint32_t n_by_state[SW_TCP_N_STATES]);
