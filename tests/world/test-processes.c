/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <errno.h>
#include <stdio.h>

#include "io/processes.h"
#include "support/build.h"
#include "support/suite.h"
#include "support/world.h"

static struct world *world;
static struct answer *answer;
static struct sw_holders holders;
static struct sw_processes_result result;

static void set_up(void)
{
	world = world_new();
	answer = answer_new();
}

static void tear_down(void)
{
	answer_free(answer);
	world_free(world);
}

/* Process `pid`, which has descriptors of the sockets 1000 to 1000 + `n` - 1, and of a file. */
static void process(unsigned int pid, unsigned int n)
{
	char path[64], link[32];

	snprintf(path, sizeof(path), "/proc/%u", pid);
	world_set_file(world, path, "");
	snprintf(path, sizeof(path), "/proc/%u/comm", pid);
	world_set_file(world, path, "fifteen letters\n");
	snprintf(path, sizeof(path), "/proc/%u/fd/0", pid);
	world_set_file(world, path, "/dev/null");
	for (unsigned int i = 0; i < n; i++) {
		snprintf(path, sizeof(path), "/proc/%u/fd/%u", pid, i + 3);
		snprintf(link, sizeof(link), "socket:[%u]", 1000 + i);
		world_set_file(world, path, link);
	}
}

/* Sockets 1000 and up to 10.0.0.9:5432, one in TIME_WAIT and one to somebody else. */
static void sockets(unsigned int n)
{
	struct row row = { .state = 1,
			   .local = "10.0.0.5",
			   .local_port = 40000,
			   .remote = "10.0.0.9",
			   .remote_port = 5432 };

	for (unsigned int i = 0; i < n; i++) {
		row.inode = 1000 + i;
		row.local_port++;
		answer_add_row(answer, &row);
	}
	row.inode = 0;
	row.local_port++;
	answer_add_row(answer, &row);
	row.inode = 1001;
	row.remote = "10.0.0.8";
	answer_add_row(answer, &row);
	answer_add_done(answer, 0);
	/* The plan has two requests: what is locked, and all. */
	world_set_answer(world, answer);
	world_add_answer(world, answer);
}

static void find(void)
{
	const struct sw_tuple tuple = build_tuple("10.0.0.5", "10.0.0.9", 5432);

	ck_assert_int_eq(sw_processes_find(&world->io, &tuple, 1, &holders, &result), 0);
}

START_TEST(holders_are_listed_most_sockets_first)
{
	process(7, 1);
	process(8, 5);
	process(9, 0);
	process(10, 3);
	sockets(4);
	find();
	ck_assert_str_eq(result.why, "");
	ck_assert_uint_eq(holders.n, 3);
	ck_assert_uint_eq(holders.n_more, 0);
	ck_assert_uint_eq(holders.list[0].pid, 8);
	ck_assert_uint_eq(holders.list[0].n_sockets, 4);
	ck_assert_uint_eq(holders.list[1].pid, 10);
	ck_assert_uint_eq(holders.list[2].pid, 7);
	ck_assert_str_eq(holders.list[2].comm, "fifteen letters");
}
END_TEST

START_TEST(of_many_holders_the_largest_are_listed)
{
	for (unsigned int i = 1; i <= SW_HOLDERS_MAX + 2; i++)
		process(100 + i, i);
	sockets(20);
	find();
	ck_assert_uint_eq(holders.n, SW_HOLDERS_MAX);
	ck_assert_uint_eq(holders.n_more, 2);
	ck_assert_uint_eq(holders.list[0].pid, 100 + SW_HOLDERS_MAX + 2);
	ck_assert_uint_eq(holders.list[SW_HOLDERS_MAX - 1].pid, 103);
}
END_TEST

START_TEST(who_is_not_to_be_looked_into_is_counted)
{
	process(7, 2);
	world_set_file(world, "/proc/8", "");
	world_fail_file(world, "/proc/8/fd", -EACCES);
	sockets(2);
	find();
	ck_assert_uint_eq(result.n_denied, 1);
	ck_assert_uint_eq(holders.n, 1);
}
END_TEST

START_TEST(without_the_sockets_nothing_is_known)
{
	process(7, 2);
	answer_add_error(answer, -ENOENT);
	world_set_answer(world, answer);
	find();
	ck_assert_str_ne(result.why, "");
	ck_assert_uint_eq(holders.n, 0);
}
END_TEST

int main(void)
{
	TCase *tcase = tcase_create("processes");

	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_add_test(tcase, holders_are_listed_most_sockets_first);
	tcase_add_test(tcase, of_many_holders_the_largest_are_listed);
	tcase_add_test(tcase, who_is_not_to_be_looked_into_is_counted);
	tcase_add_test(tcase, without_the_sockets_nothing_is_known);
	return suite_run("processes", tcase);
}
