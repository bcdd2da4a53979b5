/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Each rule on its own, on both sides of its lines: readings go by, and what the engine says
 * counts. */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "render/journal.h"
#include "render/sentence.h"
#include "support/build.h"
#include "support/failing-alloc.h"
#include "support/stepper.h"
#include "support/suite.h"

static struct sw_settings settings;
static struct sw_reading *reading;
static struct sw_engine *engine;
static struct sw_outlook outlook;
static struct sw_port_tally port; /* the only one */
static struct sw_inbound inbound; /* likewise */
static struct sw_bind_wall wall;
static size_t n_walls;
static char said[1024];
static struct sw_event last; /* the latest event */

static void begin(void)
{
	const struct sw_engine_config config = { .clear = settings.alert.clear,
						 .max_blind_severity = SW_LEVEL_CRITICAL,
						 .max_active = 20,
						 .max_gap = 15 * SECOND,
						 .netns = "self" };

	sw_engine_free(engine);
	engine = NULL;
	said[0] = '\0';
	ck_assert_int_eq(sw_engine_new(&engine, &config), 0);
}

static void set_up(void)
{
	sw_settings_init(&settings);
	/* Of the other rules' tests this one is none. */
	settings.rules.common[SW_RULE_EPHEMERAL_PORTS].enabled = false;
	ck_assert_int_eq(sw_reading_new(&reading), 0);
	sw_port_space_init(&reading->space, 32768, 60999);
	ck_assert_int_eq(sw_tally_new(&reading->tally, &reading->space, &reading->reuse, 1), 0);
	outlook = build_outlook(0);
	outlook.max_severity = SW_LEVEL_OK;
	port = (struct sw_port_tally){ .port = 443,
				       .role = SW_PORT_LISTENING,
				       .listener = build_addr("10.0.0.5") };
	inbound = (struct sw_inbound){ 0 };
	n_walls = 0;
	begin();
}

static void tear_down(void)
{
	sw_engine_free(engine);
	engine = NULL;
	sw_reading_free(reading);
}

static void note(const struct sw_event *event, double seconds)
{
	size_t used = strlen(said);

	last = *event;
	snprintf(said + used, sizeof(said) - used, "%g %s %s %s\n", seconds,
		 sw_rule_to_string(event->alert.rule), sw_event_state_to_string(event->state),
		 sw_level_to_string(event->alert.severity));
}

static void step_with(double seconds, struct sw_outlook *outlooks, size_t n)
{
	const struct sw_port_tally *ports = &port;
	const struct sw_report report = { .reading = reading,
					  .outlooks = outlooks,
					  .n_outlooks = n,
					  .ports = &ports,
					  .n_ports = 1,
					  .inbounds = &inbound,
					  .n_inbounds = inbound.n_held > 0,
					  .walls = &wall,
					  .n_walls = n_walls };
	const struct sw_evidence evidence = { .report = &report, .settings = &settings };
	const struct sw_event *events;
	size_t n_events;

	sw_engine_step(engine, stepper_moment(seconds), &evidence, &events, &n_events);
	for (size_t i = 0; i < n_events; i++)
		note(&events[i], seconds);
}

/* Readings every five seconds, the last one at `until`. */
static void keep(double seconds, double until)
{
	for (; seconds <= until; seconds += 5)
		step_with(seconds, &outlook, 1);
}

static const char *sentence(void)
{
	static char buffer[SW_SENTENCE_SIZE];

	return sw_render_sentence(&last, NULL, buffer);
}

/* All fields as one text, to be freed. */
static char *journal(void)
{
	const struct sw_event_origin origin = { .host = "db1", .netns = "self", .boot_id = "b" };
	size_t size;
	char *text;
	FILE *out = open_memstream(&text, &size);

	ck_assert_ptr_nonnull(out);
	sw_render_journal(out, &last, &origin);
	ck_assert_int_eq(fclose(out), 0);
	return text;
}

static void check_has(const char *text, const char *wanted)
{
	ck_assert_msg(strstr(text, wanted) != NULL, "\"%s\" is not in:\n%s", wanted, text);
}

/* slow-connects. A full first pass of 14116 ports costs 1.3 ms. */

static void slow_down(double per_s)
{
	outlook.slow_connects = true;
	outlook.used = 18000;
	outlook.used_first = 14116;
	outlook.free = 28232 - 18000;
	outlook.held = 100;
	outlook.time_wait = 17900;
	outlook.forecast.present_per_s = per_s;
}

START_TEST(a_fifth_of_a_core_of_searching_for_two_minutes_is_a_warning)
{
	slow_down(155);
	keep(0, 300);
	ck_assert_str_eq(said, "120 slow-connects firing warning\n");
	ck_assert_str_eq(
		sentence(),
		"Connects from 10.0.0.5 to 10.0.0.9:5432 are slow: each searches 14117 "
		"ports, 155/s take about 20 % of a core; do: keepalive, or more addresses");
}
END_TEST

START_TEST(a_little_searching_is_none)
{
	slow_down(150);
	keep(0, 600);
	ck_assert_str_eq(said, "");
}
END_TEST

START_TEST(a_quick_search_costs_nothing_at_any_rate)
{
	slow_down(10000);
	outlook.slow_connects = false;
	keep(0, 600);
	ck_assert_str_eq(said, "");
}
END_TEST

START_TEST(cron_minutes_of_searching_are_none)
{
	for (int minute = 0; minute < 60; minute++) {
		slow_down(minute % 2 == 0 ? 500 : 10);
		keep(60 * minute, 60 * minute + 55);
	}
	ck_assert_str_eq(said, "");
}
END_TEST

START_TEST(connections_that_stay_were_searched_for_too)
{
	for (int i = 0; i <= 24; i++) {
		slow_down(0);
		outlook.held = (uint32_t)(100 + 800 * i); /* 160 a second */
		step_with(5 * i, &outlook, 1);
	}
	ck_assert_str_eq(said, "");
	outlook.held += 800;
	step_with(125, &outlook, 1);
	/* The first reading does not know how many are new. */
	ck_assert_str_eq(said, "125 slow-connects firing warning\n");
}
END_TEST

START_TEST(it_is_over_when_there_are_free_ports_at_hand_again)
{
	slow_down(1000);
	keep(0, 120);
	outlook.slow_connects = false;
	keep(125, 430);
	ck_assert_str_eq(said, "120 slow-connects firing warning\n"
			       "425 slow-connects resolved warning\n");
	ck_assert_str_eq(sentence(),
			 "Connects from 10.0.0.5 to 10.0.0.9:5432: resolved after 5 min "
			 "5 s");
}
END_TEST

START_TEST(the_journal_says_the_cause_and_the_remedy)
{
	char *text;

	slow_down(1000);
	outlook.level = SW_LEVEL_NOTICE;
	keep(0, 120);
	text = journal();
	check_has(text, "MESSAGE_ID=" SW_MESSAGE_SLOW_CONNECTS_FIRING "\n");
	check_has(text, "PRIORITY=4\n");
	check_has(text, "SOCKWATCH_RULE=slow-connects\n");
	check_has(text, "SOCKWATCH_SUBJECT=10.0.0.5->10.0.0.9:5432\n");
	check_has(text, "SOCKWATCH_USED=18000\n");
	check_has(text, "SOCKWATCH_CAUSE=client-closes-first\n");
	check_has(text, "SOCKWATCH_ADVICE=");
	ck_assert_ptr_null(strstr(text, "SOCKWATCH_ERRNO"));
	free(text);
}
END_TEST

/* What every rule takes from the configuration. */

static void override(const char *destination, enum sw_rule rule)
{
	struct sw_override *one = &settings.overrides[settings.n_overrides++];

	*one = (struct sw_override){ .name = "one", .rule = rule, .rules = settings.rules };
	one->destinations.list[0] =
		(struct sw_match){ .addr = build_addr(destination), .n_bits = 32 };
	one->destinations.n = 1;
}

START_TEST(a_rule_that_is_off_says_nothing)
{
	settings.rules.common[SW_RULE_SLOW_CONNECTS].enabled = false;
	slow_down(1000);
	keep(0, 300);
	ck_assert_str_eq(said, "");
}
END_TEST

START_TEST(a_rule_that_is_switched_off_is_no_longer_watched)
{
	slow_down(1000);
	keep(0, 120);
	settings.rules.common[SW_RULE_SLOW_CONNECTS].enabled = false;
	keep(125, 125);
	ck_assert_str_eq(said, "120 slow-connects firing warning\n"
			       "125 slow-connects resolved warning\n");
	ck_assert_str_eq(sentence(),
			 "Connects from 10.0.0.5 to 10.0.0.9:5432: no longer watched, by "
			 "the configuration");
}
END_TEST

START_TEST(a_destination_that_is_ignored_is_for_that_rule_only)
{
	struct sw_matches *ignore = &settings.ignore[SW_RULE_SYN_SENT];

	ignore->list[0] = (struct sw_match){ .addr = build_addr("10.0.0.9"), .n_bits = 32 };
	ignore->n = 1;
	slow_down(1000);
	outlook.n_by_state[SW_TCP_SYN_SENT] = 90;
	outlook.n_by_retransmits[5] = 90;
	keep(0, 300);
	ck_assert_str_eq(said, "120 slow-connects firing warning\n");
}
END_TEST

START_TEST(the_worst_severity_is_that_of_the_configuration)
{
	settings.rules.common[SW_RULE_SLOW_CONNECTS].max_severity = SW_LEVEL_NOTICE;
	slow_down(1000);
	keep(0, 300);
	ck_assert_str_eq(said, "120 slow-connects firing notice\n");
}
END_TEST

START_TEST(an_override_is_of_its_rule_and_destination)
{
	override("10.0.0.9", SW_RULE_SLOW_CONNECTS);
	settings.overrides[0].rules.slow_connects.warning = 0.9;
	override("10.0.0.9", SW_RULE_SYN_SENT);
	settings.overrides[1].rules.slow_connects.warning = 0.01;
	slow_down(600);
	keep(0, 300);
	ck_assert_str_eq(said, "");
	slow_down(700);
	keep(305, 425);
	ck_assert_str_eq(said, "425 slow-connects firing warning\n");
}
END_TEST

/* time-wait-limit. */

static void count_overflows(uint64_t value)
{
	reading->kernel.time_wait_overflows = (struct sw_figure){ true, value };
	reading->kernel.figures[SW_KERNEL_MAX_TW_BUCKETS] = (struct sw_figure){ true, 131072 };
}

START_TEST(a_counter_that_moves_for_two_minutes_is_a_warning)
{
	for (int i = 0; i <= 25; i++) {
		count_overflows((uint64_t)(1000000 + 100 * i));
		keep(5 * i, 5 * i);
	}
	/* The first reading does not know whether it moves. */
	ck_assert_str_eq(said, "125 time-wait-limit firing warning\n");
	ck_assert_str_eq(sentence(),
			 "TIME_WAIT at tcp_max_tw_buckets: 0 there, 131072 may be, 20.0/s "
			 "cut short; do: raise it, or close fewer connections first");
	keep(130, 500);
	ck_assert_str_eq(said, "125 time-wait-limit firing warning\n"
			       "495 time-wait-limit resolved warning\n");
	ck_assert_str_eq(sentence(), "TIME_WAIT at tcp_max_tw_buckets: resolved after 6 min 10 s");
}
END_TEST

/* What was dropped in one half of a minute is missing in the next one's, and nothing is then. */
START_TEST(a_counter_that_moves_once_a_minute_is_a_warning_all_the_same)
{
	for (int i = 0; i <= 60; i++) {
		count_overflows((uint64_t)(100 * (i / 12)));
		keep(5 * i, 5 * i);
	}
	ck_assert_str_eq(said, "180 time-wait-limit firing warning\n");
	ck_assert_ptr_nonnull(strstr(sentence(), "20.0/s cut short"));
}
END_TEST

START_TEST(a_counter_that_stands_is_history)
{
	count_overflows(1000000);
	keep(0, 600);
	ck_assert_str_eq(said, "");
}
END_TEST

START_TEST(one_overflow_is_none)
{
	count_overflows(0);
	keep(0, 0);
	count_overflows(50000);
	keep(5, 600);
	ck_assert_str_eq(said, "");
}
END_TEST

START_TEST(a_counter_that_begins_anew_has_not_moved)
{
	for (int i = 0; i <= 60; i++) {
		count_overflows(i % 2 == 0 ? 0 : (uint64_t)(60 - i));
		keep(30 * i, 30 * i);
	}
	ck_assert_str_eq(said, "");
}
END_TEST

START_TEST(a_kernel_without_the_counter_says_nothing)
{
	keep(0, 600);
	ck_assert_str_eq(said, "");
}
END_TEST

/* connection-leak. */

static void hold(uint32_t n)
{
	outlook.held = n;
	outlook.n_by_state[SW_TCP_ESTABLISHED] = n;
}

/* Readings every ten seconds, as six hours are long; `held` says how many at each. */
static void live_through(double from, double hours, uint32_t (*held)(double hour))
{
	for (double seconds = 3600 * from; seconds < 3600 * (from + hours); seconds += 10) {
		hold(held(seconds / 3600));
		step_with(seconds, &outlook, 1);
	}
}

static uint32_t leak(double hour)
{
	/* What comes and goes on top of it says nothing. */
	return (uint32_t)(6000 + 1000 * hour + (int)(hour * 60) % 7 * 400);
}

static uint32_t slow_leak(double hour)
{
	return (uint32_t)(7500 + 500 * hour);
}

static uint32_t small_leak(double hour)
{
	return (uint32_t)(100 + 1000 * hour);
}

static uint32_t sawtooth(double hour)
{
	return (uint32_t)(8000 + 4000 * (hour - (int)hour));
}

static uint32_t pool(double hour)
{
	return (uint32_t)(15000 + (int)(hour * 3600) % 97);
}

static uint32_t deploys(double hour)
{
	double since = hour - 2 * (int)(hour / 2);

	return since < 0.05 ? (uint32_t)(since * 300000) : 15000;
}

START_TEST(six_hours_of_growth_that_fill_the_ports_within_a_day_are_a_leak)
{
	char *text;

	live_through(0, 6.1, leak);
	ck_assert_str_eq(said, "21600 connection-leak firing warning\n");
	check_has(sentence(), "Connections from 10.0.0.5 to 10.0.0.9:5432 leak: ");
	check_has(sentence(),
		  " of 28232 there can be, 1000 more an hour for six hours: none is left");
	text = journal();
	check_has(text, "SOCKWATCH_CAUSE=leak\n");
	check_has(text, "MESSAGE_ID=" SW_MESSAGE_CONNECTION_LEAK_FIRING "\n");
	ck_assert_ptr_null(strstr(text, "SOCKWATCH_ADVICE"));
	free(text);
}
END_TEST

static const struct {
	const char *name;
	uint32_t (*held)(double hour);
	double hours;
} quiet[] = {
	{ "less than six hours", leak, 5.9 },
	{ "none is gone within a day", slow_leak, 12 },
	{ "a quarter is not yet used", small_leak, 6.9 },
	{ "it falls back every hour", sawtooth, 24 },
	{ "a pool stays as it is", pool, 24 },
	{ "a pool is opened anew with each deploy", deploys, 24 },
};

START_TEST(what_is_no_leak_is_none)
{
	live_through(0, quiet[_i].hours, quiet[_i].held);
	ck_assert_msg(said[0] == '\0', "%s: %s", quiet[_i].name, said);
}
END_TEST

START_TEST(hours_that_nobody_saw_are_no_growth)
{
	live_through(0, 4, leak);
	live_through(5, 5.9, leak);
	ck_assert_str_eq(said, "");
}
END_TEST

START_TEST(a_leak_is_over_when_the_connections_are_gone)
{
	live_through(0, 6.01, leak);
	said[0] = '\0';
	step_with(21700, &outlook, 0);
	for (double seconds = 21705; seconds <= 22000; seconds += 5)
		step_with(seconds, &outlook, 0);
	ck_assert_str_eq(said, "22000 connection-leak resolved warning\n");
}
END_TEST

/* syn-sent. */

static void unanswered(uint32_t n, uint32_t retransmits, uint32_t live)
{
	memset(outlook.n_by_retransmits, 0, sizeof(outlook.n_by_retransmits));
	outlook.n_by_retransmits[retransmits] = n;
	outlook.n_by_state[SW_TCP_SYN_SENT] = n;
	outlook.held = live;
}

START_TEST(connects_that_nobody_answers_are_a_warning)
{
	char *text;

	unanswered(60, 3, 1100);
	keep(0, 120);
	ck_assert_str_eq(said, "120 syn-sent firing warning\n");
	ck_assert_str_eq(sentence(),
			 "Connects from 10.0.0.5 to 10.0.0.9:5432 get no answer: 60 of 1100 open "
			 "sockets wait; do: look for a firewall or a route that drops packets");
	text = journal();
	check_has(text, "SOCKWATCH_CAUSE=black-hole\n");
	check_has(text, "MESSAGE_ID=" SW_MESSAGE_SYN_SENT_FIRING "\n");
	free(text);
}
END_TEST

static const struct {
	uint32_t n, retransmits, live;
} answered[] = {
	{ 49, 3, 100 },  /* too few */
	{ 60, 3, 1300 }, /* too small a share */
	{ 500, 2, 500 }, /* may be two seconds old */
	{ 500, 0, 500 }, /* a burst on its way */
	{ 3, 7, 3 },     /* a crawler's dead destination */
};

START_TEST(few_or_young_ones_are_none)
{
	unanswered(answered[_i].n, answered[_i].retransmits, answered[_i].live);
	keep(0, 600);
	ck_assert_str_eq(said, "");
}
END_TEST

START_TEST(the_age_is_that_of_the_configuration)
{
	settings.rules.syn_sent.age = 1 * SECOND;
	unanswered(60, 1, 100);
	keep(0, 120);
	ck_assert_str_eq(said, "120 syn-sent firing warning\n");
	/* More than the slots tell apart is in the last one. */
	settings.rules.syn_sent.age = 100 * SECOND;
	begin();
	unanswered(60, SW_SYN_N_SLOTS - 1, 100);
	keep(0, 120);
	ck_assert_str_eq(said, "120 syn-sent firing warning\n");
}
END_TEST

START_TEST(it_is_over_when_they_are_answered)
{
	unanswered(60, 3, 100);
	keep(0, 120);
	unanswered(0, 0, 100);
	keep(125, 425);
	ck_assert_str_eq(said, "120 syn-sent firing warning\n425 syn-sent resolved warning\n");
}
END_TEST

/* close-wait. Ten slots of a minute each. */

/* Until `until`; `n` says how many there are at each second. */
static void pile_up(double seconds, double until, uint32_t (*n)(double seconds))
{
	for (; seconds <= until; seconds += 5) {
		port.n_by_state[SW_TCP_CLOSE_WAIT] = n(seconds);
		keep(seconds, seconds);
	}
}

static uint32_t forgotten(double seconds)
{
	return (uint32_t)(60 + seconds / 2);
}

static uint32_t forgotten_among_others(double seconds)
{
	return (uint32_t)(60 + seconds / 6) + (uint32_t)seconds % 55;
}

static uint32_t few_forgotten(double seconds)
{
	return (uint32_t)(50 + seconds / 100);
}

static uint32_t constant(double seconds)
{
	(void)seconds;
	return 500;
}

static uint32_t dropped_at_once(double seconds)
{
	return seconds < 400 ? 60 : 900;
}

static uint32_t dropped_twice(double seconds)
{
	return seconds < 200 ? 60 : seconds < 500 ? 400 : 900;
}

static uint32_t slow_but_closing(double seconds)
{
	return 150 + (uint32_t)(seconds * 7) % 90;
}

static uint32_t freed_in_between(double seconds)
{
	return forgotten(seconds) - (seconds < 330 ? 0 : 140);
}

START_TEST(ten_minutes_of_growth_are_a_warning)
{
	char *text;

	pile_up(0, 660, forgotten);
	ck_assert_str_eq(said, "600 close-wait firing warning\n");
	ck_assert_str_eq(sentence(),
			 "CLOSE_WAIT piles up on 10.0.0.5:443: 360, 30 more a minute, closed by "
			 "the peer and not by this side; do: find where it forgets close(), "
			 "restart it until then");
	text = journal();
	check_has(text, "SOCKWATCH_SUBJECT=10.0.0.5:443\n");
	check_has(text, "SOCKWATCH_CAUSE=leak\n");
	check_has(text, "MESSAGE_ID=" SW_MESSAGE_CLOSE_WAIT_FIRING "\n");
	ck_assert_ptr_null(strstr(text, "SOCKWATCH_CAPACITY"));
	free(text);
}
END_TEST

START_TEST(what_comes_and_goes_hides_no_growth)
{
	pile_up(0, 660, forgotten_among_others);
	ck_assert_str_eq(said, "600 close-wait firing warning\n");
}
END_TEST

static const struct {
	const char *name;
	uint32_t (*n)(double seconds);
	double until;
} no_piles[] = {
	{ "less than ten minutes", forgotten, 595 },
	{ "fewer than a hundred", few_forgotten, 3600 },
	{ "they do not become more", constant, 3600 },
	{ "a backend drops a pool", dropped_at_once, 3600 },
	{ "a backend drops two pools", dropped_twice, 3600 },
	{ "a program closes late", slow_but_closing, 3600 },
	{ "many are closed in between", freed_in_between, 895 },
};

START_TEST(no_pile_of_close_wait_is_no_warning)
{
	pile_up(0, no_piles[_i].until, no_piles[_i].n);
	ck_assert_msg(said[0] == '\0', "%s: %s", no_piles[_i].name, said);
}
END_TEST

/* Slots of 60 s end with the seventh reading, after 63 s. */
START_TEST(the_growth_is_that_of_the_time_that_went_by)
{
	for (double seconds = 0; seconds <= 720; seconds += 9) {
		port.n_by_state[SW_TCP_CLOSE_WAIT] = (uint32_t)(60 + seconds);
		step_with(seconds, &outlook, 1);
	}
	check_has(sentence(), ", 60 more a minute, ");
}
END_TEST

START_TEST(there_have_to_be_as_many_for_the_whole_age)
{
	settings.rules.close_wait.count = 300;
	settings.rules.close_wait.age = 400 * SECOND;
	/* From 180 s on there is a half, from 480 s on as many. */
	pile_up(0, 900, forgotten);
	ck_assert_str_eq(said, "880 close-wait firing warning\n");
}
END_TEST

START_TEST(of_minutes_that_nobody_saw_no_growth_is_known)
{
	pile_up(0, 300, forgotten);
	pile_up(320, 915, forgotten);
	ck_assert_str_eq(said, "");
	pile_up(920, 920, forgotten);
	ck_assert_str_eq(said, "920 close-wait firing warning\n");
}
END_TEST

START_TEST(a_pile_that_stays_as_it_is_is_still_one)
{
	pile_up(0, 600, forgotten);
	pile_up(605, 3600, constant);
	ck_assert_str_eq(said, "600 close-wait firing warning\n");
	port.n_by_state[SW_TCP_CLOSE_WAIT] = 89;
	keep(3605, 3905);
	ck_assert_str_eq(said, "600 close-wait firing warning\n"
			       "3905 close-wait resolved warning\n");
	check_has(sentence(), "CLOSE_WAIT piles up on 10.0.0.5:443: resolved after ");
}
END_TEST

START_TEST(outgoing_connections_pile_up_by_tuple)
{
	char *text;

	for (double seconds = 0; seconds <= 600; seconds += 5) {
		outlook.n_by_state[SW_TCP_CLOSE_WAIT] = forgotten(seconds);
		keep(seconds, seconds);
	}
	ck_assert_str_eq(said, "600 close-wait firing warning\n");
	check_has(sentence(), "CLOSE_WAIT piles up from 10.0.0.5 to 10.0.0.9:5432: 360, ");
	text = journal();
	check_has(text, "SOCKWATCH_SUBJECT=10.0.0.5->10.0.0.9:5432\n");
	check_has(text, "SOCKWATCH_PORT=5432\n");
	free(text);
}
END_TEST

START_TEST(ports_that_are_none_of_a_listener_are_their_tuples)
{
	port.role = SW_PORT_OUTGOING;
	pile_up(0, 660, forgotten);
	ck_assert_str_eq(said, "");
	port.role = SW_PORT_LISTENING;
	port.listener = (struct sw_addr){ 0 };
	pile_up(665, 1400, forgotten);
	ck_assert_str_eq(said, "");
}
END_TEST

START_TEST(an_override_may_be_of_a_listener)
{
	override("10.0.0.5", SW_RULE_CLOSE_WAIT);
	settings.overrides[0].rules.close_wait.count = 1000;
	pile_up(0, 1500, forgotten);
	ck_assert_str_eq(said, "");
}
END_TEST

/* inbound. */

/* The peer 10.0.0.2 holds so many ports towards 10.0.0.5:443 until `until`; 0: it is not listed. */
static void hold_ports(uint32_t n, double seconds, double until)
{
	const struct sw_peer_tally peer = { .tuple = build_tuple("10.0.0.2", "10.0.0.5", 443),
					    .n_held = n,
					    .lowest = 32768,
					    .highest = 60999 };

	sw_inbound_compute(&peer, settings.rules.inbound.notice, &inbound);
	keep(seconds, until);
}

START_TEST(a_peer_that_holds_most_of_its_ports_is_a_notice)
{
	hold_ports(25211, 0, 900);
	ck_assert_str_eq(said, "120 inbound firing notice\n");
	ck_assert_str_eq(sentence(),
			 "Peer runs out of ports: 10.0.0.2 to 10.0.0.5:443: it holds 25211 "
			 "of about 28232 (89 %); do: a second address or port of ours for "
			 "it, or one of its own");
	ck_assert_ptr_null(sw_alert_cause(&last.alert));
	/* Nor does all of it make it any worse. */
	hold_ports(28232, 905, 1200);
	ck_assert_str_eq(said, "120 inbound firing notice\n");
}
END_TEST

START_TEST(it_is_resolved_when_the_peer_has_a_tenth_of_the_line_left)
{
	hold_ports(25211, 0, 120);
	/* 72 % of 28232 is 20327.04. */
	hold_ports(20328, 125, 600);
	ck_assert_str_eq(said, "120 inbound firing notice\n");
	hold_ports(20327, 605, 1200);
	ck_assert_str_eq(said, "120 inbound firing notice\n905 inbound resolved notice\n");
	check_has(sentence(),
		  "Peer runs out of ports: 10.0.0.2 to 10.0.0.5:443: resolved after 13 min");
}
END_TEST

START_TEST(it_is_resolved_when_the_peer_is_gone)
{
	hold_ports(25211, 0, 120);
	hold_ports(0, 125, 600);
	ck_assert_str_eq(said, "120 inbound firing notice\n425 inbound resolved notice\n");
}
END_TEST

START_TEST(a_peer_that_comes_near_for_a_moment_is_none)
{
	for (double seconds = 0; seconds < 1000; seconds += 125) {
		hold_ports(25211, seconds, seconds + 115);
		hold_ports(22585, seconds + 120, seconds + 120);
	}
	ck_assert_str_eq(said, "");
}
END_TEST

START_TEST(of_several_peers_beyond_the_most_the_worst_is_named)
{
	static struct sw_inbound crowd[30];
	struct sw_report report = { .reading = reading, .inbounds = crowd, .n_inbounds = 30 };
	const struct sw_evidence evidence = { .report = &report, .settings = &settings };
	const struct sw_event *events;
	size_t n = 0;

	hold_ports(25211, 0, 0);
	for (uint16_t i = 0; i < 30; i++) {
		crowd[i] = inbound;
		crowd[i].tuple.port = (uint32_t)(1000 + i);
	}
	for (double seconds = 5; seconds <= 125; seconds += 5) {
		sw_engine_step(engine, stepper_moment(seconds), &evidence, &events, &n);
		for (size_t i = 0; i < n; i++)
			last = events[i];
	}
	ck_assert_uint_eq(last.alert.n_grouped, 10);
	check_has(sentence(), "10 more peers run out of ports, worst 10.0.0.2 to 10.0.0.5:10");
}
END_TEST

/* bind-ports. */

/* Nothing is closed: the ports are held. */
static void bind_up_to(uint32_t used)
{
	n_walls = 1;
	wall = (struct sw_bind_wall){
		.source = build_addr("10.0.0.5"),
		.capacity = 28232,
		.free = 28232 - used,
		.utilization = used / 28232.0,
		.n_sockets = used,
		.n_destinations = 9,
		.n_fullest = used / 3,
		.in_use = true,
		.forecast = { .exhausted_in_s = SW_NEVER,
			      .exhausted_in_low_s = SW_NEVER,
			      .exhausted_in_sustained_s = SW_NEVER },
		.limits = sw_ephemeral_limits_default,
		.max_severity = SW_LEVEL_CRITICAL,
		.level = SW_LEVEL_WARNING,
	};
}

START_TEST(a_wall_near_for_two_minutes_is_a_warning)
{
	bind_up_to(23000);
	keep(0, 300);
	ck_assert_str_eq(said, "120 bind-ports firing warning\n");
	ck_assert_str_eq(sentence(),
			 "bind() to 10.0.0.5 is running short of ports: 5232 of 28232 left (81 % "
			 "gone), 0 closes/s, sustains 0; somebody binds before it connects; do: "
			 "IP_BIND_ADDRESS_NO_PORT");
}
END_TEST

START_TEST(a_wall_further_away_is_none)
{
	bind_up_to(22000);
	keep(0, 300);
	ck_assert_str_eq(said, "");
}
END_TEST

START_TEST(a_wall_that_is_met_is_critical)
{
	char *text;

	bind_up_to(28232);
	keep(0, 5);
	ck_assert_str_eq(said, "0 bind-ports firing critical\n");
	text = journal();
	check_has(text, "bind() to 10.0.0.5 is out of ports: EADDRINUSE");
	check_has(text, "SOCKWATCH_SUBJECT=10.0.0.5\nSOCKWATCH_SOURCE=10.0.0.5\n");
	check_has(text, "SOCKWATCH_USED=28232\n");
	check_has(text, "SOCKWATCH_ADVICE=set IP_BIND_ADDRESS_NO_PORT");
	check_has(text, "SOCKWATCH_ERRNO=EADDRINUSE\nSOCKWATCH_CAUSE=bind-zero\n");
	free(text);
	ck_assert_uint_eq(sw_engine_next_delay(engine, 5 * SECOND), SECOND);
}
END_TEST

START_TEST(a_failure_that_is_projected_for_ten_seconds_is_critical)
{
	bind_up_to(14200);
	wall.forecast.exhausted_in_s = wall.forecast.exhausted_in_low_s = 40;
	keep(0, 30);
	ck_assert_str_eq(said, "10 bind-ports firing critical\n");
	check_has(sentence(), "bind() to 10.0.0.5 runs out of ports in about 40 s: ");
}
END_TEST

START_TEST(a_wall_that_nobody_uses_is_none)
{
	bind_up_to(28232);
	wall.in_use = false;
	keep(0, 300);
	ck_assert_str_eq(said, "");
}
END_TEST

/* Whether bind() is in use is a guess of each reading: it has to be gone for as long as Clear asks.
 */
START_TEST(an_alert_ends_when_nobody_binds_for_long)
{
	bind_up_to(28000);
	keep(0, 0);
	wall.in_use = false;
	keep(5, 250);
	wall.in_use = true;
	keep(255, 255);
	wall.in_use = false;
	keep(260, 1000);
	ck_assert_str_eq(said, "0 bind-ports firing critical\n560 bind-ports resolved critical\n");
}
END_TEST

START_TEST(an_alert_ends_when_ports_are_free)
{
	bind_up_to(28000);
	keep(0, 0);
	bind_up_to(2823);
	keep(5, 400);
	ck_assert_str_eq(said, "0 bind-ports firing critical\n305 bind-ports resolved critical\n");
	ck_assert_str_eq(sentence(), "bind() to 10.0.0.5: resolved after 5 min 5 s: 10 % gone; "
				     "exhausted for 0 s, peak 99 %");
}
END_TEST

START_TEST(an_address_that_is_gone_is_over)
{
	bind_up_to(28000);
	keep(0, 0);
	n_walls = 0;
	keep(5, 400);
	ck_assert_str_eq(said, "0 bind-ports firing critical\n305 bind-ports resolved critical\n");
}
END_TEST

/* All rules. */

START_TEST(a_crowd_is_told_as_one)
{
	static struct sw_outlook crowd[30];

	unanswered(60, 3, 100);
	for (size_t i = 0; i < 30; i++) {
		crowd[i] = outlook;
		crowd[i].tuple.port = (uint32_t)(1000 + i);
	}
	for (double seconds = 0; seconds <= 120; seconds += 5)
		step_with(seconds, crowd, 30);
	ck_assert_uint_eq(last.alert.n_grouped, 10);
	check_has(sentence(), "Connects of 10 more destinations, worst from 10.0.0.5 to 10.0.0.9:");
}
END_TEST

START_TEST(only_running_out_of_ports_hurries_the_readings)
{
	unanswered(60, 3, 100);
	keep(0, 120);
	ck_assert_uint_eq(sw_engine_next_delay(engine, 5 * SECOND), 5 * SECOND);
}
END_TEST

/* The engine's own three allocations come before. */
START_TEST(without_memory_for_the_rules_there_is_no_engine)
{
	struct sw_engine *none = NULL;
	const struct sw_engine_config config = { .netns = "self" };
	int r;

	failing_alloc_after((unsigned int)_i);
	r = sw_engine_new(&none, &config);
	ck_assert(failing_alloc_stop());
	ck_assert_int_eq(r, -ENOMEM);
	ck_assert_ptr_null(none);
}
END_TEST

int main(void)
{
	TCase *tcase = tcase_create("rules");

	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_add_test(tcase, a_fifth_of_a_core_of_searching_for_two_minutes_is_a_warning);
	tcase_add_test(tcase, a_little_searching_is_none);
	tcase_add_test(tcase, a_quick_search_costs_nothing_at_any_rate);
	tcase_add_test(tcase, cron_minutes_of_searching_are_none);
	tcase_add_test(tcase, connections_that_stay_were_searched_for_too);
	tcase_add_test(tcase, it_is_over_when_there_are_free_ports_at_hand_again);
	tcase_add_test(tcase, the_journal_says_the_cause_and_the_remedy);
	tcase_add_test(tcase, a_rule_that_is_off_says_nothing);
	tcase_add_test(tcase, a_rule_that_is_switched_off_is_no_longer_watched);
	tcase_add_test(tcase, a_destination_that_is_ignored_is_for_that_rule_only);
	tcase_add_test(tcase, the_worst_severity_is_that_of_the_configuration);
	tcase_add_test(tcase, an_override_is_of_its_rule_and_destination);
	tcase_add_test(tcase, a_counter_that_moves_for_two_minutes_is_a_warning);
	tcase_add_test(tcase, a_counter_that_stands_is_history);
	tcase_add_test(tcase, one_overflow_is_none);
	tcase_add_test(tcase, a_counter_that_moves_once_a_minute_is_a_warning_all_the_same);
	tcase_add_test(tcase, a_counter_that_begins_anew_has_not_moved);
	tcase_add_test(tcase, a_kernel_without_the_counter_says_nothing);
	tcase_add_test(tcase, six_hours_of_growth_that_fill_the_ports_within_a_day_are_a_leak);
	tcase_add_loop_test(tcase, what_is_no_leak_is_none, 0, 6);
	tcase_add_test(tcase, hours_that_nobody_saw_are_no_growth);
	tcase_add_test(tcase, a_leak_is_over_when_the_connections_are_gone);
	tcase_add_test(tcase, connects_that_nobody_answers_are_a_warning);
	tcase_add_loop_test(tcase, few_or_young_ones_are_none, 0, 5);
	tcase_add_test(tcase, the_age_is_that_of_the_configuration);
	tcase_add_test(tcase, it_is_over_when_they_are_answered);
	tcase_add_test(tcase, ten_minutes_of_growth_are_a_warning);
	tcase_add_test(tcase, what_comes_and_goes_hides_no_growth);
	tcase_add_loop_test(tcase, no_pile_of_close_wait_is_no_warning, 0, 7);
	tcase_add_test(tcase, the_growth_is_that_of_the_time_that_went_by);
	tcase_add_test(tcase, there_have_to_be_as_many_for_the_whole_age);
	tcase_add_test(tcase, of_minutes_that_nobody_saw_no_growth_is_known);
	tcase_add_test(tcase, a_pile_that_stays_as_it_is_is_still_one);
	tcase_add_test(tcase, outgoing_connections_pile_up_by_tuple);
	tcase_add_test(tcase, ports_that_are_none_of_a_listener_are_their_tuples);
	tcase_add_test(tcase, an_override_may_be_of_a_listener);
	tcase_add_test(tcase, a_peer_that_holds_most_of_its_ports_is_a_notice);
	tcase_add_test(tcase, it_is_resolved_when_the_peer_has_a_tenth_of_the_line_left);
	tcase_add_test(tcase, it_is_resolved_when_the_peer_is_gone);
	tcase_add_test(tcase, a_peer_that_comes_near_for_a_moment_is_none);
	tcase_add_test(tcase, of_several_peers_beyond_the_most_the_worst_is_named);
	tcase_add_test(tcase, a_wall_near_for_two_minutes_is_a_warning);
	tcase_add_test(tcase, a_wall_further_away_is_none);
	tcase_add_test(tcase, a_wall_that_is_met_is_critical);
	tcase_add_test(tcase, a_failure_that_is_projected_for_ten_seconds_is_critical);
	tcase_add_test(tcase, a_wall_that_nobody_uses_is_none);
	tcase_add_test(tcase, an_alert_ends_when_nobody_binds_for_long);
	tcase_add_test(tcase, an_alert_ends_when_ports_are_free);
	tcase_add_test(tcase, an_address_that_is_gone_is_over);
	tcase_add_test(tcase, a_crowd_is_told_as_one);
	tcase_add_test(tcase, only_running_out_of_ports_hurries_the_readings);
	tcase_add_loop_test(tcase, without_memory_for_the_rules_there_is_no_engine, 3, 6);
	return suite_run("rules", tcase);
}
