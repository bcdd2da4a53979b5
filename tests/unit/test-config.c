/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Files over files: values, overrides, where they are from, and what is said of them. */

#include <stdio.h>
#include <string.h>

#include "sockwatch/config.h"
#include "support/suite.h"

static struct sw_config *config;

static void set_up(void)
{
	ck_assert_int_eq(sw_config_new(&config), 0);
}

static void tear_down(void)
{
	sw_config_free(config);
}

static void read_file(const char *path, const char *text)
{
	ck_assert_int_eq(sw_config_read(config, path, text, strlen(text)), 0);
}

/* All complaints, a line each, with what they are in front: E or W. */
static const char *complaints(void)
{
	static char text[4096];
	size_t used = 0;

	text[0] = '\0';
	for (size_t i = 0; i < sw_config_n_complaints(config) && used < sizeof(text); i++) {
		struct sw_complaint complaint = sw_config_complaint(config, i);

		used += (size_t)snprintf(text + used, sizeof(text) - used, "%c %s\n",
					 complaint.is_error ? 'E' : 'W', complaint.text);
	}
	return text;
}

/* Reads one file to the end of it all; there must be settings then. */
static const struct sw_settings *settings_of(const char *text)
{
	read_file("a.conf", text);
	ck_assert_int_eq(sw_config_finish(config), 0);
	ck_assert_str_eq(complaints(), "");
	ck_assert_ptr_nonnull(sw_config_settings(config));
	return sw_config_settings(config);
}

static struct sw_tuple tuple_to(const char *destination, uint32_t port)
{
	struct sw_tuple tuple = { .port = port };

	ck_assert_int_eq(sw_addr_parse("10.0.0.5", NULL, &tuple.source), 0);
	ck_assert_int_eq(sw_addr_parse(destination, NULL, &tuple.destination), 0);
	return tuple;
}

/* "WARNING_PERMILLE MAX_SEVERITY" of what holds for a destination. */
static const char *limits_of(const struct sw_settings *settings, const char *destination,
			     uint32_t port)
{
	static char text[64];
	struct sw_tuple tuple = tuple_to(destination, port);
	struct sw_ephemeral_limits limits;
	enum sw_level max_severity;

	sw_settings_limits(settings, &tuple, &limits, &max_severity);
	snprintf(text, sizeof(text), "%d %s", (int)(limits.warning * 1000 + 0.5),
		 sw_level_to_string(max_severity));
	return text;
}

START_TEST(no_file_is_all_defaults)
{
	static struct sw_settings defaults;
	const struct sw_settings *settings;

	ck_assert_ptr_null(sw_config_settings(config));
	ck_assert_int_eq(sw_config_finish(config), 0);
	settings = sw_config_settings(config);
	ck_assert_ptr_nonnull(settings);
	sw_settings_init(&defaults);
	ck_assert_mem_eq(settings, &defaults, sizeof(defaults));
	ck_assert_uint_eq(settings->interval, SW_USEC_PER_SEC);
	ck_assert_str_eq(limits_of(settings, "10.0.0.9", 5432), "800 critical");
}
END_TEST

START_TEST(a_later_file_wins)
{
	read_file("a.conf", "[Poll]\nInterval=1s\nInterval=2s\n[Alert]\nRepeat=infinity\n");
	read_file("b.conf", "[Poll]\nInterval=3s\n");
	ck_assert_int_eq(sw_config_finish(config), 0);
	ck_assert_uint_eq(sw_config_settings(config)->interval, 3 * SW_USEC_PER_SEC);
	ck_assert_uint_eq(sw_config_settings(config)->alert.repeat, SW_USEC_INFINITY);
}
END_TEST

START_TEST(an_empty_value_takes_back_what_was_assigned)
{
	const struct sw_settings *settings = settings_of(
		"[Poll]\nInterval=3s\nInterval=\n[EphemeralPorts]\nWarning=90%\nWarning=\n"
		"Ignore=10.0.0.1\nIgnore=\nIgnore=10.0.0.2\nIgnore=10.0.0.3\n");

	ck_assert_uint_eq(settings->interval, SW_USEC_PER_SEC);
	ck_assert_uint_eq(settings->ignore[SW_RULE_EPHEMERAL_PORTS].n, 2);
	ck_assert_str_eq(limits_of(settings, "10.0.0.1", 1), "800 critical");
	ck_assert_str_eq(limits_of(settings, "10.0.0.2", 1), "800 ok");
	ck_assert_str_eq(limits_of(settings, "10.0.0.3", 1), "800 ok");
}
END_TEST

START_TEST(holds_of_alert_are_in_the_limits)
{
	const struct sw_settings *settings =
		settings_of("[Alert]\nWarningHold=1s\nCriticalHold=2s\nClear=3s\n"
			    "[Override \"a\"]\nDestination=10.0.0.9\n");
	struct sw_tuple tuple = tuple_to("10.0.0.9", 1);
	struct sw_ephemeral_limits limits;
	enum sw_level max_severity;

	sw_settings_limits(settings, &tuple, &limits, &max_severity);
	ck_assert_uint_eq(limits.warning_hold, SW_USEC_PER_SEC);
	ck_assert_uint_eq(limits.critical_hold, 2 * SW_USEC_PER_SEC);
	ck_assert_uint_eq(limits.clear, 3 * SW_USEC_PER_SEC);
	ck_assert_mem_eq(&limits, &settings->rules.ephemeral_ports, sizeof(limits));
}
END_TEST

START_TEST(the_last_override_that_matches_holds_alone)
{
	const struct sw_settings *settings =
		settings_of("[Override \"net\"]\nDestination=10.0.0.0/8\nWarning=60%\n"
			    "MaxSeverity=warning\n"
			    "[EphemeralPorts]\nWarning=70%\n"
			    "[Override \"db\"]\nDestination=10.0.0.9:5432 10.0.0.8:5432\n"
			    "Warning=95%\n");

	ck_assert_str_eq(limits_of(settings, "192.0.2.1", 5432), "700 critical");
	ck_assert_str_eq(limits_of(settings, "10.0.0.7", 5432), "600 warning");
	ck_assert_str_eq(limits_of(settings, "10.0.0.9", 80), "600 warning");
	ck_assert_str_eq(limits_of(settings, "10.0.0.9", 5432), "950 critical");
	ck_assert_str_eq(limits_of(settings, "10.0.0.8", 5432), "950 critical");
}
END_TEST

START_TEST(an_override_that_is_opened_again_goes_on)
{
	read_file("a.conf", "[Override \"net\"]\nDestination=10.0.0.0/8\nWarning=60%\n"
			    "[Override \"db\"]\nDestination=10.0.0.9\nWarning=90%\n");
	read_file("b.conf", "[Override \"net\"]\nWarning=65%\nDestination=172.16.0.0/12\n");
	ck_assert_int_eq(sw_config_finish(config), 0);
	ck_assert_uint_eq(sw_config_settings(config)->n_overrides, 2);
	ck_assert_str_eq(limits_of(sw_config_settings(config), "172.16.0.1", 1), "650 critical");
	ck_assert_str_eq(limits_of(sw_config_settings(config), "10.0.0.9", 1), "900 critical");
}
END_TEST

START_TEST(an_override_may_be_emptied_by_a_later_file)
{
	read_file("a.conf", "[Override \"net\"]\nDestination=10.0.0.0/8\nWarning=60%\n");
	read_file("b.conf", "[Override \"net\"]\nDestination=\n");
	ck_assert_int_eq(sw_config_finish(config), 0);
	ck_assert_str_eq(complaints(), "");
	ck_assert_str_eq(limits_of(sw_config_settings(config), "10.0.0.9", 1), "800 critical");
}
END_TEST

START_TEST(a_value_taken_back_in_an_override_is_that_of_the_rule)
{
	const struct sw_settings *settings =
		settings_of("[EphemeralPorts]\nWarning=70%\nMaxSeverity=notice\n[Override \"db\"]\n"
			    "Destination=10.0.0.9\nWarning=95%\nWarning=\n");

	ck_assert_str_eq(limits_of(settings, "10.0.0.9", 1), "700 notice");
}
END_TEST

START_TEST(what_is_off_or_ignored_raises_nothing)
{
	const struct sw_settings *settings =
		settings_of("[EphemeralPorts]\nEnabled=no\nIgnore=10.0.0.8\n"
			    "[Override \"db\"]\nDestination=10.0.0.8 10.0.0.9\nEnabled=yes\n"
			    "[Blind]\nEnabled=no\n[HookFailed]\nMaxSeverity=notice\n");

	ck_assert_str_eq(limits_of(settings, "10.0.0.7", 1), "800 ok");
	ck_assert_str_eq(limits_of(settings, "10.0.0.8", 1), "800 ok");
	ck_assert_str_eq(limits_of(settings, "10.0.0.9", 1), "800 critical");
	ck_assert_int_eq(sw_rule_max_severity(&settings->blind), SW_LEVEL_OK);
	ck_assert_int_eq(sw_rule_max_severity(&settings->hook_failed), SW_LEVEL_NOTICE);
}
END_TEST

START_TEST(a_short_horizon_stands_alone)
{
	const struct sw_settings *settings =
		settings_of("[Alert]\nHorizon=30s\n[BindPorts]\nCriticalIn=20s\n"
			    "[Override \"x\"]\nDestination=::/0\nWarning=70%\n");

	ck_assert_uint_eq(settings->rules.ephemeral_ports.critical_in, 30 * SW_USEC_PER_SEC);
	ck_assert_uint_eq(settings->rules.bind_ports.critical_in, 20 * SW_USEC_PER_SEC);
	ck_assert_uint_eq(settings->overrides[0].rules.ephemeral_ports.critical_in,
			  30 * SW_USEC_PER_SEC);
}
END_TEST

/* As far as they go by themselves: what is shown is no promise of more. */
START_TEST(rules_that_only_warn_are_set_to_that)
{
	static const enum sw_level worst[SW_N_RULES] = {
		[SW_RULE_EPHEMERAL_PORTS] = SW_LEVEL_CRITICAL,
		[SW_RULE_BIND_PORTS] = SW_LEVEL_CRITICAL,
		[SW_RULE_LISTEN_QUEUE] = SW_LEVEL_CRITICAL,
		[SW_RULE_SLOW_CONNECTS] = SW_LEVEL_WARNING,
		[SW_RULE_TIME_WAIT_LIMIT] = SW_LEVEL_WARNING,
		[SW_RULE_CONNECTION_LEAK] = SW_LEVEL_WARNING,
		[SW_RULE_SYN_SENT] = SW_LEVEL_WARNING,
		[SW_RULE_CLOSE_WAIT] = SW_LEVEL_WARNING,
		[SW_RULE_INBOUND] = SW_LEVEL_NOTICE,
		[SW_RULE_KERNEL_SETTING] = SW_LEVEL_NOTICE,
	};
	const struct sw_settings *settings = settings_of("");

	for (int rule = 0; rule < SW_N_RULES; rule++)
		if (worst[rule] != SW_LEVEL_OK)
			ck_assert_int_eq(settings->rules.common[rule].max_severity, worst[rule]);
	ck_assert_int_eq(settings->blind.max_severity, SW_LEVEL_WARNING);
	ck_assert_int_eq(settings->hook_failed.max_severity, SW_LEVEL_WARNING);
}
END_TEST

/* A text, and all that is said of it. */
static const struct {
	const char *text;
	const char *complaints;
} wrongs[] = {
	{ "Interval=5s\n", "E a.conf:1: Interval= stands in no section\n" },
	{ "[Poll]\nInterval=3parsecs\n[Log]\nLevel=loud\n",
	  "E a.conf:2: Interval=3parsecs: give a duration from 100ms to 1min\n"
	  "E a.conf:4: Level=loud: give err, warning, notice, info or debug\n" },
	{ "[Poll]\nFrob=1\n[Frob]\nA=b\nC=d\n[Poll]\nFrob=2\n",
	  "W a.conf:2: [Poll] has no key \"Frob\" that this version knows\n"
	  "W a.conf:3: [Frob] is no section that this version knows\n"
	  "W a.conf:7: [Poll] has no key \"Frob\" that this version knows\n" },
	{ "[Poll]\ninterval=5s\n[poll]\n",
	  "W a.conf:2: [Poll] has no key \"interval\" that this version knows\n"
	  "W a.conf:3: [poll] is no section that this version knows\n" },
	{ "[Poll\nInterval=x\n",
	  "E a.conf:1: a section is written as [Name] or [Name \"name\"]\n" },
	{ "[Override]\nWarning=x\n",
	  "E a.conf:1: an override needs a name: [Override \"name\"]\n" },
	{ "[Poll \"x\"]\nInterval=x\n", "E a.conf:1: [Poll] takes no name in quotes\n" },
	{ "[Override \"\"]\n", "E a.conf:1: the name of an override has 1 to 63 bytes\n" },
	{ "[Override \"x\"]\nWarning=90%\n", "E a.conf:1: [Override \"x\"] has no Destination=\n" },
	{ "[Override \"x\"]\nDestination=10.0.0.9\nInterval=5s\nIgnore=10.0.0.9\n",
	  "W a.conf:3: [Override] has no key \"Interval\" that this version knows\n"
	  "W a.conf:4: [Override] has no key \"Ignore\" that this version knows\n" },
	{ "[Override \"x\"]\nRule=to-come\nWarning=10%\n",
	  "W a.conf:2: Rule=to-come: this version has no such rule for destinations: the "
	  "override is left out\n" },
	{ "[EphemeralPorts]\nDestination=10.0.0.9\nIgnore=10.0.0.9/8\n",
	  "W a.conf:2: [EphemeralPorts] has no key \"Destination\" that this version knows\n"
	  "E a.conf:3: Ignore=10.0.0.9/8: its address has bits set beyond its prefix\n" },
	{ "[EphemeralPorts]\nWarning=40%\n", "E a.conf:2: Notice=50% is above Warning=40%\n" },
	{ "[EphemeralPorts]\nWarning=99%\nNotice=99.5%\n",
	  "E a.conf:3: Notice=99.5% is above Warning=99%\n"
	  "E a.conf:2: Warning=99% is above Critical=98%\n" },
	{ "[Alert]\nHorizon=30s\n[EphemeralPorts]\nCriticalIn=1min\n",
	  "E a.conf:4: CriticalIn=1min of [EphemeralPorts] is above Horizon=30s\n" },
	{ "[BindPorts]\nCriticalIn=1min\n[Alert]\nHorizon=30s\n",
	  "E a.conf:4: CriticalIn=1min of [BindPorts] is above Horizon=30s\n" },
	{ "[Override \"x\"]\nDestination=::/0\nCriticalIn=1min\n[Alert]\nHorizon=30s\n",
	  "E a.conf:5: CriticalIn=1min of [EphemeralPorts] is above Horizon=30s\n" },
	/* What the rule has wrong is not said again of each override. */
	{ "[Override \"x\"]\nDestination=::/0\nEnabled=no\n[EphemeralPorts]\nNotice=90%\n",
	  "E a.conf:5: Notice=90% is above Warning=80%\n" },
	{ "[Override \"x\"]\nDestination=::/0\nCritical=70%\n",
	  "E a.conf:3: Warning=80% is above Critical=70%\n" },
	{ "[Log]\nTarget=01234567890123456789012345678901234567890123456789012\xe2\x82\xac"
	  "345\n",
	  "E a.conf:2: Target=01234567890123456789012345678901234567890123456789012\xe2\x82\xac"
	  "...: give auto, journal or stderr\n" },
	{ "[Poll]\nInterval=100ms\nCpuBudget=0.44%\n", "" },
	{ "[Poll]\nCpuBudget=0.1%\n", "" },
	{ "[Poll]\nCpuBudget=0.43%\nInterval=100ms\n",
	  "W a.conf:3: looks each Interval=100ms take about 0.22% of a core: CpuBudget=0.43% "
	  "leaves "
	  "too little for counting\n" },
	{ "[Poll]\nInterval=9ms\ngarbage\n\x01\n",
	  "E a.conf:2: Interval=9ms: give a duration from 100ms to 1min\n"
	  "E a.conf:3: this is neither [Section] nor Key=Value\n"
	  "E a.conf:4: there is a control character\n" },
};

START_TEST(all_that_is_wrong_is_said_with_its_line)
{
	bool has_error = strstr(wrongs[_i].complaints, "E a.conf") != NULL;

	read_file("a.conf", wrongs[_i].text);
	ck_assert_int_eq(sw_config_finish(config), 0);
	ck_assert_str_eq(complaints(), wrongs[_i].complaints);
	ck_assert_int_eq(sw_config_settings(config) == NULL, has_error);
}
END_TEST

START_TEST(of_two_files_the_later_line_is_told)
{
	read_file("a.conf", "[EphemeralPorts]\nWarning=60%\n");
	read_file("b.conf", "\n\n[EphemeralPorts]\nNotice=70%\n");
	ck_assert_int_eq(sw_config_finish(config), 0);
	ck_assert_str_eq(complaints(), "E b.conf:4: Notice=70% is above Warning=60%\n");
}
END_TEST

START_TEST(an_override_of_a_rule_to_come_matches_nothing)
{
	read_file("a.conf", "[Override \"x\"]\nDestination=0.0.0.0/0\nEnabled=no\nRule=to-come\n");
	ck_assert_int_eq(sw_config_finish(config), 0);
	ck_assert_ptr_nonnull(sw_config_settings(config));
	ck_assert_str_eq(limits_of(sw_config_settings(config), "10.0.0.9", 1), "800 critical");
}
END_TEST

START_TEST(an_override_has_the_keys_of_its_rule)
{
	const struct sw_settings *settings =
		settings_of("[Override \"x\"]\nRule=syn-sent\nDestination=10.0.0.9:443\nCount=7\n"
			    "Age=10s\n[SynSent]\nShare=50%\n");
	struct sw_addr addr = tuple_to("10.0.0.9", 443).destination;
	const struct sw_rules *rules;
	enum sw_level max_severity;

	rules = sw_settings_at(settings, SW_RULE_SYN_SENT, &addr, 443, &max_severity);
	ck_assert_uint_eq(rules->syn_sent.count, 7);
	ck_assert_uint_eq(rules->syn_sent.age, 10 * SW_USEC_PER_SEC);
	ck_assert_double_eq(rules->syn_sent.share, 0.5);
	ck_assert_int_eq(max_severity, SW_LEVEL_WARNING);
	/* It is of no other rule, and of no other port. */
	ck_assert_ptr_eq(sw_settings_at(settings, SW_RULE_SLOW_CONNECTS, &addr, 443, &max_severity),
			 &settings->rules);
	ck_assert_ptr_eq(sw_settings_at(settings, SW_RULE_SYN_SENT, &addr, 80, &max_severity),
			 &settings->rules);
}
END_TEST

START_TEST(the_rule_of_an_override_stands_before_its_keys)
{
	read_file("a.conf", "[Override \"x\"]\nDestination=10.0.0.9\nWarning=90%\nRule=syn-sent\n");
	ck_assert_int_eq(sw_config_finish(config), 0);
	ck_assert_str_eq(complaints(),
			 "E a.conf:4: Rule= has to stand before the keys of its rule\n");
}
END_TEST

START_TEST(a_file_that_cannot_be_read_is_an_error)
{
	ck_assert_int_eq(sw_config_reject(config, "a.conf", "it cannot be read: because"), 0);
	ck_assert_int_eq(sw_config_finish(config), 0);
	ck_assert_str_eq(complaints(), "E a.conf: it cannot be read: because\n");
	ck_assert_ptr_null(sw_config_settings(config));
}
END_TEST

START_TEST(a_name_of_a_file_cannot_steer_a_terminal)
{
	read_file("a\033[31m\nb\xff.conf", "x\n");
	ck_assert_str_eq(complaints(),
			 "E a?[31m?b?.conf:1: this is neither [Section] nor Key=Value\n");
	ck_assert_str_eq(sw_config_file(config, 0), "a?[31m?b?.conf");
}
END_TEST

START_TEST(a_thousand_complaints_are_enough)
{
	char *text = calloc(1, 2 * 1234 + 1);
	size_t n;

	for (size_t i = 0; i < 1234; i++)
		memcpy(text + 2 * i, "x\n", 2);
	read_file("a.conf", text);
	free(text);
	ck_assert_int_eq(sw_config_finish(config), 0);
	n = sw_config_n_complaints(config);
	ck_assert_uint_eq(n, SW_CONFIG_MAX_COMPLAINTS + 1);
	ck_assert_str_eq(sw_config_complaint(config, n - 1).text,
			 "234 more complaints are left out");
	ck_assert(sw_config_complaint(config, n - 1).is_error);
}
END_TEST

START_TEST(there_is_room_for_32_overrides)
{
	char text[128];

	for (unsigned int i = 0; i <= SW_SETTINGS_MAX_OVERRIDES; i++) {
		snprintf(text, sizeof(text), "[Override \"%u\"]\nDestination=10.0.0.%u\n", i, i);
		read_file("a.conf", text);
	}
	ck_assert_str_eq(complaints(), "E a.conf:1: there are more than 32 overrides\n");
}
END_TEST

START_TEST(a_name_of_an_override_has_at_most_63_bytes)
{
	char text[256];

	for (int n = 63; n <= 64; n++) {
		snprintf(text, sizeof(text), "[Override \"%0*d\"]\nDestination=::/0\n", n, 1);
		read_file("a.conf", text);
		ck_assert_uint_eq(sw_config_n_complaints(config), n == 63 ? 0 : 1);
	}
}
END_TEST

START_TEST(there_is_room_for_256_files)
{
	for (int i = 0; i < SW_CONFIG_MAX_FILES; i++)
		read_file("a.conf", "");
	ck_assert_str_eq(complaints(), "");
	read_file("b.conf", "");
	ck_assert_str_eq(complaints(), "E a.conf: this is the last of 256 files that are read, and "
				       "there are more\n");
}
END_TEST

struct seen {
	char text[4096];
	size_t used;
};

static void note(void *userdata, const struct sw_config_entry *entry)
{
	struct seen *seen = userdata;

	if (entry->file == NULL && entry->override == NULL)
		return;
	seen->used += (size_t)snprintf(
		seen->text + seen->used, sizeof(seen->text) - seen->used, "%s %s %s=%s %s:%u\n",
		entry->section, entry->override == NULL ? "-" : entry->override, entry->key,
		entry->value, entry->file == NULL ? "default" : entry->file, entry->line);
}

START_TEST(each_value_tells_where_it_is_from)
{
	struct seen seen = { .used = 0 };

	read_file("a.conf", "[Poll]\nInterval=2s\n[Alert]\nClear=1min\n");
	read_file("b.conf", "[EphemeralPorts]\nIgnore=10.0.0.1\nIgnore=10.0.0.2\n"
			    "[Override \"db\"]\nDestination=10.0.0.9\nWarning=90%\n"
			    "[Alert]\nClear=\n");
	ck_assert_int_eq(sw_config_finish(config), 0);
	sw_config_visit(config, note, &seen);
	ck_assert_str_eq(seen.text, "Poll - Interval=2s a.conf:2\n"
				    "EphemeralPorts - Ignore=10.0.0.1 10.0.0.2 b.conf:3\n"
				    "Override db Destination=10.0.0.9 b.conf:5\n"
				    "Override db Rule=ephemeral-ports default:0\n"
				    "Override db Warning=90% b.conf:6\n");
}
END_TEST

int main(void)
{
	TCase *tcase = tcase_create("config");

	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_add_test(tcase, no_file_is_all_defaults);
	tcase_add_test(tcase, a_later_file_wins);
	tcase_add_test(tcase, an_empty_value_takes_back_what_was_assigned);
	tcase_add_test(tcase, holds_of_alert_are_in_the_limits);
	tcase_add_test(tcase, the_last_override_that_matches_holds_alone);
	tcase_add_test(tcase, an_override_that_is_opened_again_goes_on);
	tcase_add_test(tcase, an_override_may_be_emptied_by_a_later_file);
	tcase_add_test(tcase, a_value_taken_back_in_an_override_is_that_of_the_rule);
	tcase_add_test(tcase, what_is_off_or_ignored_raises_nothing);
	tcase_add_loop_test(tcase, all_that_is_wrong_is_said_with_its_line, 0,
			    sizeof(wrongs) / sizeof(wrongs[0]));
	tcase_add_test(tcase, of_two_files_the_later_line_is_told);
	tcase_add_test(tcase, an_override_of_a_rule_to_come_matches_nothing);
	tcase_add_test(tcase, a_short_horizon_stands_alone);
	tcase_add_test(tcase, rules_that_only_warn_are_set_to_that);
	tcase_add_test(tcase, an_override_has_the_keys_of_its_rule);
	tcase_add_test(tcase, the_rule_of_an_override_stands_before_its_keys);
	tcase_add_test(tcase, a_file_that_cannot_be_read_is_an_error);
	tcase_add_test(tcase, a_name_of_a_file_cannot_steer_a_terminal);
	tcase_add_test(tcase, a_thousand_complaints_are_enough);
	tcase_add_test(tcase, there_is_room_for_32_overrides);
	tcase_add_test(tcase, a_name_of_an_override_has_at_most_63_bytes);
	tcase_add_test(tcase, there_is_room_for_256_files);
	tcase_add_test(tcase, each_value_tells_where_it_is_from);
	return suite_run("config", tcase);
}
