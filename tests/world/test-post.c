/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Messages on their way to a journal that is stuck, gone or back again. */

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "daemon/post.h"
#include "support/suite.h"
#include "support/world.h"

static struct world *world;
static struct sw_post *post;

static void set_up(void)
{
	world = world_new();
	ck_assert_int_eq(sw_post_new(&post, &world->io), 0);
}

static void tear_down(void)
{
	sw_post_free(post);
	world_free(world);
}

static int send(enum sw_importance importance, const char *text)
{
	return sw_post_send(post, importance, text, strlen(text));
}

static void assert_sent(size_t n, const char *last)
{
	ck_assert_uint_eq(world->n_sent, n);
	ck_assert_str_eq(world->sent[n - 1].text, last);
	ck_assert_str_eq(world->sent[n - 1].address, SW_JOURNAL_SOCKET);
}

START_TEST(what_the_journal_takes_goes_at_once)
{
	ck_assert_int_eq(send(SW_POST_ALERT, "a"), 0);
	assert_sent(1, "a");
	ck_assert_int_eq(sw_post_flush(post), 0);
	ck_assert_uint_eq(world->n_sent, 1);
}
END_TEST

START_TEST(what_it_does_not_take_goes_later_in_order)
{
	world->send_error = -EAGAIN;
	ck_assert_int_eq(send(SW_POST_ALERT, "first"), 0);
	ck_assert_int_eq(send(SW_POST_WORD, "second"), 0);
	ck_assert_int_eq(sw_post_flush(post), -EAGAIN);
	world->send_error = 0;
	ck_assert_int_eq(send(SW_POST_ALERT, "third"), 0);
	ck_assert_uint_eq(world->n_sent, 3);
	ck_assert_str_eq(world->sent[0].text, "first");
	ck_assert_str_eq(world->sent[1].text, "second");
	ck_assert_str_eq(world->sent[2].text, "third");
}
END_TEST

START_TEST(a_journal_that_restarts_loses_nothing)
{
	world->send_error = -ECONNREFUSED;
	ck_assert_int_eq(send(SW_POST_ALERT, "first"), 0);
	world->send_error = -ENOENT; /* the socket is being made anew */
	ck_assert_int_eq(send(SW_POST_ALERT, "second"), 0);
	world->send_error = 0;
	ck_assert_int_eq(sw_post_flush(post), 0);
	assert_sent(2, "second");
}
END_TEST

START_TEST(a_host_without_a_journal_keeps_nothing)
{
	world->send_error = -ENOENT;
	ck_assert_int_eq(send(SW_POST_ALERT, "a"), -ENOENT);
	world->send_error = 0;
	ck_assert_int_eq(sw_post_flush(post), 0);
	ck_assert_uint_eq(world->n_sent, 0);
}
END_TEST

START_TEST(one_that_is_never_taken_keeps_back_nobody)
{
	world->send_error = -EAGAIN;
	ck_assert_int_eq(send(SW_POST_ALERT, "a"), 0);
	world->send_error = -EMSGSIZE;
	ck_assert_int_eq(sw_post_flush(post), 0);
	ck_assert_uint_eq(sw_post_take_dropped(post), 1);
	ck_assert_uint_eq(sw_post_take_dropped(post), 0);
}
END_TEST

/* Fills the room with messages of one kind, numbered; returns how many were kept. */
static int fill(enum sw_importance importance, int *ret_refused)
{
	static char text[4096];
	int n = 0, r = 0;

	memset(text, ' ', sizeof(text));
	world->send_error = -EAGAIN;
	for (; n < 1000 && r == 0; n++) {
		snprintf(text, 16, "%d", n);
		r = sw_post_send(post, importance, text, sizeof(text));
	}
	*ret_refused = r;
	return r == 0 ? n : n - 1;
}

START_TEST(words_make_room_for_alerts_oldest_first)
{
	int r;

	world->send_error = -EAGAIN;
	ck_assert_int_eq(send(SW_POST_ALERT, "the alert before"), 0);
	ck_assert_int_eq(fill(SW_POST_WORD, &r),
			 1000); /* words are never refused, they push out older ones */
	ck_assert_uint_eq(sw_post_take_dropped(post), 1000 - 255);
	ck_assert_int_eq(send(SW_POST_ALERT, "the alert behind"), 0);

	world->send_error = 0;
	ck_assert_int_eq(sw_post_flush(post), 0);
	ck_assert_str_eq(world->sent[0].text, "the alert before");
	ck_assert_str_eq(world->sent[1].text, "745");
	assert_sent(world->n_sent, "the alert behind");
}
END_TEST

START_TEST(alerts_are_refused_only_when_alerts_fill_the_room)
{
	int r;

	world->send_error = -EAGAIN;
	ck_assert_int_eq(send(SW_POST_WORD, "a word"), 0);
	ck_assert_int_eq(fill(SW_POST_ALERT, &r), (int)(SW_POST_SIZE / 4096));
	ck_assert_int_eq(r, -ENOBUFS);
	ck_assert_uint_eq(sw_post_take_dropped(post), 1);
	/* A word finds no room either, and is only counted. */
	ck_assert_int_eq(send(SW_POST_WORD, "another"), 0);
	ck_assert_uint_eq(sw_post_take_dropped(post), 1);
}
END_TEST

int main(void)
{
	TCase *tcase = tcase_create("post");

	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_add_test(tcase, what_the_journal_takes_goes_at_once);
	tcase_add_test(tcase, what_it_does_not_take_goes_later_in_order);
	tcase_add_test(tcase, a_journal_that_restarts_loses_nothing);
	tcase_add_test(tcase, a_host_without_a_journal_keeps_nothing);
	tcase_add_test(tcase, one_that_is_never_taken_keeps_back_nobody);
	tcase_add_test(tcase, words_make_room_for_alerts_oldest_first);
	tcase_add_test(tcase, alerts_are_refused_only_when_alerts_fill_the_room);
	return suite_run("post", tcase);
}
