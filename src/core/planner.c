/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Why nothing is missed. The rule ephemeral-ports finds something in a dump when a tuple
 * has used more than its line, or when so many of its sockets went into TIME_WAIT that the
 * forecast fails within CriticalIn or heads beyond Warning. Of either, as of the last dump,
 * a tuple was some way off, and:
 *
 *   Ports. No tuple takes a port without ActiveOpens counting it (tcp_connect), and no port
 *   is blocked by a connection without that either. It is read before the dump, so that a
 *   connect() during the dump counts as one after it. What ActiveOpens does not count makes
 *   n_in_use grow by more than both counters of opens did, or n_allocated: that much counts
 *   as ports taken, too.
 *
 *   Rates. What goes into TIME_WAIT was a live socket before. There were n_in_use of them,
 *   the opens were added, and what is missing now has closed: no more than that came into
 *   TIME_WAIT, in whatever tuple, and into one tuple no more than it had and was given. The
 *   forecast works with rates over 5 s or more. What it makes of n events in that time is
 *   bounded by AMPLIFIED, in core/fence.c: the end of the steepest line through them is 5 times
 *   their mean rate, and a rise is projected to go on for as long as it was seen, which adds less
 *   than 7 times that.
 *
 *   Rates of before the dump are known from the ages it found. Adding both is too much.
 *
 *   Others. After a dump of hot tuples alone (sockwatch/hot.h) all TIME_WAIT are known anew, so
 *   Rates holds for every tuple. Of what ActiveOpens counted since the last whole dump, what is
 *   live towards hot destinations in addition, and what went to TIME_WAIT there, went to no other
 *   tuple. One of the others may have got the rest, and that many ports each was supposed to have
 *   taken when it was found to be far enough off. Where that was too much when the dump was made,
 *   only a whole one helps; what has come since may be found by one of hot tuples.
 *
 * The rule listen-queue wants to see each minute in which ListenOverflows moves, and a queue that
 * is full: whoever is turned away from it moves that counter.
 *
 * What it does not see, until MaxAge is over: a full queue that nobody knocks at, sockets that are
 * bound and idle while others of the host are closed (sockstat counts them together), connections
 * by deferred TCP Fast Open or TCP_REPAIR while others close, a TIME_WAIT that a late packet sets
 * back, orphans in FIN_WAIT2 since the dump whose peers all close within seconds of each other, and
 * the few sockets in the middle of connect() while a counter is read. The growth of live sockets is
 * compared over samples 10 s apart (core/trends.c): with fewer dumps it shows a sample later.
 */

#include "sockwatch/planner.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#include "base/mem.h"

/* Live sockets are worth another sample when so many of the capacity may have come. */
#define TREND_SHARE 0.01

static const char *const names[] = {
	[SW_NEED_NOTHING] = "nothing",   [SW_NEED_AGE] = "age",         [SW_NEED_PACE] = "pace",
	[SW_NEED_ROOM] = "room",         [SW_NEED_SETTING] = "setting", [SW_NEED_ASKED] = "asked",
	[SW_NEED_COUNTERS] = "counters", [SW_NEED_QUEUE] = "queue",     [SW_NEED_OTHERS] = "others",
};

const char *sw_need_to_string(enum sw_need need)
{
	assert((size_t)need < SW_ARRAY_SIZE(names));
	return names[need];
}

/*
 * Half of the events may come at once, and then a twentieth each second. When they came within a
 * tick is not known: a window of 5 s may have those of two ticks more, each with the leak of 2.5 s
 * at the most. So no window of w >= 5 s has more than most * w / 5.
 */
static void pace_add(struct sw_pace *pace, double n, double seconds)
{
	pace->level = fmax(pace->level - pace->most / 20 * fmin(seconds, 2.5), 0) + n;
}

static bool pace_is_kept(const struct sw_pace *pace)
{
	return pace->level <= pace->most / 2;
}

static double grown(uint64_t now, uint64_t then)
{
	return (double)now - (double)then;
}

static double opened(const struct sw_counters *now, const struct sw_counters *then)
{
	return grown(now->active_opens, then->active_opens) +
	       grown(now->passive_opens, then->passive_opens);
}

/* Ports that one tuple may have lost since then, if all that came was towards it. */
static double taken(const struct sw_counters *then, const struct sw_counters *now)
{
	double uncounted = fmax(grown(now->n_in_use, then->n_in_use),
				grown(now->n_allocated, then->n_allocated)) -
			   opened(now, then);

	return grown(now->active_opens, then->active_opens) + fmax(uncounted, 0);
}

/* The same since the last whole dump, of a tuple that was not hot in those since then. */
static double taken_by_others(const struct sw_planner *planner, const struct sw_counters *now)
{
	return fmax(taken(&planner->whole, now) - (double)planner->n_hot_opened, 0);
}

static enum sw_need need(const struct sw_planner *planner, const struct sw_counters *now,
			 bool asked, sw_usec age, sw_usec max_age)
{
	double n = taken(&planner->then, now), n_others = taken_by_others(planner, now);

	if (now->settings != planner->then.settings)
		return SW_NEED_SETTING;
	if (now->listen_overflows != planner->then.listen_overflows)
		return SW_NEED_QUEUE;
	if (n > (double)planner->fence.room ||
	    (!planner->others && n_others > planner->room_others))
		return SW_NEED_ROOM;
	if (n > (double)planner->room_trend)
		return SW_NEED_PACE;
	if (!pace_is_kept(&planner->every) &&
	    (n > planner->fence.room_small || n_others > planner->room_small_others ||
	     !pace_is_kept(&planner->large)))
		return SW_NEED_PACE;
	if (planner->others)
		return SW_NEED_OTHERS;
	if (asked)
		return SW_NEED_ASKED;
	if (age >= max_age || n_others > (double)planner->room_trend)
		return SW_NEED_AGE;
	return SW_NEED_NOTHING;
}

enum sw_need sw_planner_look(struct sw_planner *planner, const struct sw_counters *counters,
			     bool asked, sw_usec max_age, sw_usec now)
{
	struct sw_counters last = planner->last;
	double seconds = (double)(now - planner->looked) / SW_USEC_PER_SEC, closed;

	planner->looked = now;
	planner->known = planner->known && counters != NULL &&
			 counters->active_opens >= last.active_opens &&
			 counters->passive_opens >= last.passive_opens;
	if (counters != NULL)
		planner->last = *counters;
	else
		planner->last = (struct sw_counters){ 0 };
	if (!planner->known)
		return SW_NEED_COUNTERS;
	closed = fmax(opened(counters, &last) - grown(counters->n_in_use, last.n_in_use), 0);
	pace_add(&planner->every, closed, seconds);
	pace_add(&planner->large, closed, seconds);
	/* The counters of now are of after the dump: what it saw opened, they have counted. */
	if (planner->is_new)
		planner->others = taken_by_others(planner, counters) > planner->room_others;
	planner->is_new = false;
	return need(planner, counters, asked, now - planner->dumped, max_age);
}

/* Around all that the reading counted anew. */
static struct sw_fence fence_around_listed(const struct sw_report *report)
{
	struct sw_fence fence = SW_FENCE_OPEN;

	for (size_t i = 0; i < report->n_outlooks; i++) {
		const struct sw_outlook *outlook = &report->outlooks[i];
		struct sw_fence one;

		if (report->reading->scope == SW_SCOPE_HOT &&
		    !sw_hot_has(&report->reading->hot, &outlook->tuple))
			continue;
		one = sw_fence_around(outlook,
				      sw_tally_find_tuple(report->reading->tally, &outlook->tuple),
				      TREND_SHARE);
		fence = sw_fence_nearer(&fence, &one);
	}
	return fence;
}

/* What was not counted is bounded by what was supposed of it. */
static void note_others(struct sw_planner *planner, const struct sw_reading *reading)
{
	const struct sw_hot *hot = &reading->hot;

	planner->fence = sw_fence_nearer(&planner->fence, &hot->others);
	/* A tuple that is not there yet may have less. */
	planner->room_others =
		fmin(SW_HOT_ALLOWANCE * reading->space.capacity, (double)hot->others.room);
	planner->room_small_others = hot->others.room_small;
	planner->n_hot_opened = hot->n_opened;
	planner->is_new = true;
}

static void note_all(struct sw_planner *planner, const struct sw_report *report,
		     const struct sw_settings *settings)
{
	struct sw_fence unlisted = sw_fence_around_unlisted(report, settings, TREND_SHARE);

	planner->fence = sw_fence_nearer(&planner->fence, &unlisted);
	planner->room_others = planner->room_small_others = INFINITY;
	planner->n_hot_opened = 0;
	planner->is_new = false;
	planner->whole = planner->then;
}

void sw_planner_note(struct sw_planner *planner, const struct sw_report *report,
		     const struct sw_settings *settings)
{
	double orphans;

	planner->known = report != NULL;
	if (report == NULL)
		return;
	planner->then = planner->last;
	planner->room_trend = (int64_t)(TREND_SHARE * report->reading->space.capacity);
	planner->fence = fence_around_listed(report);
	planner->others = false;
	if (report->reading->scope == SW_SCOPE_HOT)
		note_others(planner, report->reading);
	else
		note_all(planner, report, settings);
	if (report->reading->scope == SW_SCOPE_WHOLE)
		planner->dumped = planner->looked;
	/* Orphans in FIN_WAIT2 have closed already, and each may be a TIME_WAIT at any time. */
	orphans = (double)sw_tally_totals(report->reading->tally)->n_fin_wait2_mini;
	planner->every = (struct sw_pace){ .most = planner->fence.every - orphans };
	planner->large = (struct sw_pace){ .most = planner->fence.large - orphans };
}
