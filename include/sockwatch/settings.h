/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Settings: what the configuration says, as plain values with no pointer in
 * them, so that a copy is an assignment. Where they come from, file by file and
 * line by line, is in sockwatch/config.h.
 */

#include "sockwatch/outlook.h"
#include "sockwatch/rule.h"
#include "sockwatch/tuple.h"

/* Bounds of lists and texts in a configuration. */
#define SW_SETTINGS_MAX_MATCHES 64
#define SW_SETTINGS_MAX_OVERRIDES 32
#define SW_SETTINGS_NAME_SIZE 64
#define SW_SETTINGS_PATH_SIZE 256

/* The time between readings: below, the daemon would mostly read; above, it would mostly be blind.
 */
#define SW_INTERVAL_MIN (100 * SW_USEC_PER_MSEC)
#define SW_INTERVAL_MAX (60 * SW_USEC_PER_SEC)

/* The ages of TIME_WAIT tell of one minute, and what several readings tell goes no further. */
#define SW_MAX_AGE_MAX (60 * SW_USEC_PER_SEC)

/* "infinity": a hold that never ends, a repeat that never comes. */
#define SW_USEC_INFINITY UINT64_MAX

/* Destinations: all addresses that begin with the same bits, on one port or on all. */
struct sw_match {
	struct sw_addr addr; /* zero beyond the prefix */
	uint16_t n_bits;     /* of the prefix */
	uint16_t port;       /* 0 = any */
};

struct sw_matches {
	struct sw_match list[SW_SETTINGS_MAX_MATCHES];
	uint32_t n;
};

/* What every rule has. */
struct sw_rule_settings {
	bool enabled;
	enum sw_level max_severity; /* NOTICE to CRITICAL */
};

/* All that an override may have another value for. */
struct sw_rules {
	struct sw_rule_settings common[SW_N_RULES];
	struct sw_ephemeral_limits ephemeral_ports; /* with the holds of [Alert] */
	struct sw_ephemeral_limits bind_ports;      /* likewise; knows no notice */
	struct {
		double warning; /* of one core */
	} slow_connects;
	struct {
		sw_usec within;
		double used;
	} connection_leak;
	struct {
		double share;
		uint32_t count;
		sw_usec age;
	} syn_sent;
	struct {
		uint32_t count;
		sw_usec age;
		sw_usec growing;
	} close_wait;
	struct {
		double notice;
	} inbound;
	struct {
		uint32_t overflow_minutes; /* of the last five */
		sw_usec stuck;
	} listen_queue;
};

/* Other values of a rule for some addresses. Complete: what it does not name is the rule's. */
struct sw_override {
	char name[SW_SETTINGS_NAME_SIZE];
	struct sw_matches destinations;
	enum sw_rule rule; /* one whose subjects have an address */
	struct sw_rules rules;
};

/* Who starts the hook runner. */
enum sw_hook_run {
	SW_HOOK_RUN_UNIT,   /* a unit of the service manager */
	SW_HOOK_RUN_DIRECT, /* the daemon */
	SW_HOOK_RUN_NO,
};

/* "unit", "direct", "no": as in the configuration. */
const char *sw_hook_run_to_string(enum sw_hook_run run);

enum sw_log_target {
	SW_LOG_AUTO, /* the journal where there is one, and stderr unless that is the journal */
	SW_LOG_JOURNAL,
	SW_LOG_STDERR,
};

struct sw_settings {
	sw_usec interval;  /* [Poll] */
	double cpu_budget; /* of one core */
	sw_usec max_age;

	struct {
		sw_usec horizon;
		sw_usec warning_hold;
		sw_usec critical_hold;
		sw_usec clear;
		sw_usec repeat; /* SW_USEC_INFINITY = never */
		uint32_t max_active;
	} alert;

	struct sw_rules rules;
	struct sw_matches ignore[SW_N_RULES]; /* of rules whose subjects have an address */
	struct sw_rule_settings blind;
	struct sw_rule_settings hook_failed;

	struct sw_override overrides[SW_SETTINGS_MAX_OVERRIDES];
	uint32_t n_overrides;

	struct {
		char directory[SW_SETTINGS_PATH_SIZE];
		sw_usec timeout;
		enum sw_level min_severity;
		enum sw_hook_run run;
	} hooks;

	struct {
		enum sw_log_target target;
		int level; /* a priority of syslog(3): what is less urgent is not said */
	} log;
};

/* Every key at its default. */
void sw_settings_init(struct sw_settings *settings);

/*
 * What holds for a rule at an address and port: the values of the last of its
 * overrides that matches, or those of the rule. `*ret_max_severity` is how bad an
 * alert about it may get: SW_LEVEL_OK when there shall be none, because the rule is
 * off or the address is ignored. Borrowed from `settings`.
 */
const struct sw_rules *sw_settings_at(const struct sw_settings *settings, enum sw_rule rule,
				      const struct sw_addr *addr, uint32_t port,
				      enum sw_level *ret_max_severity);

/*
 * The same of ephemeral-ports for one tuple: the limits of the last override that matches it, or
 * those of the rule.
 */
void sw_settings_limits(const struct sw_settings *settings, const struct sw_tuple *tuple,
			struct sw_ephemeral_limits *ret_limits, enum sw_level *ret_max_severity);

/* The same of a rule that knows no destination. */
enum sw_level sw_rule_max_severity(const struct sw_rule_settings *rule);
