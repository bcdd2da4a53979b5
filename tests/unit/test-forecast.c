/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <string.h>

#include "base/mem.h"
#include "sockwatch/forecast.h"
#include "support/build.h"
#include "support/suite.h"

/*
 * Debian's range and a kernel of 250 Hz, unless a test says otherwise: 28232
 * ports, and a TIME_WAIT lasts 60 s + 512 jiffies = 62.048 s.
 */
#define PORTS 28232
#define LIFE 62.048
#define NEVER SW_NEVER

static struct sw_tuple_tally tally;
static struct sw_forecast_input input;
static struct sw_forecast forecast;

static void set_up(void)
{
	memset(&tally, 0, sizeof(tally));
	input = (struct sw_forecast_input){
		.tally = &tally,
		.capacity = PORTS,
		.usable = PORTS,
		.reuse_delay_msec = 1000,
		.time_wait_room = UINT64_MAX,
		.wheel = { 2.048, 2.048 },
		.critical_hold = 10 * SW_USEC_PER_SEC,
	};
}

static void compute(void)
{
	sw_forecast_compute(&input, &forecast);
}

static void check_seconds(double seconds, double wanted, const char *story)
{
	ck_assert_msg(seconds == wanted || fabs(seconds - wanted) < 0.01, "%s: %g instead of %g",
		      story, seconds, wanted);
}

/* As many `per_slot` in each of `n_slots` half seconds, from `first` on. */
struct stretch {
	uint32_t first, n_slots;
	uint16_t per_slot;
};

static const struct rate {
	const char *story;
	struct stretch stretches[2];
	double rate;
} rates[] = {
	{ "nothing", { { 0 } }, 0 },
	{ "steady", { { 0, 120, 306 } }, 612 },
	{ "only the last 5 s count", { { 0, 10, 306 }, { 10, 110, 1000 } }, 612 },
	{ "30 events are enough for 5 s", { { 0, 10, 3 } }, 6 },
	{ "29 are not", { { 0, 1, 29 } }, 29 / 60.0 },
	{ "the 30th was half a second before", { { 0, 1, 29 }, { 10, 1, 1 } }, 30 / 5.5 },
	{ "15 s hold 30", { { 0, 120, 1 } }, 2 },
	{ "a burst that is over", { { 10, 1, 300 } }, 300 / 5.5 },
	{ "a minute back is the limit", { { 119, 1, 1 } }, 1 / 60.0 },
};

START_TEST(the_rate_is_that_of_five_seconds_or_thirty_events)
{
	const struct rate *c = &rates[_i];
	uint64_t n_by_age[SW_AGE_N_SLOTS] = { 0 };
	double rate;

	for (size_t i = 0; i < SW_ARRAY_SIZE(c->stretches); i++)
		for (uint32_t j = 0; j < c->stretches[i].n_slots; j++)
			n_by_age[c->stretches[i].first + j] = c->stretches[i].per_slot;
	rate = sw_forecast_rate(n_by_age);
	ck_assert_msg(fabs(rate - c->rate) < 1e-9, "%s: %g", c->story, rate);
}
END_TEST

static const struct ceiling {
	const char *story;
	uint32_t wheel_msec, held;
	double ceiling;
} ceilings[] = {
	{ "250 Hz: 28232 / 62.048", 2048, 0, 455.003 },
	{ "100 Hz: 28232 / 65.12", 5120, 0, 433.538 },
	{ "300 Hz: 28232 / 61.706", 1706, 0, 457.524 },
	{ "1000 Hz: 28232 / 64.096", 4096, 0, 440.464 },
	{ "1000 live sockets: 27232 / 62.048", 2048, 1000, 438.886 },
	{ "one port left", 2048, PORTS - 1, 1 / LIFE },
	{ "none left", 2048, PORTS, 0 },
	{ "less than none", 2048, PORTS + 1, 0 },
};

START_TEST(the_ceiling_is_what_is_not_held_in_a_lifetime)
{
	input.wheel.turn_s = ceilings[_i].wheel_msec / 1000.0;
	build_held(&tally, ceilings[_i].held);
	compute();
	ck_assert_msg(fabs(forecast.ceiling_per_s - ceilings[_i].ceiling) < 0.001, "%s: %g",
		      ceilings[_i].story, forecast.ceiling_per_s);
}
END_TEST

START_TEST(the_heading_is_where_the_present_rate_ends)
{
	build_time_waits(&tally, 0, 20, 306);
	compute();
	ck_assert(forecast.heading_known);
	/* 612/s x 62.048 s = 37973 of 28232 */
	check_seconds(forecast.heading_to, 1.34505, "612/s");
	input.capacity -= 1000;
	compute();
	/* blocked ports are gone as well: (37973 + 1000) / 28232 */
	check_seconds(forecast.heading_to, 1.38047, "1000 blocked");
	tally.n_taken -= 3060;
	tally.n_taken_time_wait -= 3060;
	input.capacity += 1000;
	compute();
	/* half of them on ports that do not matter: 306/s */
	check_seconds(forecast.heading_to, 0.67252, "half of it elsewhere");
	build_held(&tally, 1000);
	compute();
	check_seconds(forecast.heading_to, 0.67252 + 1000.0 / PORTS, "1000 live sockets");
}
END_TEST

START_TEST(without_a_rate_there_is_no_heading)
{
	build_held(&tally, 10000);
	compute();
	ck_assert(!forecast.heading_known);
	ck_assert_double_eq(forecast.rate_per_s, 0);
	ck_assert_double_eq(forecast.exhausted_in_s, NEVER);
	build_time_waits(&tally, 119, 1, 1);
	compute();
	ck_assert(forecast.heading_known);
	input.usable = 0;
	compute();
	ck_assert(!forecast.heading_known);
}
END_TEST

static const struct projection {
	const char *story;
	struct stretch stretches[2];
	uint32_t held, overdue;
	double exhausted_in_s;
} projections[] = {
	{ "612/s for 10 s: (28232 - 6120) / 612", { { 0, 20, 306 } }, 0, 0, 36.131 },
	{ "612/s for 5 s: (28232 - 3060) / 612", { { 0, 10, 306 } }, 0, 0, 41.131 },
	/* 456/s x 62.048 s = 28294. The first leave with the turn in 51.2 s, 547 of them, when
	 * 27907 are there: 51.2 + (28232 - 27360) / 456. */
	{ "just over the ceiling", { { 0, 20, 228 } }, 0, 0, 53.112 },
	/* 454/s x 62.048 s = 28170. */
	{ "just under the ceiling", { { 0, 20, 227 } }, 0, 0, NEVER },
	/* 26660 now, and 430 x 2.048 more before the first of them leaves: 27541. */
	{ "95 % of the ceiling for minutes", { { 0, 120, 215 } }, 0, 860, NEVER },
	{ "live sockets lower the ceiling to 132/s: (8232 - 1400) / 140",
	  { { 0, 20, 70 } },
	  20000,
	  0,
	  48.8 },
	{ "and 130/s is under it", { { 0, 20, 65 } }, 20000, 0, NEVER },
	/* 100/s leave, the latest with the turn in 32.768 s: 11120 + 612 t - 3277 = 28232. */
	{ "a step from 100/s to 612/s", { { 0, 20, 306 }, { 20, 100, 50 } }, 0, 0, 33.315 },
	/* The wheel turns 2.048 s from now, at the latest. 1172 / 612 is before that. */
	{ "full before the overdue go", { { 0, 10, 306 } }, 23000, 1000, 1.915 },
	/* 1672 / 612 would be after it, so there is room for 1000 more: 2672 / 612. */
	{ "full after the overdue went", { { 0, 10, 306 } }, 22500, 1000, 4.366 },
	{ "full in the first half second: 172 / 612", { { 0, 10, 306 } }, 25000, 0, 0.281 },
	{ "one port left and nobody comes", { { 0 } }, PORTS - 1, 0, NEVER },
	{ "full", { { 0 } }, PORTS, 0, 0 },
	{ "fuller than full", { { 0, 120, 306 } }, 0, 0, 0 },
};

START_TEST(ports_run_out_where_the_sum_meets_the_capacity)
{
	const struct projection *c = &projections[_i];

	for (size_t i = 0; i < SW_ARRAY_SIZE(c->stretches); i++)
		build_time_waits(&tally, c->stretches[i].first, c->stretches[i].n_slots,
				 c->stretches[i].per_slot);
	build_time_waits(&tally, SW_AGE_OVERDUE, 1, (uint16_t)c->overdue);
	build_held(&tally, c->held);
	compute();
	check_seconds(forecast.exhausted_in_s, c->exhausted_in_s, c->story);
}
END_TEST

/*
 * Half of the TIME_WAIT is on ports that connect() would not choose. Of 612/s
 * 306/s matter; of 100/s, the latest of which leave in 28.672 s, 50/s:
 * 15000 + 5560 + 306 t - 1434 = 28232.
 */
START_TEST(only_time_wait_on_ports_that_matter_is_projected)
{
	build_held(&tally, 15000);
	build_time_waits(&tally, 0, 20, 306);
	build_time_waits(&tally, 20, 100, 50);
	tally.n_taken -= 5560;
	tally.n_taken_time_wait -= 5560;
	compute();
	check_seconds(forecast.exhausted_in_s, 29.757, "half of it elsewhere");
}
END_TEST

/*
 * The range was another one until 10 s ago, so all since are on ports of this one and stay when
 * those of before leave: (28232 - 6120) / 612.
 */
START_TEST(time_wait_of_an_earlier_range_neither_counts_nor_leaves_room)
{
	build_time_waits(&tally, 0, 20, 306);
	build_time_waits(&tally, 20, 100, 306);
	tally.n_taken = tally.n_taken_time_wait = 6120;
	tally.elsewhere = 21;
	compute();
	check_seconds(forecast.exhausted_in_s, 36.131, "the range has moved");
	check_seconds(forecast.heading_to, 1.34505, "the range has moved");
}
END_TEST

/* Half of them are on ports of the application's own choice, by chance the last three too. */
START_TEST(a_mixture_is_no_earlier_range)
{
	build_held(&tally, 15000);
	build_time_waits(&tally, 0, 3, 1);
	build_time_waits(&tally, 3, 17, 360);
	tally.n_taken -= 3060;
	tally.n_taken_time_wait -= 3060;
	tally.elsewhere = 4;
	compute();
	ck_assert_double_lt(forecast.heading_to, 1.2);
}
END_TEST

/*
 * 97 % and 99 % of what is sustained, for minutes: at no phase of the wheel does it fail,
 * because whatever is overdue leaves with the next turn. At 102 % it always does.
 */
static const struct {
	uint16_t per_slot;
	bool fails;
} steady[] = { { 221, false }, { 225, false }, { 232, true } };

START_TEST(a_steady_rate_fails_only_above_the_ceiling)
{
	for (double since_turn = 0.01; since_turn < 2.048; since_turn += 0.05) {
		memset(&tally, 0, sizeof(tally));
		input.wheel.left_s = 2.048 - since_turn;
		build_time_waits(&tally, 0, 120, steady[_i].per_slot);
		build_time_waits(&tally, SW_AGE_OVERDUE, 1,
				 (uint16_t)(since_turn * steady[_i].per_slot * 2));
		compute();
		ck_assert_msg(isfinite(forecast.exhausted_in_s) == steady[_i].fails, "%g: %g",
			      since_turn, forecast.exhausted_in_s);
	}
}
END_TEST

/* 26660 now. 430 more come until 860 leave with the turn, and 430 that are overdue by then. */
START_TEST(the_overdue_leave_with_the_next_turn)
{
	input.capacity = 27160;
	input.wheel.left_s = 1;
	build_time_waits(&tally, 0, 120, 215);
	build_time_waits(&tally, SW_AGE_OVERDUE, 1, 860);
	compute();
	ck_assert_double_eq(forecast.exhausted_in_s, NEVER);
	input.capacity = 27000;
	compute();
	check_seconds(forecast.exhausted_in_s, 340 / 430.0, "before the turn");
}
END_TEST

/* From 100/s up by 10/s each second for 20 s, which is 4000, and 300/s now. */
START_TEST(a_rising_rate_is_projected_to_rise)
{
	for (uint32_t i = 0; i < 40; i++)
		build_time_waits(&tally, i, 1, (uint16_t)(150 - 2.5 * i));
	build_time_waits(&tally, 40, 80, 50);
	input.capacity = 16000;
	compute();
	ck_assert_double_eq_tol(forecast.present_per_s, 300, 5);
	/* 8050 now, 8000 more in 20 s, 500/s from then on; 100/s leave, the latest in 22.528 s:
	 * 20 + (16000 - 16050 + 2253) / 500. */
	ck_assert_double_eq_tol(forecast.exhausted_in_s, 24.4, 0.3);
	ck_assert(forecast.onset.known);
	ck_assert_double_eq_tol(forecast.onset.before_per_s, 100, 5);
}
END_TEST

/* The same: 500/s would be 31 000 in the end, 400/s are 25 000. */
START_TEST(a_rise_is_sure_to_go_on_for_half_as_long_as_it_has)
{
	for (uint32_t i = 0; i < 40; i++)
		build_time_waits(&tally, i, 1, (uint16_t)(150 - 2.5 * i));
	build_time_waits(&tally, 40, 80, 50);
	input.capacity = 27000;
	compute();
	ck_assert_double_lt(forecast.exhausted_in_s, 70);
	ck_assert_double_eq(forecast.exhausted_in_low_s, NEVER);
	input.capacity = 22000;
	compute();
	ck_assert_double_lt(forecast.exhausted_in_low_s, 70);
}
END_TEST

START_TEST(a_space_without_ports_is_exhausted_now)
{
	input.capacity = 0;
	compute();
	ck_assert_double_eq(forecast.exhausted_in_s, 0);
	ck_assert_double_eq(forecast.exhausted_in_low_s, 0);
	ck_assert_double_eq(forecast.ceiling_per_s, 0);
}
END_TEST

START_TEST(time_wait_on_ports_that_do_not_matter_takes_nothing)
{
	build_time_waits(&tally, 0, 20, 306);
	tally.n_taken = tally.n_taken_time_wait = 0;
	compute();
	ck_assert_double_eq_tol(forecast.rate_per_s, 612, 1e-9);
	ck_assert_double_eq(forecast.exhausted_in_s, NEVER);
}
END_TEST

/*
 * 500/s for 5 s, of which the oldest half second may have been of both rates: 2250
 * +- 94.9 in 4.5 s, so 478.9/s at the least. (28232 - 2500) / 500 and / 478.9.
 */
START_TEST(the_low_end_is_two_deviations_below)
{
	build_time_waits(&tally, 0, 10, 250);
	compute();
	check_seconds(forecast.exhausted_in_s, 51.464, "at the rate");
	check_seconds(forecast.exhausted_in_low_s, 53.729, "at its low end");
}
END_TEST

START_TEST(a_burst_that_is_over_is_not_projected)
{
	build_time_waits(&tally, 5, 5, 1000);
	compute();
	ck_assert_double_eq_tol(forecast.rate_per_s, 1000, 1e-9);
	ck_assert_double_eq(forecast.present_per_s, 0);
	ck_assert(forecast.heading_known);
	ck_assert_double_eq(forecast.heading_to, 0);
	ck_assert_double_eq(forecast.exhausted_in_s, NEVER);
	ck_assert_double_eq(forecast.exhausted_in_low_s, NEVER);
}
END_TEST

START_TEST(four_events_may_be_none)
{
	build_held(&tally, PORTS - 5);
	build_time_waits(&tally, 0, 1, 4);
	compute();
	ck_assert_double_lt(forecast.exhausted_in_s, LIFE);
	ck_assert_double_eq(forecast.exhausted_in_low_s, NEVER);
}
END_TEST

/*
 * For 10 s means: now, and each 2.5 s that began up to 10 s ago, so that the
 * record has to be 12.5 s long. The least of 612/s is 597.7/s (7344 +- 171.4 in
 * 12 s).
 */
static const struct projection sustained[] = {
	{ "12.5 s: (28232 - 7650) / 597.7", { { 0, 25, 306 } }, 0, 0, 34.434 },
	{ "10 s", { { 0, 20, 306 } }, 0, 0, NEVER },
	{ "11 s: 10 s ago it had hardly begun", { { 0, 22, 306 } }, 0, 0, NEVER },
	{ "a pause half way, though the ports are almost gone",
	  { { 0, 10, 306 }, { 15, 15, 306 } },
	  18000,
	  0,
	  NEVER },
	{ "a pause at the beginning", { { 0, 20, 306 }, { 25, 8, 306 } }, 18000, 0, NEVER },
	{ "a pause before the beginning: (28232 - 27180) / 597.7",
	  { { 0, 25, 306 }, { 30, 5, 306 } },
	  18000,
	  0,
	  1.760 },
	{ "only what was", { { 10, 30, 306 } }, 0, 0, NEVER },
};

START_TEST(sustained_is_what_was_so_for_all_of_the_hold)
{
	const struct projection *c = &sustained[_i];

	for (size_t i = 0; i < SW_ARRAY_SIZE(c->stretches); i++)
		build_time_waits(&tally, c->stretches[i].first, c->stretches[i].n_slots,
				 c->stretches[i].per_slot);
	build_held(&tally, c->held);
	compute();
	check_seconds(forecast.exhausted_in_sustained_s, c->exhausted_in_s, c->story);
}
END_TEST

/*
 * At 4/s 30 events take 7.5 s; their younger halves of 4 s fill 56 s up to the
 * minute. 2/s at the least take the one port that is left.
 */
START_TEST(a_hold_longer_than_the_record_is_never_sustained)
{
	build_time_waits(&tally, 0, 120, 2);
	input.capacity = 241;
	input.critical_hold = 59500000;
	compute();
	check_seconds(forecast.exhausted_in_sustained_s, 0.5, "59.5 s");
	input.critical_hold = 60000000;
	compute();
	ck_assert_double_eq(forecast.exhausted_in_sustained_s, NEVER);
}
END_TEST

/*
 * tcp_max_tw_buckets: 6120 are there, and 22112 more would take the last port,
 * at (28232 - 6120) / 612 s as without a limit.
 */
static const struct room {
	uint64_t room;
	double heading; /* ports */
	double exhausted_in_s;
} rooms[] = {
	{ 0, 6120, NEVER },       { 22111, 28231, NEVER },       { 22112, 28232, 36.131 },
	{ 23112, 29232, 36.131 }, { 100000, 37973.376, 36.131 }, { UINT64_MAX, 37973.376, 36.131 },
};

START_TEST(time_wait_grows_only_where_there_is_room_for_it)
{
	build_time_waits(&tally, 0, 20, 306);
	input.time_wait_room = rooms[_i].room;
	compute();
	ck_assert_double_eq_tol(forecast.heading_to, rooms[_i].heading / PORTS, 1e-9);
	check_seconds(forecast.exhausted_in_s, rooms[_i].exhausted_in_s, "612/s");
	ck_assert_double_eq_tol(forecast.ceiling_per_s, PORTS / LIFE, 1e-9);
}
END_TEST

/* TIME_WAIT older than the delay can be reused and holds no port. */
static const struct reuse {
	uint32_t delay_msec;
	uint32_t n_slots; /* of half a second that are too young */
	double ceiling;
} reuses[] = {
	{ 1, 1, 28232000 },           { 500, 1, 56464 },           { 501, 2, PORTS / 0.501 },
	{ 1000, 2, PORTS },           { 30000, 60, PORTS / 30.0 }, { 60000, 120, PORTS / 60.0 },
	{ 90000, 120, PORTS / 90.0 }, /* no kernel has this, but a recording may */
};

START_TEST(under_reuse_the_delay_is_the_lifetime)
{
	const struct reuse *c = &reuses[_i];

	input.reuse = true;
	input.reuse_delay_msec = c->delay_msec;
	build_time_waits(&tally, 0, c->n_slots, 100);
	build_time_waits(&tally, c->n_slots, 120 - c->n_slots, 200);
	tally.n_reusable = tally.n_taken_reusable = (120 - c->n_slots) * 200;
	compute();
	ck_assert_double_eq_tol(forecast.ceiling_per_s, c->ceiling, 1e-6);
	ck_assert_double_eq_tol(forecast.rate_per_s, 200, 1e-9);
	ck_assert_double_eq_tol(forecast.heading_to, 200 * c->delay_msec / 1000.0 / PORTS, 1e-9);
	ck_assert_double_eq(forecast.exhausted_in_s, NEVER);
}
END_TEST

/* 100 leave in each half second in which 100 come: 200 stay, 300 at no time. */
START_TEST(under_reuse_what_comes_and_goes_never_runs_out)
{
	input.reuse = true;
	input.capacity = 250;
	build_time_waits(&tally, 0, 2, 100);
	compute();
	ck_assert_double_eq_tol(forecast.rate_per_s, 200, 1e-9);
	ck_assert_double_eq(forecast.exhausted_in_s, NEVER);
}
END_TEST

START_TEST(under_reuse_a_record_of_seconds_sustains_nothing)
{
	input.reuse = true;
	input.reuse_delay_msec = 30000;
	/* 1000/s x 30 s are more than 28232 - 10000; 8232 left at 1000/s. */
	build_time_waits(&tally, 0, 20, 500);
	build_held(&tally, 10000);
	compute();
	check_seconds(forecast.exhausted_in_s, 8.232, "reuse after 30 s");
	ck_assert_double_eq(forecast.exhausted_in_sustained_s, NEVER);
}
END_TEST

START_TEST(under_reuse_with_the_longest_delay_the_overdue_are_as_good_as_gone)
{
	input.reuse = true;
	input.reuse_delay_msec = 60000;
	input.capacity = 1000;
	build_time_waits(&tally, 0, 10, 20);
	build_time_waits(&tally, SW_AGE_OVERDUE, 1, 799);
	compute();
	/* 40/s; 200 + 799 are there. Without the overdue: 800 / 40. */
	check_seconds(forecast.exhausted_in_s, 20, "longest delay");
}
END_TEST

/* Half a minute at an even rate, after whatever came before. */
START_TEST(a_higher_rate_never_gives_more_time)
{
	uint64_t state = 6;

	for (int round = 0; round < 100; round++) {
		struct sw_forecast before = {
			.exhausted_in_s = NEVER,
			.exhausted_in_low_s = NEVER,
			.exhausted_in_sustained_s = NEVER,
		};
		uint16_t past = (uint16_t)(build_random(&state) % 300);

		for (uint16_t rate = 1; rate < 500; rate = (uint16_t)(rate + 7)) {
			memset(&tally, 0, sizeof(tally));
			build_time_waits(&tally, 0, 60, rate);
			build_time_waits(&tally, 60, 60, past);
			compute();
			ck_assert_double_ge(forecast.heading_to, before.heading_to);
			ck_assert_double_le(forecast.exhausted_in_s, before.exhausted_in_s);
			ck_assert_double_le(forecast.exhausted_in_low_s, before.exhausted_in_low_s);
			ck_assert_double_le(forecast.exhausted_in_sustained_s,
					    before.exhausted_in_sustained_s);
			before = forecast;
		}
		ck_assert_double_lt(forecast.exhausted_in_sustained_s, NEVER);
	}
}
END_TEST

START_TEST(the_surer_a_projection_the_later_it_is)
{
	uint64_t state = 9;

	for (int round = 0; round < 3000; round++) {
		uint64_t scale = build_random(&state) % 600;

		memset(&tally, 0, sizeof(tally));
		for (uint32_t i = 0; i <= SW_AGE_N_SLOTS; i++)
			build_time_waits(&tally, i, 1,
					 (uint16_t)(build_random(&state) % (scale + 1)));
		compute();
		ck_assert_double_le(forecast.exhausted_in_s, forecast.exhausted_in_low_s);
		ck_assert_double_le(forecast.exhausted_in_low_s, forecast.exhausted_in_sustained_s);
	}
}
END_TEST

/* 300 a second for the last minute: each slot of 150 leaves with the turn after its minute. */
START_TEST(a_drain_takes_as_long_as_the_youngest_has_left)
{
	build_time_waits(&tally, 0, 120, 150);
	compute();
	/* 18000 used; half of the ports are 14116, so 3884 have to go: 25.9 slots, and the turn
	 * after that is the seventh. The thirtieth is the first after a minute. */
	ck_assert_double_eq_tol(forecast.halved_in_s, 7 * 2.048, 1e-9);
	ck_assert_double_eq_tol(forecast.drained_in_s, 30 * 2.048, 1e-9);

	set_up();
	build_time_waits(&tally, 100, 20, 1000);
	compute();
	ck_assert_double_eq_tol(forecast.drained_in_s, 5 * 2.048, 1e-9);
}
END_TEST

START_TEST(what_is_held_does_not_drain)
{
	build_held(&tally, 14117);
	build_time_waits(&tally, 0, 1, 100);
	compute();
	ck_assert_double_eq(forecast.halved_in_s, SW_NEVER);
	ck_assert_double_eq_tol(forecast.drained_in_s, 30 * 2.048, 1e-9);

	set_up();
	build_held(&tally, 100);
	compute();
	ck_assert_double_eq(forecast.halved_in_s, 0);
	ck_assert_double_eq(forecast.drained_in_s, 0);
}
END_TEST

/* Only those that are younger than the delay keep a port. */
START_TEST(under_reuse_a_drain_is_over_with_the_delay)
{
	input.reuse = true;
	input.reuse_delay_msec = 3000;
	build_time_waits(&tally, 0, 120, 10);
	tally.n_taken_reusable = 114 * 10;
	compute();
	ck_assert_double_eq_tol(forecast.drained_in_s, 3, 1e-9);
}
END_TEST

START_TEST(the_overdue_go_with_the_next_turn_of_the_wheel)
{
	build_time_waits(&tally, SW_AGE_OVERDUE, 1, 20000);
	compute();
	ck_assert_double_eq_tol(forecast.drained_in_s, 2.048, 1e-9);
	ck_assert_double_eq_tol(forecast.halved_in_s, 2.048, 1e-9);
}
END_TEST

int main(void)
{
	TCase *tcase = tcase_create("forecast");

	tcase_add_checked_fixture(tcase, set_up, NULL);
	tcase_add_loop_test(tcase, the_rate_is_that_of_five_seconds_or_thirty_events, 0,
			    SW_ARRAY_SIZE(rates));
	tcase_add_loop_test(tcase, the_ceiling_is_what_is_not_held_in_a_lifetime, 0,
			    SW_ARRAY_SIZE(ceilings));
	tcase_add_test(tcase, the_heading_is_where_the_present_rate_ends);
	tcase_add_test(tcase, without_a_rate_there_is_no_heading);
	tcase_add_loop_test(tcase, ports_run_out_where_the_sum_meets_the_capacity, 0,
			    SW_ARRAY_SIZE(projections));
	tcase_add_test(tcase, only_time_wait_on_ports_that_matter_is_projected);
	tcase_add_test(tcase, time_wait_of_an_earlier_range_neither_counts_nor_leaves_room);
	tcase_add_test(tcase, a_mixture_is_no_earlier_range);
	tcase_add_loop_test(tcase, a_steady_rate_fails_only_above_the_ceiling, 0,
			    SW_ARRAY_SIZE(steady));
	tcase_add_test(tcase, the_overdue_leave_with_the_next_turn);
	tcase_add_test(tcase, a_rising_rate_is_projected_to_rise);
	tcase_add_test(tcase, a_rise_is_sure_to_go_on_for_half_as_long_as_it_has);
	tcase_add_test(tcase, a_space_without_ports_is_exhausted_now);
	tcase_add_test(tcase, time_wait_on_ports_that_do_not_matter_takes_nothing);
	tcase_add_test(tcase, the_low_end_is_two_deviations_below);
	tcase_add_test(tcase, a_burst_that_is_over_is_not_projected);
	tcase_add_test(tcase, four_events_may_be_none);
	tcase_add_loop_test(tcase, sustained_is_what_was_so_for_all_of_the_hold, 0,
			    SW_ARRAY_SIZE(sustained));
	tcase_add_test(tcase, a_hold_longer_than_the_record_is_never_sustained);
	tcase_add_loop_test(tcase, time_wait_grows_only_where_there_is_room_for_it, 0,
			    SW_ARRAY_SIZE(rooms));
	tcase_add_loop_test(tcase, under_reuse_the_delay_is_the_lifetime, 0, SW_ARRAY_SIZE(reuses));
	tcase_add_test(tcase, under_reuse_what_comes_and_goes_never_runs_out);
	tcase_add_test(tcase, under_reuse_a_record_of_seconds_sustains_nothing);
	tcase_add_test(tcase, under_reuse_with_the_longest_delay_the_overdue_are_as_good_as_gone);
	tcase_add_test(tcase, a_higher_rate_never_gives_more_time);
	tcase_add_test(tcase, the_surer_a_projection_the_later_it_is);
	tcase_add_test(tcase, a_drain_takes_as_long_as_the_youngest_has_left);
	tcase_add_test(tcase, what_is_held_does_not_drain);
	tcase_add_test(tcase, under_reuse_a_drain_is_over_with_the_delay);
	tcase_add_test(tcase, the_overdue_go_with_the_next_turn_of_the_wheel);
	return suite_run("forecast", tcase);
}
