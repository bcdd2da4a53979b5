/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Alert: something that fires, and the events of its life: firing, changed
 * (worse), repeat, resolved. Plain values.
 */

#include "sockwatch/outlook.h"
#include "sockwatch/rule.h"

#define SW_SUBJECT_NAME_SIZE 68
#define SW_WHY_SIZE 208

enum sw_event_state {
	SW_EVENT_FIRING,
	SW_EVENT_CHANGED,
	SW_EVENT_REPEAT,
	SW_EVENT_RESOLVED,
};

/* "firing", "changed", "repeat", "resolved". */
const char *sw_event_state_to_string(enum sw_event_state state);

/*
 * What an alert is about. Which members say it is the rule's choice, the others are
 * zero: comparable byte by byte.
 */
struct sw_subject {
	/* Of rules about a tuple, also one of a peer's. Of an endpoint the destination and port,
	 * and no source; of an address, its source alone. */
	struct sw_tuple tuple;
	char name[SW_SUBJECT_NAME_SIZE]; /* of others: the namespace, a sysctl, a hook */
};

/* What this one is: of a rule about endpoints it may be a tuple as well. */
enum sw_subject_kind sw_subject_kind(enum sw_rule rule, const struct sw_subject *subject);

/* The subject as text, as people and hooks see it. Returns `buffer`. */
const char *sw_subject_format(enum sw_rule rule, const struct sw_subject *subject,
			      const struct sw_ifnames *names, char buffer[SW_TUPLE_TEXT_SIZE]);

/* Figures of an alert beside those of its tuple; what they are is the rule's. */
struct sw_facts {
	uint64_t count;    /* of what there is too much */
	uint64_t limit;    /* and how much of it there may be; 0 = that is no matter of a number */
	double per_s;      /* how fast it comes */
	double share;      /* of the limit, or of whatever the rule counts by */
	sw_usec span_usec; /* since when, or until when */
};

struct sw_alert {
	enum sw_rule rule;
	struct sw_subject subject; /* of a group, the worst one's */
	uint64_t id;       /* the same for the same rule and subject, also in a later episode */
	uint64_t sequence; /* of its latest event; rises within one boot; 0 = had none yet */
	enum sw_level severity;
	enum sw_level announced; /* the severity by its latest event; SW_LEVEL_OK = had none yet */
	enum sw_level previous;  /* by the event before that; SW_LEVEL_OK when it was born */
	sw_usec muted_until;     /* on the wall clock; 0 = it is not mute */
	struct sw_now since;     /* when it fired */
	struct sw_now changed;   /* when the latest event was, or it fired in silence */
	sw_usec lasted_usec; /* from firing to the latest event, restarts of the daemon included */
	bool removed;        /* resolved because nobody asks for it any more */
	uint32_t n_grouped;  /* not 0: stands for so many alerts beyond MaxActive */

	/* Of rules about a tuple or an address. */
	struct sw_outlook outlook; /* as of the latest reading; of a group, the worst one's */
	struct sw_owners owners;   /* units that have its live sockets; likewise */

	/* Of rules about ports that run out. */
	uint32_t peak_used;
	double peak_utilization;
	sw_usec slow_usec;      /* how long connects were slow, likewise */
	sw_usec exhausted_usec; /* how long nothing was free, as far as readings saw */

	struct sw_facts facts;
	/* Of SW_RULE_BLIND and SW_RULE_HOOK_FAILED: what fails; of SW_RULE_KERNEL_SETTING: what is
	 * wrong with it, and what to do. */
	char why[SW_WHY_SIZE];
};

/* What it is about, as text: its subject, or "more" for a group. Returns `buffer`. */
const char *sw_alert_subject_format(const struct sw_alert *alert, const struct sw_ifnames *names,
				    char buffer[SW_TUPLE_TEXT_SIZE]);

/* "leak", "client-closes-first": why, as far as that is known; else NULL. */
const char *sw_alert_cause(const struct sw_alert *alert);

struct sw_event {
	enum sw_event_state state;
	struct sw_alert alert;
};
