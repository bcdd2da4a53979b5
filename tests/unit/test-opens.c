/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Traffic of several destinations is played, and what is said of it is held against what was. */

#include <math.h>

#include "base/mem.h"
#include "core/opens.h"
#include "support/build.h"
#include "support/suite.h"

enum { N_TUPLES = 3, MAX_CARDS = 4096 };

/* A connection of one of the tuples: it is live until `closed`, and in TIME_WAIT for a minute from
 * there. */
struct card {
	uint32_t tuple;
	sw_usec opened, closed;
	bool leaves_nothing; /* the peer closes first */
};

static struct card cards[MAX_CARDS];
static uint32_t n_cards;
static struct sw_port_space space;
static const struct sw_reuse_rule no_reuse;
static struct sw_opens_account account;
static struct sw_opens opens[N_TUPLES];

static void set_up(void)
{
	sw_port_space_init(&space, 32768, 60999);
	n_cards = 0;
	account = (struct sw_opens_account){ 0 };
	for (int i = 0; i < N_TUPLES; i++)
		opens[i] = (struct sw_opens){ 0 };
}

static const char *const destinations[N_TUPLES] = { "10.0.0.1", "10.0.0.2", "10.0.0.3" };

static void add_card(struct sw_tally *tally, uint32_t i, sw_usec now)
{
	const struct card *card = &cards[i];
	uint16_t port = (uint16_t)(32768 + i);
	struct sw_sock sock;

	if (card->opened > now || (card->closed <= now && card->leaves_nothing) ||
	    card->closed + 60 * SW_USEC_PER_SEC <= now)
		return;
	if (card->closed > now)
		sock = build_sock(SW_TCP_ESTABLISHED, "10.0.0.5", port, destinations[card->tuple],
				  80);
	else
		sock = build_time_wait(
			"10.0.0.5", port, destinations[card->tuple], 80,
			(uint32_t)((card->closed + 60 * SW_USEC_PER_SEC - now) / SW_USEC_PER_MSEC));
	sw_tally_add(tally, &sock);
}

/* A reading at `now`; the counter says what has been opened by then. Returns the untold. */
static double look(sw_usec now)
{
	struct sw_figure active_opens = { .known = true };
	struct sw_tally *tally;
	double n_untold;

	ck_assert_int_eq(sw_tally_new(&tally, &space, &no_reuse, 1), 0);
	for (uint32_t i = 0; i < n_cards; i++) {
		add_card(tally, i, now);
		active_opens.value += cards[i].opened <= now;
	}
	n_untold = sw_opens_untold(&account, tally, active_opens, now);
	for (uint32_t i = 0; i < N_TUPLES; i++) {
		struct sw_tuple tuple = build_tuple("10.0.0.5", destinations[i], 80);
		const struct sw_tuple_tally empty = { .tuple = tuple };
		const struct sw_tuple_tally *row = sw_tally_find_tuple(tally, &tuple);

		sw_opens_note(&opens[i], row == NULL ? &empty : row, n_untold, now);
	}
	sw_tally_free(tally);
	return n_untold;
}

/* Of every rate that is told, how far it may be from the truth: a tenth, and one. */
static void check_rates(sw_usec from, sw_usec to)
{
	double seconds = (double)(to - from) / SW_USEC_PER_SEC;

	for (uint32_t i = 0; i < N_TUPLES; i++) {
		double truly = 0, told = sw_opens_rate(&opens[i]);

		for (uint32_t c = 0; c < n_cards; c++)
			truly += cards[c].tuple == i && cards[c].opened > from &&
				 cards[c].opened <= to;
		if (!isnan(told))
			ck_assert_msg(fabs(told * seconds - truly) <= truly / 10 + 1.5,
				      "tuple %u: told %g, truly %g", i, told, truly / seconds);
	}
}

/* Over 4 s, in which a window has not ended. `n_silent` of a hundred leave nothing behind. */
static void play(uint64_t seed, uint32_t n_silent)
{
	const sw_usec began = 100 * SW_USEC_PER_SEC, end = 104 * SW_USEC_PER_SEC;
	uint64_t random = seed;

	for (n_cards = 0; n_cards < 1500; n_cards++) {
		struct card *card = &cards[n_cards];

		card->tuple = (uint32_t)(build_random(&random) % N_TUPLES);
		card->opened =
			95 * SW_USEC_PER_SEC + build_random(&random) % (10 * SW_USEC_PER_SEC);
		card->closed = card->opened + 1 + build_random(&random) % (3 * SW_USEC_PER_SEC);
		card->leaves_nothing = build_random(&random) % 100 < n_silent;
	}
	look(began);
	for (sw_usec now = began + SW_USEC_PER_SEC / 2; now <= end; now += SW_USEC_PER_SEC / 2) {
		look(now);
		check_rates(began, now);
	}
}

START_TEST(all_that_is_told_is_true)
{
	play(1 + (uint64_t)_i, 0);
	for (int i = 0; i < N_TUPLES; i++)
		ck_assert(!isnan(sw_opens_rate(&opens[i])));
}
END_TEST

START_TEST(so_it_is_where_some_leave_nothing_behind)
{
	play(1 + (uint64_t)_i, 1);
	set_up();
	play(1 + (uint64_t)_i, 30);
	for (int i = 0; i < N_TUPLES; i++)
		ck_assert(isnan(sw_opens_rate(&opens[i])));
}
END_TEST

START_TEST(a_counter_that_begins_anew_tells_nothing)
{
	const struct sw_figure before = { true, 100 }, after = { true, 99 };
	struct sw_tally *tally;

	ck_assert_int_eq(sw_tally_new(&tally, &space, &no_reuse, 1), 0);
	ck_assert(isinf(sw_opens_untold(&account, tally, before, SW_USEC_PER_SEC)));
	ck_assert_double_eq(sw_opens_untold(&account, tally, before, 2 * SW_USEC_PER_SEC), 0);
	ck_assert(isinf(sw_opens_untold(&account, tally, after, 3 * SW_USEC_PER_SEC)));
	ck_assert(!isinf(sw_opens_untold(&account, tally, after, 63 * SW_USEC_PER_SEC)));
	ck_assert(isinf(sw_opens_untold(&account, tally, after, 124 * SW_USEC_PER_SEC)));
	sw_tally_free(tally);
}
END_TEST

START_TEST(where_tuples_are_too_many_nothing_is_told)
{
	const struct sw_figure none = { .known = true };
	struct sw_tally *tally;

	ck_assert_int_eq(sw_tally_new(&tally, &space, &no_reuse, 1), 0);
	sw_opens_untold(&account, tally, none, SW_USEC_PER_SEC);
	for (uint32_t i = 0; i <= SW_TALLY_MAX_TUPLES; i++) {
		struct sw_sock sock =
			build_sock(SW_TCP_ESTABLISHED, "10.0.0.5", 40000, "10.0.0.9", (uint16_t)i);

		sw_tally_add(tally, &sock);
	}
	ck_assert(isinf(sw_opens_untold(&account, tally, none, 2 * SW_USEC_PER_SEC)));
	sw_tally_free(tally);
}
END_TEST

int main(void)
{
	TCase *tcase = tcase_create("opens");

	tcase_add_checked_fixture(tcase, set_up, NULL);
	tcase_add_loop_test(tcase, all_that_is_told_is_true, 0, 10);
	tcase_add_loop_test(tcase, so_it_is_where_some_leave_nothing_behind, 0, 10);
	tcase_add_test(tcase, a_counter_that_begins_anew_tells_nothing);
	tcase_add_test(tcase, where_tuples_are_too_many_nothing_is_told);
	return suite_run("opens", tcase);
}
