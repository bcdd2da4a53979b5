/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The rules: each looks at the evidence of one reading and gives findings. */

#include "core/finding.h"

/* Tuples that run out of ports. */
void sw_rule_ephemeral_ports(const struct sw_inquiry *inquiry);

/* What the rule blind remembers: readings in a row. */
struct sw_blind_memory {
	uint32_t n_failed;
	uint32_t n_counted;
};

/* Readings that fail. */
void sw_rule_blind(struct sw_blind_memory *memory, const struct sw_inquiry *inquiry);

/* Hooks that fail. */
void sw_rule_hook_failed(const struct sw_inquiry *inquiry);

/* Has the rule something to say where there is no reading? Else its alerts stay as they are. */
bool sw_rule_needs_no_reading(enum sw_rule rule);

/* Is a next reading soon worth its cost while an alert of this rule fires or may come? */
bool sw_rule_is_urgent(enum sw_rule rule);
