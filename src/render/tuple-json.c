/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The tuple object is the same in status, event and hook. */

#include "render/tuple-json.h"

#include <stdlib.h>

#include "render/json.h"
#include "render/owners.h"
#include "render/timestamp.h"

json_t *sw_render_states_json(const uint32_t n_by_state[SW_TCP_N_STATES])
{
	struct sw_json json = sw_json_begin();

	for (int i = 0; i < SW_TCP_N_STATES; i++)
		sw_json_put(&json, sw_tcp_state_key((enum sw_tcp_state)i),
			    json_integer(n_by_state[i]));
	return sw_json_end(&json);
}

static const char *reuse_to_string(enum sw_reuse reuse)
{
	switch (reuse) {
	case SW_REUSE_NONE:
		return "none";
	case SW_REUSE_LOOPBACK:
		return "loopback";
	case SW_REUSE_YES:
		return "yes";
	}
	abort();
}

static void put_identity(struct sw_json *json, const struct sw_tuple *tuple,
			 const struct sw_ifnames *names)
{
	char text[SW_ADDR_TEXT_SIZE], device[16];

	sw_json_put(json, "family",
		    json_string(tuple->destination.family == SW_IPV4 ? "ipv4" : "ipv6"));
	sw_json_put(json, "source",
		    sw_json_text(tuple->source.family == 0
					 ? NULL
					 : sw_addr_format(&tuple->source, names, text)));
	sw_json_put(json, "destination",
		    sw_json_text(sw_addr_format(&tuple->destination, names, text)));
	sw_json_put(json, "port", json_integer(tuple->port));
	sw_json_put(json, "device",
		    sw_json_text(tuple->device == 0
					 ? NULL
					 : sw_ifname_format(tuple->device, names, device)));
}

static void put_forecast(struct sw_json *json, const struct sw_outlook *outlook)
{
	const struct sw_forecast *forecast = &outlook->forecast;
	char since[SW_TIMESTAMP_SIZE];

	sw_json_put(json, "rate_per_s", sw_json_number(forecast->rate_per_s, 2));
	/* What the figures below go by: that of all the time since rate_since. */
	sw_json_put(json, "present_rate_per_s", sw_json_number(forecast->present_per_s, 2));
	sw_json_put(
		json, "rate_before_per_s",
		sw_json_number(outlook->rate_since == 0 ? NAN : forecast->onset.before_per_s, 2));
	sw_json_put(json, "rate_since",
		    sw_json_text(outlook->rate_since == 0
					 ? NULL
					 : sw_timestamp_format(outlook->rate_since, since)));
	sw_json_put(json, "open_rate_per_s", sw_json_number(outlook->open_per_s, 2));
	sw_json_put(json, "ceiling_per_s", sw_json_number(forecast->ceiling_per_s, 1));
	sw_json_put(json, "heading_to",
		    sw_json_number(forecast->heading_known ? forecast->heading_to : NAN, 4));
	sw_json_put(json, "exhausted_in_s", sw_json_number(forecast->exhausted_in_s, 1));
}

json_t *sw_render_tuple_json(const struct sw_outlook *outlook, const struct sw_owners *owners,
			     const struct sw_ifnames *names)
{
	struct sw_json json = sw_json_begin();

	put_identity(&json, &outlook->tuple, names);
	sw_json_put(&json, "range", json_integer(outlook->range));
	sw_json_put(&json, "reserved", json_integer(outlook->reserved));
	sw_json_put(&json, "blocked", json_integer(outlook->blocked));
	sw_json_put(&json, "capacity", json_integer(outlook->capacity));
	sw_json_put(&json, "used", json_integer(outlook->used));
	sw_json_put(&json, "free", json_integer(outlook->free));
	sw_json_put(&json, "free_low", json_integer(outlook->free_low));
	sw_json_put(&json, "utilization", sw_json_number(outlook->utilization, 6));
	sw_json_put(&json, "held", json_integer(outlook->held));
	sw_json_put(&json, "time_wait", json_integer(outlook->time_wait));
	sw_json_put(&json, "reusable", json_integer(outlook->reusable));
	sw_json_put(&json, "states", sw_render_states_json(outlook->n_by_state));
	put_forecast(&json, outlook);
	sw_json_put(&json, "slow_connects", json_boolean(outlook->slow_connects));
	sw_json_put(&json, "slow_share", sw_json_number(outlook->slow_share, 4));
	sw_json_put(&json, "level", json_string(sw_level_to_string(outlook->level)));
	sw_json_put(&json, "reuse", json_string(reuse_to_string(outlook->reuse)));
	sw_json_put(&json, "binds", json_string(sw_binds_to_string(outlook->binds)));
	/* How old all this is; 0: of this very reading. */
	sw_json_put(&json, "age_s", sw_json_number(outlook->age_s, 1));
	sw_json_put(&json, "units", sw_render_units_json(owners));
	/* True: there are no live sockets now, and those of a while ago were theirs. */
	sw_json_put(&json, "units_earlier",
		    owners->n == 0 ? json_null() : json_boolean(owners->earlier));
	return sw_json_end(&json);
}
