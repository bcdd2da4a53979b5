/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* sockwatch status: one reading, judged and shown. */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "cli/commands.h"
#include "cli/destination.h"
#include "cli/file.h"
#include "cli/world.h"
#include "io/collect.h"
#include "render/status-json.h"
#include "render/status-text.h"

/* What the daemon of this machine has left. Without one, or about a recording, there is nothing. */
static void read_daemon(struct sw_daemon_status *ret, const struct sw_options *options, sw_usec now)
{
	struct sw_file file = { 0 };
	char *path;
	int r;

	*ret = (struct sw_daemon_status){ 0 };
	if (options->from != NULL || asprintf(&path, "%s/status.json", options->runtime_dir) < 0)
		return;
	r = sw_file_map(&file, path);
	if (r == 0)
		r = sw_daemon_status_parse(ret, file.data, file.size,
					   now > file.modified ? now - file.modified : 0);
	if (r < 0 && r != -ENOENT)
		fprintf(stderr, "sockwatch: %s is left aside: %s\n", path,
			r == -EBADMSG ? "it is no status of sockwatchd" : strerror(-r));
	sw_file_unmap(&file);
	free(path);
}

/* How many rows fit: what the screen has beside the tables, halved, since there are two of them. */
static unsigned int rows_that_fit(void)
{
	enum { IN_PIPES = 20, BESIDE_TABLES = 18, AT_LEAST = 3 };
	struct winsize size;

	if (!isatty(STDOUT_FILENO) || ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) < 0 ||
	    size.ws_row == 0)
		return IN_PIPES;
	return size.ws_row < BESIDE_TABLES + 2 * AT_LEAST ? AT_LEAST
							  : (size.ws_row - BESIDE_TABLES) / 2u;
}

static bool wants_color(enum sw_color color)
{
	const char *no_color = getenv("NO_COLOR"), *term = getenv("TERM");

	if (color != SW_COLOR_AUTO)
		return color == SW_COLOR_ALWAYS;
	return isatty(STDOUT_FILENO) && (no_color == NULL || no_color[0] == '\0') && term != NULL &&
	       strcmp(term, "dumb") != 0;
}

static int show(const struct sw_reading *reading, const struct sw_options *options,
		const struct sw_report_filter *filter)
{
	const struct sw_text_style style = {
		.rows = options->rows == 0 ? rows_that_fit() : options->rows,
		.color = wants_color(options->color),
		.legend = options->legend,
	};
	struct sw_daemon_status daemon;
	struct sw_config *config;
	struct sw_report report;
	int r;

	r = sw_report_init(&report, reading, sw_world_settings(options, &config), filter);
	sw_config_free(config);
	if (r < 0)
		return r;
	read_daemon(&daemon, options, reading->began.wall);
	if (options->json == SW_JSON_NO)
		sw_render_status_text(stdout, &report, &daemon, &style);
	else
		r = sw_put_json(sw_render_status_json(&report, &daemon), options->json);
	sw_daemon_status_deinit(&daemon);
	sw_report_deinit(&report);
	return r;
}

/* Reads and shows. Gives the exit code, and has said what went wrong. */
static int status(const struct sw_world *world, const struct sw_options *options,
		  const struct sw_report_filter *filter)
{
	const struct sw_collect_options collect = {
		.has_destination = filter->has_destination,
		.destination = filter->destination,
		.port = filter->destination_port,
		.units = world->units,
	};
	struct sw_reading *reading;
	char why[SW_PROBLEM_TEXT_SIZE];
	bool shown = false;
	int r;

	r = sw_collect(world->io, &collect, &reading);
	if (r < 0) {
		fprintf(stderr, "sockwatch: no reading was possible: %s\n", strerror(-r));
		return SW_EXIT_FAILED;
	}
	if (reading->route_error < 0) {
		fprintf(stderr,
			"sockwatch: connect() to %s fails before it looks for a port: %s; no "
			"figure of ports applies\n",
			options->destination, strerror(-reading->route_error));
	} else if ((r = show(reading, options, filter)) < 0) {
		fprintf(stderr, "sockwatch: the reading could not be shown: %s\n", strerror(-r));
	} else if (!reading->complete) {
		fprintf(stderr, "sockwatch: the reading is incomplete: %s\n",
			sw_problem_format(&reading->spoiled_by, why));
	} else {
		shown = true;
	}
	sw_reading_free(reading);
	return shown ? SW_EXIT_DONE : SW_EXIT_FAILED;
}

int sw_cmd_status(const struct sw_options *options)
{
	struct sw_report_filter filter = { .port = options->port };
	struct sw_world world;
	int code = SW_EXIT_FAILED;

	if (sw_world_open(&world, options->from) == 0)
		code = sw_destination_parse(options, world.io, &filter)
			       ? status(&world, options, &filter)
			       : SW_EXIT_USAGE;
	sw_world_close(&world);
	return sw_flush_output() || code == SW_EXIT_USAGE ? code : SW_EXIT_FAILED;
}
