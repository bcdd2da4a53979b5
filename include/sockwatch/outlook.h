/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Outlook: all that is known of one tuple after one reading. How many ports it
 * has, how many further connect() calls will succeed, when that ends, and how
 * bad it is. A plain value: it outlives the reading.
 */

#include "sockwatch/forecast.h"
#include "sockwatch/level.h"
#include "sockwatch/units.h"

/* When a tuple is called what. Shares are of utilization. */
struct sw_ephemeral_limits {
	double notice;
	double warning;
	double critical;
	sw_usec critical_in;   /* a failure projected within this is critical ... */
	sw_usec critical_hold; /* ... once it has been projected for this long */
	sw_usec warning_hold;  /* notice and warning have to last this long */
	sw_usec clear;         /* calm has to last this long */
};

/* The defaults of section [EphemeralPorts] and [Alert]. */
extern const struct sw_ephemeral_limits sw_ephemeral_limits_default;

/* A failure this near, beyond the knee, is critical at once. */
#define SW_IMMINENT_SEC 20.0

/* How the local ports of a tuple were chosen, as far as seen. */
enum sw_binds {
	SW_BINDS_CONNECT,
	SW_BINDS_FIRST,    /* by bind(0) before connect() */
	SW_BINDS_EXPLICIT, /* by the application, with numbers of its own */
	SW_BINDS_MIXED,
};

/* "connect", "first", "explicit", "mixed". */
const char *sw_binds_to_string(enum sw_binds binds);

enum sw_cause {
	SW_CAUSE_NONE,
	SW_CAUSE_CLIENT_CLOSES_FIRST, /* most of what is used is TIME_WAIT: this side closes */
	SW_CAUSE_HELD,                /* most of what is used are live sockets */
	SW_CAUSE_PORTS_BLOCKED,       /* listeners and bound sockets have more than the tuple */
	SW_CAUSE_BIND_ZERO,           /* bind((address, 0)) takes each port for all destinations */
};

/* The range usually advised, which holds the present one too. */
struct sw_wide_range {
	uint16_t low, high;
	uint32_t capacity; /* ports connect() could choose from in it; 0 = not known */
};

struct sw_outlook {
	struct sw_tuple tuple; /* of bind((source, 0)), with no destination */
	bool of_bind;          /* made by sw_bind_wall_outlook() */
	uint32_t n_fullest;    /* of_bind: sockets that go to one destination, the most */
	uint32_t range, reserved, blocked, capacity;
	uint32_t used;     /* ports of `capacity` taken by this tuple and not reusable */
	uint32_t free;     /* connect() calls that will still succeed */
	uint32_t free_low; /* at the least, by what may be blocked too; see sw_tally_n_suspects() */
	double utilization; /* what connect() cannot get, whoever has it */
	double own; /* share of `capacity` that this tuple took itself: what its level goes by */
	uint32_t n_by_state[SW_TCP_N_STATES];
	uint32_t n_by_retransmits[SW_SYN_N_SLOTS]; /* SYN_SENT, as in struct sw_tuple_tally */
	uint32_t held;                             /* live sockets, on any port */
	uint32_t time_wait;
	uint32_t reusable;
	uint32_t used_first; /* of `used`, in the pass that connect() makes first */
	double open_per_s;   /* connections opened; NAN = not known */
	double slow_share;  /* part of the last minute's connects that were slow; NAN = not known */
	bool slow_connects; /* nothing free in that pass, whoever has it: each connect() walks
			       through it first */
	enum sw_binds binds;
	enum sw_reuse reuse;
	double wheel_s; /* a TIME_WAIT lasts 60 s and up to this much more */
	double reuse_delay_s;
	bool reuse_possible; /* timestamps are on, so tcp_tw_reuse=1 would have an effect */
	uint32_t n_bound;    /* idle bound sockets of the namespace, which block ports as well */
	struct sw_wide_range wide;
	struct sw_forecast forecast;
	/* Wall clock: since when it has been at the present rate, where that was clearly different
	 * before (forecast.onset); 0 = that is not known. */
	sw_usec rate_since;
	enum sw_level level;               /* of this reading alone; alerts add holds */
	struct sw_ephemeral_limits limits; /* what it was held against */
	enum sw_level max_severity;        /* of its alert; SW_LEVEL_OK: there shall be none */
	double age_s; /* of what it was made of, when that is not of this very reading */
	struct sw_ownership ownership; /* of its live sockets */
};

struct sw_outlook_input {
	sw_usec wall; /* of the reading */
	struct sw_trend trend;
	const struct sw_tuple_tally *tally;
	const struct sw_port_space *space;
	const struct sw_reuse_rule *reuse;
	const struct sw_ephemeral_limits *limits;
	enum sw_level max_severity;
	uint32_t n_suspects; /* of the namespace: sw_tally_n_suspects() */
	uint32_t n_shared;   /* of a device-bound tuple: used by the same one without a device */
	struct sw_wheel wheel;
	uint64_t time_wait_room; /* UINT64_MAX = no limit known */
	uint32_t n_bound;
	struct sw_wide_range wide;
};

/* Above the ports that services are given by hand. */
#define SW_WIDE_RANGE_LOW 10240

/* What `space` would have if its range went from SW_WIDE_RANGE_LOW, or from where it does when that
 * is lower, to the last port. */
struct sw_wide_range sw_wide_range_of(const struct sw_port_space *space);

void sw_outlook_compute(const struct sw_outlook_input *input, struct sw_outlook *ret);

/* Will it fail soon enough, and surely enough, to be critical at once? */
bool sw_outlook_is_imminent(const struct sw_outlook *outlook,
			    const struct sw_ephemeral_limits *limits);

enum sw_cause sw_outlook_cause(const struct sw_outlook *outlook);

/* "client-closes-first", "held"; NULL for none. */
const char *sw_cause_to_string(enum sw_cause cause);

/* Comparison for qsort: worst first, then fullest, then by address, so that the order is the same
 * each time. */
int sw_outlook_compare(const void *a, const void *b);
