/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Readings that count a part of the sockets where whole ones cost too much, in a scripted world. */

#include <errno.h>
#include <jansson.h>
#include <string.h>

#include "support/suite.h"
#include "world/costly.h"

#define MSEC SW_USEC_PER_MSEC

/* A server of 200 connections, `n_waiting` of them in CLOSE_WAIT, that has `n` to a database. */
static void serve(uint16_t n, uint16_t n_waiting, struct answer **ret_listeners,
		  struct answer **ret_narrow)
{
	costly_set_held(0);
	answer_free(answer);
	answer = answer_new();
	*ret_listeners = answer_new();
	*ret_narrow = answer_new();
	costly_add(*ret_listeners, 10, 443, "0.0.0.0", 0);
	for (uint16_t i = 0; i < 200; i++)
		costly_add(answer, i < n_waiting ? 8 : 1, 443, "10.0.0.7", (uint16_t)(10000 + i));
	for (uint16_t i = 0; i < n; i++) {
		costly_add(answer, 1, (uint16_t)(40000 + i), "10.0.0.9", 5432);
		costly_add(*ret_narrow, 1, (uint16_t)(40000 + i), "10.0.0.9", 5432);
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
	costly_tick(1000);
	ck_assert_double_eq(figure(NULL, "rest_age_s"), 0);
	ck_assert_double_eq(figure("ports", "total"), 201);
	/* Until what was saved for whole ones is used up. */
	while (world->n_narrow == 0)
		costly_tick(1000);
	serve(20, 0, &listeners[1], &narrow[1]);
	for (int i = 0; i < 3000; i++) {
		size_t n_before = world->n_narrow;
		bool dumped = costly_tick(1000);

		if (world->n_narrow > n_before) {
			n_narrow++;
			ck_assert_double_ge(figure(NULL, "rest_age_s"), 1);
			ck_assert_double_eq(figure("tuples", "held"), 20);
			ck_assert_double_eq(figure("ports", "total"), 201);
		} else if (dumped) {
			n_whole++;
			ck_assert_double_eq(figure(NULL, "rest_age_s"), 0);
		}
		ck_assert_double_le(costly_delay_told(), 5);
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
			costly_tick(1000);
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
		costly_add(answer, 1, (uint16_t)(40000 + i), "10.0.0.9", 5432);
		costly_add(*ret_towards, 1, (uint16_t)(40000 + i), "10.0.0.9", 5432);
	}
	for (uint16_t i = 0; i < 90; i++)
		costly_add(answer, 1, (uint16_t)(40000 + i / 3), others[i % 3], 5432);
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
		costly_tick(0);
	connect_out(70, &towards[1]);
	for (int i = 0; i < 3000; i++) {
		size_t n_before = world->n_narrow;
		bool dumped = costly_tick(0);

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
		ck_assert_double_le(costly_delay_told(), 9);
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
		costly_tick(0);
	ck_assert_double_le(costly_delay_told(), 9);
	for (int i = 0; i < 11; i++)
		costly_tick(1);
	while (world->n_narrow < 4)
		costly_tick(0);
	costly_tick(0);
	ck_assert_double_ge(costly_delay_told(), 20);
	ck_assert_ptr_nonnull(strstr(world->persisted, "\"rule\":\"blind\""));
	/* Until a whole one has been made. */
	while (figure(NULL, "rest_age_s") > 0)
		costly_tick(0);
	costly_tick(0);
	ck_assert_double_le(costly_delay_told(), 9);
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
		costly_tick(0);
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
	while (!costly_tick(0))
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
		costly_tick(1000);
	ck_assert_double_eq(figure(NULL, "rest_age_s"), 0);
	ck_assert_double_eq(figure("tuples", "held"), 10);
	answer_free(refused);
	answer_free(listeners);
	answer_free(narrow);
}
END_TEST

int main(void)
{
	TCase *tcase = tcase_create("scopes");

	tcase_add_checked_fixture(tcase, costly_set_up, costly_tear_down);
	tcase_add_test(tcase, on_a_server_only_what_goes_out_is_counted_anew);
	tcase_add_test(tcase, what_is_not_counted_anew_is_not_gone);
	tcase_add_test(tcase, on_a_client_only_what_is_hot_is_counted_anew);
	tcase_add_test(tcase, what_others_may_have_got_makes_it_late);
	tcase_add_test(tcase, another_that_is_near_now_is_counted_with_the_first_reading);
	tcase_add_test(tcase, a_narrow_reading_that_fails_is_followed_by_a_whole_one);
	return suite_run("scopes", tcase);
}
