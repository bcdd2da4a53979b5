/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* sockwatch record FILE: one reading as the kernel gave it. */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/commands.h"
#include "cli/file.h"
#include "io/collect.h"
#include "io/live.h"
#include "io/record.h"

/* A reading through a recording world, written to `out`. */
static int record(FILE *out)
{
	struct sw_collect_options everything = { 0 };
	struct sw_reading *reading = NULL;
	struct sw_io *live = NULL, *recorder = NULL;
	char why[SW_PROBLEM_TEXT_SIZE];
	uint64_t seed;
	int r;

	r = sw_live_new(&live);
	if (r == 0)
		r = sw_record_new(&recorder, live, out);
	if (r == 0)
		r = live->seed(live, &seed);
	/* So that the tree of control groups is in the recording. */
	if (r == 0)
		r = sw_units_new(&everything.units, seed);
	if (r == 0)
		r = sw_collect(recorder, &everything, &reading);
	if (r == 0)
		r = sw_record_finish(recorder);
	/* A reading that failed is worth recording all the same. */
	if (r == 0 && !reading->complete)
		fprintf(stderr, "sockwatch: recorded, but the reading is incomplete: %s\n",
			sw_problem_format(&reading->spoiled_by, why));
	sw_reading_free(reading);
	sw_units_free(everything.units);
	sw_record_free(recorder);
	sw_live_free(live);
	return r;
}

/* Ends the file. Returns `r`, or what the last bytes ran into. */
static int finish(FILE *out, int r)
{
	return fclose(out) != 0 && r == 0 ? -errno : r;
}

/* Takes the descriptor over. */
static int record_to(int fd)
{
	FILE *out = fdopen(fd, "w");
	int r;

	if (out == NULL) {
		r = -errno;
		close(fd);
		return r;
	}
	return finish(out, record(out));
}

/* Into a file of its own beside `path` first, so that a recording is whole or not there. */
static int record_beside(const char *path)
{
	mode_t mask = umask(0);
	char *partial;
	int fd, r;

	umask(mask);
	if (asprintf(&partial, "%s.XXXXXX", path) < 0)
		return -ENOMEM;
	fd = mkostemp(partial, O_CLOEXEC);
	if (fd < 0) {
		r = -errno;
		free(partial);
		return r;
	}
	r = record_to(fd);
	if (r == 0 && (chmod(partial, 0666 & ~mask) < 0 || rename(partial, path) < 0))
		r = -errno;
	if (r < 0)
		unlink(partial);
	free(partial);
	return r;
}

static int record_to_file(const char *path)
{
	char *target = realpath(path, NULL); /* a link is followed, not replaced */
	struct stat st;
	int fd, r;

	if (target == NULL)
		return errno == ENOENT ? record_beside(path) : -errno;
	if (stat(target, &st) == 0 && S_ISREG(st.st_mode)) {
		r = record_beside(target);
	} else {
		/* A device or a pipe is written to, and stays what it is. */
		fd = open(target, O_WRONLY | O_CLOEXEC | O_NOCTTY);
		r = fd < 0 ? -errno : record_to(fd);
	}
	free(target);
	return r;
}

int sw_cmd_record(const struct sw_options *options)
{
	bool to_stdout = strcmp(options->argument, "-") == 0;
	int r = to_stdout ? record(stdout) : record_to_file(options->argument);

	/* Whoever closed the pipe has read enough. */
	if (r == -EPIPE)
		return SW_EXIT_FAILED;
	if (r < 0) {
		fprintf(stderr, "sockwatch: nothing was recorded to %s: %s\n", options->argument,
			strerror(-r));
		return SW_EXIT_FAILED;
	}
	return sw_flush_output() ? SW_EXIT_DONE : SW_EXIT_FAILED;
}
