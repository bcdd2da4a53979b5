/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* sockwatch status: one reading, judged and shown. */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "cli/commands.h"
#include "cli/daemon-file.h"
#include "cli/destination.h"
#include "cli/file.h"
#include "cli/look.h"
#include "cli/pace.h"
#include "cli/style.h"
#include "cli/world.h"
#include "io/processes.h"
#include "render/processes.h"
#include "render/status-json.h"

static int show(struct sw_look *look, const struct sw_options *options,
		const struct sw_holders *holders, size_t n)
{
	const struct sw_text_style style = sw_style_of(options);
	struct sw_daemon_status daemon;
	int r = 0;

	sw_daemon_file_read(&daemon, options, &look->report);
	if (options->json == SW_JSON_NO) {
		sw_render_status_text(stdout, &look->report, &daemon, &style);
		sw_render_processes_text(stdout, &look->report, holders, n);
	} else {
		r = sw_render_status_json(stdout, sw_json_flags(options->json), &look->report,
					  &daemon, holders, n);
		fputc('\n', stdout);
	}
	sw_daemon_status_deinit(&daemon);
	/* What standard output did not take, sw_flush_output() tells. */
	return ferror(stdout) ? 0 : r;
}

/* What keeps the list of processes from being whole. */
static void complain(const struct sw_processes_result *result)
{
	if (result->why[0] != '\0')
		fprintf(stderr, "sockwatch: who holds the sockets could not be read: %s\n",
			result->why);
	else if (result->n_denied > 0)
		fprintf(stderr,
			"sockwatch: processes of others not looked into: %u; --processes needs "
			"root for that\n",
			result->n_denied);
	if (result->n_overflow > 0)
		fprintf(stderr, "sockwatch: %u sockets are too many to look for who holds them\n",
			result->n_overflow);
}

/* Shows with the processes of the rows that are shown. */
static int show_processes(struct sw_look *look, struct sw_io *io, const struct sw_options *options)
{
	size_t n = SW_MIN(look->report.n_outlooks_listed, (size_t)sw_style_of(options).rows);
	struct sw_holders *holders = calloc(n + 1, sizeof(*holders));
	struct sw_tuple *tuples = calloc(n + 1, sizeof(*tuples));
	struct sw_processes_result result;
	int r = holders == NULL || tuples == NULL ? -ENOMEM : 0;

	for (size_t i = 0; r == 0 && i < n; i++)
		tuples[i] = look->report.outlooks[i].tuple;
	if (r == 0)
		r = sw_processes_find(io, tuples, n, holders, &result);
	if (r == 0)
		r = show(look, options, holders, result.why[0] == '\0' ? n : 0);
	if (r == 0)
		complain(&result);
	free(tuples);
	free(holders);
	return r;
}

static int show_as_asked(struct sw_look *look, struct sw_io *io, const struct sw_options *options)
{
	return options->processes && look->reading->complete ? show_processes(look, io, options)
							     : show(look, options, NULL, 0);
}

/* Reads and shows. Gives the exit code, and has said what went wrong. */
static int status(const struct sw_world *world, const struct sw_options *options,
		  const struct sw_settings *settings, const struct sw_report_filter *filter)
{
	char why[SW_PROBLEM_TEXT_SIZE];
	struct sw_look look;
	bool shown = false;
	int r;

	if (sw_look_take(&look, world, settings, filter) < 0)
		return SW_EXIT_FAILED;
	if (look.reading->route_error < 0) {
		fprintf(stderr,
			"sockwatch: connect() to %s fails before it looks for a port: %s; no "
			"figure of ports applies\n",
			options->destination, strerror(-look.reading->route_error));
	} else if ((r = show_as_asked(&look, world->io, options)) < 0) {
		fprintf(stderr, "sockwatch: the reading could not be shown: %s\n", strerror(-r));
	} else if (!look.reading->complete) {
		fprintf(stderr, "sockwatch: the reading is incomplete: %s\n",
			sw_problem_format(&look.reading->spoiled_by, why));
	} else {
		shown = true;
	}
	sw_look_done(&look);
	return shown ? SW_EXIT_DONE : SW_EXIT_FAILED;
}

/* Reads and shows until it is interrupted or nobody reads any more. */
static int watch(struct sw_world *world, const struct sw_options *options,
		 const struct sw_settings *settings, const struct sw_report_filter *filter)
{
	bool on_screen = isatty(STDOUT_FILENO) && options->json == SW_JSON_NO;
	int code, r = sw_world_compare(world);

	if (r < 0) {
		fprintf(stderr, "sockwatch: readings cannot be compared: %s\n", strerror(-r));
		return SW_EXIT_FAILED;
	}
	sw_pace_begin();
	for (size_t n = 0;; n++) {
		/* On a screen each reading takes the place of the last; in a pipe they follow. */
		if (on_screen)
			fputs("\033[H\033[J", stdout);
		else if (n > 0 && options->json == SW_JSON_NO)
			fputc('\n', stdout);
		code = status(world, options, settings, filter);
		if (!sw_flush_output())
			return SW_EXIT_FAILED;
		if (!sw_pace_wait(options->watch))
			return code;
	}
}

int sw_cmd_status(const struct sw_options *options)
{
	struct sw_report_filter filter = { .port = options->port };
	const struct sw_settings *settings;
	struct sw_config *config;
	struct sw_world world;
	int code;

	if ((options->watch > 0 || options->processes) && options->from != NULL) {
		fputs("sockwatch: a recording does not change and has no processes: --watch and "
		      "--processes take no --from\n",
		      stderr);
		return SW_EXIT_USAGE;
	}
	if (sw_world_open(&world, options->from) < 0) {
		code = SW_EXIT_FAILED;
	} else if (!sw_destination_parse("--destination", options->destination, world.io,
					 &filter)) {
		code = SW_EXIT_USAGE;
	} else {
		settings = sw_world_settings(options, &config);
		code = options->watch > 0 ? watch(&world, options, settings, &filter)
					  : status(&world, options, settings, &filter);
		sw_config_free(config);
	}
	sw_world_close(&world);
	return sw_flush_output() || code == SW_EXIT_USAGE ? code : SW_EXIT_FAILED;
}
