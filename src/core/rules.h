/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The rules: each looks at the evidence of one reading and gives findings. What
 * a rule remembers between readings is its memory, bounded and allocated at the
 * start, so that no rule can fail.
 */

#include "core/finding.h"
#include "core/past.h"
#include "sockwatch/kernel-setting.h"
#include "sockwatch/settings.h"

/* Tuples that run out of ports. */
void sw_rule_ephemeral_ports(const struct sw_inquiry *inquiry);

/* Source addresses that bind((address, 0)) runs out of ports for. */
void sw_rule_bind_ports(const struct sw_inquiry *inquiry);

/* What the rule blind remembers: readings in a row. */
struct sw_blind_memory {
	uint32_t n_failed;
	uint32_t n_counted; /* and in time */
	sw_usec delay;      /* the latest that was too long; 0 = it was not that */
};

/* Readings that fail, or come too late. Facts, where they do: `span_usec` later. */
void sw_rule_blind(struct sw_blind_memory *memory, const struct sw_inquiry *inquiry);

/* Hooks that fail. */
void sw_rule_hook_failed(const struct sw_inquiry *inquiry);
/*
 * Tuples whose connects search long for a port. Facts: `count` ports searched by
 * each, `per_s` connects, `share` of one core.
 */
int sw_rule_slow_connects_init(struct sw_past *past);
void sw_rule_slow_connects(struct sw_past *past, const struct sw_inquiry *inquiry);

/* A counter of the kernel, over readings. */
struct sw_counter_memory {
	bool known;
	uint64_t value;
	sw_usec at;    /* when it was read */
	sw_usec moved; /* when it last rose, 0 = not while anybody looked; and ... */
	double per_s;  /* ... how fast */
};

/*
 * TIME_WAIT that the kernel drops because there are too many. Facts: `count` of
 * them, `limit`, `per_s` dropped when any were.
 */
void sw_rule_time_wait_limit(struct sw_counter_memory *memory, const struct sw_inquiry *inquiry);

/*
 * Tuples that hold ever more connections. Facts: `count` held, `limit`, `per_s`
 * more of them, `span_usec` until there are as many as the limit.
 */
int sw_rule_connection_leak_init(struct sw_past *past);
void sw_rule_connection_leak(struct sw_past *past, const struct sw_inquiry *inquiry);

/* Tuples whose connects nobody answers. Facts: `count` of them, `share` of its live sockets. */
void sw_rule_syn_sent(const struct sw_inquiry *inquiry);

/*
 * Programs that do not close what their peers have closed, by listening port and by tuple. Facts:
 * `count` of them, `per_s` more, `span_usec` since there are too many.
 */
int sw_rule_close_wait_init(struct sw_past *past);
void sw_rule_close_wait(struct sw_past *past, const struct sw_inquiry *inquiry);

/* Peers that run out of ports. Facts: `count` held, of about `limit`, and their `share`. */
void sw_rule_inbound(const struct sw_inquiry *inquiry);

/* What the rule listen-queue remembers of listeners that overflowed or are full. */
struct sw_listen_queue_memory {
	struct sw_past past;
	bool knows_all; /* what it has no row of had dropped nothing */
	/* ListenOverflows, before and after the sockets were read. */
	struct sw_figure overflows, overflows_after;
};

/*
 * Accept queues that are full. Facts: `count` of connections that wait, `limit` the backlog,
 * `per_s` overflows over five minutes, `span_usec` since when nobody has accepted, where that is
 * too long.
 */
int sw_rule_listen_queue_init(struct sw_listen_queue_memory *memory);
void sw_rule_listen_queue_deinit(struct sw_listen_queue_memory *memory);
void sw_rule_listen_queue(struct sw_listen_queue_memory *memory, const struct sw_inquiry *inquiry);

/* Since when each setting of the kernel has been wrong; 0 = it is not. */
struct sw_kernel_setting_memory {
	sw_usec since[SW_N_KERNEL_SETTINGS];
};

/* Settings of the kernel that do harm. */
void sw_rule_kernel_setting(struct sw_kernel_setting_memory *memory,
			    const struct sw_inquiry *inquiry);

/* What the rules remember, in one place. */
struct sw_rule_memory {
	struct sw_blind_memory blind;
	struct sw_past slow_connects;
	struct sw_counter_memory time_wait_limit;
	struct sw_past connection_leak;
	struct sw_past close_wait;
	struct sw_listen_queue_memory listen_queue;
	struct sw_kernel_setting_memory kernel_setting;
};

/* Returns 0 or -ENOMEM; to be deinitialized either way. */
int sw_rule_memory_init(struct sw_rule_memory *memory);
void sw_rule_memory_deinit(struct sw_rule_memory *memory);

/* Asks every rule that can say something of this evidence. */
void sw_rules_ask(struct sw_rule_memory *memory, const struct sw_inquiry *inquiry);

/* A finding with what [Alert] and the rule itself say, and nothing found yet. */
struct sw_finding sw_rule_finding(const struct sw_inquiry *inquiry, enum sw_rule rule);

/* The same about a tuple, with the values that hold for it. */
struct sw_finding sw_rule_tuple_finding(const struct sw_inquiry *inquiry, enum sw_rule rule,
					const struct sw_outlook *outlook,
					const struct sw_rules **ret_limits);

/* Signs of a rule that warns once `figure` has been beyond `line` for WarningHold. */
struct sw_signs sw_signs_beyond(double figure, double line);

/* Has the rule something to say where there is no reading? Else its alerts stay as they are. */
bool sw_rule_needs_no_reading(enum sw_rule rule);

/* How much a reading has to count anew, so that there is something new for the rule in it. */
enum sw_scope sw_rule_needs(enum sw_rule rule);

/* Does what fires stay as it is until a counter or a sysctl changes, so that no look is needed for
 * it? */
bool sw_rule_stands(enum sw_rule rule);
