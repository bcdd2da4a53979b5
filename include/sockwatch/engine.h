/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Engine: the daemon's memory and judgement. One step takes the outlooks of one
 * reading and gives the events that follow: an alert that fires, one that has
 * become worse, one that is resolved. It keeps the holds that turn a noisy
 * level into a calm alert. Time comes with each step, so a day replays in
 * milliseconds.
 *
 * Life of an alert: pending -> firing -> [changed] -> resolved. While it fires,
 * its severity only rises.
 */

#include "sockwatch/outlook.h"

enum sw_event_state {
	SW_EVENT_FIRING,
	SW_EVENT_CHANGED,
	SW_EVENT_RESOLVED,
};

/* "firing", "changed", "resolved". */
const char *sw_event_state_to_string(enum sw_event_state state);

/* The rule this version knows. */
#define SW_RULE_EPHEMERAL_PORTS "ephemeral-ports"

/* One alert that fires or has just been resolved. A plain value. */
struct sw_alert {
	uint64_t id;       /* the same for the same rule and subject, also in a later episode */
	uint64_t sequence; /* of its latest event; rises within one boot */
	enum sw_level severity;
	enum sw_level previous; /* before the latest event; SW_LEVEL_OK when it was born */
	struct sw_now since;    /* when it fired */
	struct sw_now changed;  /* when the latest event was */
	uint32_t peak_used;
	double peak_utilization;
	sw_usec exhausted_usec;    /* how long nothing was free, as far as readings saw */
	struct sw_outlook outlook; /* as of the latest reading */
};

struct sw_event {
	enum sw_event_state state;
	struct sw_alert alert;
};

/* Alerts that may be pending or firing at a time; tuples beyond are not watched until others clear.
 */
#define SW_ENGINE_MAX_ALERTS 1024

struct sw_engine_config {
	struct sw_ephemeral_limits limits;
	char machine_id[33]; /* of /etc/machine-id; "" where there is none */
	char netns[64];      /* name of the namespace */
};

struct sw_engine;

/* Returns 0 or -ENOMEM. */
int sw_engine_new(struct sw_engine **ret, const struct sw_engine_config *config);
void sw_engine_free(struct sw_engine *engine);

/*
 * Takes the outlooks of one complete reading (a tuple that is not among them
 * has no sockets worth a word) and gives the events, in `*ret_events`, owned by
 * the engine and good until the next step. `now` must not run backwards. An
 * incomplete reading is no step. Returns 0 or -ENOMEM; the step has not happened
 * then.
 */
int sw_engine_step(struct sw_engine *engine, struct sw_now now, const struct sw_outlook *outlooks,
		   size_t n_outlooks, const struct sw_event **ret_events, size_t *ret_n_events);

/* The alerts that fire now. `*ret` is owned by the caller: free(). Returns 0 or -ENOMEM. */
int sw_engine_firing(const struct sw_engine *engine, struct sw_alert **ret, size_t *ret_n);

/*
 * How long to wait for the next reading: `interval`, or a fifth of it while
 * some alert fires or may come, so that a forecast of seconds is not left alone
 * for as long.
 */
sw_usec sw_engine_next_delay(const struct sw_engine *engine, sw_usec interval);
