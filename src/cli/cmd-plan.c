/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* sockwatch plan: what a load needs, by what this host is set to or what a tuple does now. */

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "cli/commands.h"
#include "cli/destination.h"
#include "cli/file.h"
#include "cli/look.h"
#include "cli/world.h"
#include "render/plan.h"

/* Is TIME_WAIT reused? By the option, the tuple to be like, or the host, for others than loopback.
 */
static bool is_reused(const struct sw_options *options, const struct sw_reading *reading,
		      const struct sw_outlook *like)
{
	bool loopback = like != NULL && (sw_addr_is_loopback(&like->tuple.source) ||
					 sw_addr_is_loopback(&like->tuple.destination));

	if (!options->has_reuse)
		return like != NULL ? like->reuse != SW_REUSE_NONE : reading->reuse.always;
	return reading->reuse.timestamps &&
	       (options->reuse == 1 || (options->reuse == 2 && loopback));
}

/* As a reading in this steady state would be called. */
static enum sw_level level_of(double utilization, const struct sw_ephemeral_limits *limits)
{
	if (utilization > 1)
		return SW_LEVEL_EXHAUSTED;
	if (utilization > limits->critical)
		return SW_LEVEL_CRITICAL;
	if (utilization > limits->warning)
		return SW_LEVEL_WARNING;
	return utilization > limits->notice ? SW_LEVEL_NOTICE : SW_LEVEL_OK;
}

static void set_ports(struct sw_plan_result *plan, const struct sw_options *options,
		      const struct sw_port_space *space)
{
	plan->range_low = options->has_range ? options->range_low : space->low;
	plan->range_high = options->has_range ? options->range_high : space->high;
	plan->input.capacity = sw_port_space_capacity_of(space, plan->range_low, plan->range_high);
}

static void calculate(const struct sw_look *look, const struct sw_options *options,
		      const struct sw_outlook *like, const struct sw_ephemeral_limits *limits,
		      struct sw_plan_result *ret)
{
	const struct sw_reuse_rule *rule = &look->reading->reuse;
	double wheel_s = look->report.wheel.turn_s, delay_s = rule->delay_msec / 1000.0;
	struct sw_plan_result plan = {
		.n_sources = options->sources,
		.n_destinations = options->destinations,
		.reuse = is_reused(options, look->reading, like),
		.input = { .rate_per_s = options->rate,
			   .n_pairs = options->sources * options->destinations,
			   .hold_s = (double)options->hold / SW_USEC_PER_SEC,
			   .enough = limits->warning },
	};
	struct sw_sizing_input reused;
	struct sw_sizing with_reuse;

	set_ports(&plan, options, &look->reading->space);
	if (like != NULL && options->rate == 0)
		plan.input.rate_per_s = like->forecast.present_per_s;
	if (like != NULL)
		plan.input.n_held = (double)like->held / plan.input.n_pairs;
	plan.input.life_s = sw_sizing_life_s(plan.reuse, wheel_s, delay_s);
	sw_sizing_compute(&plan.input, &plan.sizing);
	plan.level = level_of(plan.sizing.utilization, limits);
	if (!plan.reuse && rule->timestamps && rule->delay_msec > 0) {
		reused = plan.input;
		reused.life_s = sw_sizing_life_s(true, wheel_s, delay_s);
		sw_sizing_compute(&reused, &with_reuse);
		plan.reuse_ceiling_per_s = with_reuse.ceiling_per_s;
	}
	*ret = plan;
}

/* Can it be calculated? Says why not. */
static bool is_enough_known(const struct sw_look *look, const struct sw_options *options,
			    const struct sw_outlook *like)
{
	char why[SW_PROBLEM_TEXT_SIZE];

	if (!look->reading->complete) {
		fprintf(stderr, "sockwatch: the reading is incomplete: %s\n",
			sw_problem_format(&look->reading->spoiled_by, why));
		return false;
	}
	if (options->like != NULL && options->rate == 0 &&
	    (like == NULL || !like->forecast.heading_known)) {
		fprintf(stderr,
			"sockwatch: nothing was closed towards %s in the last minute; give "
			"--rate\n",
			options->like);
		return false;
	}
	return true;
}

static int show(const struct sw_look *look, const struct sw_options *options,
		const struct sw_settings *settings)
{
	const struct sw_ephemeral_limits *limits =
		settings == NULL ? &sw_ephemeral_limits_default : &settings->rules.ephemeral_ports;
	const struct sw_outlook *like = NULL;
	struct sw_plan_result plan;
	int r = 0;

	if (options->like != NULL && look->report.n_outlooks > 0)
		like = &look->report.outlooks[0];
	if (!is_enough_known(look, options, like))
		return SW_EXIT_FAILED;
	calculate(look, options, like, limits, &plan);
	if (options->json == SW_JSON_NO)
		sw_render_plan_text(stdout, &plan);
	else
		r = sw_put_json(sw_render_plan_json(&plan), options->json);
	if (r < 0)
		fprintf(stderr, "sockwatch: the plan could not be shown: %s\n", strerror(-r));
	return r == 0 ? SW_EXIT_DONE : SW_EXIT_FAILED;
}

static int plan(const struct sw_world *world, const struct sw_options *options,
		const struct sw_report_filter *filter)
{
	const struct sw_settings *settings;
	struct sw_config *config;
	struct sw_look look;
	int code = SW_EXIT_FAILED;

	settings = sw_world_settings(options, &config);
	if (sw_look_take(&look, world, settings, filter) == 0) {
		code = show(&look, options, settings);
		sw_look_done(&look);
	}
	sw_config_free(config);
	return code;
}

int sw_cmd_plan(const struct sw_options *options)
{
	struct sw_report_filter filter = { 0 };
	struct sw_world world;
	int code = SW_EXIT_FAILED;

	if (options->rate == 0 && options->like == NULL) {
		fputs("sockwatch: plan needs --rate R, or --like ADDR:PORT\n", stderr);
		return SW_EXIT_USAGE;
	}
	if (sw_world_open(&world, options->from) == 0)
		code = sw_destination_parse("--like", options->like, world.io, &filter)
			       ? plan(&world, options, &filter)
			       : SW_EXIT_USAGE;
	sw_world_close(&world);
	return sw_flush_output() || code == SW_EXIT_USAGE ? code : SW_EXIT_FAILED;
}
