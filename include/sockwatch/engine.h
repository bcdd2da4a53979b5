/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Engine: the daemon's memory and judgement. One step takes the evidence of one
 * reading, or that there is none, and gives the events that follow. Time comes
 * with each step, so a day replays in milliseconds.
 *
 * Life of an alert: pending -> firing -> [changed | repeat] -> resolved. While it
 * fires, its severity only rises. While it is mute it lives on in silence: only
 * the end of one that was announced is told. One that still fires when the mute
 * is over is announced then, as firing or, to those who know of it, as changed
 * or repeat.
 */

#include "sockwatch/alert.h"
#include "sockwatch/hook-report.h"
#include "sockwatch/mute.h"
#include "sockwatch/report.h"
#include "sockwatch/sysctl.h"

/* Alerts of all rules that may be pending or firing at a time; subjects beyond are not watched
 * until others clear. */
#define SW_ENGINE_MAX_WATCHES 1024

/* Readings in a row that fail before the daemon calls itself blind, and succeed before it sees
 * again. */
#define SW_ENGINE_BLIND_READINGS 3

/* So much later than with a reading on every tick something may be seen, or the daemon calls itself
 * blind. */
#define SW_ENGINE_MAX_DELAY (10 * SW_USEC_PER_SEC)

struct sw_engine_config {
	sw_usec clear; /* the group is calm for as long before it is resolved after a restart */
	enum sw_level max_blind_severity;       /* SW_LEVEL_OK: blindness is no alert */
	enum sw_level max_hook_failed_severity; /* likewise */
	sw_usec repeat;      /* a critical alert is repeated this often; 0 = never */
	uint32_t max_active; /* alerts of a rule with events of their own; 0 = any number */
	sw_usec max_gap;     /* between two readings, for a hold to go on; 0 = any */
	char machine_id[33]; /* of /etc/machine-id; "" where there is none */
	char netns[64];      /* name of the namespace */
};

struct sw_engine;

/* Returns 0 or -ENOMEM. */
int sw_engine_new(struct sw_engine **ret, const struct sw_engine_config *config);
void sw_engine_free(struct sw_engine *engine);

/* From the next step on other values; who it is, by machine_id and netns, stays. */
void sw_engine_configure(struct sw_engine *engine, const struct sw_engine_config *config);

/* What one reading brought for the rules to look at. */
struct sw_evidence {
	/* Of everything; NULL when there was no reading. */
	const struct sw_report *report;
	enum sw_scope scope;   /* of its reading */
	const char *failure;   /* why the reading failed; NULL when none did */
	sw_usec waited;        /* for how long no reading was made though one was wanted */
	sw_usec delay;         /* how much later something may be seen for that */
	const char *delay_why; /* a clause; with a delay only */
	const struct sw_hook_report *hooks; /* those that fail, or did until now */
	size_t n_hooks;
	/* What sysctl.d says of tcp_tw_recycle; NULL = nobody looked. */
	const struct sw_sysctl_setting *recycle;
	/* NULL: only rules that have their limits in the report are asked. */
	const struct sw_settings *settings;
};

/*
 * Lets all rules look at the evidence and gives the events that follow, in
 * `*ret_events`, owned by the engine and good until the next step. A subject that is
 * not in a report has nothing worth a word; after a reading that failed no alert
 * changes of which it would have told. `now` must not run backwards.
 */
void sw_engine_step(struct sw_engine *engine, struct sw_now now, const struct sw_evidence *evidence,
		    const struct sw_event **ret_events, size_t *ret_n_events);

/* Interfaces by name, for subjects; borrowed, and must outlive the next step. */
void sw_engine_set_names(struct sw_engine *engine, const struct sw_ifnames *names);

/* What is mute; borrowed, and must outlive the next step. NULL = nothing. */
void sw_engine_set_mutes(struct sw_engine *engine, const struct sw_mutes *mutes);

/* Has the latest step changed what must outlive a restart? Mute alerts do so without events. */
bool sw_engine_has_moved(const struct sw_engine *engine);

/* Does nothing fire but what stands until a sysctl changes, and may nothing come by what has been
 * seen so far? Then a step whose evidence holds nothing new changes nothing. */
bool sw_engine_is_idle(const struct sw_engine *engine);

/* The alerts that fire now. `*ret` is owned by the caller: free(). Returns 0 or -ENOMEM. */
int sw_engine_firing(const struct sw_engine *engine, struct sw_alert **ret, size_t *ret_n);

/*
 * Takes alerts over that fired when an earlier daemon ended, before the first
 * step: they go on without firing again, and are resolved once they have been
 * calm for long enough.
 */
void sw_engine_take_over(struct sw_engine *engine, const struct sw_alert *alerts, size_t n,
			 struct sw_now now);

/*
 * How long to wait for the next reading: `interval`, or a fifth of it while
 * ports run out or may, so that a forecast of seconds is not left alone for as
 * long.
 */
sw_usec sw_engine_next_delay(const struct sw_engine *engine, sw_usec interval);
