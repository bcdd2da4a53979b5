/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The table of keys, and each type of value at both its edges. */

#include <string.h>

#include "settings/match.h"
#include "settings/value.h"
#include "support/suite.h"

static struct sw_settings settings;
static struct sw_override override;

static void set_up(void)
{
	sw_settings_init(&settings);
	memset(&override, 0, sizeof(override));
}

static const struct {
	enum sw_key_id key;
	const char *text;
	const char *back; /* as it is written then; NULL = refused */
} cases[] = {
	{ SW_KEY_INTERVAL, "100ms", "100ms" },
	{ SW_KEY_INTERVAL, "99ms", NULL },
	{ SW_KEY_INTERVAL, "99.999ms", NULL },
	{ SW_KEY_INTERVAL, "60s", "1min" },
	{ SW_KEY_INTERVAL, "60.001s", NULL },
	{ SW_KEY_INTERVAL, "infinity", NULL },
	{ SW_KEY_REPEAT, "infinity", "infinity" },
	{ SW_KEY_REPEAT, "30d", "30d" },
	{ SW_KEY_REPEAT, "0", NULL },
	{ SW_KEY_WARNING_HOLD, "0", "0" },
	{ SW_KEY_WARNING_HOLD, "1h", "1h" },
	{ SW_KEY_WARNING_HOLD, "3601s", NULL },
	{ SW_KEY_CLEAR, "1h 1min 1s 1ms 1us", "1h 1min 1s 1ms 1us" },
	{ SW_KEY_CLEAR, "999999us", NULL },
	{ SW_KEY_MAX_ACTIVE, "1", "1" },
	{ SW_KEY_MAX_ACTIVE, "0", NULL },
	{ SW_KEY_MAX_ACTIVE, "1000", "1000" },
	{ SW_KEY_MAX_ACTIVE, "1001", NULL },
	{ SW_KEY_MAX_ACTIVE, "4294967297", NULL },
	{ SW_KEY_MAX_ACTIVE, "+1", NULL },
	{ SW_KEY_MAX_ACTIVE, "1x", NULL },
	{ SW_KEY_EPHEMERAL_NOTICE, "1%", "1%" },
	{ SW_KEY_EPHEMERAL_NOTICE, "0.99%", NULL },
	{ SW_KEY_EPHEMERAL_NOTICE, "100%", "100%" },
	{ SW_KEY_EPHEMERAL_NOTICE, "100.01%", NULL },
	{ SW_KEY_EPHEMERAL_NOTICE, "99.99%", "99.99%" },
	{ SW_KEY_EPHEMERAL_NOTICE, "12.5%", "12.5%" },
	{ SW_KEY_EPHEMERAL_NOTICE, "0.5", NULL },
	{ SW_KEY_EPHEMERAL_ENABLED, "yes", "yes" },
	{ SW_KEY_EPHEMERAL_ENABLED, "off", "no" },
	{ SW_KEY_EPHEMERAL_ENABLED, "1", "yes" },
	{ SW_KEY_EPHEMERAL_ENABLED, "Yes", NULL },
	{ SW_KEY_EPHEMERAL_ENABLED, "2", NULL },
	{ SW_KEY_BLIND_MAX_SEVERITY, "notice", "notice" },
	{ SW_KEY_BLIND_MAX_SEVERITY, "exhausted", NULL },
	{ SW_KEY_HOOKS_RUN, "direct", "direct" },
	{ SW_KEY_HOOKS_RUN, "yes", NULL },
	{ SW_KEY_LOG_LEVEL, "debug", "debug" },
	{ SW_KEY_LOG_LEVEL, "7", NULL },
	{ SW_KEY_HOOKS_DIRECTORY, "/a b/c", "/a b/c" },
	{ SW_KEY_HOOKS_DIRECTORY, "a/b", NULL },
	{ SW_KEY_EPHEMERAL_IGNORE, "10.0.0.9", "10.0.0.9" },
	{ SW_KEY_EPHEMERAL_IGNORE, "10.0.0.9/32:1", "10.0.0.9:1" },
	{ SW_KEY_EPHEMERAL_IGNORE, "10.0.0.9:65535", "10.0.0.9:65535" },
	{ SW_KEY_EPHEMERAL_IGNORE, "10.0.0.9:65536", NULL },
	{ SW_KEY_EPHEMERAL_IGNORE, "10.0.0.9:0", NULL },
	{ SW_KEY_EPHEMERAL_IGNORE, "10.0.0.9:", NULL },
	{ SW_KEY_EPHEMERAL_IGNORE, "0.0.0.0/0:80", "0.0.0.0/0:80" },
	{ SW_KEY_EPHEMERAL_IGNORE, "10.0.0.0/33", NULL },
	{ SW_KEY_EPHEMERAL_IGNORE, "10.0.0.0/-1", NULL },
	{ SW_KEY_EPHEMERAL_IGNORE, "10.0.0.0/", NULL },
	{ SW_KEY_EPHEMERAL_IGNORE, "10.128.0.0/9", "10.128.0.0/9" },
	{ SW_KEY_EPHEMERAL_IGNORE, "10.128.0.0/8", NULL },
	{ SW_KEY_EPHEMERAL_IGNORE, "10.0.0.0/8/8", NULL },
	{ SW_KEY_EPHEMERAL_IGNORE, "2001:db8::/32", "2001:db8::/32" },
	{ SW_KEY_EPHEMERAL_IGNORE, "[2001:db8::/32]:443", "[2001:db8::/32]:443" },
	{ SW_KEY_EPHEMERAL_IGNORE, "[::1]:443", "[::1]:443" },
	{ SW_KEY_EPHEMERAL_IGNORE, "[::1]", "::1" },
	{ SW_KEY_EPHEMERAL_IGNORE, "::/0", "::/0" },
	{ SW_KEY_EPHEMERAL_IGNORE, "::/129", NULL },
	{ SW_KEY_EPHEMERAL_IGNORE, "2001:db8::1:0/128:443", NULL },
	{ SW_KEY_EPHEMERAL_IGNORE, "2001:db8:0:0:0:0:0/128:443", NULL },
	{ SW_KEY_EPHEMERAL_IGNORE, "::ffff:10.0.0.9", NULL },
	{ SW_KEY_EPHEMERAL_IGNORE, "::ffff:10.0.0.0/104", NULL },
	{ SW_KEY_EPHEMERAL_IGNORE, "fe80::1%1", NULL },
	{ SW_KEY_EPHEMERAL_IGNORE, "db.example.net", NULL },
	{ SW_KEY_EPHEMERAL_IGNORE, "10.0.0.9,10.0.0.8", NULL },
	{ SW_KEY_EPHEMERAL_IGNORE, "10.0.0.9 \t 10.0.0.8:80", "10.0.0.9 10.0.0.8:80" },
	{ SW_KEY_EPHEMERAL_IGNORE,
	  "10.0.0.9:0000000000000000000000000000000000000000000000000000080", NULL },
	{ SW_KEY_EPHEMERAL_IGNORE,
	  "10.0.0.9:000000000000000000000000000000000000000000000000000080", "10.0.0.9:80" },
	{ SW_KEY_OVERRIDE_RULE, "ephemeral-ports", "ephemeral-ports" },
	{ SW_KEY_OVERRIDE_RULE, "blind", NULL },
};

START_TEST(a_value_is_taken_within_its_range)
{
	const struct sw_key *key = &sw_keys[cases[_i].key];
	void *target = sw_key_target(key, &settings, &override);
	char before[SW_VALUE_TEXT_SIZE], after[SW_VALUE_TEXT_SIZE];
	const char *why;
	int r;

	sw_value_format(key, target, before);
	r = sw_value_parse(key, cases[_i].text, target, &why);
	ck_assert_msg((r == 0) == (cases[_i].back != NULL), "%s=%s: %d", key->name, cases[_i].text,
		      r);
	ck_assert_str_eq(sw_value_format(key, target, after), r == 0 ? cases[_i].back : before);
}
END_TEST

START_TEST(a_list_that_is_half_wrong_adds_nothing)
{
	const struct sw_key *key = &sw_keys[SW_KEY_EPHEMERAL_IGNORE];
	const char *why;

	ck_assert_int_lt(sw_value_parse(key, "10.0.0.9 10.0.0.300",
					&settings.ignore[SW_RULE_EPHEMERAL_PORTS], &why),
			 0);
	ck_assert_uint_eq(settings.ignore[SW_RULE_EPHEMERAL_PORTS].n, 0);
}
END_TEST

START_TEST(a_list_has_room_for_64_of_the_longest)
{
	static const char longest[] = "[1111:2222:3333:4444:5555:6666:7777:8880/125]:65535";
	const struct sw_key *key = &sw_keys[SW_KEY_EPHEMERAL_IGNORE];
	struct sw_matches *target = &settings.ignore[SW_RULE_EPHEMERAL_PORTS];
	char text[SW_VALUE_TEXT_SIZE];
	const char *why;

	for (int i = 0; i < SW_SETTINGS_MAX_MATCHES; i++)
		ck_assert_int_eq(sw_value_parse(key, longest, target, &why), 0);
	ck_assert_uint_eq(strlen(sw_value_format(key, target, text)),
			  SW_SETTINGS_MAX_MATCHES * sizeof(longest) - 1);
	ck_assert_int_lt(sw_value_parse(key, longest, target, &why), 0);
	ck_assert_uint_eq(target->n, SW_SETTINGS_MAX_MATCHES);
}
END_TEST

START_TEST(a_path_has_at_most_255_bytes)
{
	const struct sw_key *key = &sw_keys[SW_KEY_HOOKS_DIRECTORY];
	char path[SW_SETTINGS_PATH_SIZE + 1];
	const char *why;

	memset(path, '/', sizeof(path));
	path[SW_SETTINGS_PATH_SIZE] = '\0';
	ck_assert_int_lt(sw_value_parse(key, path, settings.hooks.directory, &why), 0);
	path[SW_SETTINGS_PATH_SIZE - 1] = '\0';
	ck_assert_int_eq(sw_value_parse(key, path, settings.hooks.directory, &why), 0);
	ck_assert_str_eq(settings.hooks.directory, path);
}
END_TEST

START_TEST(a_prefix_matches_what_begins_with_it)
{
	static const struct {
		const char *match, *addr;
		uint32_t port;
		bool expected;
	} matches[] = {
		{ "10.0.0.9", "10.0.0.9", 80, true },
		{ "10.0.0.9", "10.0.0.8", 80, false },
		{ "10.0.0.9:80", "10.0.0.9", 80, true },
		{ "10.0.0.9:80", "10.0.0.9", 81, false },
		{ "10.0.0.0/8", "10.255.255.255", 1, true },
		{ "10.0.0.0/8", "11.0.0.0", 1, false },
		{ "10.0.0.128/25", "10.0.0.127", 1, false },
		{ "10.0.0.128/25", "10.0.0.128", 1, true },
		{ "0.0.0.0/0", "255.255.255.255", 65535, true },
		{ "0.0.0.0/0", "::1", 1, false },
		{ "::/0", "10.0.0.9", 1, false },
		{ "2001:db8::/33", "2001:db8:7fff::", 1, true },
		{ "2001:db8::/33", "2001:db8:8000::", 1, false },
		{ "2001:db8::1", "2001:db8::1", 1, true },
		{ "2001:db8::1", "2001:db8::2", 1, false },
		/* Of a link-local address any interface is meant. */
		{ "fe80::/10", "fe80::1%7", 1, true },
	};

	for (size_t i = 0; i < sizeof(matches) / sizeof(matches[0]); i++) {
		struct sw_matches list = { .n = 1 };
		struct sw_addr addr;
		const char *why;

		ck_assert_int_eq(sw_match_parse(matches[i].match, &list.list[0], &why), 0);
		ck_assert_int_eq(sw_addr_parse(matches[i].addr, NULL, &addr), 0);
		ck_assert_msg(sw_matches_contain(&list, &addr, matches[i].port) ==
				      matches[i].expected,
			      "%s of %s", matches[i].match, matches[i].addr);
	}
}
END_TEST

START_TEST(the_table_is_whole)
{
	char text[SW_VALUE_TEXT_SIZE], range[SW_VALUE_RANGE_SIZE];

	for (size_t i = 0; i < SW_N_KEYS; i++) {
		const struct sw_key *key = &sw_keys[i];

		ck_assert_msg(key->name != NULL, "key number %zu is missing", i);
		ck_assert_ptr_nonnull(sw_section_find(key->section));
		ck_assert_ptr_eq(sw_key_find(key->section, key->name), key);
		ck_assert_msg((key->preset == NULL) != (key->preset_from == NULL),
			      "%s has one default", key->name);
		ck_assert_msg(key->help[0] != '\0' && key->help[strlen(key->help) - 1] != '.',
			      "%s has a help without a full stop", key->name);
		sw_value_reset(key, sw_key_target(key, &settings, &override));
		/* The default is written as it would be shown. */
		if (key->preset != NULL)
			ck_assert_str_eq(
				sw_value_format(key, sw_key_value(key, &settings, &override), text),
				key->preset);
		ck_assert_uint_lt(strlen(sw_value_range(key, range)), SW_VALUE_RANGE_SIZE - 1);
		/* Sections are in one piece. */
		for (size_t j = 0; j + 1 < i; j++)
			ck_assert(strcmp(sw_keys[j].section, key->section) != 0 ||
				  strcmp(sw_keys[i - 1].section, key->section) == 0);
	}
}
END_TEST

START_TEST(the_range_of_a_key_holds_its_default)
{
	for (size_t i = 0; i < SW_N_KEYS; i++) {
		const struct sw_key *key = &sw_keys[i];
		uint64_t number;

		if (key->type != SW_KEY_DURATION && key->type != SW_KEY_SHARE)
			continue;
		number = sw_value_number(key, sw_key_value(key, &settings, NULL));
		ck_assert_msg(number >= key->min && number <= key->max, "%s", key->name);
	}
}
END_TEST

START_TEST(the_defaults_are_those_of_the_core)
{
	ck_assert_mem_eq(&settings.rules.ephemeral_ports, &sw_ephemeral_limits_default,
			 sizeof(sw_ephemeral_limits_default));
	ck_assert_uint_eq(settings.alert.clear, sw_ephemeral_limits_default.clear);
	ck_assert_str_eq(sw_keys[SW_KEY_OVERRIDE_RULE].preset,
			 sw_rule_to_string(SW_RULE_EPHEMERAL_PORTS));
}
END_TEST

int main(void)
{
	TCase *tcase = tcase_create("values");

	tcase_add_checked_fixture(tcase, set_up, NULL);
	tcase_add_loop_test(tcase, a_value_is_taken_within_its_range, 0,
			    sizeof(cases) / sizeof(cases[0]));
	tcase_add_test(tcase, a_list_that_is_half_wrong_adds_nothing);
	tcase_add_test(tcase, a_list_has_room_for_64_of_the_longest);
	tcase_add_test(tcase, a_path_has_at_most_255_bytes);
	tcase_add_test(tcase, a_prefix_matches_what_begins_with_it);
	tcase_add_test(tcase, the_table_is_whole);
	tcase_add_test(tcase, the_range_of_a_key_holds_its_default);
	tcase_add_test(tcase, the_defaults_are_those_of_the_core);
	return suite_run("values", tcase);
}
