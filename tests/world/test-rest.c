/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Ticks on which the counters say that there is nothing to count, in a scripted world. */

#include <errno.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/tick.h"
#include "support/suite.h"
#include "support/world.h"

static struct world *world;
static struct sw_daemon *daemon_;
static struct sw_settings settings;
static struct answer *answer;
static uint64_t opens;

static void set_counters(uint64_t in_use)
{
	char text[256];

	snprintf(text, sizeof(text), "Tcp: ActiveOpens PassiveOpens\nTcp: %llu 7\n",
		 (unsigned long long)opens);
	world_set_file(world, "/proc/net/snmp", text);
	snprintf(text, sizeof(text), "TCP: inuse %llu orphan 0 tw 0 alloc %llu mem 1\n",
		 (unsigned long long)in_use, (unsigned long long)in_use);
	world_set_file(world, "/proc/net/sockstat", text);
}

/* `n` connections to one destination, of the 28232 there can be. */
static void set_held(uint16_t n)
{
	answer_free(answer);
	answer = answer_of_connections(32768, n, 0);
}

static void set_up(void)
{
	struct sw_daemon_config config = {
		.settings = &settings,
		.runtime_dir = "/run/sockwatch",
		.state_dir = "/var/lib/sockwatch",
		.mutes_dir = "/etc/sockwatch",
		.notify_socket = "@notify",
		.interval = SW_USEC_PER_SEC,
		.watchdog = true,
	};

	sw_settings_init(&settings);
	world = world_new();
	answer = NULL;
	opens = 1000;
	set_counters(50);
	set_held(50);
	ck_assert_int_eq(sw_daemon_new(&daemon_, &world->io, &config), 0);
}

static void tear_down(void)
{
	sw_daemon_free(daemon_);
	world_free(world);
	answer_free(answer);
}

/* One tick, a second after the one before. Has it dumped? */
static bool tick(void)
{
	size_t n_opened = world->n_opened;

	world->now.boot += SW_USEC_PER_SEC;
	world->now.wall += SW_USEC_PER_SEC;
	world_set_answer(world, answer);
	ck_assert_uint_eq(sw_daemon_tick(daemon_), SW_USEC_PER_SEC);
	return world->n_opened > n_opened;
}

static const char *last_sent(void)
{
	return world->sent[world->n_sent - 1].text;
}

/* It lives, and what it has said holds; nothing more is done. */
static void rest(size_t n_before)
{
	ck_assert(!tick());
	ck_assert_uint_eq(world->n_touched, n_before + 1);
	ck_assert_str_eq(last_sent(), "WATCHDOG=1");
}

START_TEST(nothing_is_counted_while_nothing_happens)
{
	ck_assert(tick());
	for (size_t i = 0; i < 58; i++)
		rest(i);
	ck_assert_uint_eq(world->n_persisted, 1);
	/* One second more, and what it shows would be older than MaxAge. */
	ck_assert(tick());
	ck_assert_uint_eq(world->n_persisted, 2);
	ck_assert(!tick());
}
END_TEST

START_TEST(connects_are_counted)
{
	tick();
	ck_assert(!tick());
	opens += 1000;
	set_counters(1050);
	ck_assert(tick());
	ck_assert(!tick());
}
END_TEST

START_TEST(a_full_accept_queue_is_looked_at)
{
	world_set_file(world, "/proc/net/netstat", "TcpExt: ListenOverflows\nTcpExt: 7\n");
	tick();
	ck_assert(!tick());
	world_set_file(world, "/proc/net/netstat", "TcpExt: ListenOverflows\nTcpExt: 8\n");
	ck_assert(tick());
	ck_assert(!tick());
	/* What is not understood may be one. */
	world_set_file(world, "/proc/net/netstat", "TcpExt: Listen\nTcpExt: 8\n");
	ck_assert(tick());
	ck_assert(tick());
}
END_TEST

START_TEST(while_an_alert_may_come_every_tick_counts)
{
	tick();
	ck_assert(!tick());
	world_set_file(world, "/proc/sys/net/ipv4/ip_local_port_range", "32768\t32867\n");
	set_held(70);
	world->now.boot += SW_USEC_PER_SEC;
	world_set_answer(world, answer);
	ck_assert_uint_eq(sw_daemon_tick(daemon_), SW_USEC_PER_SEC / 5);
	for (int i = 0; i < 5; i++) {
		size_t n_opened = world->n_opened;

		world->now.boot += SW_USEC_PER_SEC / 5;
		world_set_answer(world, answer);
		ck_assert_uint_eq(sw_daemon_tick(daemon_), SW_USEC_PER_SEC / 5);
		ck_assert_uint_eq(world->n_opened, n_opened + 1);
	}
}
END_TEST

START_TEST(other_settings_count_at_once)
{
	tick();
	ck_assert(!tick());
	settings.max_age = 3 * SW_USEC_PER_SEC;
	sw_daemon_configure(daemon_, &settings);
	ck_assert(tick());
	ck_assert(!tick());
	ck_assert(tick());
}
END_TEST

START_TEST(without_counters_it_counts_on_every_tick)
{
	tick();
	world_set_file(world, "/proc/net/snmp", "Udp: 1\n");
	ck_assert(tick());
	ck_assert(tick());
	world_fail_file(world, "/proc/net/snmp", -EACCES);
	ck_assert(tick());
	set_counters(50);
	ck_assert(tick());
	ck_assert(!tick());
}
END_TEST

START_TEST(a_status_file_that_is_gone_is_made_again)
{
	tick();
	ck_assert(!tick());
	free(world->persisted);
	world->persisted = NULL;
	ck_assert(tick());
	ck_assert_ptr_nonnull(world->persisted);
	ck_assert(!tick());
}
END_TEST

START_TEST(a_reading_that_failed_is_not_rested_on)
{
	tick();
	ck_assert(!tick());
	opens += 1000;
	set_counters(1050);
	world->open_error = -ENOBUFS;
	tick();
	world->open_error = 0;
	ck_assert(tick());
	ck_assert(!tick());
}
END_TEST

START_TEST(another_file_of_mutes_is_read_at_once)
{
	static const char path[] = "/etc/sockwatch/mutes.json";

	tick();
	ck_assert(!tick());
	world_set_file(world, path, "{\"schema\":\"sockwatch.mutes/1\",\"mutes\":[]}");
	ck_assert(tick());
	ck_assert_ptr_nonnull(strstr(world->log, "mutes.json has been read"));
	ck_assert(!tick());
	world->io.remove(&world->io, path);
	ck_assert(tick());
	ck_assert(!tick());
}
END_TEST

START_TEST(what_a_hook_has_come_to_is_read_at_once)
{
	tick();
	ck_assert(!tick());
	world_set_file(world, "/var/lib/sockwatch/outbox/results/x",
		       "b-1 0000000000000001 10-mail retry 1 exit-75\n");
	/* It is taken; and then looked for once more, since it went. */
	ck_assert(tick());
	ck_assert(tick());
	ck_assert(!tick());
}
END_TEST

/* "dumps":..., up to the end of the reason. */
static const char *dumps(void)
{
	static char text[128];
	const char *at = strstr(world->persisted, "\"dumps\":");

	ck_assert_ptr_nonnull(at);
	snprintf(text, sizeof(text), "%.*s", (int)strcspn(at, "}"), at);
	return text;
}

#define DUMPS(n, n_skipped, why) \
	"\"dumps\":" #n ",\"dumps_skipped\":" #n_skipped ",\"last_dump_reason\":\"" why "\""

START_TEST(the_file_says_how_often_it_counted_and_why)
{
	tick();
	ck_assert_str_eq(dumps(), DUMPS(1, 0, "counters"));
	for (size_t i = 0; i < 58; i++)
		rest(i);
	tick();
	ck_assert_str_eq(dumps(), DUMPS(2, 58, "age"));
	tick();
	free(world->persisted);
	world->persisted = NULL;
	tick();
	ck_assert_str_eq(dumps(), DUMPS(3, 59, "asked"));
	tick();
	world_set_file(world, "/proc/sys/net/ipv4/tcp_tw_reuse", "1\n");
	tick();
	ck_assert_str_eq(dumps(), DUMPS(4, 60, "setting"));
}
END_TEST

/* What the file names: older than three of these it is of no daemon that runs. */
static double named_interval(void)
{
	const char *at = strstr(world->persisted, "\"interval_s\":");

	ck_assert_ptr_nonnull(at);
	return strtod(at + strlen("\"interval_s\":"), NULL);
}

START_TEST(a_daemon_that_reads_for_long_is_not_taken_for_dead)
{
	tick();
	ck_assert_double_eq(named_interval(), 1);
	opens += 1000;
	set_counters(1050);
	/* A reading looks at the clock a few times. */
	world->now_step = 2 * SW_USEC_PER_SEC;
	tick();
	ck_assert_double_ge(named_interval(), 2);
	ck_assert_double_lt(named_interval(), 20);
}
END_TEST

START_TEST(holds_go_on_while_a_dump_takes_seconds)
{
	unsigned int seconds = 0;

	world_set_file(world, "/proc/sys/net/ipv4/ip_local_port_range", "32768\t32867\n");
	set_held(85);
	while (strstr(world->log, "<4>") == NULL) {
		world->now.boot += 10 * SW_USEC_PER_SEC;
		world->now.wall += 10 * SW_USEC_PER_SEC;
		world_set_answer(world, answer);
		sw_daemon_tick(daemon_);
		seconds += 10;
		ck_assert_uint_le(seconds, 150);
	}
	ck_assert_uint_ge(seconds, 120);
}
END_TEST

/* All that was sent is kept by the world, which has no room for so much. */
static void forget_what_was_sent(void)
{
	while (world->n_sent > 0)
		free(world->sent[--world->n_sent].text);
}

START_TEST(memory_is_flat_over_a_hundred_thousand_polls)
{
	enum { N_POLLS = 100000, N_BEFORE = 2000 };
	struct mallinfo2 before = { 0 }, after;

	for (int i = 0; i < N_POLLS; i++) {
		/* Now and then something happens. */
		if (i % 97 == 0)
			opens += 1000;
		if (i % 97 == 0)
			set_counters(50 + (uint64_t)i % 3);
		tick();
		forget_what_was_sent();
		if (i == N_BEFORE)
			before = mallinfo2();
	}
	after = mallinfo2();
	/* A leak of one byte a poll would be more. */
	ck_assert_uint_lt(after.uordblks, before.uordblks + N_POLLS / 2);
}
END_TEST

int main(void)
{
	TCase *tcase = tcase_create("rest");

	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_add_test(tcase, nothing_is_counted_while_nothing_happens);
	tcase_add_test(tcase, connects_are_counted);
	tcase_add_test(tcase, a_full_accept_queue_is_looked_at);
	tcase_add_test(tcase, while_an_alert_may_come_every_tick_counts);
	tcase_add_test(tcase, other_settings_count_at_once);
	tcase_add_test(tcase, without_counters_it_counts_on_every_tick);
	tcase_add_test(tcase, a_status_file_that_is_gone_is_made_again);
	tcase_add_test(tcase, a_reading_that_failed_is_not_rested_on);
	tcase_add_test(tcase, another_file_of_mutes_is_read_at_once);
	tcase_add_test(tcase, what_a_hook_has_come_to_is_read_at_once);
	tcase_add_test(tcase, the_file_says_how_often_it_counted_and_why);
	tcase_add_test(tcase, a_daemon_that_reads_for_long_is_not_taken_for_dead);
	tcase_add_test(tcase, holds_go_on_while_a_dump_takes_seconds);
	tcase_add_test(tcase, memory_is_flat_over_a_hundred_thousand_polls);
	return suite_run("rest", tcase);
}
