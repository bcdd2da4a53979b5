/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * There are as many TIME_WAIT sockets as tcp_max_tw_buckets allows: the kernel closes further ones
 * at once (tcp_time_wait). The counter is the witness; that there are many is none.
 */

#include <stdio.h>

#include "core/rules.h"

/* The limit is met now and then, not in every reading. */
#define STILL_MOVING (30 * SW_USEC_PER_SEC)

/* How many have been dropped since the reading before; 0 if that is not known. */
static uint64_t note(struct sw_counter_memory *memory, uint64_t value, sw_usec now)
{
	uint64_t risen = memory->known && value > memory->value ? value - memory->value : 0;

	if (risen > 0)
		memory->moved = now;
	memory->known = true;
	memory->value = value;
	memory->at = now;
	return risen;
}

void sw_rule_time_wait_limit(struct sw_counter_memory *memory, const struct sw_inquiry *inquiry)
{
	const struct sw_reading *reading = inquiry->evidence->report->reading;
	const struct sw_kernel *kernel = &reading->kernel;
	struct sw_finding finding = sw_rule_finding(inquiry, SW_RULE_TIME_WAIT_LIMIT);
	sw_usec now = inquiry->now.boot, before = memory->at;
	bool moving;

	if (!kernel->time_wait_overflows.known) {
		*memory = (struct sw_counter_memory){ 0 };
		return;
	}
	snprintf(finding.subject.name, sizeof(finding.subject.name), "%s", inquiry->config->netns);
	finding.facts = (struct sw_facts){
		.count = sw_tally_totals(reading->tally)->n_by_state[SW_TCP_TIME_WAIT],
		.limit = kernel->figures[SW_KERNEL_MAX_TW_BUCKETS].value,
	};
	finding.facts.per_s = (double)note(memory, kernel->time_wait_overflows.value, now);
	if (before != 0 && now > before)
		finding.facts.per_s /= (double)(now - before) / SW_USEC_PER_SEC;
	moving = memory->moved != 0 && now - memory->moved < STILL_MOVING;
	finding.signs = (struct sw_signs){
		.warned = moving,
		.wanted = moving,
		.calm = !moving,
		.calm_as_notice = !moving,
	};
	inquiry->take(inquiry->sink, &finding);
}
