/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Whether bind(0) is told apart from connect(), in populations that choose their ports as the
 * kernel does (__inet_hash_connect, inet_csk_find_open_port).
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "core/bind-evidence.h"
#include "sockwatch/reading.h"
#include "support/build.h"
#include "support/suite.h"

enum { MAX_SOCKETS = 20000, MAX_TUPLES = 24, MAX_RANGE = 2000, LOW = 32768 };

static uint64_t random_state;
static uint32_t n_range, n_tuples;
static bool skips; /* connect() leaves gaps, as since 5.18 */
static struct sw_ledger *ledger;

/* Open sockets, in the order they came in, and where each tuple looks next. */
static struct {
	uint32_t n;
	struct {
		uint16_t tuple, offset;
	} list[MAX_SOCKETS];
	uint32_t next[MAX_TUPLES];
	uint8_t by_tuple[MAX_TUPLES][MAX_RANGE], by_all[MAX_RANGE];
} open_sockets;

static uint32_t below(uint32_t limit)
{
	return (uint32_t)(build_random(&random_state) % limit);
}

static bool take(uint32_t tuple, uint32_t offset, bool alone)
{
	uint32_t n = open_sockets.n;

	if (n == MAX_SOCKETS || open_sockets.by_tuple[tuple][offset] > 0 ||
	    (alone && open_sockets.by_all[offset] > 0))
		return false;
	open_sockets.list[n].tuple = (uint16_t)tuple;
	open_sockets.list[n].offset = (uint16_t)offset;
	open_sockets.by_tuple[tuple][offset]++;
	open_sockets.by_all[offset]++;
	open_sockets.n++;
	return true;
}

static bool connect_one(uint32_t tuple)
{
	uint32_t skipped = skips ? 2 * below(8) : 2 * (below(16) == 0);

	for (uint32_t pass = 0; pass < 2; pass++)
		for (uint32_t walked = 0; walked < n_range; walked += 2) {
			uint32_t at = (open_sockets.next[tuple] + walked) % n_range / 2 * 2;

			if (!take(tuple, at + pass, false))
				continue;
			open_sockets.next[tuple] += (walked > skipped ? walked : skipped) + 2;
			return true;
		}
	return false;
}

static bool bind_one(uint32_t tuple)
{
	uint32_t begin = below(n_range) / 2 * 2;

	for (uint32_t pass = 0; pass < 2; pass++)
		for (uint32_t walked = 0; walked < n_range; walked += 2)
			if (take(tuple, (begin + walked) % n_range + !pass, true))
				return true;
	return false;
}

/* Closes `n`: those that came first, or any. */
static void close_some(uint32_t n, bool in_order)
{
	for (n = SW_MIN(n, open_sockets.n); n > 0; n--) {
		uint32_t i = in_order ? n - 1 : below(open_sockets.n),
			 at = open_sockets.list[i].offset;

		open_sockets.by_tuple[open_sockets.list[i].tuple][at]--;
		open_sockets.by_all[at]--;
		open_sockets.n--;
		memmove(open_sockets.list + i, open_sockets.list + i + 1,
			(open_sockets.n - i) * sizeof(open_sockets.list[0]));
	}
}

static void begin(uint64_t seed, uint32_t range, uint32_t tuples)
{
	random_state = seed;
	n_range = range;
	n_tuples = tuples;
	skips = seed % 2;
	memset(&open_sockets, 0, sizeof(open_sockets));
	for (uint32_t i = 0; i < tuples; i++)
		open_sockets.next[i] = below(range) / 2 * 2;
	sw_ledger_free(ledger);
	ck_assert_int_eq(sw_ledger_new(&ledger), 0);
}

static void end(void)
{
	sw_ledger_free(ledger);
	ledger = NULL;
}

/* What a reading says: the daemon's, or one with nothing before it. */
static bool binds(bool of_daemon)
{
	struct sw_reuse_rule reuse = { 0 };
	struct sw_reading *reading;
	bool result;

	ck_assert_int_eq(sw_reading_new(&reading), 0);
	sw_port_space_init(&reading->space, LOW, (uint16_t)(LOW + n_range - 1));
	ck_assert_int_eq(sw_tally_new(&reading->tally, &reading->space, &reuse, 1), 0);
	if (of_daemon)
		sw_tally_set_ledger(reading->tally, ledger);
	for (uint32_t i = 0; i < open_sockets.n; i++) {
		struct sw_sock sock =
			build_sock(SW_TCP_ESTABLISHED, "10.0.0.5",
				   (uint16_t)(LOW + open_sockets.list[i].offset), "10.0.1.1",
				   (uint16_t)(1000 + open_sockets.list[i].tuple));

		sock.cookie = i + 1;
		sw_tally_add(reading->tally, &sock);
	}
	sw_tally_finish(reading->tally);
	result =
		sw_tally_n_sources(reading->tally) > 0 && sw_tally_source(reading->tally, 0)->binds;
	sw_reading_free(reading);
	return result;
}

static const uint32_t ranges[] = { 4, 20, 50, 100, 128, 200, 600, 1000, 2000 };

/* Waves of connects: towards some or all, up to nothing or everything, and away again. */
START_TEST(connects_never_look_like_bind)
{
	uint32_t n_ports = ranges[_i % SW_ARRAY_SIZE(ranges)];

	begin((uint64_t)_i + 1, n_ports, 1 + below(MAX_TUPLES));
	for (int wave = 0; wave < 6; wave++) {
		uint32_t n_busy = 1 + below(n_tuples), top = 1 + below(n_ports);
		bool in_order = below(2) == 0;

		for (uint32_t n = 0; n < top; n++) {
			for (uint32_t tuple = 0; tuple < n_busy; tuple++)
				connect_one(tuple);
			if (below(top) < 3)
				ck_assert_msg(!binds(true) && !binds(false), "filling");
		}
		ck_assert_msg(!binds(true) && !binds(false), "full");
		for (uint32_t n = 0; n < 10; n++) {
			close_some(1 + open_sockets.n / 4, in_order);
			ck_assert_msg(!binds(true) && !binds(false), "emptying");
		}
	}
	end();
}
END_TEST

/* Also where all that a reading sees is what is left in the second pass. */
START_TEST(what_is_left_in_the_second_pass_is_no_evidence)
{
	begin((uint64_t)_i + 1, 2000, 1 + below(2));
	for (int wave = 0; wave < 8; wave++) {
		uint32_t n_left = 20 + below(200);

		for (uint32_t n = 0; n < 1000 + n_left; n++)
			for (uint32_t tuple = 0; tuple < n_tuples; tuple++)
				connect_one(tuple);
		/* Every fourth time a reading comes before. */
		if (wave % 4 == 1)
			binds(true);
		close_some(1000 * n_tuples, true);
		ck_assert(!binds(true));
		ck_assert(!binds(false));
		close_some(open_sockets.n, true);
		binds(true);
	}
	end();
}
END_TEST

/* The daemon sees it before a half of the ports is gone, whatever it goes to. */
START_TEST(bind_is_seen_by_the_daemon)
{
	uint32_t n_open = 0;

	begin((uint64_t)_i + 1, 2000, 1 + (uint32_t)_i % 6);
	for (; n_open < 800; n_open++) {
		bind_one(below(n_tuples));
		if (n_open % 100 == 0)
			binds(true);
	}
	ck_assert(binds(true));
	/* And goes on to, when both passes are used and when all ports are. */
	while (bind_one(below(n_tuples)))
		if (n_open++ % 100 == 0)
			ck_assert(binds(true));
	ck_assert(binds(true));
	for (uint32_t n = 0; n < 3000; n++) {
		close_some(1, below(2) == 0);
		bind_one(below(n_tuples));
		if (n % 100 == 0)
			ck_assert(binds(true));
	}
	close_some(open_sockets.n, true);
	ck_assert(!binds(true));
	end();
}
END_TEST

/* One reading needs some destinations, and that much is gone. */
START_TEST(bind_to_several_destinations_is_seen_in_one_reading)
{
	uint32_t n_ports = _i % 2 == 0 ? 200 : 2000;

	begin((uint64_t)_i + 1, n_ports, 5 + (uint32_t)_i % 8);
	for (uint32_t n = 0; n < n_ports * 8 / 10; n++)
		bind_one(below(n_tuples));
	ck_assert(binds(false));
	/* Some who connect beside them change nothing. */
	for (uint32_t n = 0; n < n_ports / 10; n++)
		for (uint32_t at = 0; at < n_ports; at += 2)
			if (take(n % n_tuples, at, true))
				break;
	ck_assert(binds(false));
	end();
}
END_TEST

START_TEST(a_port_seen_twice_in_a_dump_changes_little)
{
	begin(1, 2000, 9);
	while (bind_one(below(n_tuples)))
		;
	for (uint32_t n = 0; n < 10; n++)
		take((open_sockets.list[n].tuple + 1) % n_tuples, open_sockets.list[n].offset,
		     false);
	ck_assert(binds(false));
	end();
}
END_TEST

/* Over all places where the arcs of 3, 4 and 5 could begin, of 20: counted. */
START_TEST(the_chance_of_arcs_is_exact)
{
	uint32_t n_apart = 0;

	for (uint32_t b = 0; b < 20; b++)
		for (uint32_t c = 0; c < 20; c++) {
			uint32_t taken[20] = { 0 }, most = 0;

			for (uint32_t i = 0; i < 5; i++) {
				taken[i] += i < 3;
				taken[(b + i) % 20] += i < 4;
				taken[(c + i) % 20]++;
			}
			for (uint32_t i = 0; i < 20; i++)
				most = taken[i] > most ? taken[i] : most;
			n_apart += most == 1;
		}
	ck_assert_double_eq_tol(sw_bind_chance(3, 12, 0, 20), n_apart / 400.0, 1e-12);
	ck_assert_double_eq(sw_bind_chance(1, 20, 0, 20), 1);
	ck_assert_double_eq(sw_bind_chance(0, 0, 0, 20), 1);
	ck_assert_double_eq(sw_bind_chance(9, 12, 2, 20), 1);
	/* 8!/14116^8 */
	ck_assert_double_lt(sw_bind_chance(9, 14116, 0, 14116), 1e-6);
	ck_assert_double_eq_tol(sw_bind_chance(2, 14116, 0, 14116), 1 / 14116.0, 1e-12);
}
END_TEST

/* Readings in a row: sockets in the second pass, and of their tuples in the first. */
static const struct {
	uint32_t n_ports;
	uint32_t n;
	uint32_t readings[6][2];
	uint32_t half_full; /* which reading, from 1 on, knows of one that was */
	bool binds;
} rows[] = {
	{ 500, 4, { { 10, 0 }, { 20, 0 }, { 30, 0 }, { 40, 0 } }, 0, true },
	{ 499, 4, { { 10, 0 }, { 20, 0 }, { 30, 0 }, { 40, 0 } }, 0, false },
	{ 500, 3, { { 10, 0 }, { 20, 0 }, { 30, 0 } }, 0, false },
	{ 500, 4, { { 10, 0 }, { 20, 0 }, { 30, 0 }, { 39, 0 } }, 0, false },
	{ 500, 6, { { 10, 0 }, { 20, 0 }, { 15, 0 }, { 29, 0 }, { 30, 0 }, { 40, 0 } }, 0, true },
	{ 500, 4, { { 10, 1 }, { 20, 2 }, { 30, 3 }, { 40, 4 } }, 0, true },
	{ 500, 4, { { 10, 0 }, { 20, 3 }, { 30, 0 }, { 40, 0 } }, 0, false },
	{ 500, 4, { { 10, 0 }, { 20, 0 }, { 30, 0 }, { 40, 0 } }, 2, false },
	{ 500, 5, { { 10, 0 }, { 20, 0 }, { 0, 0 }, { 30, 0 }, { 40, 0 } }, 0, false },
	/* It lasts while they do. */
	{ 500, 6, { { 10, 0 }, { 20, 0 }, { 30, 0 }, { 40, 0 }, { 40, 99 }, { 30, 9 } }, 5, true },
	{ 500, 5, { { 10, 0 }, { 20, 0 }, { 30, 0 }, { 40, 0 }, { 29, 9 } }, 0, false },
	{ 500, 5, { { 10, 0 }, { 20, 0 }, { 30, 0 }, { 40, 0 }, { 40, 120 } }, 0, true },
	{ 500, 5, { { 10, 0 }, { 20, 0 }, { 30, 0 }, { 40, 0 }, { 40, 121 } }, 0, false },
};

START_TEST(it_takes_growth_beside_an_unused_first_pass)
{
	struct sw_bind_memory memory[2], *last = NULL;
	bool binds = false;

	for (uint32_t i = 0; i < rows[_i].n; i++) {
		const uint32_t *reading = rows[_i].readings[i];
		const struct sw_source_tally source = {
			.n_outgoing = reading[0] + reading[1],
			.second = { .n = reading[0],
				    .n_tuples = 1,
				    .n_first = reading[1],
				    .half_full = rows[_i].half_full == i + 1 },
		};

		binds = sw_bind_evidence_step(&source, rows[_i].n_ports, last, &memory[i % 2]);
		last = &memory[i % 2];
	}
	ck_assert_int_eq(binds, rows[_i].binds);
}
END_TEST

/* Of one reading. */
static const struct {
	struct sw_source_tally source;
	uint32_t n_ports;
	bool binds;
} moments[] = {
	{ { .n_outgoing = 100, .n_idle = 1 }, 10, true },
	{ { .n_outgoing = 101, .n_idle = 1 }, 10, false },
	{ { .n_outgoing = 200, .n_idle = 1, .n_bound = 1 }, 10, true },
	{ { .n_outgoing = 50, .second = { .n = 50, .n_tuples = 9 } }, 50, true },
	{ { .n_outgoing = 49, .second = { .n = 49, .n_tuples = 9 } }, 49, false },
	{ { .n_outgoing = 200, .second = { .n = 50, .n_tuples = 9 } }, 50, true },
	{ { .n_outgoing = 201, .second = { .n = 50, .n_tuples = 9 } }, 50, false },
	{ { .n_outgoing = 500, .second = { .n = 500, .n_tuples = 9, .n_shared = 9 } }, 500, true },
	{ { .n_outgoing = 500, .second = { .n = 500, .n_tuples = 9, .n_shared = 40 } },
	  500,
	  false },
	/* Only ports that were blocked meanwhile make that possible: nothing is known of it. */
	{ { .n_outgoing = 70, .second = { .n = 70, .n_tuples = 9 } }, 50, false },
};

START_TEST(one_reading_needs_to_have_seen_it_or_no_chance)
{
	struct sw_bind_memory memory;

	ck_assert_int_eq(
		sw_bind_evidence_step(&moments[_i].source, moments[_i].n_ports, NULL, &memory),
		moments[_i].binds);
}
END_TEST

int main(void)
{
	TCase *tcase = tcase_create("bind-evidence");

	tcase_add_loop_test(tcase, connects_never_look_like_bind, 0, 90);
	tcase_add_loop_test(tcase, what_is_left_in_the_second_pass_is_no_evidence, 0, 30);
	tcase_add_loop_test(tcase, bind_is_seen_by_the_daemon, 0, 30);
	tcase_add_loop_test(tcase, bind_to_several_destinations_is_seen_in_one_reading, 0, 30);
	tcase_add_test(tcase, a_port_seen_twice_in_a_dump_changes_little);
	tcase_add_loop_test(tcase, it_takes_growth_beside_an_unused_first_pass, 0,
			    SW_ARRAY_SIZE(rows));
	tcase_add_loop_test(tcase, one_reading_needs_to_have_seen_it_or_no_chance, 0,
			    SW_ARRAY_SIZE(moments));
	tcase_add_test(tcase, the_chance_of_arcs_is_exact);
	return suite_run("bind-evidence", tcase);
}
