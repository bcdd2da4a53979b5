/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A tick reads as a sentence: look whether there is need, collect, judge. */

#include "daemon/tick.h"

#include <errno.h>
#include <string.h>

#include "base/mem.h"
#include "daemon/parts.h"
#include "daemon/verdict.h"
#include "io/collect.h"
#include "io/counters.h"

/* With the readings before. */
static void compare(struct sw_daemon *daemon, struct sw_reading *reading)
{
	if (reading->tally == NULL)
		return;
	reading->trends = daemon->trends;
	if (sw_trends_update(daemon->trends, reading, daemon->active_opens) < 0)
		sw_voice_say(daemon->voice, 3, "no trends: %s", strerror(ENOMEM));
}

/* Is there something to be done that a reading goes with, whatever it would find? */
static bool is_busy(const struct sw_daemon *daemon)
{
	return !daemon->ready || daemon->configured || !sw_engine_is_idle(daemon->engine) ||
	       !sw_delivery_is_idle(daemon->delivery) ||
	       (daemon->hooks != NULL && !sw_hooks_are_idle(daemon->hooks)) ||
	       sw_mute_file_is_new(daemon->mute_file) || daemon->status.text[0] != '\0' ||
	       daemon->notify.text[0] != '\0';
}

static enum sw_need look(struct sw_daemon *daemon, sw_usec now)
{
	sw_usec interval = sw_daemon_interval(daemon), max_age = daemon->settings.max_age;
	struct sw_counters counters;
	int r = sw_counters_read(daemon->io, &counters);

	daemon->active_opens =
		(struct sw_figure){ .known = r == 0, .value = counters.active_opens };
	/* On the next tick it would be too old. */
	max_age = max_age > interval ? max_age - interval : 0;
	return sw_planner_look(&daemon->planner, r < 0 ? NULL : &counters, is_busy(daemon), max_age,
			       now);
}

/* Puts what has been used since the tick before, or by this one's reading, on the account. */
static void account(struct sw_daemon *daemon, enum sw_extent extent)
{
	struct sw_now now;
	sw_usec cpu;

	if (daemon->io->now(daemon->io, &now) == 0 && daemon->io->cpu_used(daemon->io, &cpu) == 0)
		sw_budget_note(&daemon->budget, cpu, extent, now.boot);
}

/* Counts, judges and delivers. Returns what reading it was in the end. */
static enum sw_extent count(struct sw_daemon *daemon, enum sw_extent extent)
{
	static const char what[] = "the sockets cannot be counted";
	const struct sw_collect_options options = {
		.units = daemon->units,
		.narrow = extent == SW_EXTENT_NARROW ? &daemon->narrow : NULL,
		.before = extent == SW_EXTENT_NARROW ? daemon->last : NULL,
		.settings = &daemon->settings,
		.ledger = daemon->ledger,
	};
	struct sw_reading *reading;
	int r;

	/* There is never memory for two: of many peers each is a few MiB. */
	if (extent != SW_EXTENT_NARROW) {
		sw_reading_free(daemon->last);
		daemon->last = NULL;
	}
	r = sw_collect(daemon->io, &options, &reading);
	sw_reading_free(daemon->last);
	daemon->last = NULL;
	if (r < 0) {
		sw_trouble_note_errno(&daemon->reading, daemon->voice, what, r);
		daemon->narrow = (struct sw_narrow){ 0 };
		return extent;
	}
	daemon->configured = false;
	if (reading->complete) {
		sw_trouble_note(&daemon->reading, daemon->voice, what, "");
	} else {
		char why[SW_PROBLEM_TEXT_SIZE];

		sw_trouble_note(&daemon->reading, daemon->voice, what,
				sw_problem_format(&reading->spoiled_by, why));
	}
	compare(daemon, reading);
	sw_daemon_judge(daemon, reading);
	daemon->last = reading;
	return reading->scope == SW_SCOPE_WHOLE ? SW_EXTENT_WHOLE : SW_EXTENT_NARROW;
}

/* What there is to be said without a dump is said; otherwise, why there has to be one, and how long
 * that has to wait. */
static enum sw_need look_or_rest(struct sw_daemon *daemon, sw_usec *ret_wait,
				 enum sw_extent *ret_extent)
{
	struct sw_now now;
	enum sw_need need;

	*ret_wait = 0;
	*ret_extent = SW_EXTENT_WHOLE;
	if (daemon->io->now(daemon->io, &now) < 0)
		return SW_NEED_COUNTERS;
	need = look(daemon, now.boot);
	*ret_wait = sw_budget_ask(&daemon->budget, need, daemon->planner.others, ret_extent);
	if (need != SW_NEED_NOTHING || sw_daemon_rest(daemon))
		return need;
	/* What cannot be said on a tick at rest is tried again by one that counts. */
	*ret_wait = sw_budget_ask(&daemon->budget, SW_NEED_ASKED, false, ret_extent);
	return SW_NEED_ASKED;
}

sw_usec sw_daemon_tick(struct sw_daemon *daemon)
{
	sw_usec interval = sw_daemon_interval(daemon), wait;
	enum sw_extent extent;
	enum sw_need need;

	sw_voice_catch_up(daemon->voice);
	account(daemon, SW_EXTENT_NONE);
	need = look_or_rest(daemon, &wait, &extent);
	if (need == SW_NEED_NOTHING) {
		daemon->n_dumps_skipped++;
	} else if (wait > 0 && daemon->last != NULL) {
		daemon->n_dumps_skipped++;
		sw_daemon_bide(daemon);
		/* A look costs, too: one as soon as there is enough for it would find that much
		 * missing again. */
		return interval;
	} else {
		daemon->n_dumps++;
		daemon->last_need = need;
		sw_planner_note(&daemon->planner, NULL, &daemon->settings);
		account(daemon, count(daemon, extent));
		sw_budget_set_narrow(&daemon->budget, daemon->narrow.cost);
	}
	return sw_engine_next_delay(daemon->engine, interval);
}
