/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A recording gives the same reading again, and is nothing at all unless it is whole. */

#include <errno.h>
#include <string.h>

#include "io/collect.h"
#include "io/record.h"
#include "io/replay.h"
#include "support/suite.h"
#include "support/world.h"

static const struct sw_collect_options everything;

struct recording {
	char *data;
	size_t size;
};

/* Records one reading of the world. */
static struct recording record(struct world *world)
{
	struct recording recording = { 0 };
	FILE *out = open_memstream(&recording.data, &recording.size);
	struct sw_reading *reading;
	struct sw_io *recorder;

	ck_assert_int_eq(sw_record_new(&recorder, &world->io, out), 0);
	ck_assert_int_eq(sw_collect(recorder, &everything, &reading), 0);
	ck_assert_int_eq(sw_record_finish(recorder), 0);
	sw_record_free(recorder);
	sw_reading_free(reading);
	fclose(out);
	return recording;
}

static struct world *small_world(struct answer *answer)
{
	static const struct row rows[] = {
		{ .state = 10, .local = "", .local_port = 80 },
		{ .state = 1,
		  .local = "10.0.0.5",
		  .local_port = 40002,
		  .remote = "10.0.0.9",
		  .remote_port = 5432 },
		{ .state = 6,
		  .local = "10.0.0.5",
		  .local_port = 40004,
		  .remote = "10.0.0.9",
		  .remote_port = 5432,
		  .timer = 3,
		  .expires_ms = 30000 },
	};
	struct world *world = world_new();

	for (size_t i = 0; i < 3; i++)
		answer_add_row(answer, &rows[i]);
	answer_next_chunk(answer);
	answer_add_done(answer, 0);
	world_set_answer(world, answer);
	world->now_step = 250;
	return world;
}

START_TEST(a_replayed_reading_is_the_recorded_one)
{
	struct answer *answer = answer_new();
	struct world *world = small_world(answer);
	sw_usec began = world->now.wall;
	struct recording recording = record(world);
	struct sw_reading *reading;
	struct sw_io *replay;
	size_t offset;

	ck_assert_int_eq(sw_replay_new(&replay, recording.data, recording.size, &offset), 0);
	ck_assert_int_eq(sw_collect(replay, &everything, &reading), 0);
	ck_assert(reading->complete);
	ck_assert_uint_eq(reading->n_problems, 0);
	ck_assert_uint_eq(reading->began.wall, began);
	ck_assert_str_eq(reading->host, "web-17");
	ck_assert_uint_eq(reading->netns.inode, 4026531840);
	ck_assert_uint_eq(reading->jiffies.nsec, 4000000);
	ck_assert_uint_eq(reading->jiffies.passed, 3 * 3600 * SW_USEC_PER_SEC);
	ck_assert_uint_eq(sw_tally_totals(reading->tally)->n_sockets, 3);
	ck_assert_uint_eq(sw_tally_tuple(reading->tally, 0)->n_by_state[SW_TCP_TIME_WAIT], 1);
	sw_reading_free(reading);
	sw_replay_free(replay);
	free(recording.data);
	world_free(world);
	answer_free(answer);
}
END_TEST

START_TEST(a_failed_reading_can_be_recorded_too)
{
	struct answer *answer = answer_new();
	struct world *world = world_new();
	struct recording recording;
	struct sw_reading *reading;
	struct sw_io *replay;
	size_t offset;

	answer_add_error(answer, -ENOENT);
	world_set_answer(world, answer);
	world_add_answer(world, answer);
	recording = record(world);
	ck_assert_int_eq(sw_replay_new(&replay, recording.data, recording.size, &offset), 0);
	ck_assert_int_eq(sw_collect(replay, &everything, &reading), 0);
	ck_assert(!reading->complete);
	ck_assert_ptr_nonnull(strstr(reading->problems[0].why, "modprobe tcp_diag"));
	sw_reading_free(reading);
	sw_replay_free(replay);
	free(recording.data);
	world_free(world);
	answer_free(answer);
}
END_TEST

START_TEST(no_prefix_of_a_recording_is_one)
{
	struct answer *answer = answer_new();
	struct world *world = small_world(answer);
	struct recording recording = record(world);
	struct sw_io *replay;
	size_t offset;

	for (size_t size = 0; size < recording.size; size++) {
		char *part = malloc(size + 1);

		memcpy(part, recording.data, size);
		ck_assert_int_eq(sw_replay_new(&replay, part, size, &offset), -EBADMSG);
		ck_assert_uint_le(offset, size);
		free(part);
	}
	free(recording.data);
	world_free(world);
	answer_free(answer);
}
END_TEST

static const struct {
	const char *story;
	const char *text;
} wrong[] = {
	{ "another magic", "sockwatch.record/2\nend 0 0 -\n\n" },
	{ "a kind there is not", SW_RECORD_MAGIC "clock 0 0 -\n\nend 0 0 -\n\n" },
	{ "a result that is no number", SW_RECORD_MAGIC "now x 0 -\n\nend 0 0 -\n\n" },
	{ "a negative size", SW_RECORD_MAGIC "now 0 -1 -\n\nend 0 0 -\n\n" },
	{ "a size beyond the end", SW_RECORD_MAGIC "now 0 999 -\n\nend 0 0 -\n\n" },
	{ "a size beyond every file",
	  SW_RECORD_MAGIC "now 0 99999999999999999999 -\n\nend 0 0 -\n\n" },
	{ "a size that does not fit", SW_RECORD_MAGIC "now 0 1 -\n12\nend 0 0 -\n\n" },
	{ "no name", SW_RECORD_MAGIC "now 0 0\n\nend 0 0 -\n\n" },
	{ "something behind the end", SW_RECORD_MAGIC "end 0 0 -\n\nx" },
};

START_TEST(a_wrong_recording_is_refused)
{
	struct sw_io *replay;
	size_t offset;

	ck_assert_msg(sw_replay_new(&replay, wrong[_i].text, strlen(wrong[_i].text), &offset) ==
			      -EBADMSG,
		      "%s", wrong[_i].story);
}
END_TEST

START_TEST(a_recording_without_its_clock_gives_no_reading)
{
	static const char text[] = SW_RECORD_MAGIC "end 0 0 -\n\n";
	struct sw_reading *reading;
	struct sw_io *replay;
	size_t offset;

	ck_assert_int_eq(sw_replay_new(&replay, text, strlen(text), &offset), 0);
	ck_assert_int_eq(sw_collect(replay, &everything, &reading), -ENODATA);
	sw_replay_free(replay);
}
END_TEST

START_TEST(a_full_disk_voids_the_recording)
{
	struct answer *answer = answer_new();
	struct world *world = small_world(answer);
	struct sw_reading *reading;
	struct sw_io *recorder;
	FILE *full = fopen("/dev/full", "w");

	ck_assert_ptr_nonnull(full);
	ck_assert_int_eq(sw_record_new(&recorder, &world->io, full), 0);
	ck_assert_int_eq(sw_collect(recorder, &everything, &reading), 0);
	ck_assert_int_eq(sw_record_finish(recorder), -ENOSPC);
	sw_record_free(recorder);
	sw_reading_free(reading);
	fclose(full);
	world_free(world);
	answer_free(answer);
}
END_TEST

int main(void)
{
	TCase *tcase = tcase_create("record");

	tcase_add_test(tcase, a_replayed_reading_is_the_recorded_one);
	tcase_add_test(tcase, a_failed_reading_can_be_recorded_too);
	tcase_add_test(tcase, no_prefix_of_a_recording_is_one);
	tcase_add_loop_test(tcase, a_wrong_recording_is_refused, 0,
			    sizeof(wrong) / sizeof(wrong[0]));
	tcase_add_test(tcase, a_recording_without_its_clock_gives_no_reading);
	tcase_add_test(tcase, a_full_disk_voids_the_recording);
	return suite_run("record", tcase);
}
