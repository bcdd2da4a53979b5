/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The daemon's tick in a scripted world: what reaches the journal, the status file and the manager.
 */

#include <errno.h>
#include <jansson.h>
#include <string.h>

#include "daemon/post.h"
#include "daemon/tick.h"
#include "render/timestamp.h"
#include "support/suite.h"
#include "support/world.h"

static struct world *world;
static struct sw_daemon *daemon_;

/* Nobody runs hooks in this world, and most tests do not care. */
static const struct sw_settings *default_settings(void)
{
	static struct sw_settings settings;

	sw_settings_init(&settings);
	/* The ranges are tiny here. */
	settings.rules.common[SW_RULE_KERNEL_SETTING].enabled = false;
	settings.hook_failed.enabled = false;
	return &settings;
}

static void start(bool stderr_is_journal)
{
	const struct sw_daemon_config config = {
		.settings = default_settings(),
		.runtime_dir = "/run/sockwatch",
		.state_dir = "/var/lib/sockwatch",
		.mutes_dir = "/etc/sockwatch",
		.notify_socket = "@notify",
		.interval = 5 * SW_USEC_PER_SEC,
		.stderr_is_journal = stderr_is_journal,
	};

	world = world_new();
	ck_assert_int_eq(sw_daemon_new(&daemon_, &world->io, &config), 0);
}

static void set_up(void)
{
	start(true);
}

static void tear_down(void)
{
	sw_daemon_free(daemon_);
	world_free(world);
}

/* The control group that all sockets are of; only some tests have the tree to name it by. */
enum { APP = 11 };

static void grow_cgroups(void)
{
	world_set_file(world, "/sys/fs/cgroup/cgroup.controllers", "cpu\n");
	world_add_dir(world, "/sys/fs/cgroup/system.slice", 10);
	world_add_dir(world, "/sys/fs/cgroup/system.slice/app.service", APP);
}

/* One tick with this many ports in use of a small range, so that few rows fill it, `seconds` after
 * the one before. */
static sw_usec tick(uint16_t n_used, unsigned int seconds)
{
	struct answer *answer = answer_of_connections(40000, n_used, APP);
	sw_usec delay;

	world->now.boot += seconds * SW_USEC_PER_SEC;
	world->now.wall += seconds * SW_USEC_PER_SEC;
	world_set_file(world, "/proc/sys/net/ipv4/ip_local_port_range", "40000\t40099\n");
	world_set_answer(world, answer);
	delay = sw_daemon_tick(daemon_);
	answer_free(answer);
	return delay;
}

/* Ticks every five seconds, for as many seconds. */
static void tick_on(uint16_t n_used, unsigned int seconds)
{
	for (; seconds >= 5; seconds -= 5) {
		tick(n_used, 5);
		/* Only what goes to the journal is looked at; the words to the manager would be too
		 * many. */
		while (world->n_sent > 0 &&
		       strcmp(world->sent[world->n_sent - 1].address, "@notify") == 0)
			free(world->sent[--world->n_sent].text);
	}
}

/* How many datagrams went to `address` so far; the last of them in `*ret_last`. */
static size_t sent_to(const char *address, const char **ret_last)
{
	size_t n = 0;

	*ret_last = "";
	for (size_t i = 0; i < world->n_sent; i++)
		if (strcmp(world->sent[i].address, address) == 0) {
			*ret_last = world->sent[i].text;
			n++;
		}
	return n;
}

/* How many alerts the journal got, words not counted. */
static size_t alerts_in_journal(void)
{
	size_t n = 0;

	for (size_t i = 0; i < world->n_sent; i++)
		n += strcmp(world->sent[i].address, SW_JOURNAL_SOCKET) == 0 &&
		     strstr(world->sent[i].text, "SOCKWATCH_ALERT_ID=") != NULL;
	return n;
}

/* The last of them. */
static const char *last_alert(void)
{
	for (size_t i = world->n_sent; i > 0; i--)
		if (strcmp(world->sent[i - 1].address, SW_JOURNAL_SOCKET) == 0 &&
		    strstr(world->sent[i - 1].text, "SOCKWATCH_ALERT_ID=") != NULL)
			return world->sent[i - 1].text;
	return "";
}

static void assert_contains(const char *text, const char *part)
{
	ck_assert_msg(strstr(text, part) != NULL, "\"%s\" is not in \"%s\"", part, text);
}

/* How often `part` stands in `text`. */
static size_t occurrences(const char *text, const char *part)
{
	size_t n = 0;

	for (const char *at = text; (at = strstr(at, part)) != NULL; at += strlen(part))
		n++;
	return n;
}

START_TEST(ready_comes_once_and_after_the_status_file)
{
	const char *last;

	tick(1, 0);
	ck_assert_uint_eq(world->n_persisted, 1);
	ck_assert_uint_eq(sent_to("@notify", &last), 1);
	assert_contains(
		last, "READY=1\nSTATUS=ok: fullest is 10.0.0.5->10.0.0.9:5432, 1 % gone, 99 left");
	tick(1, 5);
	ck_assert_uint_eq(sent_to("@notify", &last), 2);
	ck_assert_ptr_null(strstr(last, "READY"));
}
END_TEST

START_TEST(exhaustion_fires_once_and_resolves_once)
{
	tick(10, 0);
	ck_assert_uint_eq(alerts_in_journal(), 0);

	tick(99, 5);
	ck_assert_uint_eq(alerts_in_journal(), 1);
	assert_contains(last_alert(), "SOCKWATCH_STATE=firing\n");
	assert_contains(last_alert(), "SOCKWATCH_SEVERITY=critical\n");
	assert_contains(last_alert(), "PRIORITY=2\n");
	assert_contains(last_alert(), "SOCKWATCH_FREE=1\n");
	assert_contains(last_alert(), "SOCKWATCH_CAUSE=held\n");

	tick(100, 5);
	tick(100, 5);
	ck_assert_uint_eq(alerts_in_journal(), 1);

	tick(10, 5);
	tick_on(10, 295);
	ck_assert_uint_eq(alerts_in_journal(), 1);
	tick(10, 5);
	ck_assert_uint_eq(alerts_in_journal(), 2);
	assert_contains(last_alert(), "SOCKWATCH_STATE=resolved\n");
	assert_contains(last_alert(), "PRIORITY=5\n");
	assert_contains(last_alert(), "SOCKWATCH_PEAK_USED=100\n");
	assert_contains(last_alert(), "SOCKWATCH_DURATION_SEC=315.000\n");
	/* Nothing was free at 10 s and at 15 s; at 20 s it was over. */
	assert_contains(last_alert(), "SOCKWATCH_EXHAUSTED_FOR_SEC=10.000\n");

	tick(10, 5);
	ck_assert_uint_eq(alerts_in_journal(), 2);
}
END_TEST

START_TEST(an_alert_names_the_unit_and_still_does_when_it_is_over)
{
	const char *unit;
	json_t *status;

	grow_cgroups();
	tick(99, 0);
	assert_contains(last_alert(), "SOCKWATCH_UNIT=app.service\n");
	assert_contains(last_alert(), "99 live connections of app.service hold them");
	status = json_loads(world->persisted, 0, NULL);
	ck_assert_int_eq(
		json_unpack(status, "{s:[{s:{s:[s]}}]}", "alerts", "tuple", "units", &unit), 0);
	ck_assert_str_eq(unit, "app.service");
	json_decref(status);
	/* No socket is left that would tell. */
	tick_on(0, 310);
	assert_contains(last_alert(), "SOCKWATCH_STATE=resolved\n");
	assert_contains(last_alert(), "SOCKWATCH_UNIT=app.service\n");
	/* The tree was walked once: the root and one slice. */
	ck_assert_uint_eq(world->n_dirs_looked_at, 2);
}
END_TEST

START_TEST(the_status_file_lists_what_fires)
{
	json_t *status;
	const char *severity, *netns;
	int running;

	tick(99, 0);
	status = json_loads(world->persisted, 0, NULL);
	ck_assert_ptr_nonnull(status);
	ck_assert_int_eq(json_unpack(status, "{s:[{s:s, s:s}], s:{s:b}}", "alerts", "severity",
				     &severity, "netns", &netns, "daemon", "running", &running),
			 0);
	ck_assert_str_eq(severity, "critical");
	ck_assert_str_eq(netns, "self");
	ck_assert(running);
	json_decref(status);
}
END_TEST

START_TEST(a_failed_reading_changes_no_alert_and_is_said_once)
{
	static const char said[] =
		"<4>sockwatchd: the sockets cannot be counted: sock_diag: the kernel did "
		"not finish its answer in time\n";

	tear_down();
	start(false);
	tick(10, 0);
	tick(99, 5);
	world->log[0] = '\0';
	for (int i = 0; i < 100; i++) {
		world->now.boot += 5 * SW_USEC_PER_SEC;
		world->n_answers = 0; /* no answer: the deadline */
		sw_daemon_tick(daemon_);
	}
	ck_assert_uint_eq(occurrences(world->log, said), 1);
	ck_assert_uint_eq(occurrences(world->log, "SOCKWATCH_RULE=ephemeral-ports"), 0);
	assert_contains(world->persisted, "\"complete\":false");
	assert_contains(world->persisted, "\"level\":\"unknown\"");
	assert_contains(world->persisted, "\"states\":null");
	assert_contains(world->persisted, "\"severity\":\"critical\"");
	tick(99, 5);
	assert_contains(world->log, "the sockets cannot be counted: works again\n");
	ck_assert_uint_eq(occurrences(world->log, "SOCKWATCH_RULE=ephemeral-ports"), 0);
}
END_TEST

START_TEST(three_failed_readings_are_blindness)
{
	const char *last;

	tear_down();
	start(false);
	tick(10, 0);
	for (int i = 0; i < 3; i++) {
		ck_assert_uint_eq(alerts_in_journal(), 0);
		world->now.boot += 5 * SW_USEC_PER_SEC;
		world->n_answers = 0;
		sw_daemon_tick(daemon_);
	}
	ck_assert_uint_eq(alerts_in_journal(), 1);
	sent_to(SW_JOURNAL_SOCKET, &last);
	assert_contains(last,
			"MESSAGE=sockwatch is blind: the sockets cannot be counted: sock_diag: ");
	assert_contains(last, "SOCKWATCH_RULE=blind\n");
	assert_contains(last, "SOCKWATCH_SUBJECT=self\n");
	assert_contains(last, "SOCKWATCH_SEVERITY=warning\n");
	ck_assert_ptr_null(strstr(last, "SOCKWATCH_USED"));
	assert_contains(world->persisted, "\"rule\":\"blind\"");

	tick(10, 5);
	tick(10, 5);
	ck_assert_uint_eq(alerts_in_journal(), 1);
	tick(10, 5);
	ck_assert_uint_eq(alerts_in_journal(), 2);
	sent_to(SW_JOURNAL_SOCKET, &last);
	assert_contains(last, "SOCKWATCH_STATE=resolved\n");
	assert_contains(last, "SOCKWATCH_DURATION_SEC=15.000\n");
}
END_TEST

/* The daemon is killed and another one started in the same world. */
static void restart(void)
{
	const struct sw_daemon_config config = {
		.settings = default_settings(),
		.runtime_dir = "/run/sockwatch",
		.state_dir = "/var/lib/sockwatch",
		.mutes_dir = "/etc/sockwatch",
		.notify_socket = "@notify",
		.interval = 5 * SW_USEC_PER_SEC,
		.stderr_is_journal = true,
	};

	sw_daemon_free(daemon_);
	ck_assert_int_eq(sw_daemon_new(&daemon_, &world->io, &config), 0);
}

START_TEST(a_restart_neither_fires_again_nor_forgets_to_resolve)
{
	const char *last;

	tick(10, 0);
	tick(99, 5);
	ck_assert_uint_eq(alerts_in_journal(), 1);
	world->now.boot += 60 * SW_USEC_PER_SEC; /* nobody looks for a minute */
	restart();
	tick(99, 5);
	ck_assert_uint_eq(alerts_in_journal(), 1);
	assert_contains(world->persisted, "\"severity\":\"critical\"");

	/* Calm right after a restart is no reason to resolve: it has to last like any other. */
	restart();
	tick(10, 5);
	tick_on(10, 295);
	ck_assert_uint_eq(alerts_in_journal(), 1);
	tick(10, 5);
	ck_assert_uint_eq(alerts_in_journal(), 2);
	sent_to(SW_JOURNAL_SOCKET, &last);
	assert_contains(last, "SOCKWATCH_STATE=resolved\n");
	assert_contains(last, "SOCKWATCH_PEAK_USED=99\n");
	restart();
	tick(10, 5);
	ck_assert_uint_eq(alerts_in_journal(), 2);
}
END_TEST

/* It fires at 5 s, nothing is free from 10 s to 155 s, and then the daemon ends. */
static void fail_and(void (*end)(struct sw_daemon *daemon))
{
	tick(10, 0);
	tick(99, 5);
	for (int i = 0; i < 30; i++)
		tick(100, 5);
	if (end != NULL)
		end(daemon_);
	restart();
	tick(100, 5);
	tick(10, 5);
	tick_on(10, 295);
	tick(10, 5);
	assert_contains(last_alert(), "SOCKWATCH_STATE=resolved\n");
	assert_contains(last_alert(), "SOCKWATCH_PEAK_USED=100\n");
	assert_contains(last_alert(), "SOCKWATCH_DURATION_SEC=460.000\n");
}

START_TEST(how_long_it_failed_outlives_the_daemon)
{
	fail_and(sw_daemon_stop);
	assert_contains(last_alert(), "SOCKWATCH_EXHAUSTED_FOR_SEC=150.000\n");
	/* Since it fired, and while it failed. */
	assert_contains(last_alert(), "SOCKWATCH_SLOW_FOR_SEC=155.000\n");
}
END_TEST

/* It was last written down at 130 s, as of the reading before that. */
START_TEST(a_kill_loses_no_more_than_a_minute_of_it)
{
	fail_and(NULL);
	assert_contains(last_alert(), "SOCKWATCH_EXHAUSTED_FOR_SEC=120.000\n");
}
END_TEST

START_TEST(after_a_reboot_the_wall_clock_tells_how_long_it_lasted)
{
	static const char path[] = "/proc/sys/kernel/random/boot_id";

	tick(10, 0);
	tick(99, 5);
	world_set_file(world, path, "00000000-0000-4000-8000-00000000cafe\n");
	world->now.boot = 20 * SW_USEC_PER_SEC;
	world->now.wall += 600 * SW_USEC_PER_SEC;
	restart();
	tick(10, 0);
	tick_on(10, 300);
	tick(10, 5);
	assert_contains(last_alert(), "SOCKWATCH_STATE=resolved\n");
	assert_contains(last_alert(), "SOCKWATCH_DURATION_SEC=900.000\n");
}
END_TEST

START_TEST(what_was_written_down_but_not_delivered_is_delivered_again)
{
	static const char path[] = "/var/lib/sockwatch/state.json";
	char text[4096], id[64], *at;
	const char *last;

	tick(10, 0);
	tick(99, 5);
	sent_to(SW_JOURNAL_SOCKET, &last);
	ck_assert_ptr_nonnull(at = strstr(last, "SOCKWATCH_EVENT_ID="));
	snprintf(id, sizeof(id), "%.*s", (int)strcspn(at, "\n") + 1, at);

	/* As if the daemon had been killed before the event was crossed out: see sw_memory_save().
	 */
	ck_assert_int_gt(world->io.file_read(&world->io, path, text, sizeof(text)), 0);
	ck_assert_ptr_nonnull(at = strstr(text, "\"alerts\":["));
	at += strlen("\"alerts\":[");
	{
		char alert[2048], changed[8192];

		snprintf(alert, sizeof(alert), "%.*s", (int)(strstr(at, "],\"events\"") - at), at);
		snprintf(changed, sizeof(changed),
			 "{\"schema\":\"sockwatch.state/1\",\"boot_id\":"
			 "\"0a1b2c3d-0000-4000-8000-00000000beef\",\"alerts\":[%s],"
			 "\"events\":[{\"state\":0,\"alert\":%s}]}",
			 alert, alert);
		world_set_file(world, path, changed);
	}
	restart();
	tick(99, 5);
	ck_assert_uint_eq(alerts_in_journal(), 2);
	sent_to(SW_JOURNAL_SOCKET, &last);
	assert_contains(last, id);
	assert_contains(last, "SOCKWATCH_STATE=firing\n");
	restart();
	tick(99, 5);
	ck_assert_uint_eq(alerts_in_journal(), 2);
}
END_TEST

START_TEST(a_state_of_another_version_is_set_aside)
{
	static const char newer[] = "{\"schema\":\"sockwatch.state/2\",\"alerts\":{}}";
	char text[128];

	world_set_file(world, "/var/lib/sockwatch/state.json", newer);
	restart();
	ck_assert_int_gt(world->io.file_read(&world->io, "/var/lib/sockwatch/state.json.aside",
					     text, sizeof(text)),
			 0);
	ck_assert_str_eq(text, newer);
	tick(99, 0);
	/* The word that it was set aside, and the alert. */
	ck_assert_uint_eq(alerts_in_journal(), 1);
}
END_TEST

/* Exactly one event waits for hooks in this directory, and it is of this state. */
static void assert_left_for_hooks(const char *directory, const char *state)
{
	char **names;
	size_t n;

	ck_assert_int_eq(world->io.dir_list(&world->io, directory, &names, &n), 0);
	ck_assert_uint_eq(n, 1);
	assert_contains(names[0], state);
	free(names[0]);
	free(names);
}

START_TEST(with_hooks_off_none_is_left_until_they_are_on)
{
	static struct sw_settings settings;
	char **names;
	size_t n;

	settings = *default_settings();
	settings.hooks.run = SW_HOOK_RUN_NO;
	sw_daemon_configure(daemon_, &settings);
	tick(10, 0);
	tick(99, 5);
	ck_assert_uint_eq(alerts_in_journal(), 1);
	ck_assert_int_lt(
		world->io.dir_list(&world->io, "/var/lib/sockwatch/outbox/new", &names, &n), 0);
	assert_contains(world->persisted, "\"hooks\":\"no\"");

	settings.rules.common[SW_RULE_EPHEMERAL_PORTS].enabled = false;
	settings.hooks.run = SW_HOOK_RUN_UNIT;
	sw_daemon_configure(daemon_, &settings);
	tick(99, 5);
	assert_left_for_hooks("/var/lib/sockwatch/outbox/new", "resolved");
	assert_contains(world->persisted, "\"hooks\":\"unit\"");
}
END_TEST

START_TEST(events_are_left_for_hooks)
{
	tick(10, 0);
	tick(99, 5);
	assert_left_for_hooks("/var/lib/sockwatch/outbox/new", "firing");
}
END_TEST

START_TEST(a_state_directory_without_room_is_said_once_and_stops_nothing)
{
	static const char full[] =
		"<4>sockwatchd: keeping alerts and events in /var/lib/sockwatch: "
		"No space left on device; hooks run all the same, but a restart may fire again\n";
	static const char again[] =
		"<6>sockwatchd: keeping alerts and events in /var/lib/sockwatch: works again\n";
	char text[4096];

	tear_down();
	start(false);
	world->full[0].under = "/var/lib/";
	world->full[0].error = -ENOSPC;
	tick(10, 0);
	tick(99, 5);
	tick(99, 5);
	ck_assert_uint_eq(occurrences(world->log, full), 1);
	ck_assert_uint_eq(occurrences(world->log, "<4>"), 1);
	ck_assert_uint_eq(alerts_in_journal(), 1);
	assert_left_for_hooks("/run/sockwatch/outbox/new", "firing");

	/* It needs no event to recover. */
	world->full[0].under = NULL;
	tick(99, 5);
	ck_assert_uint_eq(occurrences(world->log, again), 1);
	ck_assert_int_gt(world->io.file_read(&world->io, "/var/lib/sockwatch/state.json", text,
					     sizeof(text)),
			 0);
	assert_contains(text, "\"events\":[]");
	assert_contains(text, "10.0.0.9");
	tick(99, 5);
	ck_assert_uint_eq(occurrences(world->log, "sockwatchd: "), 2);
}
END_TEST

/* The runner says what became of the hook 10-mail. */
static void leave_result(const char *outcome)
{
	char text[128];

	snprintf(text, sizeof(text), "b-1 0000000000000001 10-mail %s 1 exit-3\n", outcome);
	world_set_file(world, "/var/lib/sockwatch/outbox/results/x", text);
}

static void watch_hooks(enum sw_level max_severity)
{
	static struct sw_settings settings;

	settings = *default_settings();
	settings.hook_failed.enabled = max_severity != SW_LEVEL_OK;
	settings.hook_failed.max_severity = max_severity;
	sw_daemon_configure(daemon_, &settings);
}

START_TEST(a_hook_that_fails_is_an_alert_until_it_runs_well)
{
	char **names;
	size_t n;

	watch_hooks(SW_LEVEL_WARNING);
	world_set_file(world, "/etc/sockwatch/hooks.d/10-mail", "");
	tick(10, 0);
	leave_result("retry");
	tick(10, 5);
	ck_assert_uint_eq(alerts_in_journal(), 0);
	leave_result("failed");
	tick(10, 5);
	ck_assert_uint_eq(alerts_in_journal(), 1);
	assert_contains(last_alert(), "SOCKWATCH_RULE=hook-failed\n");
	assert_contains(last_alert(), "SOCKWATCH_SUBJECT=10-mail\n");
	assert_contains(last_alert(), "SOCKWATCH_SEVERITY=warning\n");
	assert_contains(last_alert(), "Hook 10-mail failed: failed (exit-3) for event b-1;");
	leave_result("timeout");
	tick(10, 5);

	/* Another daemon neither fires again nor forgets. */
	restart();
	watch_hooks(SW_LEVEL_WARNING);
	tick(10, 5);
	tick(10, 600);
	ck_assert_uint_eq(alerts_in_journal(), 1);

	leave_result("ok");
	tick(10, 5);
	ck_assert_uint_eq(alerts_in_journal(), 2);
	assert_contains(last_alert(), "SOCKWATCH_STATE=resolved\n");
	ck_assert_int_lt(
		world->io.dir_list(&world->io, "/var/lib/sockwatch/outbox/new", &names, &n), 0);
}
END_TEST

START_TEST(a_hook_that_fails_once_between_two_looks_is_an_alert)
{
	watch_hooks(SW_LEVEL_WARNING);
	world_set_file(world, "/etc/sockwatch/hooks.d/10-mail", "");
	tick(10, 0);
	leave_result("failed");
	world_set_file(world, "/var/lib/sockwatch/outbox/results/y",
		       "b-2 0000000000000002 10-mail ok 1 -\n");
	tick(10, 5);
	ck_assert_uint_eq(alerts_in_journal(), 1);
	assert_contains(last_alert(), "Hook 10-mail failed: failed (exit-3) for event b-1;");
	tick(10, 5);
	ck_assert_uint_eq(alerts_in_journal(), 2);
	assert_contains(last_alert(), "SOCKWATCH_STATE=resolved\n");

	/* Nor is it over for one that fails again then. */
	leave_result("failed");
	world_set_file(world, "/var/lib/sockwatch/outbox/results/y",
		       "b-2 0000000000000002 10-mail ok 1 -\n");
	world_set_file(world, "/var/lib/sockwatch/outbox/results/z",
		       "b-3 0000000000000003 10-mail timeout 1 timeout\n");
	tick(10, 5);
	ck_assert_uint_eq(alerts_in_journal(), 3);
	assert_contains(last_alert(), "timeout (timeout) for event b-3;");
	tick(10, 5);
	ck_assert_uint_eq(alerts_in_journal(), 3);
}
END_TEST

START_TEST(a_hook_that_is_gone_fails_no_more)
{
	watch_hooks(SW_LEVEL_WARNING);
	tick(10, 0);
	world_set_file(world, "/etc/sockwatch/hooks.d/10-mail", "");
	leave_result("refused");
	tick(10, 5);
	ck_assert_uint_eq(alerts_in_journal(), 1);
	ck_assert_int_eq(world->io.remove(&world->io, "/etc/sockwatch/hooks.d/10-mail"), 0);
	tick(10, 5);
	ck_assert_uint_eq(alerts_in_journal(), 2);
	assert_contains(last_alert(), "Hook 10-mail: no longer watched, as it is gone");
	tick(10, 5);
	ck_assert_uint_eq(alerts_in_journal(), 2);
}
END_TEST

START_TEST(a_hook_with_a_name_that_may_not_be_is_there_all_the_same)
{
	watch_hooks(SW_LEVEL_WARNING);
	tick(10, 0);
	world_set_file(world, "/etc/sockwatch/hooks.d/10 mail", "");
	world_set_file(world, "/var/lib/sockwatch/outbox/results/x",
		       "b-1 0000000000000001 .10_mail refused 1 name\n");
	tick(10, 5);
	tick(10, 5);
	ck_assert_uint_eq(alerts_in_journal(), 1);
	assert_contains(last_alert(), "Hook .10_mail failed: refused (name) for event b-1;");
	ck_assert_int_eq(world->io.remove(&world->io, "/etc/sockwatch/hooks.d/10 mail"), 0);
	tick(10, 5);
	assert_contains(last_alert(), "Hook .10_mail: no longer watched, as it is gone");
}
END_TEST

START_TEST(hooks_are_watched_as_far_as_they_are_asked_to_be)
{
	watch_hooks(SW_LEVEL_WARNING);
	world_set_file(world, "/etc/sockwatch/hooks.d/10-mail", "");
	tick(10, 0);
	leave_result("failed");
	tick(10, 5);
	watch_hooks(SW_LEVEL_OK);
	tick(10, 5);
	ck_assert_uint_eq(alerts_in_journal(), 2);
	assert_contains(last_alert(), "SOCKWATCH_STATE=resolved\n");
	watch_hooks(SW_LEVEL_NOTICE);
	tick(10, 5);
	ck_assert_uint_eq(alerts_in_journal(), 3);
	assert_contains(last_alert(), "SOCKWATCH_SEVERITY=notice\n");
}
END_TEST

START_TEST(an_event_that_nobody_takes_up_is_an_alert)
{
	watch_hooks(SW_LEVEL_WARNING);
	tick(10, 0);
	tick(99, 5);
	ck_assert_uint_eq(alerts_in_journal(), 1);
	tick(99, 1);
	tick(99, 59);
	ck_assert_uint_eq(alerts_in_journal(), 1);
	tick(99, 1);
	ck_assert_uint_eq(alerts_in_journal(), 2);
	assert_contains(last_alert(), "SOCKWATCH_SUBJECT=the runner\n");
	assert_contains(last_alert(), "Hooks failed: nobody has taken event ");
	tick(99, 5);
	assert_left_for_hooks("/var/lib/sockwatch/outbox/new", "firing");

	/* While it cannot be told yet whether it goes on, it does. */
	restart();
	watch_hooks(SW_LEVEL_WARNING);
	tick(99, 5);
	tick(99, 50);
	ck_assert_uint_eq(alerts_in_journal(), 2);
}
END_TEST

START_TEST(a_rule_switched_off_while_it_fires_resolves_and_says_why)
{
	static struct sw_settings settings;

	settings = *default_settings();
	tick(10, 0);
	tick(99, 5);
	ck_assert_uint_eq(alerts_in_journal(), 1);
	settings.rules.common[SW_RULE_EPHEMERAL_PORTS].enabled = false;
	sw_daemon_configure(daemon_, &settings);
	tick(99, 5);
	ck_assert_uint_eq(alerts_in_journal(), 2);
	assert_contains(last_alert(), "SOCKWATCH_STATE=resolved\n");
	assert_contains(last_alert(), "no longer watched, by the configuration");
	tick(100, 5);
	ck_assert_uint_eq(alerts_in_journal(), 2);
}
END_TEST

START_TEST(other_limits_count_from_the_next_tick)
{
	static struct sw_settings settings;

	settings = *default_settings();
	settings.interval = 2 * SW_USEC_PER_SEC;
	settings.rules.ephemeral_ports.critical = 0.4;
	tick(50, 0);
	ck_assert_uint_eq(alerts_in_journal(), 0);
	sw_daemon_configure(daemon_, &settings);
	tick(50, 5);
	ck_assert_uint_eq(alerts_in_journal(), 1);
	assert_contains(last_alert(), "SOCKWATCH_SEVERITY=critical\n");
}
END_TEST

START_TEST(the_log_target_says_who_gets_an_alert)
{
	static struct sw_settings settings;

	settings = *default_settings();
	settings.log.target = SW_LOG_STDERR;
	sw_daemon_configure(daemon_, &settings);
	tick(10, 0);
	tick(99, 5);
	ck_assert_uint_eq(alerts_in_journal(), 0);
	assert_contains(world->log, "<2>Ports from 10.0.0.5 to 10.0.0.9:5432 ");

	tear_down();
	start(false);
	settings.log.target = SW_LOG_JOURNAL;
	sw_daemon_configure(daemon_, &settings);
	tick(10, 0);
	tick(99, 5);
	ck_assert_uint_eq(alerts_in_journal(), 1);
	ck_assert_str_eq(world->log, "");
}
END_TEST

START_TEST(without_a_journal_the_log_has_the_alert)
{
	world->send_error = -ENOENT;
	tick(99, 0);
	assert_contains(world->log, "<2>Ports from 10.0.0.5 to 10.0.0.9:5432 ");
	assert_contains(world->log, " SOCKWATCH_STATE=firing ");
}
END_TEST

START_TEST(a_terminal_shows_what_the_journal_got)
{
	const char *last;

	tear_down();
	start(false);
	tick(99, 0);
	ck_assert_uint_eq(sent_to(SW_JOURNAL_SOCKET, &last), 1);
	assert_contains(world->log, "<2>Ports from 10.0.0.5 to 10.0.0.9:5432 ");
}
END_TEST

START_TEST(a_full_disk_is_said_once_and_stops_nothing)
{
	static const char full[] =
		"<4>sockwatchd: /run/sockwatch/status.json: No space left on device\n";
	const char *last;

	tear_down();
	start(false);
	world->persist_error = -ENOSPC;
	tick(10, 0);
	tick(99, 5);
	ck_assert_uint_eq(sent_to(SW_JOURNAL_SOCKET, &last), 1);
	ck_assert_uint_eq(occurrences(world->log, full), 1);
	world->persist_error = 0;
	tick(99, 5);
	assert_contains(world->log, "/run/sockwatch/status.json: works again\n");
}
END_TEST

START_TEST(under_systemd_words_go_to_the_journal_with_their_priority)
{
	const char *last;

	world->persist_error = -ENOSPC;
	tick(10, 0);
	ck_assert_uint_eq(sent_to(SW_JOURNAL_SOCKET, &last), 1);
	ck_assert_str_eq(last, "MESSAGE=/run/sockwatch/status.json: No space left on device\n"
			       "PRIORITY=4\nSYSLOG_IDENTIFIER=sockwatchd\n");
	ck_assert_str_eq(world->log, "");
}
END_TEST

START_TEST(a_stuck_journal_gets_the_alert_once_it_goes_on)
{
	const char *last;

	tick(10, 0);
	world->send_error = -EAGAIN;
	tick(99, 5);
	tick(99, 5);
	ck_assert_uint_eq(sent_to(SW_JOURNAL_SOCKET, &last), 0);
	ck_assert_uint_eq(world->n_persisted, 3); /* no tick was skipped */
	world->send_error = 0;
	tick(99, 5);
	ck_assert_uint_ge(sent_to(SW_JOURNAL_SOCKET, &last), 1);
	ck_assert_uint_eq(alerts_in_journal(), 1);
}
END_TEST

START_TEST(what_a_stuck_journal_has_not_taken_survives_a_kill)
{
	static const char path[] = "/var/lib/sockwatch/state.json";
	char text[8192], id[64];
	const char *last;

	tick(10, 0);
	world->send_error = -EAGAIN;
	tick(99, 5);
	tick(99, 5);
	ck_assert_int_gt(world->io.file_read(&world->io, path, text, sizeof(text)), 0);
	ck_assert_ptr_null(strstr(text, "\"events\":[]"));
	restart();
	tick(99, 5);
	ck_assert_uint_eq(alerts_in_journal(), 0);
	restart();
	world->send_error = 0;
	tick(99, 5);
	ck_assert_uint_eq(alerts_in_journal(), 1);
	last = last_alert();
	assert_contains(last, "SOCKWATCH_STATE=firing\n");
	snprintf(id, sizeof(id), "%.*s", (int)strcspn(strstr(last, "SOCKWATCH_EVENT_ID="), "\n"),
		 strstr(last, "SOCKWATCH_EVENT_ID="));
	ck_assert_int_gt(world->io.file_read(&world->io, path, text, sizeof(text)), 0);
	assert_contains(text, "\"events\":[]");

	/* The one that hooks got before has the same id. */
	assert_left_for_hooks("/var/lib/sockwatch/outbox/new", strchr(id, '=') + 1);
}
END_TEST

START_TEST(ready_is_said_again_until_it_is_taken)
{
	const char *last;

	world->send_error = -EAGAIN;
	tick(10, 0);
	world->send_error = 0;
	tick(10, 5);
	sent_to("@notify", &last);
	assert_contains(last, "READY=1\n");
	tick(10, 5);
	sent_to("@notify", &last);
	ck_assert_ptr_null(strstr(last, "READY"));
}
END_TEST

START_TEST(the_watchdog_is_fed_by_ticks)
{
	const struct sw_daemon_config config = {
		.settings = default_settings(),
		.runtime_dir = "/run/sockwatch",
		.mutes_dir = "/etc/sockwatch",
		.notify_socket = "@notify",
		.interval = 5 * SW_USEC_PER_SEC,
		.watchdog = true,
	};
	const char *last;

	sw_daemon_free(daemon_);
	ck_assert_int_eq(sw_daemon_new(&daemon_, &world->io, &config), 0);
	tick(10, 0);
	sent_to("@notify", &last);
	assert_contains(last, "READY=1\nWATCHDOG=1\nSTATUS=");
	tick(10, 5);
	sent_to("@notify", &last);
	assert_contains(last, "WATCHDOG=1\nSTATUS=");
}
END_TEST

START_TEST(it_looks_more_often_while_something_may_come)
{
	ck_assert_uint_eq(tick(10, 0), 5 * SW_USEC_PER_SEC);
	ck_assert_uint_eq(tick(60, 5), 1 * SW_USEC_PER_SEC);
	ck_assert_uint_eq(tick(10, 1), 5 * SW_USEC_PER_SEC);
}
END_TEST

START_TEST(stopping_removes_the_status_file)
{
	const char *last;

	tick(1, 0);
	sw_daemon_stop(daemon_);
	ck_assert_uint_eq(world->n_removed, 1);
	sent_to("@notify", &last);
	ck_assert_str_eq(last, "STOPPING=1");
}
END_TEST

#define MUTES "/etc/sockwatch/mutes.json"

/* The rule is mute for so many seconds from now. */
static void mute(unsigned int seconds)
{
	char text[256], since[SW_TIMESTAMP_SIZE], until[SW_TIMESTAMP_SIZE];

	snprintf(text, sizeof(text),
		 "{\"schema\":\"sockwatch.mutes/1\",\"mutes\":[{\"rule\":\"ephemeral-ports\","
		 "\"since\":\"%s\",\"until\":\"%s\"}]}",
		 sw_timestamp_format(world->now.wall, since),
		 sw_timestamp_format(world->now.wall + seconds * SW_USEC_PER_SEC, until));
	world_set_file(world, MUTES, text);
}

static size_t events_for_hooks(void)
{
	static const char folder[] = "/var/lib/sockwatch/outbox/new/";
	size_t n = 0;

	for (size_t i = 0; i < world->n_files; i++)
		n += strncmp(world->files[i].path, folder, strlen(folder)) == 0;
	return n;
}

START_TEST(a_mute_keeps_an_alert_from_journal_and_hooks)
{
	tick(10, 0);
	assert_contains(world->persisted, "\"alerts\":[]");
	mute(60);
	tick(99, 5);
	tick_on(99, 50);
	ck_assert_uint_eq(alerts_in_journal() + events_for_hooks(), 0);
	assert_contains(world->persisted, "\"severity\":\"critical\"");
	assert_contains(world->persisted, "\"muted_until\":\"2026-11-22T03:13:01.250Z\"");
	assert_contains(world->persisted, "\"event_id\":null");
	tick_on(99, 60);
	ck_assert_uint_eq(alerts_in_journal(), 1);
	ck_assert_uint_eq(events_for_hooks(), 1);
	assert_contains(last_alert(), "SOCKWATCH_STATE=firing\n");
	assert_contains(last_alert(), "SOCKWATCH_SINCE=2026-11-22T03:12:06.250Z\n");
	assert_contains(world->persisted, "\"muted_until\":null");
	/* Its end is told also in a mute. */
	mute(3600);
	tick_on(10, 400);
	ck_assert_uint_eq(alerts_in_journal(), 2);
	assert_contains(last_alert(), "SOCKWATCH_STATE=resolved\n");
}
END_TEST

START_TEST(what_fires_in_a_mute_outlives_a_kill)
{
	mute(60);
	tick(99, 0);
	assert_contains(world->persisted, "\"since\":\"2026-11-22T03:12:01.250Z\"");
	restart();
	tick(99, 30);
	ck_assert_uint_eq(alerts_in_journal(), 0);
	assert_contains(world->persisted, "\"since\":\"2026-11-22T03:12:01.250Z\"");
	/* The mute ends while nobody runs. */
	restart();
	tick(99, 60);
	ck_assert_uint_eq(alerts_in_journal(), 1);
	assert_contains(last_alert(), "SOCKWATCH_STATE=firing\n");
	assert_contains(last_alert(), "SOCKWATCH_SINCE=2026-11-22T03:12:01.250Z\n");
	restart();
	tick_on(99, 60);
	ck_assert_uint_eq(alerts_in_journal(), 1);
}
END_TEST

START_TEST(what_is_wrong_with_the_mutes_is_said_once_and_the_old_ones_hold)
{
	static const char said[] =
		"<4>sockwatchd: " MUTES ": line 1, column 1: this is no JSON; what was mute before "
		"stays so\n";

	tear_down();
	start(false);
	mute(3600);
	tick(99, 0);
	assert_contains(world->log, "<5>sockwatchd: " MUTES " has been read: 1 mute\n");
	world_set_file(world, MUTES, "{");
	tick_on(99, 30);
	ck_assert_uint_eq(occurrences(world->log, said), 1);
	world_fail_file(world, MUTES, -EACCES);
	tick_on(99, 30);
	ck_assert_uint_eq(occurrences(world->log, ": Permission denied; what was mute"), 1);
	ck_assert_uint_eq(alerts_in_journal(), 0);
	mute(10);
	tick(99, 5);
	ck_assert_uint_eq(occurrences(world->log, MUTES " has been read: 1 mute\n"), 2);
	assert_contains(world->log, MUTES ": works again\n");
	ck_assert_uint_eq(alerts_in_journal(), 0);
	tick(99, 5);
	ck_assert_uint_eq(alerts_in_journal(), 1);
}
END_TEST

START_TEST(without_the_file_nothing_is_mute)
{
	mute(3600);
	tick(99, 0);
	ck_assert_uint_eq(alerts_in_journal(), 0);
	world->io.remove(&world->io, MUTES);
	tick(99, 5);
	ck_assert_uint_eq(alerts_in_journal(), 1);
}
END_TEST

int main(void)
{
	TCase *tcase = tcase_create("tick");

	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_add_test(tcase, ready_comes_once_and_after_the_status_file);
	tcase_add_test(tcase, exhaustion_fires_once_and_resolves_once);
	tcase_add_test(tcase, an_alert_names_the_unit_and_still_does_when_it_is_over);
	tcase_add_test(tcase, the_status_file_lists_what_fires);
	tcase_add_test(tcase, a_failed_reading_changes_no_alert_and_is_said_once);
	tcase_add_test(tcase, three_failed_readings_are_blindness);
	tcase_add_test(tcase, a_restart_neither_fires_again_nor_forgets_to_resolve);
	tcase_add_test(tcase, how_long_it_failed_outlives_the_daemon);
	tcase_add_test(tcase, a_kill_loses_no_more_than_a_minute_of_it);
	tcase_add_test(tcase, after_a_reboot_the_wall_clock_tells_how_long_it_lasted);
	tcase_add_test(tcase, what_was_written_down_but_not_delivered_is_delivered_again);
	tcase_add_test(tcase, a_state_of_another_version_is_set_aside);
	tcase_add_test(tcase, events_are_left_for_hooks);
	tcase_add_test(tcase, a_state_directory_without_room_is_said_once_and_stops_nothing);
	tcase_add_test(tcase, with_hooks_off_none_is_left_until_they_are_on);
	tcase_add_test(tcase, a_hook_that_fails_is_an_alert_until_it_runs_well);
	tcase_add_test(tcase, a_hook_that_fails_once_between_two_looks_is_an_alert);
	tcase_add_test(tcase, a_hook_that_is_gone_fails_no_more);
	tcase_add_test(tcase, a_hook_with_a_name_that_may_not_be_is_there_all_the_same);
	tcase_add_test(tcase, hooks_are_watched_as_far_as_they_are_asked_to_be);
	tcase_add_test(tcase, an_event_that_nobody_takes_up_is_an_alert);
	tcase_add_test(tcase, a_rule_switched_off_while_it_fires_resolves_and_says_why);
	tcase_add_test(tcase, other_limits_count_from_the_next_tick);
	tcase_add_test(tcase, the_log_target_says_who_gets_an_alert);
	tcase_add_test(tcase, without_a_journal_the_log_has_the_alert);
	tcase_add_test(tcase, a_terminal_shows_what_the_journal_got);
	tcase_add_test(tcase, a_full_disk_is_said_once_and_stops_nothing);
	tcase_add_test(tcase, under_systemd_words_go_to_the_journal_with_their_priority);
	tcase_add_test(tcase, a_stuck_journal_gets_the_alert_once_it_goes_on);
	tcase_add_test(tcase, what_a_stuck_journal_has_not_taken_survives_a_kill);
	tcase_add_test(tcase, ready_is_said_again_until_it_is_taken);
	tcase_add_test(tcase, the_watchdog_is_fed_by_ticks);
	tcase_add_test(tcase, it_looks_more_often_while_something_may_come);
	tcase_add_test(tcase, stopping_removes_the_status_file);
	tcase_add_test(tcase, a_mute_keeps_an_alert_from_journal_and_hooks);
	tcase_add_test(tcase, what_fires_in_a_mute_outlives_a_kill);
	tcase_add_test(tcase, what_is_wrong_with_the_mutes_is_said_once_and_the_old_ones_hold);
	tcase_add_test(tcase, without_the_file_nothing_is_mute);
	return suite_run("tick", tcase);
}
