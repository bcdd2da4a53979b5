/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Planner: is a dump worth its cost now, or would it find nothing that the last one
 * did not? A few counters of the kernel cost microseconds where a dump costs one for
 * each socket, and they bound what can have happened since. core/planner.c says why
 * that is enough, and where it is not.
 */

#include "sockwatch/fence.h"
#include "sockwatch/report.h"
#include "sockwatch/settings.h"
#include "sockwatch/time.h"

/* What the kernel counts, of one namespace but for n_allocated. */
struct sw_counters {
	uint64_t active_opens;     /* connect() that got a port, snmp */
	uint64_t passive_opens;    /* connections that a listener has made, snmp */
	uint64_t listen_overflows; /* connections that found an accept queue full, netstat */
	uint64_t n_in_use;         /* live sockets, sockstat and sockstat6 */
	uint64_t n_allocated; /* TCP sockets of the whole host, bound and idle ones too, sockstat */
	uint64_t settings;    /* the sysctls that decide how ports are given out, as one hash */
};

/* Reads the texts of /proc/net/snmp, netstat and sockstat; adds sockstat6. Return 0 or -EINVAL. */
int sw_counters_parse_snmp(struct sw_counters *counters, const char *text);
int sw_counters_parse_netstat(struct sw_counters *counters, const char *text);
int sw_counters_parse_sockstat(struct sw_counters *counters, const char *text);
int sw_counters_parse_sockstat6(struct sw_counters *counters, const char *text);

/* Why to dump. From SW_NEED_ROOM on, an alert may wait for it. */
enum sw_need {
	SW_NEED_NOTHING,
	SW_NEED_AGE,      /* what is shown is too old, or worth another sample */
	SW_NEED_PACE,     /* as many sockets may have come or gone as would change a forecast */
	SW_NEED_ROOM,     /* a tuple may have crossed a line */
	SW_NEED_OTHERS,   /* a tuple that was not hot may have */
	SW_NEED_SETTING,  /* a sysctl has changed */
	SW_NEED_QUEUE,    /* an accept queue was full */
	SW_NEED_ASKED,    /* somebody has use for it */
	SW_NEED_COUNTERS, /* what has happened since the last dump is not known */
};

/* "age", "pace", ...; "nothing". */
const char *sw_need_to_string(enum sw_need need);

/* Events in a window of 5 s or more that a leaking bucket bounds. */
struct sw_pace {
	double most; /* in any 5 s; below 0: not even what there was before */
	double level;
};

struct sw_planner {
	bool known; /* there was a dump, and the counters go back to before it */
	/* On the latest tick, before the last dump, and before the last whole one. */
	struct sw_counters last, then, whole;
	sw_usec looked, dumped;      /* when: the latest tick, the last whole dump */
	struct sw_fence fence;       /* what may happen until a dump is due */
	int64_t room_trend;          /* ports before the growth of live sockets is worth a sample */
	struct sw_pace every, large; /* closes since the last dump, by the fence */
	/* After a dump of hot tuples: what others may have got since the last whole one. Of all
	 * connects since then so many went to hot ones. */
	double room_others, room_small_others;
	uint64_t n_hot_opened;
	bool is_new; /* the dump, and nobody has looked since */
	bool others; /* beyond room_others when it was new: only a whole reading will tell */
};

/*
 * Is there need for a dump, by the counters of now? NULL: they could not be read.
 * `asked`: somebody wants one whatever they say. `max_age`: it may get this old.
 * To be called on every tick, with a time that does not run backwards.
 */
enum sw_need sw_planner_look(struct sw_planner *planner, const struct sw_counters *counters,
			     bool asked, sw_usec max_age, sw_usec now);

/*
 * A complete dump has found `report`; sw_planner_look() was called right before it was made. What
 * an incomplete one found is not known, so that the next is needed: NULL.
 */
void sw_planner_note(struct sw_planner *planner, const struct sw_report *report,
		     const struct sw_settings *settings);
