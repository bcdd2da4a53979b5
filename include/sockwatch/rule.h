/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The rules: what an alert can be about. */

#include <stdbool.h>

enum sw_rule {
	SW_RULE_EPHEMERAL_PORTS, /* a tuple runs out of local ports */
	SW_RULE_BLIND,           /* the sockets cannot be counted */
	SW_RULE_HOOK_FAILED,     /* a hook did not run, or not well; never told to hooks */
	SW_RULE_SLOW_CONNECTS,   /* connect() of a tuple searches long for a port */
	SW_RULE_TIME_WAIT_LIMIT, /* TIME_WAIT is at tcp_max_tw_buckets */
	SW_RULE_CONNECTION_LEAK, /* a tuple holds ever more connections */
	SW_RULE_SYN_SENT,        /* nobody answers a tuple's connects */
	SW_RULE_CLOSE_WAIT,      /* a program does not close what its peers have closed */
	SW_RULE_INBOUND,         /* a peer runs out of ports towards one of ours */
	SW_RULE_LISTEN_QUEUE,    /* a program does not accept as fast as its peers connect */
	SW_RULE_KERNEL_SETTING,  /* a sysctl does harm */
	SW_RULE_BIND_PORTS,      /* bind((address, 0)) runs out of local ports */
};
#define SW_N_RULES 12

/* What a rule's alerts are about. */
enum sw_subject_kind {
	SW_SUBJECT_TUPLE,
	SW_SUBJECT_ENDPOINT, /* a local address and port; of outgoing sockets, their tuple */
	SW_SUBJECT_PEER,     /* a peer and a local address and port, as a tuple of the peer's */
	SW_SUBJECT_ADDRESS,  /* of this host */
	SW_SUBJECT_NAME,     /* the namespace, a sysctl, a hook */
};

enum sw_subject_kind sw_rule_subject(enum sw_rule rule);

/* "ephemeral-ports": the name in journal, JSON and configuration. Never NULL. */
const char *sw_rule_to_string(enum sw_rule rule);

/* The rule of that name. Returns 0 or -EINVAL. */
int sw_rule_parse(const char *name, enum sw_rule *ret);

/* "leak": the cause of whatever the rule finds; NULL when that depends. */
const char *sw_rule_cause(enum sw_rule rule);

/* Is it about ports that run short, so that the remedies for those help? */
bool sw_rule_is_of_ports(enum sw_rule rule);

/* Is it about ports that run out, so that a next reading soon is worth its cost, and that it
 * counts how long none was free? */
bool sw_rule_is_of_exhaustion(enum sw_rule rule);
