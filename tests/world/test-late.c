/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Readings that cost more than the CPU budget has, in a scripted world: what waits, and who is
 * told. */

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "daemon/post.h"
#include "daemon/tick.h"
#include "support/suite.h"
#include "support/world.h"

#define MSEC SW_USEC_PER_MSEC

static struct world *world;
static struct sw_daemon *daemon_;
static struct sw_settings settings;
static struct answer *answer;
static uint64_t opens;
static char last_alert[4096];
static size_t n_alerts;

static void set_counters(void)
{
	char text[256];

	snprintf(text, sizeof(text), "Tcp: ActiveOpens PassiveOpens\nTcp: %llu 7\n",
		 (unsigned long long)opens);
	world_set_file(world, "/proc/net/snmp", text);
	world_set_file(world, "/proc/net/sockstat", "TCP: inuse 50 orphan 0 tw 0 alloc 50 mem 1\n");
}

static void add(struct answer *to, uint8_t state, uint16_t local_port, const char *remote,
		uint16_t remote_port)
{
	struct row row = { .state = state,
			   .local = "10.0.0.5",
			   .remote = remote,
			   .local_port = local_port,
			   .remote_port = remote_port };

	answer_add_row(to, &row);
}

/* `n` connections to one destination, of the 100 there can be. In CLOSE_WAIT, so that there is
 * nothing to be left out. */
static void set_held(uint16_t n)
{
	answer_free(answer);
	answer = answer_new();
	for (uint16_t i = 0; i < n; i++)
		add(answer, 8, (uint16_t)(40000 + i), "10.0.0.9", 5432);
	answer_add_done(answer, 0);
}

static void set_up(void)
{
	struct sw_daemon_config config = {
		.settings = &settings,
		.runtime_dir = "/run/sockwatch",
		.mutes_dir = "/etc/sockwatch",
		.notify_socket = "@notify",
		.interval = SW_USEC_PER_SEC,
		.stderr_is_journal = true,
		.watchdog = true,
	};

	sw_settings_init(&settings);
	/* The ranges are tiny here. */
	settings.rules.common[SW_RULE_KERNEL_SETTING].enabled = false;
	world = world_new();
	world_set_file(world, "/proc/sys/net/ipv4/ip_local_port_range", "40000\t40099\n");
	answer = NULL;
	opens = 1000;
	n_alerts = 0;
	last_alert[0] = '\0';
	set_counters();
	set_held(10);
	ck_assert_int_eq(sw_daemon_new(&daemon_, &world->io, &config), 0);
}

static void tear_down(void)
{
	sw_daemon_free(daemon_);
	world_free(world);
	answer_free(answer);
}

/* Keeps the alerts, and nothing else: the world has no room for so much. */
static void sift(void)
{
	while (world->n_sent > 0) {
		char *text = world->sent[--world->n_sent].text;

		if (strcmp(world->sent[world->n_sent].address, SW_JOURNAL_SOCKET) == 0 &&
		    strstr(text, "SOCKWATCH_ALERT_ID=") != NULL) {
			n_alerts++;
			snprintf(last_alert, sizeof(last_alert), "%s", text);
		}
		free(text);
	}
}

/* One tick, a second after the one before, in which `n` connects were made. Has it dumped? */
static bool tick(uint64_t n)
{
	size_t n_opened = world->n_opened;

	world->now.boot += SW_USEC_PER_SEC;
	world->now.wall += SW_USEC_PER_SEC;
	opens += n;
	set_counters();
	world_set_answer(world, answer);
	ck_assert_uint_le(sw_daemon_tick(daemon_), SW_USEC_PER_SEC);
	sift();
	return world->n_opened > n_opened;
}

/* How much later something may be seen, by status.json. */
static double delay_told(void)
{
	json_t *status = json_loads(world->persisted, 0, NULL);
	double delay = -1;

	ck_assert_ptr_nonnull(status);
	ck_assert_int_eq(json_unpack(status, "{s:{s:F}}", "daemon", "detection_delay_s", &delay),
			 0);
	json_decref(status);
	return delay;
}

START_TEST(no_five_minutes_have_more_than_the_budget)
{
	enum { N = 3000, WINDOW = 300 };
	static sw_usec used[N];
	size_t n_dumps = 0;

	world->request_cost = 100 * MSEC;
	for (size_t i = 0; i < N; i++) {
		n_dumps += tick(1000);
		used[i] = world->cpu_used;
		if (i > WINDOW)
			ck_assert_uint_le(used[i] - used[i - WINDOW], 6 * SW_USEC_PER_SEC);
	}
	/* Each costs 200 ms, and there are 60 s. */
	ck_assert_uint_ge(n_dumps, 230);
}
END_TEST

START_TEST(a_tick_that_waits_lives_and_says_how_late_it_may_be)
{
	size_t n_touched, n_persisted;

	world->request_cost = 60 * MSEC;
	/* Until what was saved is used up. */
	while (tick(1000))
		;
	/* 120 ms last for 7.5 s. */
	ck_assert_double_ge(delay_told(), 5);
	ck_assert_double_le(delay_told(), 9);
	n_touched = world->n_touched;
	n_persisted = world->n_persisted;
	ck_assert(!tick(1000));
	ck_assert_uint_eq(world->n_touched, n_touched + 1);
	ck_assert_uint_eq(world->n_persisted, n_persisted);
	ck_assert_str_eq(last_alert, "");
	/* There is nothing any more that could be seen late. */
	while (!tick(0))
		;
	while (tick(0))
		;
	ck_assert_double_eq(delay_told(), 0);
}
END_TEST

START_TEST(later_than_ten_seconds_is_blindness_until_it_is_not)
{
	bool dumped = true;

	world->request_cost = 200 * MSEC;
	while (n_alerts == 0)
		dumped = tick(1000);
	/* It was known before there was a reading. */
	ck_assert(!dumped);
	ck_assert_ptr_nonnull(strstr(last_alert, "sockwatch is blind for 2"));
	ck_assert_ptr_nonnull(
		strstr(last_alert, " s at a time: to read 10 sockets costs 0.4 s of CPU time, and "
				   "CpuBudget=2% allows no more\n"));
	ck_assert_ptr_nonnull(strstr(last_alert, "SOCKWATCH_CAUSE=cpu-budget\n"));
	ck_assert_ptr_nonnull(strstr(last_alert, "PRIORITY=4\n"));
	ck_assert_double_ge(delay_told(), 20);
	ck_assert_ptr_nonnull(strstr(world->persisted, "\"rule\":\"blind\""));
	for (int i = 0; i < 600; i++)
		tick(1000);
	ck_assert_uint_eq(n_alerts, 1);
	world->request_cost = 10 * MSEC;
	while (n_alerts == 1)
		tick(1000);
	ck_assert_ptr_nonnull(strstr(last_alert, "sockwatch sees again: it was blind for "));
	ck_assert_ptr_null(strstr(world->persisted, "\"rule\":\"blind\""));
}
END_TEST

START_TEST(where_nothing_happens_any_more_it_is_not_blind)
{
	world->request_cost = 200 * MSEC;
	while (n_alerts == 0)
		tick(1000);
	for (int i = 0; i < 120; i++)
		tick(0);
	ck_assert_uint_eq(n_alerts, 2);
	ck_assert_double_eq(delay_told(), 0);
}
END_TEST

/* Two minutes of readings that are 25 s apart. */
START_TEST(holds_go_on_while_readings_wait)
{
	settings.blind.enabled = false;
	sw_daemon_configure(daemon_, &settings);
	world->request_cost = 200 * MSEC;
	set_held(85);
	for (int i = 0; i < 180; i++)
		tick(1000);
	ck_assert_uint_eq(n_alerts, 1);
	ck_assert_ptr_nonnull(strstr(last_alert, "SOCKWATCH_RULE=ephemeral-ports\n"));
	ck_assert_ptr_nonnull(strstr(last_alert, "SOCKWATCH_SEVERITY=warning\n"));
}
END_TEST

START_TEST(what_was_not_taken_is_offered_again_meanwhile)
{
	size_t n_persisted;

	world->request_cost = 200 * MSEC;
	while (world->cpu_used < SW_USEC_PER_SEC)
		tick(1000);
	world->persist_error = -ENOSPC;
	n_persisted = world->n_persisted;
	ck_assert(!tick(1000));
	ck_assert_uint_eq(world->n_persisted, n_persisted);
	world->persist_error = 0;
	ck_assert(!tick(1000));
	ck_assert_uint_eq(world->n_persisted, n_persisted + 1);
	ck_assert(!tick(1000));
	ck_assert_uint_eq(world->n_persisted, n_persisted + 1);
}
END_TEST

START_TEST(a_larger_budget_is_used_at_once)
{
	world->request_cost = 200 * MSEC;
	while (tick(1000))
		;
	settings.cpu_budget = 0.5;
	sw_daemon_configure(daemon_, &settings);
	tick(1000);
	for (int i = 0; i < 100; i++)
		ck_assert(tick(1000));
}
END_TEST

/* A server of 200 connections, `n_waiting` of them in CLOSE_WAIT, that has `n` to a database. */
static void serve(uint16_t n, uint16_t n_waiting, struct answer **ret_listeners,
		  struct answer **ret_narrow)
{
	set_held(0);
	answer_free(answer);
	answer = answer_new();
	*ret_listeners = answer_new();
	*ret_narrow = answer_new();
	add(*ret_listeners, 10, 443, "0.0.0.0", 0);
	for (uint16_t i = 0; i < 200; i++)
		add(answer, i < n_waiting ? 8 : 1, 443, "10.0.0.7", (uint16_t)(10000 + i));
	for (uint16_t i = 0; i < n; i++) {
		add(answer, 1, (uint16_t)(40000 + i), "10.0.0.9", 5432);
		add(*ret_narrow, 1, (uint16_t)(40000 + i), "10.0.0.9", 5432);
	}
	answer_add_done(answer, 0);
	answer_add_done(*ret_listeners, 0);
	answer_add_done(*ret_narrow, 0);
	world->listeners = *ret_listeners;
	world->narrow = *ret_narrow;
}

/* A member of the namespace in status.json, and those of what it lists. */
static double figure(const char *list, const char *name)
{
	json_t *status = json_loads(world->persisted, 0, NULL);
	json_t *there = json_array_get(json_object_get(status, "namespaces"), 0);
	double value;

	if (list != NULL)
		there = json_array_get(json_object_get(there, list), 0);
	there = json_object_get(there, name);
	ck_assert(json_is_number(there));
	value = json_number_value(there);
	json_decref(status);
	return value;
}

START_TEST(on_a_server_only_what_goes_out_is_counted_anew)
{
	struct answer *listeners[2], *narrow[2];
	size_t n_narrow = 0, n_whole = 0;

	world->request_cost = 200 * MSEC;
	world->narrow_cost = 40 * MSEC;
	serve(10, 0, &listeners[0], &narrow[0]);
	tick(1000);
	ck_assert_double_eq(figure(NULL, "rest_age_s"), 0);
	ck_assert_double_eq(figure("ports", "total"), 201);
	/* Until what was saved for whole ones is used up. */
	while (world->n_narrow == 0)
		tick(1000);
	serve(20, 0, &listeners[1], &narrow[1]);
	for (int i = 0; i < 3000; i++) {
		size_t n_before = world->n_narrow;
		bool dumped = tick(1000);

		if (world->n_narrow > n_before) {
			n_narrow++;
			ck_assert_double_ge(figure(NULL, "rest_age_s"), 1);
			ck_assert_double_eq(figure("tuples", "held"), 20);
			ck_assert_double_eq(figure("ports", "total"), 201);
		} else if (dumped) {
			n_whole++;
			ck_assert_double_eq(figure(NULL, "rest_age_s"), 0);
		}
		ck_assert_double_le(delay_told(), 5);
	}
	ck_assert_uint_eq(n_alerts, 0);
	/* 3000 s have 48 s: a quarter for those of 400 ms, the rest for those of 40 ms. */
	ck_assert_uint_ge(n_whole, 20);
	ck_assert_uint_ge(n_narrow, 700);
	for (int i = 0; i < 2; i++) {
		answer_free(listeners[i]);
		answer_free(narrow[i]);
	}
}
END_TEST

/* The rule close-wait has ten whole readings in which they become more, and many narrow ones. */
START_TEST(what_is_not_counted_anew_is_not_gone)
{
	struct answer *listeners, *narrow;

	settings.alert.clear = SW_USEC_PER_SEC;
	sw_daemon_configure(daemon_, &settings);
	world->request_cost = 200 * MSEC;
	world->narrow_cost = 40 * MSEC;
	for (uint16_t i = 0; i <= 24; i++) {
		serve(10, i < 24 ? (uint16_t)(100 + 4 * i) : 0, &listeners, &narrow);
		for (int k = 0; k < (i < 24 ? 100 : 900); k++)
			tick(1000);
		answer_free(listeners);
		answer_free(narrow);
		if (i == 23) {
			ck_assert_uint_eq(n_alerts, 1);
			ck_assert_ptr_nonnull(strstr(last_alert, "SOCKWATCH_RULE=close-wait\n"));
		}
	}
	ck_assert_uint_gt(world->n_narrow, 500);
	ck_assert_uint_eq(n_alerts, 2);
	ck_assert_ptr_nonnull(strstr(last_alert, "SOCKWATCH_STATE=resolved\n"));
}
END_TEST

/* Row `i` of the tuples in status.json. */
static double figure_of_tuple(size_t i, const char *name)
{
	json_t *status = json_loads(world->persisted, 0, NULL);
	json_t *space = json_array_get(json_object_get(status, "namespaces"), 0);
	json_t *row = json_array_get(json_object_get(space, "tuples"), i);
	double value = json_number_value(json_object_get(row, name));

	ck_assert(json_is_number(json_object_get(row, name)));
	json_decref(status);
	return value;
}

/* `n` connections to one database, and 30 to each of three others. */
static void connect_out(uint16_t n, struct answer **ret_towards)
{
	static const char *const others[] = { "10.0.0.6", "10.0.0.7", "10.0.0.8" };

	answer_free(answer);
	answer = answer_new();
	*ret_towards = answer_new();
	for (uint16_t i = 0; i < n; i++) {
		add(answer, 1, (uint16_t)(40000 + i), "10.0.0.9", 5432);
		add(*ret_towards, 1, (uint16_t)(40000 + i), "10.0.0.9", 5432);
	}
	for (uint16_t i = 0; i < 90; i++)
		add(answer, 1, (uint16_t)(40000 + i / 3), others[i % 3], 5432);
	answer_add_done(answer, 0);
	answer_add_done(*ret_towards, 0);
	world->towards = *ret_towards;
}

START_TEST(on_a_client_only_what_is_hot_is_counted_anew)
{
	struct answer *towards[2];
	size_t n_hot = 0, n_whole = 0;

	world->request_cost = 200 * MSEC;
	world->narrow_cost = 40 * MSEC;
	connect_out(60, &towards[0]);
	while (world->n_narrow == 0)
		tick(0);
	connect_out(70, &towards[1]);
	for (int i = 0; i < 3000; i++) {
		size_t n_before = world->n_narrow;
		bool dumped = tick(0);

		if (dumped) {
			ck_assert_double_eq(figure_of_tuple(0, "held"), 70);
			ck_assert_double_eq(figure_of_tuple(0, "age_s"), 0);
			ck_assert_double_eq(figure_of_tuple(1, "held"), 30);
			ck_assert_double_eq(figure_of_tuple(1, "age_s"),
					    figure(NULL, "rest_age_s"));
		}
		if (world->n_narrow > n_before) {
			n_hot++;
			ck_assert_double_ge(figure(NULL, "rest_age_s"), 1);
		} else if (dumped) {
			n_whole++;
			ck_assert_double_eq(figure(NULL, "rest_age_s"), 0);
		}
		ck_assert_double_le(delay_told(), 9);
	}
	/* 3000 s have 48 s: a quarter for those of 400 ms, the rest for those of twice 40 ms. */
	ck_assert_uint_ge(n_whole, 20);
	ck_assert_uint_ge(n_hot, 350);
	for (int i = 0; i < 2; i++)
		answer_free(towards[i]);
}
END_TEST

/* Ten of a hundred ports may have gone to another destination; whether, a reading of hot ones does
 * not tell. */
START_TEST(what_others_may_have_got_makes_it_late)
{
	struct answer *towards;

	world->request_cost = 200 * MSEC;
	world->narrow_cost = 40 * MSEC;
	connect_out(60, &towards);
	while (world->n_narrow == 0)
		tick(0);
	ck_assert_double_le(delay_told(), 9);
	for (int i = 0; i < 11; i++)
		tick(1);
	while (world->n_narrow < 4)
		tick(0);
	tick(0);
	ck_assert_double_ge(delay_told(), 20);
	ck_assert_ptr_nonnull(strstr(world->persisted, "\"rule\":\"blind\""));
	/* Until a whole one has been made. */
	while (figure(NULL, "rest_age_s") > 0)
		tick(0);
	tick(0);
	ck_assert_double_le(delay_told(), 9);
	answer_free(towards);
}
END_TEST

/* By the TIME_WAIT that it has, one is hot that was not. */
START_TEST(another_that_is_near_now_is_counted_with_the_first_reading)
{
	struct answer *towards, *others = answer_new();

	world->request_cost = 200 * MSEC;
	world->narrow_cost = 40 * MSEC;
	connect_out(60, &towards);
	while (world->n_narrow == 0)
		tick(0);
	for (uint16_t i = 0; i < 55; i++) {
		struct row row = { .state = 6,
				   .local = "10.0.0.5",
				   .remote = "10.0.0.8",
				   .local_port = (uint16_t)(40040 + i),
				   .remote_port = 5432,
				   .timer = 3,
				   .expires_ms = 50000 };

		answer_add_row(others, &row);
	}
	answer_add_done(others, 0);
	world->others = others;
	while (!tick(0))
		;
	ck_assert_double_ge(figure(NULL, "rest_age_s"), 1);
	/* Of its ESTABLISHED ones none is left. */
	ck_assert_double_eq(figure_of_tuple(1, "time_wait"), 55);
	ck_assert_double_eq(figure_of_tuple(1, "held"), 0);
	ck_assert_double_eq(figure_of_tuple(1, "age_s"), 0);
	ck_assert_double_eq(figure_of_tuple(2, "held"), 30);
	ck_assert_double_ge(figure_of_tuple(2, "age_s"), 1);
	answer_free(towards);
	answer_free(others);
}
END_TEST

START_TEST(a_narrow_reading_that_fails_is_followed_by_a_whole_one)
{
	struct answer *listeners, *narrow, *refused = answer_new();

	world->request_cost = 200 * MSEC;
	world->narrow_cost = 40 * MSEC;
	serve(10, 0, &listeners, &narrow);
	answer_add_error(refused, -EINVAL);
	world->narrow = refused;
	while (world->n_narrow == 0)
		tick(1000);
	ck_assert_double_eq(figure(NULL, "rest_age_s"), 0);
	ck_assert_double_eq(figure("tuples", "held"), 10);
	answer_free(refused);
	answer_free(listeners);
	answer_free(narrow);
}
END_TEST

int main(void)
{
	TCase *tcase = tcase_create("late");

	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_add_test(tcase, no_five_minutes_have_more_than_the_budget);
	tcase_add_test(tcase, a_tick_that_waits_lives_and_says_how_late_it_may_be);
	tcase_add_test(tcase, later_than_ten_seconds_is_blindness_until_it_is_not);
	tcase_add_test(tcase, where_nothing_happens_any_more_it_is_not_blind);
	tcase_add_test(tcase, holds_go_on_while_readings_wait);
	tcase_add_test(tcase, what_was_not_taken_is_offered_again_meanwhile);
	tcase_add_test(tcase, a_larger_budget_is_used_at_once);
	tcase_add_test(tcase, on_a_server_only_what_goes_out_is_counted_anew);
	tcase_add_test(tcase, what_is_not_counted_anew_is_not_gone);
	tcase_add_test(tcase, on_a_client_only_what_is_hot_is_counted_anew);
	tcase_add_test(tcase, what_others_may_have_got_makes_it_late);
	tcase_add_test(tcase, another_that_is_near_now_is_counted_with_the_first_reading);
	tcase_add_test(tcase, a_narrow_reading_that_fails_is_followed_by_a_whole_one);
	return suite_run("late", tcase);
}
