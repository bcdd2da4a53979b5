/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* An engine on a clock that counts seconds, and what it says: "15 firing critical\n". */

#include "sockwatch/engine.h"

#define SECOND SW_USEC_PER_SEC

struct stepper {
	struct sw_engine *engine;
	const struct sw_event *events; /* of the latest step */
	size_t n_events;
	char said[1024]; /* by all steps */
};

/* The default limits, on a machine of its own; without repeats, groups and gaps. */
struct sw_engine_config stepper_config(void);

/* Begins anew, also in the middle. NULL stands for stepper_config(). */
void stepper_begin(struct stepper *stepper, const struct sw_engine_config *config);
void stepper_end(struct stepper *stepper);

struct sw_now stepper_moment(double seconds);

void stepper_step(struct stepper *stepper, double seconds, struct sw_outlook *outlooks, size_t n);
/* The same at any moment, and nothing is said. */
void stepper_step_at(struct stepper *stepper, struct sw_now now, struct sw_outlook *outlooks,
		     size_t n);
void stepper_step_failed(struct stepper *stepper, double seconds, const char *why);

/* The only event of the latest step. */
const struct sw_event *stepper_event(const struct stepper *stepper);

/* What fires now. To be freed. */
struct sw_alert *stepper_firing(const struct stepper *stepper, size_t *ret_n);
