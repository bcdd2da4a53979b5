/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Forecast: from the TIME_WAIT of one reading to when a tuple runs out.
 *
 * The ages of TIME_WAIT sockets are a record of the last minute: how many came
 * in when, since when that has been so, and whether it is rising. The same ages
 * tell when each leaves. New ones keep coming as they do, each stays for one
 * lifetime, and live sockets are taken to stay as many as they are. Where that
 * sum first meets the capacity, connect() fails.
 *
 * Where connect() may reuse TIME_WAIT, the reuse delay is the lifetime.
 */

#include <math.h>
#include <stdbool.h>
#include <stdint.h>

#include "sockwatch/tally.h"
#include "sockwatch/time.h"
#include "sockwatch/trends.h"
#include "sockwatch/wheel.h"

/* Not within any horizon. */
#define SW_NEVER INFINITY

struct sw_forecast_input {
	const struct sw_tuple_tally *tally;
	uint32_t capacity; /* ports connect() may choose from */
	uint32_t usable;   /* range - reserved; what utilization is a share of */
	bool reuse;        /* TIME_WAIT of this tuple is reused */
	uint32_t reuse_delay_msec;
	/*
	 * How many more TIME_WAIT the namespace can hold (tcp_max_tw_buckets): beyond,
	 * a connection is closed without one and its port is free at once
	 * (inet_twsk_alloc). UINT64_MAX = no limit known.
	 */
	uint64_t time_wait_room;
	struct sw_trend trend; /* of live sockets; all zero = not known */
	struct sw_wheel wheel; /* frees a TIME_WAIT with the turn after its end */
	sw_usec critical_hold; /* how long a rate must have held to be called sustained */
};

struct sw_forecast {
	double rate_per_s;    /* entries into TIME_WAIT, as sw_forecast_rate() has them */
	double present_per_s; /* what the figures below go by: that of all the time for which it has
				 been the same, or on its way up or down that of now */
	double ceiling_per_s; /* the rate this tuple sustains for ever */
	double heading_to;  /* utilization in the steady state at the present rate; may be over 1 */
	bool heading_known; /* false without a rate */
	/* Seconds until the first connect() fails; 0 = now; SW_NEVER. */
	double exhausted_in_s;
	double exhausted_in_low_s; /* if the rate is at the low end of what the count allows */
	double exhausted_in_sustained_s; /* if it is what it was at least for all of critical_hold
					  */
	struct sw_onset onset; /* of the present rate: within the last minute, or as it was kept */
	/* If the closes stopped now: until half of the capacity is free, SW_NEVER while live
	 * sockets hold more than that; and until no TIME_WAIT keeps a port. */
	double halved_in_s;
	double drained_in_s;
};

void sw_forecast_compute(const struct sw_forecast_input *input, struct sw_forecast *ret);

/*
 * Seconds until there are `limit` TIME_WAIT in the namespace (tcp_max_tw_buckets), at the present
 * rate; SW_NEVER. NAN = not known, since connect() takes some over before their time.
 */
double sw_forecast_limit(const struct sw_totals *totals, uint64_t limit, struct sw_wheel wheel);

/*
 * Entries per second over the last 5 s, widened until they hold 30 events, at
 * most to 60 s. `n_by_age` is any array of SW_AGE_N_SLOTS counts.
 */
double sw_forecast_rate(const uint64_t n_by_age[SW_AGE_N_SLOTS]);
