/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The rule kernel-setting: what is wrong with a setting, what to do, and how often it is said. */

#include <stdio.h>
#include <string.h>

#include "render/journal.h"
#include "render/sentence.h"
#include "sockwatch/kernel-setting.h"
#include "sockwatch/ledger.h"
#include "support/build.h"
#include "support/stepper.h"
#include "support/suite.h"

static struct sw_settings settings;
static struct sw_engine *engine;
static struct sw_reading *reading;
static struct sw_sysctl_setting recycle;
static struct sw_kernel_setting found[SW_N_KERNEL_SETTINGS];
static char said[1024];
static struct sw_event last; /* the latest event */

static void set_figure(enum sw_kernel_figure figure, uint64_t value)
{
	reading->kernel.figures[figure] = (struct sw_figure){ .known = true, .value = value };
}

static void set_range(uint16_t low, uint16_t high)
{
	sw_port_space_init(&reading->space, low, high);
	sw_port_space_reserve(&reading->space, &reading->kernel.reserved);
}

/* Debian's values, and nobody listens. */
static void set_up(void)
{
	const struct sw_engine_config config = {
		.clear = 300 * SECOND, .max_active = 20, .max_gap = 15 * SECOND, .netns = "self"
	};

	sw_settings_init(&settings);
	said[0] = '\0';
	recycle = (struct sw_sysctl_setting){ 0 };
	ck_assert_int_eq(sw_engine_new(&engine, &config), 0);
	ck_assert_int_eq(sw_reading_new(&reading), 0);
	set_range(32768, 60999);
	ck_assert_int_eq(sw_tally_new(&reading->tally, &reading->space, &reading->reuse, 1), 0);
	set_figure(SW_KERNEL_TW_REUSE, 2);
	set_figure(SW_KERNEL_TIMESTAMPS, 1);
	set_figure(SW_KERNEL_SOMAXCONN, 4096);
	set_figure(SW_KERNEL_MAX_TW_BUCKETS, 131072);
}

static void tear_down(void)
{
	sw_engine_free(engine);
	sw_reading_free(reading);
}

static void listen_on(uint16_t port)
{
	struct sw_sock sock = build_listener("0.0.0.0", port);

	sw_tally_add(reading->tally, &sock);
}

static void note(const struct sw_event *event, double seconds)
{
	size_t used = strlen(said);

	if (event->alert.rule != SW_RULE_KERNEL_SETTING)
		return;
	last = *event;
	snprintf(said + used, sizeof(said) - used, "%g %s %s %s\n", seconds,
		 event->alert.subject.name, sw_event_state_to_string(event->state),
		 sw_level_to_string(event->alert.severity));
}

static void look(double seconds)
{
	const struct sw_report_filter everything = { 0 };
	struct sw_evidence evidence = { .settings = &settings, .recycle = &recycle };
	const struct sw_event *events;
	struct sw_report report;
	size_t n;

	ck_assert_int_eq(sw_report_init(&report, reading, &settings, &everything), 0);
	sw_kernel_settings_look(&report, &recycle, found);
	evidence.report = &report;
	sw_engine_step(engine, stepper_moment(seconds), &evidence, &events, &n);
	for (size_t i = 0; i < n; i++)
		note(&events[i], seconds);
	sw_report_deinit(&report);
}

/* The only one that is wrong. */
static const struct sw_kernel_setting *wrong(void)
{
	const struct sw_kernel_setting *only = NULL;

	look(0);
	for (size_t i = 0; i < SW_N_KERNEL_SETTINGS; i++)
		if (found[i].wrong) {
			ck_assert_ptr_null(only);
			only = &found[i];
		}
	ck_assert_ptr_nonnull(only);
	return only;
}

static void check(const char *name, const char *why, const char *to_do)
{
	const struct sw_kernel_setting *only = wrong();

	ck_assert_str_eq(only->name, name);
	ck_assert_str_eq(only->why, why);
	ck_assert_str_eq(only->to_do, to_do);
}

static void check_none(void)
{
	look(0);
	for (size_t i = 0; i < SW_N_KERNEL_SETTINGS; i++)
		ck_assert_msg(!found[i].wrong, "%s: %s", found[i].name, found[i].why);
}

START_TEST(the_usual_values_are_fine)
{
	check_none();
	/* What is not known is no fault. */
	memset(reading->kernel.figures, 0, sizeof(reading->kernel.figures));
	check_none();
}
END_TEST

START_TEST(recycle_is_never_right)
{
	set_figure(SW_KERNEL_TW_RECYCLE, 1);
	check("net.ipv4.tcp_tw_recycle", "1 cuts off clients behind NAT",
	      "sysctl -w net.ipv4.tcp_tw_recycle=0");
	set_figure(SW_KERNEL_TW_RECYCLE, 0);
	check_none();
}
END_TEST

START_TEST(recycle_in_a_file_is_wrong_where_the_kernel_has_none)
{
	recycle = (struct sw_sysctl_setting){ .value = "1",
					      .file = "/etc/sysctl.d/99-web.conf",
					      .line = 3 };
	check("net.ipv4.tcp_tw_recycle",
	      "this kernel has none, one that has it would cut off clients behind NAT",
	      "remove it from /etc/sysctl.d/99-web.conf, line 3");
	snprintf(recycle.value, sizeof(recycle.value), "0");
	check_none();
	/* It is off now, whatever is to be at the next boot; then it is on. */
	snprintf(recycle.value, sizeof(recycle.value), "1");
	set_figure(SW_KERNEL_TW_RECYCLE, 0);
	check_none();
}
END_TEST

START_TEST(reuse_wants_timestamps)
{
	set_figure(SW_KERNEL_TIMESTAMPS, 0);
	check_none();
	set_figure(SW_KERNEL_TW_REUSE, 1);
	check("net.ipv4.tcp_tw_reuse", "1 has no effect while tcp_timestamps is 0",
	      "sysctl -w net.ipv4.tcp_timestamps=1");
	set_figure(SW_KERNEL_TIMESTAMPS, 1);
	check_none();
}
END_TEST

START_TEST(listeners_in_the_range_are_to_be_reserved)
{
	/* What is reserved stays so. */
	ck_assert_int_eq(sw_portset_add_list(&reading->kernel.reserved, "8080,50051"), 0);
	set_range(32768, 60999);
	listen_on(443);
	listen_on(50051);
	listen_on(61000);
	check_none();
	listen_on(32768);
	check("net.ipv4.ip_local_reserved_ports",
	      "1 port of listeners in 32768-60999 may be taken when they start again",
	      "sysctl -w net.ipv4.ip_local_reserved_ports=8080,32768,50051");
	listen_on(60999);
	listen_on(50052);
	check("net.ipv4.ip_local_reserved_ports",
	      "3 ports of listeners in 32768-60999 may be taken when they start again",
	      "sysctl -w net.ipv4.ip_local_reserved_ports=8080,32768,50051-50052,60999");
}
END_TEST

START_TEST(what_listened_once_is_no_listener)
{
	struct sw_sock child = build_sock(SW_TCP_ESTABLISHED, "10.0.0.5", 40000, "10.0.0.9", 5432);
	struct sw_ledger *ledger;

	child.cookie = 4711;
	ck_assert_int_eq(sw_ledger_new(&ledger), 0);
	sw_tally_set_ledger(reading->tally, ledger);
	listen_on(40000);
	sw_tally_add(reading->tally, &child);
	sw_tally_finish(reading->tally);
	look(0);
	ck_assert(found[2].wrong);
	sw_tally_free(reading->tally);
	set_range(32768, 60999);
	ck_assert_int_eq(sw_tally_new(&reading->tally, &reading->space, &reading->reuse, 1), 0);
	sw_tally_set_ledger(reading->tally, ledger);
	sw_tally_add(reading->tally, &child);
	sw_tally_finish(reading->tally);
	ck_assert_ptr_nonnull(sw_tally_find_port(reading->tally, 40000, SW_PORT_LISTENING));
	check_none();
	sw_ledger_free(ledger);
}
END_TEST

START_TEST(a_line_that_is_too_long_is_not_cut)
{
	for (uint16_t port = 40000; port < 40400; port = (uint16_t)(port + 2))
		listen_on(port);
	check("net.ipv4.ip_local_reserved_ports",
	      "200 ports of listeners in 32768-60999 may be taken when they start again", "");
	look(130);
	ck_assert_str_eq(last.alert.why, "200 ports of listeners in 32768-60999 may be taken when "
					 "they start again");
}
END_TEST

START_TEST(a_line_too_long_for_an_event_is_where_there_is_room)
{
	for (uint16_t port = 40000; port < 40060; port = (uint16_t)(port + 2))
		listen_on(port);
	look(0);
	look(130);
	ck_assert_str_eq(last.alert.why, "30 ports of listeners in 32768-60999 may be taken when "
					 "they start again; do: the line that \"sockwatch status\" "
					 "has");
}
END_TEST

START_TEST(a_range_has_two_parities)
{
	set_range(32768, 60998);
	check("net.ipv4.ip_local_port_range",
	      "32768-60998 is an odd number of ports, connect() misses one of them",
	      "sysctl -w net.ipv4.ip_local_port_range=\"32768 60999\"");
	set_range(10241, 65535);
	check("net.ipv4.ip_local_port_range",
	      "10241-65535 is an odd number of ports, connect() misses one of them",
	      "sysctl -w net.ipv4.ip_local_port_range=\"10241 65534\"");
}
END_TEST

START_TEST(a_range_has_enough_ports)
{
	set_range(32768, 32768 + SW_SMALL_RANGE - 1);
	check_none();
	ck_assert_int_eq(sw_portset_add_list(&reading->kernel.reserved, "32770"), 0);
	set_range(32768, 32768 + SW_SMALL_RANGE - 1);
	check("net.ipv4.ip_local_port_range",
	      "1023 ports: no more than 17 closes/s towards one destination",
	      "sysctl -w net.ipv4.ip_local_port_range=\"32768 60999\"");
	/* That range would have none. */
	ck_assert_int_eq(sw_portset_add_list(&reading->kernel.reserved, "1024-64600"), 0);
	set_range(1024, 65535);
	check("net.ipv4.ip_local_port_range",
	      "935 ports: no more than 16 closes/s towards one destination", "");
}
END_TEST

START_TEST(queues_may_be_as_long_as_a_burst)
{
	set_figure(SW_KERNEL_SOMAXCONN, SW_SMALL_SOMAXCONN);
	check_none();
	set_figure(SW_KERNEL_SOMAXCONN, SW_SMALL_SOMAXCONN - 1);
	check("net.core.somaxconn", "127: no accept queue is longer, a burst of connects fills it",
	      "sysctl -w net.core.somaxconn=4096");
}
END_TEST

START_TEST(a_setting_is_told_once_and_when_it_is_right_again)
{
	set_figure(SW_KERNEL_SOMAXCONN, 5);
	/* As a daemon at rest looks. */
	for (double seconds = 0; seconds <= 86400; seconds += 60)
		look(seconds);
	ck_assert_str_eq(said, "120 net.core.somaxconn firing notice\n");
	set_figure(SW_KERNEL_SOMAXCONN, 4096);
	look(86460);
	ck_assert_str_eq(said, "120 net.core.somaxconn firing notice\n"
			       "86460 net.core.somaxconn resolved notice\n");
	set_figure(SW_KERNEL_SOMAXCONN, 5);
	for (double seconds = 86520; seconds <= 86640; seconds += 60)
		look(seconds);
	ck_assert_str_eq(said, "120 net.core.somaxconn firing notice\n"
			       "86460 net.core.somaxconn resolved notice\n"
			       "86640 net.core.somaxconn firing notice\n");
}
END_TEST

START_TEST(a_setting_that_is_wrong_for_a_moment_is_none)
{
	for (double seconds = 0; seconds <= 3600; seconds += 60) {
		set_figure(SW_KERNEL_SOMAXCONN, (int)seconds % 120 == 0 ? 5 : 4096);
		look(seconds);
	}
	ck_assert_str_eq(said, "");
}
END_TEST

START_TEST(no_setting_keeps_the_daemon_from_its_rest)
{
	set_figure(SW_KERNEL_SOMAXCONN, 5);
	for (double seconds = 0; seconds <= 180; seconds += 60) {
		look(seconds);
		ck_assert(sw_engine_is_idle(engine));
	}
	ck_assert_str_ne(said, "");
	/* Also where they are told as a group. */
	settings.alert.max_active = 1;
	set_range(32768, 60998);
	look(240);
	look(360);
	ck_assert(sw_engine_is_idle(engine));
}
END_TEST

START_TEST(it_can_be_turned_off)
{
	settings.rules.common[SW_RULE_KERNEL_SETTING].enabled = false;
	set_figure(SW_KERNEL_SOMAXCONN, 5);
	for (double seconds = 0; seconds <= 600; seconds += 60)
		look(seconds);
	ck_assert_str_eq(said, "");
}
END_TEST

START_TEST(the_sentence_says_what_to_do)
{
	const struct sw_event_origin origin = { .host = "db1", .netns = "self", .boot_id = "b" };
	char sentence[SW_SENTENCE_SIZE], *text;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	set_figure(SW_KERNEL_SOMAXCONN, 5);
	look(0);
	look(120);
	ck_assert_str_eq(sw_render_sentence(&last, NULL, sentence),
			 "Setting net.core.somaxconn: 5: no accept queue is longer, a burst of "
			 "connects fills it; do: sysctl -w net.core.somaxconn=4096");
	ck_assert_ptr_nonnull(out);
	sw_render_journal(out, &last, &origin);
	fclose(out);
	ck_assert_ptr_nonnull(strstr(text, "PRIORITY=5\n"));
	ck_assert_ptr_nonnull(strstr(text, "SOCKWATCH_SUBJECT=net.core.somaxconn\n"));
	ck_assert_ptr_nonnull(strstr(text, "MESSAGE_ID=" SW_MESSAGE_KERNEL_SETTING_FIRING "\n"));
	free(text);
	set_figure(SW_KERNEL_SOMAXCONN, 4096);
	look(180);
	ck_assert_str_eq(sw_render_sentence(&last, NULL, sentence),
			 "Setting net.core.somaxconn: resolved after 1 min 0 s");
}
END_TEST

int main(void)
{
	TCase *tcase = tcase_create("kernel-setting");

	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_add_test(tcase, the_usual_values_are_fine);
	tcase_add_test(tcase, recycle_is_never_right);
	tcase_add_test(tcase, recycle_in_a_file_is_wrong_where_the_kernel_has_none);
	tcase_add_test(tcase, reuse_wants_timestamps);
	tcase_add_test(tcase, listeners_in_the_range_are_to_be_reserved);
	tcase_add_test(tcase, what_listened_once_is_no_listener);
	tcase_add_test(tcase, a_line_that_is_too_long_is_not_cut);
	tcase_add_test(tcase, a_line_too_long_for_an_event_is_where_there_is_room);
	tcase_add_test(tcase, a_range_has_two_parities);
	tcase_add_test(tcase, a_range_has_enough_ports);
	tcase_add_test(tcase, queues_may_be_as_long_as_a_burst);
	tcase_add_test(tcase, a_setting_is_told_once_and_when_it_is_right_again);
	tcase_add_test(tcase, a_setting_that_is_wrong_for_a_moment_is_none);
	tcase_add_test(tcase, no_setting_keeps_the_daemon_from_its_rest);
	tcase_add_test(tcase, it_can_be_turned_off);
	tcase_add_test(tcase, the_sentence_says_what_to_do);
	return suite_run("kernel-setting", tcase);
}
