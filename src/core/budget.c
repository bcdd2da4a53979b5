/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Two bounds. A bucket spreads the readings: four fifths of the share run into it, and a
 * fifth of what the window allows fits into it, for when something happens after long
 * quiet. Where there are narrow readings it is two, or whole ones would keep those waiting; what
 * one has no room for runs into the other. In any window that is no more than the share of it, of
 * readings that fit into the bucket. Those that do not are let in when it is full; for them the
 * window itself is counted, in slots. One that is only partly in it counts as a whole.
 */

#include "sockwatch/budget.h"

#include <math.h>

#include "base/mem.h"

#define SLOT (5 * SW_USEC_PER_SEC)

/* What fits into the bucket, of all that the window allows; the rest runs into it. */
#define SAVED 0.2

/* A bucket that has so much of what fits into it is full: ticks take from it all the time. */
#define FULL 0.9

/* Of the window for readings; what ticks cost that take none needs the rest. */
#define READINGS 0.9

/* Of what comes in, what is for narrow readings where there are such. */
#define NARROW 0.75

/* The next reading may cost so much more than the last one. */
#define MORE 1.25

static double allowance(const struct sw_budget *budget)
{
	return budget->share * (double)SW_BUDGET_WINDOW;
}

static void put_down(struct sw_budget *budget, double usec, sw_usec now)
{
	uint64_t number = now / SLOT;
	size_t i = number % SW_BUDGET_N_SLOTS;

	if (budget->slots[i].number != number) {
		budget->slots[i].number = number;
		budget->slots[i].usec = 0;
	}
	budget->slots[i].usec += usec;
}

static double capacity_of(const struct sw_budget *budget, enum sw_extent extent)
{
	double all = SAVED * allowance(budget);

	if (budget->narrow)
		return all / 2;
	return extent == SW_EXTENT_WHOLE ? all : 0;
}

/* What does not fit into one bucket runs into the other. */
static void fill(struct sw_budget *budget, double usec)
{
	double *whole = &budget->saved[SW_EXTENT_WHOLE], *narrow = &budget->saved[SW_EXTENT_NARROW];
	double room_whole = capacity_of(budget, SW_EXTENT_WHOLE);
	double room_narrow = capacity_of(budget, SW_EXTENT_NARROW);

	*narrow += NARROW * usec;
	*whole += (1 - NARROW) * usec;
	if (*whole > room_whole) {
		*narrow += *whole - room_whole;
		*whole = room_whole;
	}
	if (*narrow > room_narrow) {
		*whole = fmin(*whole + *narrow - room_narrow, room_whole);
		*narrow = room_narrow;
	}
}

void sw_budget_note(struct sw_budget *budget, sw_usec cpu, enum sw_extent extent, sw_usec now)
{
	double spent = cpu > budget->used ? (double)(cpu - budget->used) : 0;

	if (budget->noted == 0)
		budget->saved[SW_EXTENT_WHOLE] = SAVED * allowance(budget);
	else
		fill(budget, (1 - SAVED) * budget->share * (double)(now - budget->noted));
	budget->saved[extent == SW_EXTENT_WHOLE ? SW_EXTENT_WHOLE : SW_EXTENT_NARROW] -= spent;
	put_down(budget, spent, now);
	if (extent != SW_EXTENT_NONE)
		budget->cost[extent] = spent;
	if (extent == SW_EXTENT_WHOLE)
		budget->whole = now;
	budget->used = cpu;
	budget->noted = now;
}

void sw_budget_set_narrow(struct sw_budget *budget, double cost)
{
	budget->narrow = cost > 0;
	if (!budget->narrow)
		budget->cost[SW_EXTENT_NARROW] = 0;
	else if (budget->cost[SW_EXTENT_NARROW] == 0)
		budget->cost[SW_EXTENT_NARROW] = cost * budget->cost[SW_EXTENT_WHOLE];
}

/* When the slot has left the window. */
static sw_usec end_of(uint64_t number)
{
	return (number + 1) * SLOT + SW_BUDGET_WINDOW;
}

/*
 * How long until the window has room for `cost`. When there has been no whole reading for
 * two windows, narrow ones leave room for that, which might find none for ever while they
 * go on.
 */
static sw_usec wait_for_window(const struct sw_budget *budget, enum sw_extent extent, double cost)
{
	double room = READINGS * allowance(budget), used = 0;
	uint64_t number = budget->noted / SLOT;
	uint64_t first = number < SW_BUDGET_N_SLOTS ? 0 : number - (SW_BUDGET_N_SLOTS - 1);
	sw_usec wait = 0;

	cost = fmin(cost, room / 2);
	if (extent == SW_EXTENT_NARROW && budget->noted - budget->whole > 2 * SW_BUDGET_WINDOW)
		cost += fmin(MORE * budget->cost[SW_EXTENT_WHOLE], room / 2);
	for (uint64_t i = first; i <= number; i++)
		if (budget->slots[i % SW_BUDGET_N_SLOTS].number == i)
			used += budget->slots[i % SW_BUDGET_N_SLOTS].usec;
	for (uint64_t i = first; i <= number && used > 0 && used + cost > room; i++) {
		if (budget->slots[i % SW_BUDGET_N_SLOTS].number != i)
			continue;
		used -= budget->slots[i % SW_BUDGET_N_SLOTS].usec;
		wait = end_of(i) - budget->noted;
	}
	return wait;
}

/*
 * How long until the bucket has what the reading costs, or all that fits into it. It has its part
 * of what comes in until the other one is full, and all from then on. Where there are no narrow
 * readings, theirs is full as soon as nothing is owed.
 */
static sw_usec wait_for_bucket(const struct sw_budget *budget, enum sw_extent extent, double cost)
{
	enum sw_extent other = extent == SW_EXTENT_WHOLE ? SW_EXTENT_NARROW : SW_EXTENT_WHOLE;
	double income = (1 - SAVED) * budget->share;
	double part = extent == SW_EXTENT_NARROW ? NARROW : 1 - NARROW;
	double room = fmax(capacity_of(budget, other) - budget->saved[other], 0);
	double missing = fmin(cost, FULL * capacity_of(budget, extent)) - budget->saved[extent];

	if (missing <= 0)
		return 0;
	return (sw_usec)ceil(fmin(missing / part, missing + room) / income);
}

static bool is_pressing(enum sw_need need)
{
	return need != SW_NEED_NOTHING && need != SW_NEED_AGE && need != SW_NEED_ASKED;
}

/* What is to be seen is not counted anew by a narrow reading, or what it would go by is void. */
static bool needs_whole(enum sw_need need)
{
	return need == SW_NEED_AGE || need == SW_NEED_OTHERS || need == SW_NEED_SETTING ||
	       need == SW_NEED_COUNTERS;
}

static sw_usec wait_for(const struct sw_budget *budget, enum sw_extent extent)
{
	double cost = MORE * budget->cost[extent];
	sw_usec bucket, window;

	if (cost == 0)
		return 0;
	bucket = wait_for_bucket(budget, extent, cost);
	window = wait_for_window(budget, extent, cost);
	return bucket > window ? bucket : window;
}

/* Whole readings come first: they go without what is kept for narrow ones. */
static sw_usec wait_for_any(const struct sw_budget *budget, enum sw_need need,
			    enum sw_extent *ret_extent)
{
	sw_usec whole = wait_for(budget, SW_EXTENT_WHOLE), narrow = whole;

	if (budget->narrow && !needs_whole(need))
		narrow = wait_for(budget, SW_EXTENT_NARROW);
	*ret_extent = narrow < whole ? SW_EXTENT_NARROW : SW_EXTENT_WHOLE;
	return narrow < whole ? narrow : whole;
}

/* Keeps since when something is so. */
static void note_since(sw_usec *since, bool is_so, sw_usec now)
{
	if (!is_so)
		*since = 0;
	else if (*since == 0)
		*since = now;
}

/* How much later something may be seen: by the next reading, and by the next whole one. */
static sw_usec delay_of(const struct sw_budget *budget, sw_usec wait)
{
	sw_usec delay = 0, delay_whole = 0;

	if (budget->pressed > 0)
		delay = budget->noted + wait - budget->pressed;
	if (budget->pressed_whole > 0)
		delay_whole =
			budget->noted + wait_for(budget, SW_EXTENT_WHOLE) - budget->pressed_whole;
	return delay > delay_whole ? delay : delay_whole;
}

sw_usec sw_budget_ask(struct sw_budget *budget, enum sw_need need, bool others,
		      enum sw_extent *ret_extent)
{
	sw_usec wait = 0;

	*ret_extent = SW_EXTENT_NONE;
	if (need == SW_NEED_NOTHING || budget->asked == 0)
		budget->asked = budget->noted;
	note_since(&budget->pressed, is_pressing(need), budget->noted);
	/* What the latest narrow reading could not tell was there when it was needed. */
	note_since(&budget->pressed_whole, others,
		   budget->pressed_narrow > 0 ? budget->pressed_narrow : budget->noted);
	budget->pressed_narrow = 0;
	if (need != SW_NEED_NOTHING)
		wait = wait_for_any(budget, need, ret_extent);
	budget->waited = budget->noted + wait - budget->asked;
	budget->delay = delay_of(budget, wait);
	if (wait > 0)
		return wait;
	if (*ret_extent == SW_EXTENT_WHOLE)
		budget->pressed_whole = 0;
	else
		budget->pressed_narrow = budget->pressed;
	budget->asked = budget->pressed = 0;
	return 0;
}

/*
 * To a second, or a quarter: where there are many rows, to say it costs as much as a small
 * reading, of a budget that has too little already.
 */
bool sw_budget_is_told(const struct sw_budget *budget, sw_usec told)
{
	sw_usec now = budget->delay;

	return (now > told ? now - told : told - now) < SW_MAX(SW_USEC_PER_SEC, told / 4);
}
