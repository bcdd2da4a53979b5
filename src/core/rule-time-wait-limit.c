/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * There are as many TIME_WAIT sockets as tcp_max_tw_buckets allows: the kernel closes further ones
 * at once (tcp_time_wait). The counter is the witness; that there are many is none.
 */

#include <stdio.h>

#include "core/rules.h"

/*
 * The limit is met now and then, not in every reading: what was dropped at one time of the minute
 * is missing when the others leave, and nothing is dropped before those have been replaced. It
 * takes up to one life of a TIME_WAIT, with the turn of the wheel and a reading.
 */
#define STILL_MOVING (70 * SW_USEC_PER_SEC)

static void note(struct sw_counter_memory *memory, uint64_t value, sw_usec now)
{
	if (memory->known && value > memory->value && now > memory->at) {
		memory->moved = now;
		memory->per_s = (double)(value - memory->value) /
				((double)(now - memory->at) / SW_USEC_PER_SEC);
	}
	memory->known = true;
	memory->value = value;
	memory->at = now;
}

void sw_rule_time_wait_limit(struct sw_counter_memory *memory, const struct sw_inquiry *inquiry)
{
	const struct sw_reading *reading = inquiry->evidence->report->reading;
	const struct sw_kernel *kernel = &reading->kernel;
	struct sw_finding finding = sw_rule_finding(inquiry, SW_RULE_TIME_WAIT_LIMIT);
	sw_usec now = inquiry->now.boot;
	bool moving;

	if (!kernel->time_wait_overflows.known) {
		*memory = (struct sw_counter_memory){ 0 };
		return;
	}
	snprintf(finding.subject.name, sizeof(finding.subject.name), "%s", inquiry->config->netns);
	note(memory, kernel->time_wait_overflows.value, now);
	finding.facts = (struct sw_facts){
		.count = sw_tally_totals(reading->tally)->n_by_state[SW_TCP_TIME_WAIT],
		.limit = kernel->figures[SW_KERNEL_MAX_TW_BUCKETS].value,
		.per_s = memory->per_s,
	};
	moving = memory->moved != 0 && now - memory->moved < STILL_MOVING;
	finding.signs = (struct sw_signs){
		.warned = moving,
		.wanted = moving,
		.calm = !moving,
		.calm_as_notice = !moving,
	};
	inquiry->take(inquiry->sink, &finding);
}
