/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "support/stepper.h"

#include <check.h>
#include <stdio.h>
#include <string.h>

struct sw_engine_config stepper_config(void)
{
	return (struct sw_engine_config){
		.clear = sw_ephemeral_limits_default.clear,
		.max_blind_severity = SW_LEVEL_CRITICAL,
		.machine_id = "0123456789abcdef0123456789abcdef",
		.netns = "self",
	};
}

void stepper_begin(struct stepper *stepper, const struct sw_engine_config *config)
{
	struct sw_engine_config other = stepper_config();

	stepper_end(stepper);
	ck_assert_int_eq(sw_engine_new(&stepper->engine, config == NULL ? &other : config), 0);
}

void stepper_end(struct stepper *stepper)
{
	sw_engine_free(stepper->engine);
	*stepper = (struct stepper){ 0 };
}

struct sw_now stepper_moment(double seconds)
{
	/* May be before the beginning: the sums are right again, modulo 2^64. */
	sw_usec usec = (sw_usec)(int64_t)(seconds * SECOND);

	return (struct sw_now){ .boot = 1000 * SECOND + usec, .wall = 1795317121 * SECOND + usec };
}

static void say(struct stepper *stepper, double seconds)
{
	for (size_t i = 0; i < stepper->n_events; i++) {
		const struct sw_event *event = &stepper->events[i];
		size_t used = strlen(stepper->said);

		snprintf(stepper->said + used, sizeof(stepper->said) - used, "%g %s %s\n", seconds,
			 sw_event_state_to_string(event->state),
			 sw_level_to_string(event->alert.severity));
	}
}

void stepper_step_at(struct stepper *stepper, struct sw_now now, struct sw_outlook *outlooks,
		     size_t n)
{
	static const struct sw_reading reading;
	const struct sw_report report = { .reading = &reading,
					  .outlooks = outlooks,
					  .n_outlooks = n };
	const struct sw_evidence evidence = { .report = &report };

	sw_engine_step(stepper->engine, now, &evidence, &stepper->events, &stepper->n_events);
}

void stepper_step(struct stepper *stepper, double seconds, struct sw_outlook *outlooks, size_t n)
{
	stepper_step_at(stepper, stepper_moment(seconds), outlooks, n);
	say(stepper, seconds);
}

void stepper_step_failed(struct stepper *stepper, double seconds, const char *why)
{
	const struct sw_evidence evidence = { .failure = why };

	sw_engine_step(stepper->engine, stepper_moment(seconds), &evidence, &stepper->events,
		       &stepper->n_events);
	say(stepper, seconds);
}

const struct sw_event *stepper_event(const struct stepper *stepper)
{
	ck_assert_uint_eq(stepper->n_events, 1);
	return &stepper->events[0];
}

struct sw_alert *stepper_firing(const struct stepper *stepper, size_t *ret_n)
{
	struct sw_alert *list = NULL;

	ck_assert_int_eq(sw_engine_firing(stepper->engine, &list, ret_n), 0);
	return list;
}
