/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* sockwatch wait: returns when it is no worse than that, for runbooks and deploy gates. */

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/mem.h"
#include "cli/commands.h"
#include "cli/destination.h"
#include "cli/look.h"
#include "cli/world.h"
#include "render/timestamp.h"

/* A reading may take a twentieth of a core, and is no use more often than twice a second. */
enum { PAUSE_MSEC = 500, PAUSE_PER_READING = 20 };

/* What one look came to. */
struct state {
	enum sw_level level;
	sw_usec looked_at; /* since boot */
	sw_usec took;
	char why[SW_PROBLEM_TEXT_SIZE + SW_TUPLE_TEXT_SIZE];
};

static void describe(const struct sw_look *look, struct state *ret)
{
	const struct sw_reading *reading = look->reading;
	char name[SW_TUPLE_TEXT_SIZE], problem[SW_PROBLEM_TEXT_SIZE];

	if (reading->route_error < 0) {
		ret->level = SW_LEVEL_UNKNOWN;
		snprintf(ret->why, sizeof(ret->why), "connect() fails: %s",
			 strerror(-reading->route_error));
	} else if (!reading->complete) {
		snprintf(ret->why, sizeof(ret->why), "%s",
			 sw_problem_format(&reading->spoiled_by, problem));
	} else if (look->report.n_outlooks > 0) {
		const struct sw_outlook *worst = &look->report.outlooks[0];

		snprintf(ret->why, sizeof(ret->why), "%s has %u of %u ports left",
			 sw_tuple_format(&worst->tuple, &reading->ifnames, name), worst->free,
			 worst->range - worst->reserved);
	} else {
		snprintf(ret->why, sizeof(ret->why), "no port of the range can be used");
	}
}

static int look_once(const struct sw_world *world, const struct sw_settings *settings,
		     const struct sw_report_filter *filter, struct state *ret)
{
	struct sw_look look;
	int r = sw_look_take(&look, world, settings, filter);

	if (r < 0)
		return r;
	*ret = (struct state){
		.level = look.report.level,
		.looked_at = look.reading->began.boot,
		.took = look.reading->duration_usec,
	};
	describe(&look, ret);
	sw_look_done(&look);
	return 0;
}

static int give_up(const struct state *state, sw_usec waited)
{
	char text[SW_TIMESTAMP_SIZE];

	fprintf(stderr, "sockwatch: still %s after %s: %s\n", sw_level_to_string(state->level),
		sw_duration_format(waited, text), state->why);
	return SW_EXIT_FAILED;
}

static sw_usec pause_after(sw_usec took)
{
	sw_usec pause = PAUSE_PER_READING * took;

	return pause > PAUSE_MSEC * SW_USEC_PER_MSEC ? pause : PAUSE_MSEC * SW_USEC_PER_MSEC;
}

static void sleep_for(sw_usec pause)
{
	const struct timespec left = {
		.tv_sec = (time_t)(pause / SW_USEC_PER_SEC),
		.tv_nsec = (long)(pause % SW_USEC_PER_SEC) * 1000,
	};

	nanosleep(&left, NULL);
}

static int wait_until(const struct sw_world *world, const struct sw_options *options,
		      const struct sw_settings *settings, const struct sw_report_filter *filter)
{
	struct state state;
	sw_usec began = 0;

	for (;;) {
		sw_usec waited;

		if (look_once(world, settings, filter, &state) < 0)
			return SW_EXIT_FAILED;
		if (state.level <= options->until)
			return SW_EXIT_DONE;
		if (began == 0)
			began = state.looked_at;
		waited = state.looked_at - began;
		if (waited >= options->timeout)
			return give_up(&state, waited);
		/* The last look is at the very end. */
		sleep_for(SW_MIN(pause_after(state.took), options->timeout - waited));
	}
}

int sw_cmd_wait(const struct sw_options *options)
{
	struct sw_report_filter filter = { .port = options->port };
	const struct sw_settings *settings;
	struct sw_config *config;
	struct sw_world world;
	int code = SW_EXIT_FAILED;

	if (!options->has_until) {
		fputs("sockwatch: wait needs --until ok, notice, warning or critical\n", stderr);
		return SW_EXIT_USAGE;
	}
	if (sw_world_open(&world, NULL) == 0) {
		if (!sw_destination_parse("--destination", options->destination, world.io,
					  &filter)) {
			code = SW_EXIT_USAGE;
		} else {
			settings = sw_world_settings(options, &config);
			code = wait_until(&world, options, settings, &filter);
			sw_config_free(config);
		}
	}
	sw_world_close(&world);
	return code;
}
