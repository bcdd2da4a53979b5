/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Keys: the one table of what can be configured. The reader, its complaints, the
 * defaults, `config show`, config/sockwatch.conf and the man page all come from
 * it, or are compared with it by a test.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sockwatch/settings.h"

/* In the order of the table, section by section. */
enum sw_key_id {
	SW_KEY_INTERVAL,
	SW_KEY_CPU_BUDGET,
	SW_KEY_MAX_AGE,
	SW_KEY_HORIZON,
	SW_KEY_WARNING_HOLD,
	SW_KEY_CRITICAL_HOLD,
	SW_KEY_CLEAR,
	SW_KEY_REPEAT,
	SW_KEY_MAX_ACTIVE,
	SW_KEY_EPHEMERAL_ENABLED,
	SW_KEY_EPHEMERAL_MAX_SEVERITY,
	SW_KEY_EPHEMERAL_NOTICE,
	SW_KEY_EPHEMERAL_WARNING,
	SW_KEY_EPHEMERAL_CRITICAL,
	SW_KEY_EPHEMERAL_CRITICAL_IN,
	SW_KEY_EPHEMERAL_IGNORE,
	SW_KEY_BIND_PORTS_ENABLED,
	SW_KEY_BIND_PORTS_MAX_SEVERITY,
	SW_KEY_BIND_PORTS_WARNING,
	SW_KEY_BIND_PORTS_CRITICAL,
	SW_KEY_BIND_PORTS_CRITICAL_IN,
	SW_KEY_BIND_PORTS_IGNORE,
	SW_KEY_SLOW_CONNECTS_ENABLED,
	SW_KEY_SLOW_CONNECTS_MAX_SEVERITY,
	SW_KEY_SLOW_CONNECTS_WARNING,
	SW_KEY_SLOW_CONNECTS_IGNORE,
	SW_KEY_TIME_WAIT_LIMIT_ENABLED,
	SW_KEY_TIME_WAIT_LIMIT_MAX_SEVERITY,
	SW_KEY_CONNECTION_LEAK_ENABLED,
	SW_KEY_CONNECTION_LEAK_MAX_SEVERITY,
	SW_KEY_CONNECTION_LEAK_WITHIN,
	SW_KEY_CONNECTION_LEAK_USED,
	SW_KEY_CONNECTION_LEAK_IGNORE,
	SW_KEY_SYN_SENT_ENABLED,
	SW_KEY_SYN_SENT_MAX_SEVERITY,
	SW_KEY_SYN_SENT_SHARE,
	SW_KEY_SYN_SENT_COUNT,
	SW_KEY_SYN_SENT_AGE,
	SW_KEY_SYN_SENT_IGNORE,
	SW_KEY_CLOSE_WAIT_ENABLED,
	SW_KEY_CLOSE_WAIT_MAX_SEVERITY,
	SW_KEY_CLOSE_WAIT_COUNT,
	SW_KEY_CLOSE_WAIT_AGE,
	SW_KEY_CLOSE_WAIT_GROWING,
	SW_KEY_CLOSE_WAIT_IGNORE,
	SW_KEY_INBOUND_ENABLED,
	SW_KEY_INBOUND_MAX_SEVERITY,
	SW_KEY_INBOUND_NOTICE,
	SW_KEY_INBOUND_IGNORE,
	SW_KEY_LISTEN_QUEUE_ENABLED,
	SW_KEY_LISTEN_QUEUE_MAX_SEVERITY,
	SW_KEY_LISTEN_QUEUE_OVERFLOW_MINUTES,
	SW_KEY_LISTEN_QUEUE_STUCK,
	SW_KEY_LISTEN_QUEUE_IGNORE,
	SW_KEY_KERNEL_SETTING_ENABLED,
	SW_KEY_KERNEL_SETTING_MAX_SEVERITY,
	SW_KEY_BLIND_ENABLED,
	SW_KEY_BLIND_MAX_SEVERITY,
	SW_KEY_HOOK_FAILED_ENABLED,
	SW_KEY_HOOK_FAILED_MAX_SEVERITY,
	SW_KEY_OVERRIDE_DESTINATION,
	SW_KEY_OVERRIDE_RULE,
	SW_KEY_HOOKS_DIRECTORY,
	SW_KEY_HOOKS_TIMEOUT,
	SW_KEY_HOOKS_MIN_SEVERITY,
	SW_KEY_HOOKS_RUN,
	SW_KEY_LOG_TARGET,
	SW_KEY_LOG_LEVEL,
};
#define SW_N_KEYS 68

enum sw_key_type {
	SW_KEY_DURATION, /* sw_usec */
	SW_KEY_SHARE,    /* double; in text a percentage, its range in hundredths of a percent */
	SW_KEY_COUNT,    /* uint32_t */
	SW_KEY_YES_NO,   /* bool */
	SW_KEY_CHOICE,   /* int or an enum, one of `choices` */
	SW_KEY_PATH,     /* char[SW_SETTINGS_PATH_SIZE] */
	SW_KEY_MATCHES,  /* struct sw_matches */
};

/* What a key applies to, and so where its value is kept. */
enum sw_key_scope {
	SW_KEY_GLOBAL,   /* the daemon, or a rule as a whole; in struct sw_settings */
	SW_KEY_RULE,     /* a rule, or some addresses of it; in struct sw_rules */
	SW_KEY_OVERRIDE, /* one override; in struct sw_override */
};

struct sw_choice {
	const char *name; /* NULL ends the list */
	int value;
};

struct sw_key {
	const char *section;
	const char *name;
	enum sw_key_type type;
	enum sw_key_scope scope;
	size_t offset;
	uint64_t min, max;
	enum sw_rule rule; /* whose, with SW_KEY_RULE */
	bool infinity;     /* a duration that may be "infinity" */
	const struct sw_choice *choices;
	const char *preset;      /* the default, as it would be written; NULL = it is ... */
	const void *preset_from; /* ... this value, as another floor has it */
	const char *help;        /* one line, without a full stop */
};

extern const struct sw_key sw_keys[SW_N_KEYS];

struct sw_section {
	const char *name;
	const char *help; /* sentences, for the man page and the sample */
};

#define SW_N_SECTIONS 17
extern const struct sw_section sw_sections[SW_N_SECTIONS];

/* The section whose headers carry the name of an override. */
#define SW_SECTION_OVERRIDE "Override"

/* NULL when there is none. */
const struct sw_section *sw_section_find(const char *name);
const struct sw_key *sw_key_find(const char *section, const char *name);

/* The key that an assignment in an override is to: one of its own, or one of `rule`. */
const struct sw_key *sw_key_find_in_override(enum sw_rule rule, const char *name);

/*
 * Where the value of a key is kept: in `override`, if that is not NULL and the
 * key is one that an override may have, else in `settings`.
 */
void *sw_key_target(const struct sw_key *key, struct sw_settings *settings,
		    struct sw_override *override);
const void *sw_key_value(const struct sw_key *key, const struct sw_settings *settings,
			 const struct sw_override *override);
