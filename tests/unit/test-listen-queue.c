/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The rule listen-queue: a listener's queue, its drops and ListenOverflows go by, reading by
 * reading. */

#include <stdio.h>
#include <string.h>

#include "render/event-json.h"
#include "render/journal.h"
#include "render/json.h"
#include "render/sentence.h"
#include "support/build.h"
#include "support/stepper.h"
#include "support/suite.h"

enum { BACKLOG = 8 };

/* Listeners of one reading; the first is the one that most tests are about. */
struct listener {
	const char *local;
	uint16_t port;
	uint32_t queued;
	uint32_t drops;
};

static struct sw_settings settings;
static struct sw_engine *engine;
static struct listener listeners[300];
static size_t n_listeners;
static uint64_t overflows;     /* ListenOverflows */
static uint64_t meanwhile;     /* so many of them come while the sockets are read */
static uint64_t accepted;      /* so many have left the queue, whose members count up */
static uint64_t accepted_then; /* as of the latest whole reading */
static bool drops_are_told;
static bool narrow; /* readings are: the ports are as the latest whole one had them */
static char said[1024];
static struct sw_event last; /* the latest event */

static void set_up(void)
{
	const struct sw_engine_config config = {
		.clear = 300 * SECOND, .max_active = 20, .max_gap = 15 * SECOND, .netns = "self"
	};

	sw_settings_init(&settings);
	memset(listeners, 0, sizeof(listeners));
	listeners[0] = (struct listener){ .local = "10.0.0.5", .port = 443 };
	n_listeners = 1;
	overflows = meanwhile = accepted = 0;
	drops_are_told = true;
	narrow = false;
	said[0] = '\0';
	ck_assert_int_eq(sw_engine_new(&engine, &config), 0);
}

static void tear_down(void)
{
	sw_engine_free(engine);
}

static void add_waiting(struct sw_tally *tally, const struct listener *listener)
{
	for (uint32_t i = 0; i < listener->queued; i++) {
		struct sw_sock sock =
			build_sock(i % 2 == 0 ? SW_TCP_ESTABLISHED : SW_TCP_CLOSE_WAIT,
				   listener->local, listener->port, "10.0.0.9", 20000);

		sock.cookie = 1000 + accepted_then + i;
		sock.remote_port = (uint16_t)(sock.remote_port + i);
		sw_tally_add(tally, &sock);
	}
}

static void fill(struct sw_tally *tally)
{
	for (size_t i = 0; i < n_listeners; i++) {
		struct sw_sock sock = build_listener(listeners[i].local, listeners[i].port);

		sock.inode = 1;
		sock.queued = listeners[i].queued;
		sock.queue_limit = BACKLOG;
		sock.drops_known = drops_are_told;
		sock.drops = drops_are_told ? listeners[i].drops : 0;
		sw_tally_add(tally, &sock);
	}
	for (size_t i = 0; i < n_listeners; i++)
		add_waiting(tally, &listeners[i]);
	sw_tally_finish(tally);
}

static void note(const struct sw_event *event, double seconds)
{
	size_t used = strlen(said);

	if (event->alert.rule != SW_RULE_LISTEN_QUEUE)
		return;
	last = *event;
	snprintf(said + used, sizeof(said) - used, "%g %s %s\n", seconds,
		 sw_event_state_to_string(event->state), sw_level_to_string(event->alert.severity));
}

/* One reading. Moments of stepper_moment() begin 40 s into a minute. */
static void look(double seconds)
{
	const struct sw_report_filter everything = { 0 };
	struct sw_reading *reading;
	struct sw_evidence evidence = { .settings = &settings };
	const struct sw_event *events;
	struct sw_report report;
	size_t n;

	ck_assert_int_eq(sw_reading_new(&reading), 0);
	sw_port_space_init(&reading->space, 32768, 60999);
	ck_assert_int_eq(sw_tally_new(&reading->tally, &reading->space, &reading->reuse, 1), 0);
	reading->kernel.listen_overflows = (struct sw_figure){ .known = true, .value = overflows };
	overflows += meanwhile;
	reading->kernel.listen_overflows_after =
		(struct sw_figure){ .known = true, .value = overflows };
	if (!narrow)
		accepted_then = accepted;
	fill(reading->tally);
	ck_assert_int_eq(sw_report_init(&report, reading, &settings, &everything), 0);
	evidence.report = &report;
	evidence.scope = narrow ? SW_SCOPE_TUPLES : SW_SCOPE_WHOLE;
	sw_engine_step(engine, stepper_moment(seconds), &evidence, &events, &n);
	for (size_t i = 0; i < n; i++)
		note(&events[i], seconds);
	sw_report_deinit(&report);
	sw_reading_free(reading);
}

/* Readings every five seconds, the last one at `until`. */
static void keep(double seconds, double until)
{
	for (; seconds <= until; seconds += 5)
		look(seconds);
}

static void overflow(size_t i, uint32_t n)
{
	listeners[i].drops += n;
	overflows += n;
}

static const char *sentence(void)
{
	static char buffer[SW_SENTENCE_SIZE];

	return sw_render_sentence(&last, NULL, buffer);
}

static void check_has(const char *text, const char *part)
{
	ck_assert_msg(strstr(text, part) != NULL, "no \"%s\" in: %s", part, text);
}

START_TEST(overflows_in_three_minutes_of_five_are_a_warning)
{
	/* Its queue has room again in every reading. */
	keep(0, 15);
	overflow(0, 3);
	keep(20, 75);
	overflow(0, 1);
	keep(80, 135);
	ck_assert_str_eq(said, "");
	overflow(0, 6);
	keep(140, 400);
	ck_assert_str_eq(said, "140 firing warning\n");
	ck_assert_str_eq(sentence(),
			 "Accept queue of 10.0.0.5:443 overflows: 0 wait (backlog 8), 10 "
			 "dropped in 5 min; this side accepts too slowly; do: more "
			 "workers, or a longer backlog");
	keep(405, 500);
	ck_assert_str_eq(said, "140 firing warning\n445 resolved warning\n");
	ck_assert_str_eq(sentence(), "Accept queue of 10.0.0.5:443: resolved after 5 min 5 s");
}
END_TEST

START_TEST(overflows_in_two_minutes_of_five_are_none)
{
	look(0);
	for (double seconds = 5; seconds < 3600; seconds += 5) {
		if ((int)seconds % 180 == 0)
			overflow(0, 100);
		look(seconds);
	}
	ck_assert_str_eq(said, "");
}
END_TEST

START_TEST(packets_that_belong_to_no_connection_are_no_overflow)
{
	for (double seconds = 0; seconds < 900; seconds += 5) {
		listeners[0].drops += 50;
		look(seconds);
	}
	ck_assert_str_eq(said, "");
}
END_TEST

START_TEST(a_full_queue_that_is_scanned_has_not_overflowed)
{
	listeners[0].queued = BACKLOG + 1;
	for (double seconds = 0; seconds < 900; seconds += 5) {
		listeners[0].drops += 50;
		accepted++;
		look(seconds);
	}
	ck_assert_str_eq(said, "");
}
END_TEST

START_TEST(who_has_dropped_nothing_has_not_overflowed)
{
	listeners[0].drops = 7;
	for (double seconds = 0; seconds < 900; seconds += 5) {
		/* Of one that was there between two readings. */
		overflows++;
		look(seconds);
	}
	ck_assert_str_eq(said, "");
}
END_TEST

START_TEST(who_is_scanned_while_another_overflows_is_not_the_one)
{
	listeners[1] = (struct listener){ .local = "10.0.0.5", .port = 8080 };
	n_listeners = 2;
	for (double seconds = 0; seconds < 300; seconds += 5) {
		listeners[0].drops += 50;
		overflow(1, 2);
		listeners[1].queued = BACKLOG + 1;
		accepted++;
		look(seconds);
	}
	ck_assert_str_eq(said, "80 firing warning\n");
	check_has(sentence(), "Accept queue of 10.0.0.5:8080 overflows: 9 wait (backlog 8), ");
}
END_TEST

START_TEST(what_overflows_while_the_sockets_are_read_is_nobody_elses)
{
	listeners[1] = (struct listener){ .local = "10.0.0.5", .port = 8080 };
	n_listeners = 2;
	for (double seconds = 0; seconds < 300; seconds += 5) {
		listeners[0].drops += 50;
		overflow(1, 2);
		listeners[1].queued = BACKLOG + 1;
		accepted++;
		/* They are among its drops by the next reading only. */
		listeners[1].drops += (uint32_t)meanwhile;
		meanwhile = (int)seconds % 10 == 0 ? 200 : 0;
		look(seconds);
	}
	ck_assert_str_eq(said, "80 firing warning\n");
	check_has(sentence(), "Accept queue of 10.0.0.5:8080 overflows");
}
END_TEST

START_TEST(each_that_must_have_overflowed_is_one)
{
	listeners[1] = (struct listener){ .local = "::", .port = 443 };
	n_listeners = 2;
	for (double seconds = 0; seconds < 300; seconds += 5) {
		overflow(0, 2);
		overflow(1, 3);
		look(seconds);
	}
	ck_assert_str_eq(said, "80 firing warning\n80 firing warning\n");
}
END_TEST

START_TEST(what_was_dropped_before_the_first_reading_is_past)
{
	overflows = 1000;
	listeners[0].drops = 1000;
	keep(0, 25);
	overflow(0, 1);
	keep(80, 85);
	overflow(0, 1);
	keep(140, 200);
	ck_assert_str_eq(said, "");
}
END_TEST

START_TEST(the_first_drop_of_a_listener_counts)
{
	/* There is no row of it before. */
	look(0);
	overflow(0, 1);
	look(5);
	overflow(0, 1);
	look(65);
	overflow(0, 1);
	look(125);
	ck_assert_str_eq(said, "125 firing warning\n");
}
END_TEST

START_TEST(of_kernels_that_tell_no_drops_the_full_queue_is_it)
{
	drops_are_told = false;
	listeners[1] = (struct listener){ .local = "10.0.0.5", .port = 8080 };
	listeners[0].queued = BACKLOG + 1;
	n_listeners = 2;
	for (double seconds = 0; seconds < 300; seconds += 5) {
		overflow(0, 2);
		accepted++;
		look(seconds);
	}
	ck_assert_str_eq(said, "80 firing warning\n");
	check_has(sentence(), "10.0.0.5:443 overflows");
}
END_TEST

START_TEST(bursts_are_remembered_while_the_queue_has_room)
{
	drops_are_told = false;
	for (double seconds = 0; seconds < 300; seconds += 10) {
		listeners[0].queued = BACKLOG + 1;
		overflow(0, 2);
		accepted++;
		look(seconds);
		listeners[0].queued = 0;
		look(seconds + 5);
	}
	ck_assert_str_eq(said, "80 firing warning\n");
}
END_TEST

START_TEST(nobody_accepts_for_a_minute_is_critical)
{
	look(0);
	listeners[0].queued = BACKLOG + 1;
	keep(5, 100);
	ck_assert_str_eq(said, "65 firing critical\n");
	ck_assert_str_eq(sentence(),
			 "Accept queue of 10.0.0.5:443 is stuck: none accepted for 1 "
			 "min 0 s, 9 wait (backlog 8), 0 dropped in 5 min; do: find where "
			 "this side hangs, restart it");
	/* It accepts again, and is soon as quick as before. */
	accepted += 4;
	listeners[0].queued = 3;
	keep(105, 500);
	ck_assert_str_eq(said, "65 firing critical\n405 resolved critical\n");
}
END_TEST

START_TEST(a_queue_that_is_only_as_long_as_its_backlog_is_not_full)
{
	listeners[0].queued = BACKLOG;
	keep(0, 600);
	ck_assert_str_eq(said, "");
}
END_TEST

START_TEST(whoever_accepts_one_a_minute_is_not_stuck)
{
	listeners[0].queued = BACKLOG + 1;
	for (double seconds = 0; seconds < 1800; seconds += 5) {
		accepted += (int)seconds % 60 == 0;
		look(seconds);
	}
	ck_assert_str_eq(said, "");
}
END_TEST

START_TEST(a_narrow_reading_does_not_tell_that_nobody_accepts)
{
	listeners[0].queued = BACKLOG + 1;
	/* One whole reading, and then none for minutes. */
	for (double seconds = 0; seconds < 600; seconds += 5) {
		narrow = (int)seconds % 200 != 0;
		accepted++;
		look(seconds);
	}
	ck_assert_str_eq(said, "");
	for (double seconds = 600; seconds < 700; seconds += 5) {
		narrow = (int)seconds % 30 != 0;
		look(seconds);
	}
	ck_assert_str_eq(said, "660 firing critical\n");
}
END_TEST

START_TEST(a_narrow_reading_tells_that_a_queue_was_not_full)
{
	for (double seconds = 0; seconds < 600; seconds += 5) {
		narrow = (int)seconds % 30 != 0;
		listeners[0].queued = (int)seconds % 30 == 15 ? 0 : BACKLOG + 1;
		look(seconds);
	}
	ck_assert_str_eq(said, "");
}
END_TEST

START_TEST(while_nobody_looked_nothing_was_stuck)
{
	listeners[0].queued = BACKLOG + 1;
	keep(0, 30);
	keep(3600, 3655);
	ck_assert_str_eq(said, "");
	look(3660);
	ck_assert_str_eq(said, "3660 firing critical\n");
}
END_TEST

START_TEST(a_full_queue_is_watched_and_few_overflows_are_not)
{
	look(0);
	overflow(0, 1);
	look(5);
	ck_assert(sw_engine_is_idle(engine));
	listeners[0].queued = BACKLOG + 1;
	look(10);
	ck_assert(!sw_engine_is_idle(engine));
	listeners[0].queued = 0;
	look(15);
	ck_assert(sw_engine_is_idle(engine));
}
END_TEST

START_TEST(the_lines_are_those_of_the_configuration)
{
	settings.rules.listen_queue.overflow_minutes = 1;
	settings.rules.listen_queue.stuck = 20 * SECOND;
	look(0);
	overflow(0, 1);
	look(5);
	ck_assert_str_eq(said, "5 firing warning\n");
	listeners[0].queued = BACKLOG + 1;
	keep(10, 30);
	ck_assert_str_eq(said, "5 firing warning\n30 changed critical\n");
}
END_TEST

START_TEST(a_listener_can_be_ignored)
{
	settings.ignore[SW_RULE_LISTEN_QUEUE].list[0] =
		(struct sw_match){ .addr = build_addr("10.0.0.5"), .n_bits = 32, .port = 443 };
	settings.ignore[SW_RULE_LISTEN_QUEUE].n = 1;
	listeners[0].queued = BACKLOG + 1;
	keep(0, 300);
	ck_assert_str_eq(said, "");
}
END_TEST

START_TEST(more_listeners_than_there_are_rows_make_no_overflows_up)
{
	for (n_listeners = 0; n_listeners < 300; n_listeners++)
		listeners[n_listeners] = (struct listener){ .local = "10.0.0.5",
							    .port = (uint16_t)(1000 + n_listeners),
							    .drops = 7 };
	for (double seconds = 0; seconds < 600; seconds += 5) {
		/* The one that overflows is known; those without a row come and go. */
		overflow(0, 1);
		n_listeners = (int)seconds % 10 == 0 ? 300 : 290;
		look(seconds);
	}
	ck_assert_str_eq(said, "80 firing warning\n");
	check_has(sentence(), "Accept queue of 10.0.0.5:1000 overflows");
}
END_TEST

/* As the latest event is in the journal. To be freed. */
static char *journal(void)
{
	const struct sw_event_origin origin = { .host = "db1", .netns = "self", .boot_id = "b" };
	size_t size;
	char *text;
	FILE *out = open_memstream(&text, &size);

	ck_assert_ptr_nonnull(out);
	sw_render_journal(out, &last, &origin);
	fclose(out);
	return text;
}

/* The only advice of the latest event. */
static void check_advice(const char *expected_id)
{
	const struct sw_event_origin origin = { .host = "db1", .netns = "self", .boot_id = "b" };
	json_t *json = sw_render_event_json(&last, &origin);
	const char *id, *subject;

	ck_assert_int_eq(
		json_unpack(json, "{s:[{s:s, s:s}]}", "advice", "id", &id, "subject", &subject), 0);
	ck_assert_str_eq(id, expected_id);
	ck_assert_str_eq(subject, "10.0.0.5:443");
	json_decref(json);
}

START_TEST(the_journal_and_hooks_are_told_what_to_do)
{
	char *text;

	listeners[0].queued = BACKLOG + 1;
	keep(0, 60);
	ck_assert_str_eq(said, "60 firing critical\n");
	text = journal();
	check_has(text, "PRIORITY=2\n");
	check_has(text, "SOCKWATCH_SUBJECT=10.0.0.5:443\n");
	check_has(text, "SOCKWATCH_CAUSE=slow-accept\n");
	check_has(text, "SOCKWATCH_ADVICE=find where it hangs, restart it until then\n");
	check_has(text, "MESSAGE_ID=" SW_MESSAGE_LISTEN_QUEUE_FIRING "\n");
	free(text);
	check_advice("find-the-hang");
}
END_TEST

START_TEST(more_workers_help_one_that_is_only_slow)
{
	char *text;

	for (double seconds = 0; seconds < 300; seconds += 5) {
		overflow(0, 1);
		look(seconds);
	}
	ck_assert_str_eq(said, "80 firing warning\n");
	text = journal();
	check_has(text, "SOCKWATCH_ADVICE=accept sooner: ");
	free(text);
	check_advice("accept-sooner");
}
END_TEST

int main(void)
{
	TCase *tcase = tcase_create("listen-queue");

	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_add_test(tcase, overflows_in_three_minutes_of_five_are_a_warning);
	tcase_add_test(tcase, overflows_in_two_minutes_of_five_are_none);
	tcase_add_test(tcase, packets_that_belong_to_no_connection_are_no_overflow);
	tcase_add_test(tcase, a_full_queue_that_is_scanned_has_not_overflowed);
	tcase_add_test(tcase, who_has_dropped_nothing_has_not_overflowed);
	tcase_add_test(tcase, who_is_scanned_while_another_overflows_is_not_the_one);
	tcase_add_test(tcase, what_overflows_while_the_sockets_are_read_is_nobody_elses);
	tcase_add_test(tcase, each_that_must_have_overflowed_is_one);
	tcase_add_test(tcase, what_was_dropped_before_the_first_reading_is_past);
	tcase_add_test(tcase, the_first_drop_of_a_listener_counts);
	tcase_add_test(tcase, of_kernels_that_tell_no_drops_the_full_queue_is_it);
	tcase_add_test(tcase, bursts_are_remembered_while_the_queue_has_room);
	tcase_add_test(tcase, nobody_accepts_for_a_minute_is_critical);
	tcase_add_test(tcase, a_queue_that_is_only_as_long_as_its_backlog_is_not_full);
	tcase_add_test(tcase, whoever_accepts_one_a_minute_is_not_stuck);
	tcase_add_test(tcase, a_narrow_reading_does_not_tell_that_nobody_accepts);
	tcase_add_test(tcase, a_narrow_reading_tells_that_a_queue_was_not_full);
	tcase_add_test(tcase, while_nobody_looked_nothing_was_stuck);
	tcase_add_test(tcase, a_full_queue_is_watched_and_few_overflows_are_not);
	tcase_add_test(tcase, the_lines_are_those_of_the_configuration);
	tcase_add_test(tcase, a_listener_can_be_ignored);
	tcase_add_test(tcase, more_listeners_than_there_are_rows_make_no_overflows_up);
	tcase_add_test(tcase, the_journal_and_hooks_are_told_what_to_do);
	tcase_add_test(tcase, more_workers_help_one_that_is_only_slow);
	return suite_run("listen-queue", tcase);
}
