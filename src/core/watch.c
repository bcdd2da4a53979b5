/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A hold is the moment since when a condition has been true without a break, or 0. */

#include "core/watch.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

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

void sw_watch_take(struct sw_watch *watch, const struct sw_finding *finding,
		   const struct sw_units *units)
{
	struct sw_alert *alert = &watch->alert;

	watch->signs = finding->signs;
	watch->holds = finding->holds;
	watch->max_severity = finding->max_severity;
	watch->weight = finding->weight;
	watch->seen = true;
	alert->facts = finding->facts;
	if (finding->outlook != NULL) {
		alert->outlook = *finding->outlook;
		sw_units_of_ownership(units, &finding->outlook->ownership, &alert->owners);
	}
	if (finding->why != NULL)
		snprintf(alert->why, sizeof(alert->why), "%s", finding->why);
}

/* A tuple that has gone from the reading has no sockets: all its ports are free. */
static void set_outlook_gone(struct sw_outlook *outlook)
{
	uint32_t usable = outlook->range - outlook->reserved;

	outlook->used = outlook->used_first = 0;
	outlook->free = outlook->free_low = outlook->capacity;
	/* What others block stays blocked. */
	outlook->utilization = usable == 0 ? 1 : (double)outlook->blocked / usable;
	outlook->own = 0;
	outlook->held = outlook->time_wait = outlook->reusable = 0;
	memset(outlook->n_by_state, 0, sizeof(outlook->n_by_state));
	memset(outlook->n_by_retransmits, 0, sizeof(outlook->n_by_retransmits));
	outlook->slow_connects = false;
	outlook->open_per_s = NAN;
	outlook->level = SW_LEVEL_OK;
	outlook->forecast = (struct sw_forecast){
		.ceiling_per_s = outlook->forecast.ceiling_per_s,
		.exhausted_in_s = SW_NEVER,
		.exhausted_in_low_s = SW_NEVER,
		.exhausted_in_sustained_s = SW_NEVER,
	};
}

void sw_watch_set_gone(struct sw_watch *watch)
{
	set_outlook_gone(&watch->alert.outlook);
	watch->alert.owners.earlier = watch->alert.owners.n > 0;
	watch->signs = (struct sw_signs){ .calm = true, .calm_as_notice = true };
	watch->weight = 0;
}

static void update_past(struct sw_watch *watch, sw_usec now)
{
	struct sw_alert *alert = &watch->alert;

	/* It failed then: so it did until now, as far as anybody looked. */
	if (watch->n_failing > 0)
		alert->exhausted_usec += now - watch->last;
	if (watch->slow)
		alert->slow_usec += now - watch->last;
	watch->slow = alert->outlook.slow_connects;
	watch->n_failing = watch->signs.failing ? watch->n_failing + 1 : 0;
	/* Not of one moment: of a range that has shrunk, fewer may be more. */
	if (alert->outlook.used > alert->peak_used)
		alert->peak_used = alert->outlook.used;
	if (alert->outlook.utilization > alert->peak_utilization)
		alert->peak_utilization = alert->outlook.utilization;
}

void sw_watch_update(struct sw_watch *watch, sw_usec max_gap, sw_usec now)
{
	const struct sw_signs *signs = &watch->signs;

	/* While nobody looked, nothing has held. */
	if (max_gap > 0 && now - watch->last > max_gap) {
		watch->noticed = watch->warned = watch->threatened = watch->calm = 0;
		watch->n_failing = 0;
		watch->slow = false;
	}
	update_past(watch, now);
	watch->last = now;
	hold(&watch->noticed, signs->noticed, now);
	hold(&watch->warned, signs->warned, now);
	hold(&watch->threatened, signs->threatened, now);
	hold(&watch->calm,
	     watch->alert.severity == SW_LEVEL_NOTICE ? signs->calm_as_notice : signs->calm, now);
}

enum sw_level sw_watch_due(const struct sw_watch *watch, sw_usec now)
{
	enum sw_level due = watch->signs.at_once;

	if (watch->n_failing >= 2 || has_held(watch->threatened, now, watch->holds.critical))
		return SW_LEVEL_CRITICAL;
	if (due < SW_LEVEL_WARNING && has_held(watch->warned, now, watch->holds.warning))
		return SW_LEVEL_WARNING;
	if (due < SW_LEVEL_NOTICE && has_held(watch->noticed, now, watch->holds.warning))
		return SW_LEVEL_NOTICE;
	return due;
}

bool sw_watch_is_over(const struct sw_watch *watch, sw_usec clear, sw_usec now)
{
	return watch->signs.over || has_held(watch->calm, now, clear);
}

int sw_watch_compare(const struct sw_watch *a, double weight_b, const struct sw_subject *b)
{
	if (a->weight != weight_b)
		return a->weight > weight_b ? -1 : 1;
	return memcmp(&a->alert.subject, b, sizeof(*b));
}
