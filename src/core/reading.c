/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * A reading is filled by io/collect, which knows where things come from; what they mean
 * together is here.
 */

#include "sockwatch/reading.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mask.h"

int sw_reading_new(struct sw_reading **ret)
{
	struct sw_reading *reading = calloc(1, sizeof(*reading));

	if (reading == NULL)
		return -ENOMEM;
	reading->complete = true;
	*ret = reading;
	return 0;
}

void sw_reading_free(struct sw_reading *reading)
{
	if (reading == NULL)
		return;
	sw_tally_free(reading->tally);
	free(reading->ifnames.list);
	free(reading);
}

/* One place less than there is: the reason why a reading is incomplete always finds one. */
static struct sw_problem *next_problem(struct sw_reading *reading, size_t limit)
{
	return reading->n_problems < limit ? &reading->problems[reading->n_problems++] : NULL;
}

void sw_reading_add_problem(struct sw_reading *reading, const char *what, const char *why, ...)
{
	struct sw_problem *problem = next_problem(reading, SW_READING_MAX_PROBLEMS - 1);
	va_list args;

	if (problem == NULL)
		return;
	snprintf(problem->what, sizeof(problem->what), "%s", what);
	va_start(args, why);
	vsnprintf(problem->why, sizeof(problem->why), why, args);
	va_end(args);
}

const char *sw_problem_format(const struct sw_problem *problem, char buffer[SW_PROBLEM_TEXT_SIZE])
{
	snprintf(buffer, SW_PROBLEM_TEXT_SIZE, "%s: %s", problem->what, problem->why);
	return sw_mask(buffer);
}

void sw_reading_spoil(struct sw_reading *reading, const char *what, const char *why, ...)
{
	struct sw_problem *problem = &reading->spoiled_by, *listed;
	va_list args;

	snprintf(problem->what, sizeof(problem->what), "%s", what);
	va_start(args, why);
	vsnprintf(problem->why, sizeof(problem->why), why, args);
	va_end(args);
	listed = next_problem(reading, SW_READING_MAX_PROBLEMS);
	if (listed != NULL)
		*listed = *problem;
	reading->complete = false;
	sw_tally_free(reading->tally);
	reading->tally = NULL;
}

static uint64_t known_or(const struct sw_kernel *kernel, enum sw_kernel_figure figure,
			 uint64_t other)
{
	return kernel->figures[figure].known ? kernel->figures[figure].value : other;
}

struct sw_reuse_rule sw_reuse_rule_of(const struct sw_kernel *kernel)
{
	/* Before tcp_tw_reuse_delay the kernel waited until the whole second had passed. */
	enum { DELAY_BEFORE_6_14_MSEC = 1000 };
	uint64_t tw_reuse = known_or(kernel, SW_KERNEL_TW_REUSE, 0);
	bool timestamps = known_or(kernel, SW_KERNEL_TIMESTAMPS, 0) != 0;

	return (struct sw_reuse_rule){
		.always = tw_reuse == 1,
		.loopback = tw_reuse == 2,
		.timestamps = timestamps,
		.delay_msec = (uint32_t)known_or(kernel, SW_KERNEL_TW_REUSE_DELAY,
						 DELAY_BEFORE_6_14_MSEC),
	};
}
