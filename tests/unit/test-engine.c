/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <string.h>

#include "base/mem.h"
#include "sockwatch/engine.h"
#include "support/build.h"
#include "support/stepper.h"
#include "support/suite.h"

static struct stepper stepper;
static uint16_t closes[2 * 3600]; /* of one tuple, in each half second */

/* What outlooks are held against; the defaults unless a test says otherwise. */
static struct sw_ephemeral_limits limits;

static void set_up(void)
{
	limits = sw_ephemeral_limits_default;
	memset(closes, 0, sizeof(closes));
	stepper_begin(&stepper, NULL);
}

static void tear_down(void)
{
	stepper_end(&stepper);
}

/* A tuple that has this share of its ports, and no forecast. */
static void step(double seconds, double own)
{
	struct sw_outlook outlook = build_outlook((uint32_t)(own * 28232));

	outlook.limits = limits;
	outlook.own = outlook.utilization = own;
	stepper_step(&stepper, seconds, &outlook, 1);
}

/* The same, every five seconds up to and with `until`. */
static void keep(double seconds, double until, double own)
{
	for (; seconds <= until; seconds += 5)
		step(seconds, own);
}

static void step_without_tuples(double seconds)
{
	stepper_step(&stepper, seconds, NULL, 0);
}

/* What a tuple looks like from some second on; read every five. */
struct phase {
	unsigned int from;
	double own;         /* share of its ports that the tuple has */
	double heading;     /* 0 = no rate */
	double low_s;       /* 0 = never */
	double sustained_s; /* likewise */
};

static const struct timeline {
	const char *story;
	struct phase phases[6];
	unsigned int until; /* the last reading */
	const char *events;
} timelines[] = {
	{ "calm counts from the firing on, by the line of its severity",
	  { { 0, 0.51, 0, 0, 0 }, { 125, 0.449, 0, 0, 0 } },
	  425,
	  "120 firing notice\n425 resolved notice\n" },
	/* Notice: over the knee for two minutes. */
	{ "at the knee", { { 0, 0.5, 0, 0, 0 } }, 600, "" },
	{ "over the knee, not for two minutes", { { 0, 0.51, 0, 0, 0 } }, 115, "" },
	{ "over the knee for two minutes", { { 0, 0.51, 0, 0, 0 } }, 600, "120 firing notice\n" },
	{ "over the knee but for one reading",
	  { { 0, 0.51, 0, 0, 0 }, { 60, 0.5, 0, 0, 0 }, { 65, 0.51, 0, 0, 0 } },
	  184,
	  "" },
	{ "over the knee again, long enough",
	  { { 0, 0.51, 0, 0, 0 }, { 60, 0.5, 0, 0, 0 }, { 65, 0.51, 0, 0, 0 } },
	  185,
	  "185 firing notice\n" },

	/* Warning: use or heading over 80 % for two minutes. */
	{ "at the warning line", { { 0, 0.8, 0, 0, 0 } }, 600, "120 firing notice\n" },
	{ "over the warning line", { { 0, 0.801, 0, 0, 0 } }, 600, "120 firing warning\n" },
	{ "heading to the warning line", { { 0, 0.3, 0.8, 0, 0 } }, 600, "" },
	{ "heading over it", { { 0, 0.3, 0.801, 0, 0 } }, 600, "120 firing warning\n" },
	{ "heading over it, not for two minutes", { { 0, 0.3, 0.9, 0, 0 } }, 115, "" },
	{ "from one to the other",
	  { { 0, 0.3, 0.9, 0, 0 }, { 60, 0.81, 0, 0, 0 } },
	  600,
	  "120 firing warning\n" },

	/* Critical, at once. */
	{ "at the critical line", { { 0, 0.98, 0, 0, 0 } }, 600, "120 firing warning\n" },
	{ "over the critical line", { { 0, 0.981, 0, 0, 0 } }, 600, "0 firing critical\n" },
	{ "beyond the knee, fails in 20 s", { { 0, 0.51, 1.5, 20, 0 } }, 0, "0 firing critical\n" },
	{ "it has failed like this for ten seconds",
	  { { 0, 0.1, 1.5, 50, 59 } },
	  0,
	  "0 firing critical\n" },
	/* Critical, after ten seconds. */
	{ "fails in 60 s", { { 0, 0.1, 1.5, 60, 0 } }, 5, "" },
	{ "fails in 60 s, for ten seconds",
	  { { 0, 0.1, 1.5, 60, 0 } },
	  10,
	  "10 firing critical\n" },
	{ "fails a little later", { { 0, 0.1, 0, 60.1, 0 } }, 600, "" },
	{ "fails in 60 s, but for one reading",
	  { { 0, 0.1, 1.5, 30, 0 }, { 5, 0.1, 1.5, 61, 0 }, { 10, 0.1, 1.5, 30, 0 } },
	  15,
	  "" },

	/* Severity only rises, and each step is told once. */
	{ "worse and worse",
	  { { 0, 0.51, 0, 0, 0 }, { 120, 0.81, 0, 0, 0 }, { 300, 0.99, 0, 0, 0 } },
	  900,
	  "120 firing notice\n240 changed warning\n300 changed critical\n" },
	{ "better in between",
	  { { 0, 0.99, 0, 0, 0 },
	    { 5, 0.81, 0, 0, 0 },
	    { 300, 0.51, 0, 0, 0 },
	    { 400, 0.99, 0, 0, 0 } },
	  900,
	  "0 firing critical\n" },
	{ "from nothing to critical while pending",
	  { { 0, 0.51, 0, 0, 0 }, { 60, 0.99, 0, 0, 0 } },
	  900,
	  "60 firing critical\n" },

	/* Resolved: five minutes 10 % under the warning line, that is below 72 %. */
	{ "calm, not for five minutes",
	  { { 0, 0.99, 0, 0, 0 }, { 10, 0.719, 0, 0, 0 } },
	  305,
	  "0 firing critical\n" },
	{ "calm for five minutes",
	  { { 0, 0.99, 0, 0, 0 }, { 10, 0.719, 0, 0, 0 } },
	  310,
	  "0 firing critical\n310 resolved critical\n" },
	{ "not calm enough",
	  { { 0, 0.99, 0, 0, 0 }, { 10, 0.721, 0, 0, 0 } },
	  900,
	  "0 firing critical\n" },
	{ "heading low enough",
	  { { 0, 0.99, 0, 0, 0 }, { 10, 0.4, 0.719, 0, 0 } },
	  310,
	  "0 firing critical\n310 resolved critical\n" },
	{ "heading too high",
	  { { 0, 0.99, 0, 0, 0 }, { 10, 0.4, 0.721, 0, 0 } },
	  900,
	  "0 firing critical\n" },
	{ "projected to fail",
	  { { 0, 0.99, 0, 0, 0 }, { 10, 0.4, 0.1, 60, 0 } },
	  900,
	  "0 firing critical\n" },
	{ "calm but for one reading",
	  { { 0, 0.99, 0, 0, 0 },
	    { 10, 0.4, 0, 0, 0 },
	    { 305, 0.75, 0, 0, 0 },
	    { 310, 0.4, 0, 0, 0 } },
	  610,
	  "0 firing critical\n610 resolved critical\n" },
	/* Of a notice 10 % under the notice line: below 45 %. */
	{ "a notice that is calm",
	  { { 0, 0.51, 0, 0, 0 }, { 200, 0.449, 0, 0, 0 } },
	  500,
	  "120 firing notice\n500 resolved notice\n" },
	{ "a notice that is not",
	  { { 0, 0.51, 0, 0, 0 }, { 200, 0.451, 0, 0, 0 } },
	  900,
	  "120 firing notice\n" },
	{ "a warning that is back under its line, though not under that of a notice",
	  { { 0, 0.81, 0, 0, 0 }, { 125, 0.6, 0, 0, 0 } },
	  425,
	  "120 firing warning\n425 resolved warning\n" },

	/* A second episode, and one that begins right where the first ends. */
	{ "again",
	  { { 0, 0.99, 0, 0, 0 }, { 10, 0.1, 0, 0, 0 }, { 500, 0.81, 0, 0, 0 } },
	  900,
	  "0 firing critical\n310 resolved critical\n620 firing warning\n" },
	{ "the old holds are forgotten",
	  { { 0, 0.99, 0, 0, 0 }, { 10, 0.6, 0, 0, 0 } },
	  900,
	  "0 firing critical\n310 resolved critical\n435 firing notice\n" },
};

static void step_phase(unsigned int seconds, const struct phase *phase)
{
	struct sw_outlook outlook = build_outlook((uint32_t)(phase->own * 28232));

	outlook.own = outlook.utilization = phase->own;
	outlook.forecast.heading_known = phase->heading > 0;
	outlook.forecast.heading_to = phase->heading;
	if (phase->low_s > 0)
		outlook.forecast.exhausted_in_low_s = phase->low_s;
	if (phase->sustained_s > 0)
		outlook.forecast.exhausted_in_sustained_s = phase->sustained_s;
	stepper_step(&stepper, seconds, &outlook, 1);
}

START_TEST(an_alert_fires_changes_and_resolves_in_time)
{
	const struct timeline *c = &timelines[_i];
	const struct phase *phase = c->phases, *end = c->phases + SW_ARRAY_SIZE(c->phases);

	for (unsigned int seconds = 0; seconds <= c->until; seconds += 5) {
		while (phase + 1 < end && phase[1].from > 0 && phase[1].from <= seconds)
			phase++;
		step_phase(seconds, phase);
	}
	ck_assert_msg(strcmp(stepper.said, c->events) == 0, "%s:\n%s", c->story, stepper.said);
}
END_TEST

START_TEST(ports_that_others_block_fire_nothing)
{
	struct sw_outlook outlook = build_outlook(100);

	outlook.utilization = 0.99;
	for (double seconds = 0; seconds <= 600; seconds += 5)
		stepper_step(&stepper, seconds, &outlook, 1);
	ck_assert_str_eq(stepper.said, "");
}
END_TEST

START_TEST(a_namespace_without_ports_is_no_tuples_fault)
{
	struct sw_outlook outlook = build_outlook(0);

	outlook.blocked = 28232;
	outlook.capacity = outlook.free = outlook.free_low = 0;
	outlook.utilization = 1;
	outlook.level = SW_LEVEL_EXHAUSTED;
	for (double seconds = 0; seconds <= 600; seconds += 5)
		stepper_step(&stepper, seconds, &outlook, 1);
	ck_assert_str_eq(stepper.said, "");
}
END_TEST

START_TEST(a_tuple_that_vanishes_is_calm)
{
	struct sw_outlook critical = build_outlook(28000);
	const struct sw_outlook *outlook;

	critical.level = SW_LEVEL_CRITICAL;
	critical.slow_connects = true;
	stepper_step(&stepper, 0, &critical, 1);
	for (double seconds = 10; seconds <= 310; seconds += 5)
		step_without_tuples(seconds);
	ck_assert_str_eq(stepper.said, "0 firing critical\n310 resolved critical\n");
	outlook = &stepper_event(&stepper)->alert.outlook;
	ck_assert_uint_eq(outlook->used, 0);
	ck_assert_uint_eq(outlook->used_first, 0);
	ck_assert_uint_eq(outlook->free, 28232);
	ck_assert_uint_eq(outlook->free_low, 28232);
	ck_assert_double_eq(outlook->utilization, 0);
	ck_assert_double_eq(outlook->own, 0);
	ck_assert_uint_eq(outlook->held, 0);
	ck_assert_uint_eq(outlook->n_by_state[SW_TCP_ESTABLISHED], 0);
	ck_assert_int_eq(outlook->level, SW_LEVEL_OK);
	ck_assert(!outlook->slow_connects);
}
END_TEST

START_TEST(what_others_block_stays_gone_when_a_tuple_vanishes)
{
	struct sw_outlook critical = build_outlook(21000);

	critical.blocked = 28232 / 4;
	critical.capacity = 28232 - critical.blocked;
	critical.free = critical.capacity - critical.used;
	critical.own = (double)critical.used / critical.capacity;
	critical.level = SW_LEVEL_CRITICAL;
	stepper_step(&stepper, 0, &critical, 1);
	for (double seconds = 10; seconds <= 310; seconds += 5)
		step_without_tuples(seconds);
	ck_assert_str_eq(stepper.said, "0 firing critical\n310 resolved critical\n");
	ck_assert_double_eq(stepper_event(&stepper)->alert.outlook.utilization, 0.25);
}
END_TEST

START_TEST(a_tuple_that_vanishes_before_it_fires_is_forgotten)
{
	step(0, 0.51);
	step_without_tuples(60);
	ck_assert_uint_eq(sw_engine_next_delay(stepper.engine, 5 * SECOND), 5 * SECOND);
	step(65, 0.51);
	step(184, 0.51);
	ck_assert_str_eq(stepper.said, "");
	step(185, 0.51);
	ck_assert_str_eq(stepper.said, "185 firing notice\n");
}
END_TEST

START_TEST(nothing_free_in_two_readings_is_critical_whatever_the_line)
{
	limits.critical = 1;
	step(0, 1);
	step(5, 0.9);
	step(10, 1);
	ck_assert_str_eq(stepper.said, "");
	step(15, 1);
	ck_assert_str_eq(stepper.said, "15 firing critical\n");
}
END_TEST

START_TEST(the_limits_are_those_of_the_configuration)
{
	limits.notice = 0.25;
	limits.warning = 0.3;
	limits.warning_hold = 20 * SECOND;
	limits.clear = 30 * SECOND;
	keep(0, 45, 0.31);
	keep(50, 100, 0.26); /* 10 % under 30 % are 27 % */
	ck_assert_str_eq(stepper.said, "20 firing warning\n80 resolved warning\n");
}
END_TEST

/* Two minutes of notice with a hole in it that is as long as allowed, or a little longer. */
START_TEST(nothing_holds_while_nobody_looks)
{
	struct sw_engine_config config = stepper_config();

	config.max_gap = 60 * SECOND;
	stepper_begin(&stepper, &config);
	step(0, 0.51);
	step(60, 0.51);
	step(120, 0.51);
	ck_assert_str_eq(stepper.said, "120 firing notice\n");
	stepper_begin(&stepper, &config);
	step(0, 0.51);
	step(60, 0.51);
	step(121, 0.51);
	step(181, 0.51);
	ck_assert_str_eq(stepper.said, "");
	step(241, 0.51);
	ck_assert_str_eq(stepper.said, "241 firing notice\n");
}
END_TEST

START_TEST(time_without_readings_is_not_called_exhausted)
{
	struct sw_engine_config config = stepper_config();
	struct sw_alert *list;
	size_t n;

	config.max_gap = 60 * SECOND;
	stepper_begin(&stepper, &config);
	step(0, 1);
	step(5, 1);
	step(66, 1);
	step(71, 1);
	list = stepper_firing(&stepper, &n);
	ck_assert_uint_eq(list[0].exhausted_usec, 10 * SECOND);
	free(list);
}
END_TEST

START_TEST(an_alert_remembers_its_worst)
{
	const struct sw_alert *alert;

	step(0, 0.99);
	step(5, 0.995);
	step(10, 0.5);
	keep(15, 310, 0.4);
	ck_assert_int_eq(stepper_event(&stepper)->state, SW_EVENT_RESOLVED);
	alert = &stepper_event(&stepper)->alert;
	ck_assert_uint_eq(alert->peak_used, 28090); /* 0.995 x 28232 = 28090.8 */
	ck_assert_double_eq(alert->peak_utilization, 0.995);
	ck_assert_uint_eq(alert->outlook.used, 11292); /* 0.4 x 28232 = 11292.8 */
}
END_TEST

/* Exhausted in the readings at 5, 10, 20 and 25: until 15, and until 30. */
START_TEST(exhausted_time_lasts_until_a_reading_finds_a_port)
{
	static const double shares[] = { 0.99, 1, 1, 0.99, 1, 1, 0.5 };
	struct sw_alert *list;
	size_t n;

	for (size_t i = 0; i < SW_ARRAY_SIZE(shares); i++)
		step(5 * (double)i, shares[i]);
	list = stepper_firing(&stepper, &n);
	ck_assert_uint_eq(n, 1);
	ck_assert_uint_eq(list[0].exhausted_usec, 20 * SECOND);
	ck_assert_uint_eq(list[0].peak_used, 28232);
	free(list);
	keep(35, 330, 0.1);
	ck_assert_int_eq(stepper_event(&stepper)->state, SW_EVENT_RESOLVED);
	ck_assert_uint_eq(stepper_event(&stepper)->alert.exhausted_usec, 20 * SECOND);
}
END_TEST

START_TEST(a_quiet_host_waits_the_whole_interval)
{
	ck_assert_uint_eq(sw_engine_next_delay(stepper.engine, 5 * SECOND), 5 * SECOND);
	step(0, 0.5);
	ck_assert_uint_eq(sw_engine_next_delay(stepper.engine, 5 * SECOND), 5 * SECOND);
}
END_TEST

static const struct phase coming[] = {
	{ 0, 0.51, 0, 0, 0 },
	{ 0, 0.1, 0.81, 0, 0 },
	{ 0, 0.1, 0, 300, 0 },
};

START_TEST(an_alert_that_may_come_is_looked_at_more_often)
{
	step_phase(0, &coming[_i]);
	ck_assert_str_eq(stepper.said, "");
	ck_assert_uint_eq(sw_engine_next_delay(stepper.engine, 5 * SECOND), SECOND);
}
END_TEST

START_TEST(an_alert_is_looked_at_more_often_until_it_is_resolved)
{
	step(0, 0.99);
	step(5, 0.1);
	ck_assert_uint_eq(sw_engine_next_delay(stepper.engine, 5 * SECOND), SECOND);
	step(305, 0.1);
	ck_assert_str_eq(stepper.said, "0 firing critical\n305 resolved critical\n");
	ck_assert_uint_eq(sw_engine_next_delay(stepper.engine, 5 * SECOND), 5 * SECOND);
}
END_TEST

/*
 * Traffic of one tuple. A TIME_WAIT is overdue for 2 s behind its minute, as long
 * as the wheel may take, and port selection never fails.
 */
enum { OVERDUE_SLOTS = 4 };

static void set_closes(unsigned int from_s, unsigned int until_s, uint16_t per_slot)
{
	for (unsigned int i = 2 * from_s; i < 2 * until_s; i++)
		closes[i] = per_slot;
}

static void step_traffic(unsigned int seconds)
{
	static struct sw_port_space space;
	static const struct sw_reuse_rule no_reuse = { .timestamps = true, .delay_msec = 1000 };
	struct sw_tuple_tally tally = { .tuple = build_tuple("10.0.0.5", "10.0.0.9", 5432) };
	struct sw_outlook_input input = {
		.tally = &tally,
		.space = &space,
		.reuse = &no_reuse,
		.limits = &sw_ephemeral_limits_default,
		.max_severity = SW_LEVEL_CRITICAL,
		.wheel = { 2.048, 2.048 },
		.time_wait_room = UINT64_MAX,
	};
	struct sw_outlook outlook;

	sw_port_space_init(&space, 32768, 60999);
	for (uint32_t age = 0; age < SW_AGE_N_SLOTS + OVERDUE_SLOTS && age < 2 * seconds; age++)
		build_time_waits(&tally, age < SW_AGE_N_SLOTS ? age : SW_AGE_OVERDUE, 1,
				 closes[2 * seconds - 1 - age]);
	sw_outlook_compute(&input, &outlook);
	stepper_step(&stepper, seconds, &outlook, 1);
}

static void run_traffic(unsigned int until_s)
{
	for (unsigned int seconds = 0; seconds <= until_s; seconds += 5)
		step_traffic(seconds);
}

/* 432 of 455/s. The heading is known after the first 5 s and stays at 95 %. */
START_TEST(steady_95_percent_of_the_ceiling_is_a_warning_and_never_critical)
{
	set_closes(0, 3600, 216);
	run_traffic(1800);
	ck_assert_str_eq(stepper.said, "125 firing warning\n");
}
END_TEST

START_TEST(so_it_is_when_closes_come_at_random)
{
	uint64_t state = 8 + (uint64_t)_i;

	/* 216 with a deviation of sqrt(216) = 14.7, as that of numbers from -25 to 25. */
	for (size_t i = 0; i < SW_ARRAY_SIZE(closes); i++)
		closes[i] = (uint16_t)(191 + build_random(&state) % 51);
	run_traffic(1800);
	ck_assert_str_eq(stepper.said, "125 firing warning\n");
}
END_TEST

/* 2800/s for five seconds are 14000, 232 less than the knee. */
START_TEST(a_burst_of_five_seconds_under_the_knee_is_nothing)
{
	set_closes(100, 105, 1400);
	run_traffic(600);
	ck_assert_str_eq(stepper.said, "");
	ck_assert_uint_eq(sw_engine_next_delay(stepper.engine, 5 * SECOND), 5 * SECOND);
}
END_TEST

/*
 * 612/s run out after 46 s. At 105 s the low end of the rate, 580/s, says 43 s,
 * and has done so for ten seconds at 115.
 */
START_TEST(a_rate_that_runs_out_is_critical_after_ten_seconds)
{
	set_closes(100, 3600, 306);
	run_traffic(1200);
	ck_assert_str_eq(stepper.said, "115 firing critical\n");
}
END_TEST

/*
 * 72 % of the ports are 20327, which is 33.2 s of 612/s: 28.8 s after the last
 * close and 62 s after the first of those, it is calm. Readings come every 5 s.
 */
START_TEST(it_resolves_five_minutes_after_its_time_wait_have_gone)
{
	set_closes(100, 400, 306);
	run_traffic(1200);
	ck_assert_str_eq(stepper.said, "115 firing critical\n730 resolved critical\n");
}
END_TEST

int main(void)
{
	TCase *tcase = tcase_create("engine");

	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_add_loop_test(tcase, an_alert_fires_changes_and_resolves_in_time, 0,
			    SW_ARRAY_SIZE(timelines));
	tcase_add_test(tcase, ports_that_others_block_fire_nothing);
	tcase_add_test(tcase, a_namespace_without_ports_is_no_tuples_fault);
	tcase_add_test(tcase, a_tuple_that_vanishes_is_calm);
	tcase_add_test(tcase, what_others_block_stays_gone_when_a_tuple_vanishes);
	tcase_add_test(tcase, a_tuple_that_vanishes_before_it_fires_is_forgotten);
	tcase_add_test(tcase, nothing_free_in_two_readings_is_critical_whatever_the_line);
	tcase_add_test(tcase, the_limits_are_those_of_the_configuration);
	tcase_add_test(tcase, nothing_holds_while_nobody_looks);
	tcase_add_test(tcase, time_without_readings_is_not_called_exhausted);
	tcase_add_test(tcase, an_alert_remembers_its_worst);
	tcase_add_test(tcase, exhausted_time_lasts_until_a_reading_finds_a_port);
	tcase_add_test(tcase, a_quiet_host_waits_the_whole_interval);
	tcase_add_loop_test(tcase, an_alert_that_may_come_is_looked_at_more_often, 0,
			    SW_ARRAY_SIZE(coming));
	tcase_add_test(tcase, an_alert_is_looked_at_more_often_until_it_is_resolved);
	tcase_add_test(tcase, steady_95_percent_of_the_ceiling_is_a_warning_and_never_critical);
	tcase_add_loop_test(tcase, so_it_is_when_closes_come_at_random, 0, 10);
	tcase_add_test(tcase, a_burst_of_five_seconds_under_the_knee_is_nothing);
	tcase_add_test(tcase, a_rate_that_runs_out_is_critical_after_ten_seconds);
	tcase_add_test(tcase, it_resolves_five_minutes_after_its_time_wait_have_gone);
	return suite_run("engine", tcase);
}
