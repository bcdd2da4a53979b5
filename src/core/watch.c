/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A hold is the moment since when a condition has been true without a break, or 0. */

#include "core/watch.h"

#include <string.h>

/* An alert ends when its figures are this share of its line. */
#define CLEAR_SHARE 0.9

/* Keeps `since` at the moment the condition began to hold. */
static void hold(sw_usec *since, bool condition, sw_usec now)
{
	if (!condition)
		*since = 0;
	else if (*since == 0)
		*since = now;
}

static bool has_held(sw_usec since, sw_usec now, sw_usec how_long)
{
	return since != 0 && now - since >= how_long;
}

static double heading_of(const struct sw_outlook *outlook)
{
	return outlook->forecast.heading_known ? outlook->forecast.heading_to : 0;
}

static void update_holds(struct sw_watch *watch, sw_usec now)
{
	const struct sw_outlook *outlook = &watch->alert.outlook;
	const struct sw_ephemeral_limits *limits = &outlook->limits;
	double heading = heading_of(outlook);
	double soon = (double)limits->critical_in / SW_USEC_PER_SEC;
	double line = watch->alert.severity == SW_LEVEL_NOTICE ? limits->notice : limits->warning;

	hold(&watch->noticed, outlook->own > limits->notice, now);
	hold(&watch->warned, outlook->own > limits->warning || heading > limits->warning, now);
	hold(&watch->projected, outlook->forecast.exhausted_in_low_s <= soon, now);
	hold(&watch->calm,
	     outlook->own < CLEAR_SHARE * line && heading < CLEAR_SHARE * line &&
		     watch->projected == 0,
	     now);
}

void sw_watch_update(struct sw_watch *watch, sw_usec max_gap, sw_usec now)
{
	struct sw_alert *alert = &watch->alert;

	/* While nobody looked, nothing has held. */
	if (max_gap > 0 && now - watch->last > max_gap) {
		watch->noticed = watch->warned = watch->projected = watch->calm = 0;
		watch->n_exhausted = 0;
	}
	/* Nothing was free then: so it was until now, as far as anybody looked. */
	if (watch->n_exhausted > 0)
		alert->exhausted_usec += now - watch->last;
	watch->last = now;
	watch->n_exhausted = alert->outlook.free == 0 && alert->outlook.capacity > 0
				     ? watch->n_exhausted + 1
				     : 0;
	if (alert->outlook.used >= alert->peak_used) {
		alert->peak_used = alert->outlook.used;
		alert->peak_utilization = alert->outlook.utilization;
	}
	update_holds(watch, now);
}

enum sw_level sw_watch_due(const struct sw_watch *watch, sw_usec now)
{
	const struct sw_outlook *outlook = &watch->alert.outlook;
	const struct sw_ephemeral_limits *limits = &outlook->limits;

	if (watch->n_exhausted >= 2 || outlook->own > limits->critical ||
	    sw_outlook_is_imminent(outlook, limits) ||
	    has_held(watch->projected, now, limits->critical_hold))
		return SW_LEVEL_CRITICAL;
	if (has_held(watch->warned, now, limits->warning_hold))
		return SW_LEVEL_WARNING;
	if (has_held(watch->noticed, now, limits->warning_hold))
		return SW_LEVEL_NOTICE;
	return SW_LEVEL_OK;
}

bool sw_watch_is_over(const struct sw_watch *watch, sw_usec clear, sw_usec now)
{
	return has_held(watch->calm, now, clear);
}

bool sw_watch_is_wanted(const struct sw_outlook *outlook)
{
	const struct sw_ephemeral_limits *limits = &outlook->limits;

	return outlook->level != SW_LEVEL_OK || outlook->own > limits->notice ||
	       heading_of(outlook) > limits->warning ||
	       outlook->forecast.exhausted_in_low_s < SW_NEVER;
}

void sw_watch_set_gone(struct sw_watch *watch)
{
	struct sw_outlook *outlook = &watch->alert.outlook;

	outlook->used = outlook->used_first = 0;
	outlook->free = outlook->free_low = outlook->capacity;
	outlook->utilization = outlook->own = 0;
	outlook->held = outlook->time_wait = outlook->reusable = 0;
	memset(outlook->n_by_state, 0, sizeof(outlook->n_by_state));
	outlook->slow_connects = false;
	outlook->level = SW_LEVEL_OK;
	outlook->forecast = (struct sw_forecast){
		.ceiling_per_s = outlook->forecast.ceiling_per_s,
		.exhausted_in_s = SW_NEVER,
		.exhausted_in_low_s = SW_NEVER,
		.exhausted_in_sustained_s = SW_NEVER,
	};
}
