/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* sockwatch explain: the verdict on one destination at length; the worst one if none is named. */

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cli/commands.h"
#include "cli/daemon-file.h"
#include "cli/destination.h"
#include "cli/file.h"
#include "cli/look.h"
#include "cli/style.h"
#include "cli/world.h"
#include "render/explain-json.h"
#include "render/explain-text.h"

static int show(struct sw_look *look, const struct sw_options *options)
{
	const struct sw_text_style style = sw_style_of(options);
	struct sw_daemon_status daemon;
	struct sw_explanation explanation;
	char why[SW_PROBLEM_TEXT_SIZE];
	int r = 0;

	sw_daemon_file_read(&daemon, options, &look->report);
	sw_daemon_status_deinit(&daemon);
	sw_explain(&look->report, &explanation);
	if (options->json == SW_JSON_NO)
		sw_render_explain_text(stdout, &look->report, &explanation, &style);
	else
		r = sw_put_json(sw_render_explain_json(&look->report, &explanation), options->json);
	if (r < 0)
		fprintf(stderr, "sockwatch: the reading could not be shown: %s\n", strerror(-r));
	else if (!look->reading->complete)
		fprintf(stderr, "sockwatch: the reading is incomplete: %s\n",
			sw_problem_format(&look->reading->spoiled_by, why));
	return r == 0 && look->reading->complete ? SW_EXIT_DONE : SW_EXIT_FAILED;
}

static int explain(const struct sw_world *world, const struct sw_options *options,
		   const struct sw_report_filter *filter)
{
	const struct sw_settings *settings;
	struct sw_config *config;
	struct sw_look look;
	int code = SW_EXIT_FAILED;

	settings = sw_world_settings(options, &config);
	if (sw_look_take(&look, world, settings, filter) == 0) {
		code = show(&look, options);
		sw_look_done(&look);
	}
	sw_config_free(config);
	return code;
}

int sw_cmd_explain(const struct sw_options *options)
{
	struct sw_report_filter filter = { 0 };
	struct sw_world world;
	int code = SW_EXIT_FAILED;

	if (sw_world_open(&world, options->from) == 0)
		code = sw_destination_parse("explain", options->argument, world.io, &filter)
			       ? explain(&world, options, &filter)
			       : SW_EXIT_USAGE;
	sw_world_close(&world);
	return sw_flush_output() || code == SW_EXIT_USAGE ? code : SW_EXIT_FAILED;
}
