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
 *   bounded by AMPLIFIED: the end of the steepest line through them is 5 times their mean
 *   rate, and a rise is projected to go on for as long as it was seen, which adds less than
 *   7 times that.
 *
 *   Rates of before the dump are known from the ages it found. Adding both is too much.
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

/* How much more than its mean over 5 s a rate can seem to be, alone and as it is projected. */
#define SEEMS 5
#define AMPLIFIED 12

/* The forecast looks at so many seconds or more, unless ports are reused earlier. */
#define WINDOW_S 5.0

enum { SLOTS_PER_SEC = 1000 / SW_AGE_SLOT_MSEC };

/* Live sockets are worth another sample when so many of the capacity may have come. */
#define TREND_SHARE 0.01

static const char *const names[] = {
	[SW_NEED_NOTHING] = "nothing",   [SW_NEED_AGE] = "age",         [SW_NEED_PACE] = "pace",
	[SW_NEED_ROOM] = "room",         [SW_NEED_SETTING] = "setting", [SW_NEED_ASKED] = "asked",
	[SW_NEED_COUNTERS] = "counters", [SW_NEED_QUEUE] = "queue",
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

/* Ports that one tuple may have lost since the dump, if all that came was towards it. */
static double taken(const struct sw_planner *planner, const struct sw_counters *now)
{
	const struct sw_counters *then = &planner->then;
	double uncounted = fmax(grown(now->n_in_use, then->n_in_use),
				grown(now->n_allocated, then->n_allocated)) -
			   opened(now, then);

	return grown(now->active_opens, then->active_opens) + fmax(uncounted, 0);
}

static enum sw_need need(const struct sw_planner *planner, const struct sw_counters *now,
			 bool asked, sw_usec age, sw_usec max_age)
{
	double n = taken(planner, now);

	if (now->settings != planner->then.settings)
		return SW_NEED_SETTING;
	if (now->listen_overflows != planner->then.listen_overflows)
		return SW_NEED_QUEUE;
	if (n > (double)planner->room)
		return SW_NEED_ROOM;
	if (n > (double)planner->room_trend)
		return SW_NEED_PACE;
	if (!pace_is_kept(&planner->every) &&
	    (n > planner->room_small || !pace_is_kept(&planner->large)))
		return SW_NEED_PACE;
	if (asked)
		return SW_NEED_ASKED;
	return age >= max_age ? SW_NEED_AGE : SW_NEED_NOTHING;
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
	return need(planner, counters, asked, now - planner->dumped, max_age);
}

/* The most TIME_WAIT that came within any window of `least` slots or more, as a rate. */
static double past_rate(const struct sw_tuple_tally *tally, uint32_t least, uint32_t n_slots)
{
	double n = 0, most = 0;

	for (uint32_t i = 0; i < n_slots; i++) {
		n += tally->n_by_age[i];
		if (i + 1 >= least)
			most = fmax(most, n * SLOTS_PER_SEC / (i + 1));
	}
	return most;
}

/* One tuple, and how far it is from being found. */
struct distance {
	int64_t ports; /* to its line */
	double closes; /* within 5 s */
};

/*
 * How many sockets may close within 5 s so that what is projected of them, and of those before,
 * neither meets the capacity nor goes beyond Warning in the long run. What may be opened until
 * then is taken off.
 */
static double closes_left(const struct sw_outlook *outlook, double past_per_s, double opens)
{
	bool reuse = outlook->reuse != SW_REUSE_NONE;
	double life =
		reuse ? outlook->reuse_delay_s : SW_TIME_WAIT_MSEC / 1000.0 + outlook->wheel_s;
	double window = reuse ? fmin(fmax(life, 1.0 / SLOTS_PER_SEC), WINDOW_S) : WINDOW_S;
	double usable = (double)outlook->range - outlook->reserved;
	double held = SW_MIN(outlook->held, outlook->used);
	double till_failure = outlook->capacity - outlook->used - opens;
	double till_warning =
		outlook->capacity - (1 - outlook->limits.warning) * usable - held - opens;

	till_failure = (till_failure / life / AMPLIFIED - past_per_s) * window;
	till_warning = (till_warning / life / SEEMS - past_per_s) * window;
	return fmin(till_failure, till_warning);
}

static struct distance distance_of(const struct sw_outlook *outlook,
				   const struct sw_tuple_tally *tally)
{
	int64_t line = (int64_t)floor(outlook->limits.notice * outlook->capacity);
	struct distance distance;
	uint32_t n_slots = SW_AGE_N_SLOTS, least = (uint32_t)WINDOW_S * SLOTS_PER_SEC;
	double past = 0;

	/* What is left at the line has to be a port. */
	line = SW_MIN(line, (int64_t)outlook->capacity - 1);
	distance.ports = line - (int64_t)outlook->used;
	if (outlook->reuse != SW_REUSE_NONE) {
		n_slots = SW_MIN((uint32_t)ceil(outlook->reuse_delay_s * SLOTS_PER_SEC), n_slots);
		least = SW_MIN(least, n_slots);
	}
	if (tally != NULL)
		past = past_rate(tally, least, n_slots);
	distance.closes = closes_left(
		outlook, past, fmin((double)distance.ports, TREND_SHARE * outlook->capacity));
	return distance;
}

/* Of all tuples the nearest to its line. */
static void take(struct sw_planner *planner, const struct sw_outlook *outlook,
		 const struct sw_tuple_tally *tally)
{
	struct distance distance = distance_of(outlook, tally);

	planner->room = SW_MIN(planner->room, distance.ports);
	planner->every.most = fmin(planner->every.most, distance.closes);
	/* Where there are few live sockets, it takes new ones to close that many. */
	if (outlook->held <= distance.closes / 2)
		planner->room_small = fmin(planner->room_small, distance.closes - outlook->held);
	else
		planner->large.most = fmin(planner->large.most, distance.closes);
}

/*
 * Tuples that the dump did not list: those that are not there yet, by whichever limits, and those
 * that found no room, which may all have been one.
 */
static void take_unlisted(struct sw_planner *planner, const struct sw_report *report,
			  const struct sw_settings *settings)
{
	const struct sw_reading *reading = report->reading;
	const struct sw_port_space *space = &reading->space;
	uint64_t n_unlisted = sw_tally_totals(reading->tally)->n_tuple_overflow;
	struct sw_outlook unlisted = {
		.range = space->n_range,
		.reserved = space->n_reserved,
		.capacity = space->capacity,
		.held = (uint32_t)SW_MIN(n_unlisted, UINT16_MAX),
		.used = (uint32_t)SW_MIN(n_unlisted, UINT16_MAX),
		.wheel_s = report->wheel.turn_s,
		.limits = settings->rules.ephemeral_ports,
	};
	/* They may have come to TIME_WAIT just now. */
	struct sw_tuple_tally just_now = { .n_by_age = { (uint16_t)unlisted.held } };

	take(planner, &unlisted, &just_now);
	for (uint32_t i = 0; i < settings->n_overrides; i++) {
		if (settings->overrides[i].rule != SW_RULE_EPHEMERAL_PORTS)
			continue;
		unlisted.limits = settings->overrides[i].rules.ephemeral_ports;
		take(planner, &unlisted, &just_now);
	}
}

void sw_planner_note(struct sw_planner *planner, const struct sw_report *report,
		     const struct sw_settings *settings)
{
	double orphans;

	planner->known = report != NULL;
	if (report == NULL)
		return;
	planner->then = planner->last;
	planner->dumped = planner->looked;
	planner->room_trend = (int64_t)(TREND_SHARE * report->reading->space.capacity);
	planner->room = INT64_MAX;
	planner->room_small = INFINITY;
	planner->every = planner->large = (struct sw_pace){ .most = INFINITY };
	for (size_t i = 0; i < report->n_outlooks; i++)
		take(planner, &report->outlooks[i],
		     sw_tally_find_tuple(report->reading->tally, &report->outlooks[i].tuple));
	take_unlisted(planner, report, settings);
	/* Orphans in FIN_WAIT2 have closed already, and each may be a TIME_WAIT at any time. */
	orphans = (double)sw_tally_totals(report->reading->tally)->n_fin_wait2_mini;
	planner->every.most -= orphans;
	planner->large.most -= orphans;
}
