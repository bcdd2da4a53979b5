/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* sockwatch record FILE: one reading as the kernel gave it. */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/commands.h"
#include "cli/file.h"
#include "io/collect.h"
#include "io/live.h"
#include "io/record.h"

/* A reading through a recording world, written to `out`. */
static int record(FILE *out)
{
	const struct sw_collect_options everything = { 0 };
	struct sw_reading *reading = NULL;
	struct sw_io *live = NULL, *recorder = NULL;
	char why[SW_PROBLEM_TEXT_SIZE];
	int r;

	r = sw_live_new(&live);
	if (r == 0)
		r = sw_record_new(&recorder, live, out);
	if (r == 0)
		r = sw_collect(recorder, &everything, &reading);
	if (r == 0)
		r = sw_record_finish(recorder);
	/* A reading that failed is worth recording all the same. */
	if (r == 0 && !reading->complete)
		fprintf(stderr, "sockwatch: recorded, but the reading is incomplete: %s\n",
			sw_problem_format(&reading->problems[0], why));
	sw_reading_free(reading);
	sw_record_free(recorder);
	sw_live_free(live);
	return r;
}

/* Writes beside the file first, so that a recording is whole or not there. */
static int record_to_file(const char *path)
{
	char *partial;
	FILE *out;
	int r;

	if (asprintf(&partial, "%s.partial", path) < 0)
		return -ENOMEM;
	out = fopen(partial, "we");
	if (out == NULL) {
		r = -errno;
		free(partial);
		return r;
	}
	r = record(out);
	if (fclose(out) != 0 && r == 0)
		r = -errno;
	if (r == 0 && rename(partial, path) < 0)
		r = -errno;
	if (r < 0)
		unlink(partial);
	free(partial);
	return r;
}

int sw_cmd_record(const struct sw_options *options)
{
	bool to_stdout = strcmp(options->argument, "-") == 0;
	int r = to_stdout ? record(stdout) : record_to_file(options->argument);

	if (r < 0) {
		fprintf(stderr, "sockwatch: nothing was recorded to %s: %s\n", options->argument,
			strerror(-r));
		return SW_EXIT_FAILED;
	}
	return sw_flush_output() ? SW_EXIT_DONE : SW_EXIT_FAILED;
}
