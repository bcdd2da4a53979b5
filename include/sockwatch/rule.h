/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The rules: what an alert can be about. */

enum sw_rule {
	SW_RULE_EPHEMERAL_PORTS, /* a tuple runs out of local ports */
	SW_RULE_BLIND,           /* the sockets cannot be counted */
	SW_RULE_HOOK_FAILED,     /* a hook did not run, or not well; never told to hooks */
};
#define SW_N_RULES 3

/* What a rule's alerts are about. */
enum sw_subject_kind {
	SW_SUBJECT_TUPLE,
	SW_SUBJECT_NAME, /* the namespace, a sysctl, a hook */
};

enum sw_subject_kind sw_rule_subject(enum sw_rule rule);

/* "ephemeral-ports": the name in journal, JSON and configuration. Never NULL. */
const char *sw_rule_to_string(enum sw_rule rule);

/* The rule of that name. Returns 0 or -EINVAL. */
int sw_rule_parse(const char *name, enum sw_rule *ret);
