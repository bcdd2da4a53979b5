/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* From the group that a socket tells to the name of a unit, through a tree of a scripted world. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "io/cgroup-tree.h"
#include "io/collect.h"
#include "io/record.h"
#include "io/replay.h"
#include "sockwatch/report.h"
#include "support/suite.h"
#include "support/world.h"

enum { NGINX = 101, SSH, DEEP, GONE };

static struct world *world;
static struct answer *answer;
static struct sw_units *units;

/* A reading to come: a live socket of the group to 10.0.0.9:5432, or a TIME_WAIT without one. */
static void answer_with(uint64_t cgroup)
{
	const struct row row = { .state = cgroup == 0 ? 6 : 1,
				 .local = "10.0.0.5",
				 .local_port = 40002,
				 .remote = "10.0.0.9",
				 .remote_port = 5432,
				 .timer = cgroup == 0 ? 3 : 0,
				 .expires_ms = cgroup == 0 ? 30000 : 0,
				 .cgroup = cgroup };
	const struct row listener = { .state = 10, .local = "", .local_port = 22, .cgroup = SSH };

	answer_free(answer);
	answer = answer_new();
	answer_add_row(answer, &listener);
	answer_add_row(answer, &row);
	answer_add_done(answer, 0);
	world_set_answer(world, answer);
}

static void grow_tree(const char *root)
{
	char path[128];
	static const struct {
		const char *path;
		uint64_t inode;
	} dirs[] = {
		{ "/system.slice", 10 },
		{ "/system.slice/nginx.service", NGINX },
		{ "/system.slice/ssh.service", SSH },
		{ "/user.slice", 11 },
		{ "/user.slice/user-1000.slice", 12 },
		{ "/user.slice/user-1000.slice/user@1000.service", 13 },
		{ "/user.slice/user-1000.slice/user@1000.service/app.slice", 14 },
		{ "/user.slice/user-1000.slice/user@1000.service/app.slice/sync.service", 15 },
		{ "/user.slice/user-1000.slice/user@1000.service/app.slice/sync.service/7", DEEP },
	};

	for (size_t i = 0; i < sizeof(dirs) / sizeof(dirs[0]); i++) {
		snprintf(path, sizeof(path), "%s%s", root, dirs[i].path);
		world_add_dir(world, path, dirs[i].inode);
	}
	snprintf(path, sizeof(path), "%s/cgroup.controllers", root);
	world_set_file(world, path, "cpu memory\n");
}

static void set_up(void)
{
	world = world_new();
	ck_assert_int_eq(sw_units_new(&units, 1), 0);
}

static void tear_down(void)
{
	sw_units_free(units);
	world_free(world);
	answer_free(answer);
	answer = NULL;
}

/* Who owns the one tuple in a reading through `io`. */
static struct sw_owners look_through(struct sw_io *io)
{
	const struct sw_collect_options options = { .units = units };
	const struct sw_report_filter everything = { 0 };
	struct sw_reading *reading;
	struct sw_owners owners;
	struct sw_report report;

	ck_assert_int_eq(sw_collect(io, &options, &reading), 0);
	ck_assert(reading->complete);
	ck_assert_int_eq(sw_report_init(&report, reading, NULL, &everything), 0);
	ck_assert_uint_eq(report.n_outlooks, 1);
	sw_units_of_ownership(units, &report.outlooks[0].ownership, &owners);
	sw_report_deinit(&report);
	sw_reading_free(reading);
	return owners;
}

static struct sw_owners look(uint64_t cgroup)
{
	answer_with(cgroup);
	return look_through(&world->io);
}

static const char *const roots[] = { "/sys/fs/cgroup", "/sys/fs/cgroup/unified" };

START_TEST(a_socket_tells_its_unit)
{
	struct sw_owners owners;

	grow_tree(roots[_i]);
	owners = look(NGINX);
	ck_assert_uint_eq(owners.n, 1);
	ck_assert_str_eq(owners.units[0], "nginx.service");
	ck_assert(!owners.earlier);
	/* Both were found on the second level: nothing below was looked at. */
	ck_assert_uint_eq(world->n_dirs_looked_at, 2);
}
END_TEST

START_TEST(a_unit_of_a_user_has_its_manager_with_it)
{
	grow_tree(roots[0]);
	ck_assert_str_eq(look(DEEP).units[0], "user@1000.service/sync.service");
}
END_TEST

START_TEST(the_tree_is_walked_once)
{
	size_t n_first;

	grow_tree(roots[0]);
	ck_assert_uint_eq(look(GONE).n, 0);
	n_first = world->n_dirs_looked_at;
	ck_assert_uint_eq(n_first, 10);
	for (int i = 0; i < 100; i++) {
		world->now.boot += 60 * SW_USEC_PER_SEC;
		ck_assert_uint_eq(look(GONE).n, 0);
	}
	ck_assert_uint_eq(world->n_dirs_looked_at, n_first);
}
END_TEST

START_TEST(a_new_group_is_looked_for_when_it_is_time)
{
	grow_tree(roots[0]);
	look(GONE);
	world->now.boot += SW_UNITS_PAUSE - 1;
	ck_assert_uint_eq(look(NGINX).n, 0);
	world->now.boot += 1;
	ck_assert_str_eq(look(NGINX).units[0], "nginx.service");
}
END_TEST

START_TEST(time_wait_alone_is_its_last_owners)
{
	struct sw_owners owners;

	grow_tree(roots[0]);
	look(NGINX);
	world->now.boot += 5 * SW_USEC_PER_SEC;
	owners = look(0);
	ck_assert_str_eq(owners.units[0], "nginx.service");
	ck_assert(owners.earlier);
}
END_TEST

START_TEST(without_the_hierarchy_nothing_is_known)
{
	ck_assert_uint_eq(look(NGINX).n, 0);
	ck_assert_uint_eq(world->n_dirs_looked_at, 0);
}
END_TEST

/* Whoever asks for no units has none, and nothing is walked. */
START_TEST(who_does_not_ask_is_not_told)
{
	const struct sw_collect_options options = { 0 };
	struct sw_reading *reading;

	grow_tree(roots[0]);
	answer_with(NGINX);
	ck_assert_int_eq(sw_collect(&world->io, &options, &reading), 0);
	ck_assert_ptr_null(reading->units);
	ck_assert_uint_eq(world->n_dirs_looked_at, 0);
	sw_reading_free(reading);
}
END_TEST

static size_t n_endless;

/* Every folder has a hundred more in it. */
static int endless_subdirs(struct sw_io *io, const char *path, struct sw_subdir **ret,
			   size_t *ret_n)
{
	struct sw_subdir *list = calloc(100, sizeof(*list));

	(void)io;
	(void)path;
	ck_assert_ptr_nonnull(list);
	for (size_t i = 0; i < 100; i++) {
		list[i].inode = 1000 + n_endless * 100 + i;
		memset(list[i].name, 'x', 255);
	}
	n_endless++;
	*ret = list;
	*ret_n = 100;
	return 0;
}

START_TEST(a_tree_without_end_is_left)
{
	world_set_file(world, "/sys/fs/cgroup/cgroup.controllers", "");
	world->io.dir_subdirs = endless_subdirs;
	n_endless = 0;
	ck_assert_uint_eq(look(5).n, 0);
	ck_assert_uint_gt(n_endless, 80);
	ck_assert_uint_le(n_endless, 8193);
}
END_TEST

/* What cannot be read is no reason not to look further. */
static int failing_subdirs(struct sw_io *io, const char *path, struct sw_subdir **ret,
			   size_t *ret_n)
{
	struct sw_subdir *list;

	(void)io;
	if (strcmp(path, "/sys/fs/cgroup") != 0)
		return strstr(path, "a.slice") != NULL ? -EACCES : -ENOENT;
	list = calloc(3, sizeof(*list));
	ck_assert_ptr_nonnull(list);
	list[0] = (struct sw_subdir){ .inode = 7, .name = "a.slice" };
	list[1] = (struct sw_subdir){ .inode = 8, .name = "b.slice" };
	list[2] = (struct sw_subdir){ .inode = NGINX, .name = "nginx.service" };
	*ret = list;
	*ret_n = 3;
	return 0;
}

START_TEST(what_cannot_be_read_is_passed_over)
{
	world_set_file(world, "/sys/fs/cgroup/cgroup.controllers", "");
	world->io.dir_subdirs = failing_subdirs;
	ck_assert_str_eq(look(NGINX).units[0], "nginx.service");
}
END_TEST

START_TEST(a_recording_tells_the_same_units)
{
	const struct sw_collect_options options = { .units = units };
	struct sw_reading *reading;
	struct sw_io *recorder, *replay;
	struct sw_owners owners;
	char *data;
	size_t size, offset;
	FILE *out = open_memstream(&data, &size);

	grow_tree(roots[1]);
	answer_with(DEEP);
	ck_assert_int_eq(sw_record_new(&recorder, &world->io, out), 0);
	ck_assert_int_eq(sw_collect(recorder, &options, &reading), 0);
	ck_assert_int_eq(sw_record_finish(recorder), 0);
	sw_record_free(recorder);
	sw_reading_free(reading);
	fclose(out);

	sw_units_free(units);
	ck_assert_int_eq(sw_units_new(&units, 2), 0);
	ck_assert_int_eq(sw_replay_new(&replay, data, size, &offset), 0);
	owners = look_through(replay);
	ck_assert_str_eq(owners.units[0], "user@1000.service/sync.service");
	sw_replay_free(replay);
	free(data);
}
END_TEST

static const struct {
	const char *data;
	size_t size;
	int expected; /* a negative errno, or how many there are */
} lists[] = {
	{ "7 a\0"
	  "8 b c\0",
	  10, 2 },
	{ "", 0, 0 },
	{ "7 a", 3, -EBADMSG },
	{ "7 \0", 3, -EBADMSG },
	{ "7\0", 2, -EBADMSG },
	{ "x a\0", 4, -EBADMSG },
	{ "-7 a\0", 5, -EBADMSG },
	{ "7  \0", 4, 1 },
	{ "18446744073709551616 a\0", 23, -EBADMSG },
	{ " a\0", 3, -EBADMSG },
};

START_TEST(a_recorded_list_is_read_strictly)
{
	struct sw_subdir *list = NULL;
	struct sw_io *replay;
	size_t n = 0, offset, size;
	char *data;
	FILE *out = open_memstream(&data, &size);
	int r;

	fprintf(out, "%sdirs 0 %zu /sys\n", SW_RECORD_MAGIC, lists[_i].size);
	fwrite(lists[_i].data, 1, lists[_i].size, out);
	fputs("\nend 0 0 -\n\n", out);
	fclose(out);
	ck_assert_int_eq(sw_replay_new(&replay, data, size, &offset), 0);
	r = replay->dir_subdirs(replay, "/sys", &list, &n);
	ck_assert_int_eq(r < 0 ? r : (int)n, lists[_i].expected);
	free(list);
	ck_assert_int_eq(replay->dir_subdirs(replay, "/dev", &list, &n), -ENOENT);
	sw_replay_free(replay);
	free(data);
}
END_TEST

int main(void)
{
	TCase *tcase = tcase_create("cgroup-tree");

	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_add_loop_test(tcase, a_socket_tells_its_unit, 0, 2);
	tcase_add_test(tcase, a_unit_of_a_user_has_its_manager_with_it);
	tcase_add_test(tcase, the_tree_is_walked_once);
	tcase_add_test(tcase, a_new_group_is_looked_for_when_it_is_time);
	tcase_add_test(tcase, time_wait_alone_is_its_last_owners);
	tcase_add_test(tcase, without_the_hierarchy_nothing_is_known);
	tcase_add_test(tcase, who_does_not_ask_is_not_told);
	tcase_add_test(tcase, a_tree_without_end_is_left);
	tcase_add_test(tcase, what_cannot_be_read_is_passed_over);
	tcase_add_test(tcase, a_recording_tells_the_same_units);
	tcase_add_loop_test(tcase, a_recorded_list_is_read_strictly, 0,
			    sizeof(lists) / sizeof(lists[0]));
	return suite_run("cgroup-tree", tcase);
}
