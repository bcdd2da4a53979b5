/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The outbox as the daemon uses it, in a scripted world; and once on a real disk. */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io/live.h"
#include "io/outbox.h"
#include "support/suite.h"
#include "support/world.h"

static struct world *world;
static struct sw_outbox *outbox;

static void restart(void)
{
	sw_outbox_free(outbox);
	ck_assert_int_eq(sw_outbox_new(&outbox, &world->io, "/lib", "/run"), 0);
}

static void set_up(void)
{
	world = world_new();
	outbox = NULL;
	restart();
}

static void tear_down(void)
{
	sw_outbox_free(outbox);
	world_free(world);
}

static int put(uint64_t alert_id, const char *state, const char *event_id, int *ret_detour)
{
	struct sw_outbox_event event = {
		.event_id = event_id, .alert_id = alert_id, .state = state, .text = "{}"
	};

	return sw_outbox_put(outbox, &event, ret_detour);
}

static void put_well(uint64_t alert_id, const char *state, const char *event_id)
{
	int detour = 1;

	ck_assert_int_eq(put(alert_id, state, event_id, &detour), 0);
	ck_assert_int_eq(detour, 0);
}

/* The names in a directory, one a line. */
static const char *listing(const char *path)
{
	static char text[4096];
	char **names = NULL;
	size_t n = 0, used = 0;

	text[0] = '\0';
	if (world->io.dir_list(&world->io, path, &names, &n) < 0)
		return text;
	for (size_t i = 0; i < n; i++) {
		used += (size_t)snprintf(text + used, sizeof(text) - used, "%s\n", names[i]);
		free(names[i]);
	}
	free(names);
	return text;
}

#define NAME(number, alert, state, id) \
	"00000000000" number "-000000000000000" alert "-" state "-" id ".json\n"

START_TEST(events_lie_in_order_under_names_that_tell_what_they_are)
{
	put_well(1, "firing", "boot-5");
	put_well(2, "firing", "boot-6");
	put_well(1, "resolved", "boot-7");
	ck_assert_str_eq(listing("/lib/outbox/new"),
			 NAME("1", "1", "firing", "boot-5") NAME("2", "2", "firing", "boot-6")
				 NAME("3", "1", "resolved", "boot-7"));
	ck_assert_str_eq(listing("/run/outbox/new"), "");
}
END_TEST

START_TEST(order_holds_after_a_reboot_that_begins_to_count_anew)
{
	put_well(1, "firing", "aaaa-9000000");
	restart();
	put_well(1, "resolved", "0000-5");
	ck_assert_str_eq(listing("/lib/outbox/new"), NAME("1", "1", "firing", "aaaa-9000000")
							     NAME("2", "1", "resolved", "0000-5"));
}
END_TEST

START_TEST(an_event_that_waits_is_not_left_twice)
{
	put_well(1, "firing", "boot-5");
	restart();
	put_well(1, "firing", "boot-5");
	ck_assert_str_eq(listing("/lib/outbox/new"), NAME("1", "1", "firing", "boot-5"));
}
END_TEST

START_TEST(a_newer_change_takes_the_place_of_one_that_waits)
{
	put_well(1, "firing", "b-1");
	put_well(1, "changed", "b-2");
	put_well(2, "changed", "b-3");
	put_well(1, "repeat", "b-4");
	put_well(1, "changed", "b-5");
	ck_assert_str_eq(listing("/lib/outbox/new"),
			 NAME("1", "1", "firing", "b-1") NAME("3", "2", "changed", "b-3")
				 NAME("5", "1", "changed", "b-5"));
}
END_TEST

START_TEST(firing_and_resolved_are_never_replaced)
{
	put_well(1, "firing", "b-1");
	put_well(1, "changed", "b-2");
	put_well(1, "resolved", "b-3");
	put_well(1, "firing", "b-4");
	put_well(1, "changed", "b-5");
	/* The change of the earlier episode lies before a resolved: it stays. */
	ck_assert_str_eq(listing("/lib/outbox/new"),
			 NAME("1", "1", "firing", "b-1") NAME("2", "1", "changed", "b-2")
				 NAME("3", "1", "resolved", "b-3") NAME("4", "1", "firing", "b-4")
					 NAME("5", "1", "changed", "b-5"));
}
END_TEST

START_TEST(a_full_disk_sends_events_to_the_runtime_directory_and_back)
{
	int detour = 0;

	put_well(1, "firing", "b-1");
	world->full[0].under = "/lib/";
	world->full[0].error = -ENOSPC;
	ck_assert_int_eq(put(1, "changed", "b-2", &detour), 0);
	ck_assert_int_eq(detour, -ENOSPC);
	world->full[0].under = NULL;
	put_well(1, "resolved", "b-3");
	ck_assert_str_eq(listing("/lib/outbox/new"),
			 NAME("1", "1", "firing", "b-1") NAME("3", "1", "resolved", "b-3"));
	ck_assert_str_eq(listing("/run/outbox/new"), NAME("2", "1", "changed", "b-2"));
}
END_TEST

START_TEST(a_change_replaces_one_in_the_other_place)
{
	int detour = 0;

	world->full[0].under = "/lib/";
	world->full[0].error = -EROFS;
	ck_assert_int_eq(put(1, "changed", "b-1", &detour), 0);
	ck_assert_int_eq(detour, -EROFS);
	world->full[0].under = NULL;
	put_well(1, "changed", "b-2");
	ck_assert_str_eq(listing("/run/outbox/new"), "");
	ck_assert_str_eq(listing("/lib/outbox/new"), NAME("2", "1", "changed", "b-2"));
}
END_TEST

START_TEST(where_nothing_can_be_written_the_error_is_that_of_the_state_directory)
{
	int detour = 77;

	world->full[0].under = "/lib/";
	world->full[0].error = -EROFS;
	world->full[1].under = "/run/";
	world->full[1].error = -ENOSPC;
	ck_assert_int_eq(put(1, "firing", "b-1", &detour), -EROFS);
	ck_assert_int_eq(detour, 77);
}
END_TEST

START_TEST(only_the_daemon_makes_folders_that_are_missing)
{
	int detour = 0;

	world->full[0].under = "/lib/";
	world->full[0].error = -ENOENT;
	ck_assert_int_eq(put(1, "firing", "b-1", &detour), 0);
	ck_assert_uint_eq(world->n_dirs_made, 0);
	ck_assert_int_eq(sw_outbox_make(outbox), 0);
	ck_assert_uint_eq(world->n_dirs_made, 12);
	ck_assert_int_eq(put(1, "firing", "b-2", &detour), 0);
	ck_assert_uint_eq(world->n_dirs_made, 18);
}
END_TEST

START_TEST(an_event_waits_then_is_claimed_then_gone)
{
	ck_assert_int_eq(sw_outbox_look(outbox, "b-1"), SW_OUTBOX_GONE);
	put_well(1, "firing", "b-1");
	ck_assert_int_eq(sw_outbox_look(outbox, "b-1"), SW_OUTBOX_WAITING);
	world_set_file(world, "/lib/outbox/claimed/000000000001-0000000000000001-firing-b-1.json",
		       "");
	ck_assert_int_eq(sw_outbox_look(outbox, "b-1"), SW_OUTBOX_CLAIMED);
	ck_assert_int_eq(sw_outbox_look(outbox, "b-2"), SW_OUTBOX_GONE);
}
END_TEST

START_TEST(what_makes_no_name_or_is_too_large_is_refused)
{
	struct sw_outbox_event event = { .event_id = "b-1", .alert_id = 1, .state = "firing" };
	char *text = malloc(SW_OUTBOX_EVENT_SIZE + 2);
	int detour;

	ck_assert_int_eq(put(1, "firing", "a/b", &detour), -EINVAL);
	ck_assert_int_eq(put(1, "firing", "", &detour), -EINVAL);
	ck_assert_int_eq(put(1, "averylongstateword", "b-1", &detour), -EINVAL);
	ck_assert_ptr_nonnull(text);
	memset(text, ' ', SW_OUTBOX_EVENT_SIZE + 1);
	text[SW_OUTBOX_EVENT_SIZE + 1] = '\0';
	event.text = text;
	ck_assert_int_eq(sw_outbox_put(outbox, &event, &detour), -EFBIG);
	free(text);
	ck_assert_str_eq(listing("/lib/outbox/new"), "");
}
END_TEST

START_TEST(results_are_taken_once_and_what_is_none_is_counted)
{
	struct sw_hook_result results[4];
	size_t n_bad;

	world_set_file(world, "/lib/outbox/results/1.a.1",
		       "b-1 0000000000000001 a retry 1 exit-75\n");
	world_set_file(world, "/lib/outbox/results/1.a.2", "b-1 0000000000000001 a ok 2 -\n");
	world_set_file(world, "/lib/outbox/results/2.a.1", "b-1 0000000000000001 a ok 2 -\nmore");
	world_set_file(world, "/run/outbox/results/3.a.1",
		       "b-2 0000000000000001 a timeout 1 timeout\n");
	ck_assert_uint_eq(sw_outbox_take_results(outbox, results, 4, &n_bad), 3);
	ck_assert_uint_eq(n_bad, 1);
	ck_assert_int_eq(results[0].outcome, SW_HOOK_RETRY);
	ck_assert_int_eq(results[1].outcome, SW_HOOK_OK);
	ck_assert_int_eq(results[2].outcome, SW_HOOK_TIMEOUT);
	ck_assert_str_eq(results[2].event_id, "b-2");
	ck_assert_uint_eq(sw_outbox_take_results(outbox, results, 4, &n_bad), 0);
	ck_assert_uint_eq(n_bad, 0);
}
END_TEST

START_TEST(no_more_results_are_taken_than_there_is_room_for)
{
	struct sw_hook_result results[2];
	size_t n_bad;

	for (char i = 'a'; i < 'f'; i++) {
		char path[] = "/lib/outbox/results/x";

		path[sizeof(path) - 2] = i;
		world_set_file(world, path, "b-1 0000000000000001 a ok 1 -\n");
	}
	ck_assert_uint_eq(sw_outbox_take_results(outbox, results, 2, &n_bad), 2);
	ck_assert_uint_eq(sw_outbox_take_results(outbox, results, 2, &n_bad), 2);
	ck_assert_uint_eq(sw_outbox_take_results(outbox, results, 2, &n_bad), 1);
}
END_TEST

static enum sw_outbox_course course(sw_usec now, char id[64])
{
	return sw_outbox_course(outbox, now, 60 * SW_USEC_PER_SEC, id);
}

START_TEST(an_event_that_nobody_claims_is_stuck_after_a_while)
{
	const sw_usec minute = 60 * SW_USEC_PER_SEC;
	char id[64] = "";

	ck_assert_int_eq(course(1000, id), SW_OUTBOX_FLOWS);
	put_well(1, "firing", "b-1");
	put_well(2, "firing", "b-2");
	ck_assert_int_eq(course(2000, id), SW_OUTBOX_WAITS);
	ck_assert_int_eq(course(1999 + minute, id), SW_OUTBOX_WAITS);
	ck_assert_int_eq(course(2000 + minute, id), SW_OUTBOX_STUCK);
	ck_assert_str_eq(id, "b-1");
	ck_assert_int_eq(course(3000 + minute, id), SW_OUTBOX_STUCK);
	/* Claimed, be it from the other place: the next one's minute begins. */
	world_set_file(world, "/run/outbox/claimed/000000000001-0000000000000001-firing-b-1.json",
		       "");
	ck_assert_int_eq(course(4000 + minute, id), SW_OUTBOX_WAITS);
	ck_assert_int_eq(course(4000 + 2 * minute, id), SW_OUTBOX_STUCK);
	ck_assert_str_eq(id, "b-2");
	world_set_file(world, "/run/outbox/claimed/000000000002-0000000000000002-firing-b-2.json",
		       "");
	ck_assert_int_eq(course(5000 + 2 * minute, id), SW_OUTBOX_FLOWS);
}
END_TEST

/* -- on a disk ---------------------------------------------------------------------------- */

static void touch(const char *root, unsigned int i)
{
	char path[256];
	int fd;

	snprintf(path, sizeof(path), "%s/outbox/new/%012u-%016x-firing-b-%u.json", root, i, i, i);
	fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0640);
	ck_assert_int_ge(fd, 0);
	close(fd);
}

START_TEST(a_disk_holds_so_many_events_and_no_more)
{
	char root[] = "/tmp/sockwatch-outbox.XXXXXX", command[64], path[256];
	struct sw_outbox_event event = {
		.event_id = "b-0", .alert_id = 1, .state = "firing", .text = "{}\n"
	};
	struct sw_outbox *real;
	struct sw_io *live;
	struct stat st;
	int detour;

	ck_assert_ptr_nonnull(mkdtemp(root));
	ck_assert_int_eq(sw_live_new(&live), 0);
	ck_assert_int_eq(sw_outbox_new(&real, live, root, "/nonexistent"), 0);
	ck_assert_int_eq(sw_outbox_make(real), 0);
	ck_assert_int_eq(sw_outbox_put(real, &event, &detour), 0);
	snprintf(path, sizeof(path), "%s/outbox/new/000000000001-0000000000000001-firing-b-0.json",
		 root);
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_uint_eq(st.st_mode & 07777, 0640);
	ck_assert_int_eq(st.st_size, 3);
	for (unsigned int i = 2; i <= SW_OUTBOX_MAX_WAITING; i++)
		touch(root, i);
	event.event_id = "b-again";
	ck_assert_int_eq(sw_outbox_put(real, &event, &detour), -ENOBUFS);
	/* One gone, one more fits. */
	ck_assert_int_eq(unlink(path), 0);
	ck_assert_int_eq(sw_outbox_put(real, &event, &detour), 0);
	sw_outbox_free(real);
	sw_live_free(live);
	snprintf(command, sizeof(command), "rm -r %s", root);
	ck_assert_int_eq(system(command), 0);
}
END_TEST

int main(void)
{
	TCase *tcase = tcase_create("outbox");

	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_set_timeout(tcase, 60);
	tcase_add_test(tcase, events_lie_in_order_under_names_that_tell_what_they_are);
	tcase_add_test(tcase, order_holds_after_a_reboot_that_begins_to_count_anew);
	tcase_add_test(tcase, an_event_that_waits_is_not_left_twice);
	tcase_add_test(tcase, a_newer_change_takes_the_place_of_one_that_waits);
	tcase_add_test(tcase, firing_and_resolved_are_never_replaced);
	tcase_add_test(tcase, a_full_disk_sends_events_to_the_runtime_directory_and_back);
	tcase_add_test(tcase, a_change_replaces_one_in_the_other_place);
	tcase_add_test(tcase,
		       where_nothing_can_be_written_the_error_is_that_of_the_state_directory);
	tcase_add_test(tcase, only_the_daemon_makes_folders_that_are_missing);
	tcase_add_test(tcase, an_event_waits_then_is_claimed_then_gone);
	tcase_add_test(tcase, what_makes_no_name_or_is_too_large_is_refused);
	tcase_add_test(tcase, results_are_taken_once_and_what_is_none_is_counted);
	tcase_add_test(tcase, no_more_results_are_taken_than_there_is_room_for);
	tcase_add_test(tcase, an_event_that_nobody_claims_is_stuck_after_a_while);
	tcase_add_test(tcase, a_disk_holds_so_many_events_and_no_more);
	return suite_run("outbox", tcase);
}
