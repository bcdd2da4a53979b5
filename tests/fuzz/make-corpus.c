/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Writes the first inputs of each corpus: make-corpus CORPUS-DIRECTORY. libFuzzer finds the rest.
 */

#include <errno.h>
#include <linux/netlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "io/collect.h"
#include "io/record.h"
#include "support/world.h"

static const struct row rows[] = {
	{ .state = 10, .local = "", .local_port = 443, .rqueue = 3, .wqueue = 128 },
	{ .family = AF_INET6, .state = 10, .local = "", .local_port = 40000, .ipv6_only = 1 },
	{ .state = 7, .local = "10.0.0.5", .local_port = 40002 },
	{ .state = 1,
	  .local = "10.0.0.5",
	  .local_port = 40004,
	  .remote = "10.0.0.9",
	  .remote_port = 5432 },
	{ .state = 6,
	  .local = "127.0.0.1",
	  .local_port = 40006,
	  .remote = "127.0.0.1",
	  .remote_port = 80,
	  .timer = 3,
	  .expires_ms = 30000 },
	{ .family = AF_INET6,
	  .state = 5,
	  .local = "::ffff:10.0.0.5",
	  .local_port = 40008,
	  .remote = "::ffff:10.0.0.9",
	  .remote_port = 80,
	  .timer = 3,
	  .expires_ms = 0 },
	{ .family = AF_INET6,
	  .state = 12,
	  .local = "fe80::1",
	  .local_port = 443,
	  .remote = "fe80::2",
	  .remote_port = 40010,
	  .interface = 2 },
};

static FILE *create(const char *directory, const char *target, const char *name)
{
	char path[512];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s/%s", directory, target, name);
	file = fopen(path, "we");
	if (file == NULL) {
		perror(path);
		exit(EXIT_FAILURE);
	}
	return file;
}

static void write_answer(const char *directory, const char *name, const struct answer *answer)
{
	FILE *file = create(directory, "answer", name);

	for (size_t i = 0; i < answer->n_chunks; i++) {
		fputc((int)(answer->chunks[i].size & 0xff), file);
		fputc((int)(answer->chunks[i].size >> 8), file);
		fwrite(answer->chunks[i].data, 1, answer->chunks[i].size, file);
	}
	fclose(file);
}

static void write_recording(const char *directory, const char *name, struct answer *answer)
{
	struct sw_collect_options everything = { 0 };
	struct world *world = world_new();
	struct sw_reading *reading;
	struct sw_io *recorder;
	FILE *file = create(directory, "recording", name);

	world_set_answer(world, answer);
	world_add_answer(world, answer);
	world_set_file(world, "/sys/fs/cgroup/cgroup.controllers", "cpu\n");
	world_add_dir(world, "/sys/fs/cgroup/system.slice", 10);
	world_add_dir(world, "/sys/fs/cgroup/system.slice/nginx.service", 11);
	if (sw_units_new(&everything.units, 1) < 0 ||
	    sw_record_new(&recorder, &world->io, file) < 0 ||
	    sw_collect(recorder, &everything, &reading) < 0 || sw_record_finish(recorder) < 0)
		exit(EXIT_FAILURE);
	sw_reading_free(reading);
	sw_record_free(recorder);
	sw_units_free(everything.units);
	fclose(file);
	world_free(world);
}

static struct answer *all_rows(void)
{
	struct answer *answer = answer_new();

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		answer_add_row(answer, &rows[i]);
	return answer;
}

/* Chunks of an answer that comes in several. */
enum { PARTS = 7 };

int main(int argc, char **argv)
{
	struct answer *whole = all_rows(), *error = all_rows(), *done = all_rows(),
		      *parts = answer_new(), *owned = all_rows();

	if (argc != 2)
		return 2;
	answer_add_done(whole, 0);
	answer_add_error(error, -EBUSY);
	done->flags = NLM_F_DUMP_INTR;
	answer_add_done(done, -ENOENT);
	for (size_t i = 0; i < PARTS; i++) {
		answer_add_row(parts, &rows[i]);
		answer_next_chunk(parts);
	}
	answer_add_message(parts, NLMSG_DONE, "", 0);
	answer_add_row(owned, &(struct row){ .state = 1, .local = "10.0.0.5", .cgroup = 11 });
	answer_add_done(owned, 0);
	write_answer(argv[1], "whole", whole);
	write_answer(argv[1], "owned", owned);
	write_recording(argv[1], "owned", owned);
	write_answer(argv[1], "error", error);
	write_answer(argv[1], "done-with-errno", done);
	write_answer(argv[1], "many-chunks", parts);
	write_recording(argv[1], "whole", whole);
	write_recording(argv[1], "error", error);
	write_recording(argv[1], "done-with-errno", done);
	write_recording(argv[1], "many-chunks", parts);
	answer_free(whole);
	answer_free(error);
	answer_free(done);
	answer_free(parts);
	answer_free(owned);
	return 0;
}
