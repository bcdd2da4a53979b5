/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Mutes: what they are about, which alert that is, and for how long. */

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "sockwatch/mute.h"
#include "support/suite.h"

static struct sw_mutes mutes;
static struct sw_ifname eth0 = { .index = 2, .name = "eth0" };
static const struct sw_ifnames names = { .list = &eth0, .n = 1 };

static void set_up(void)
{
	mutes.n = 0;
}

static const char *subject(enum sw_rule rule, const char *text)
{
	static char buffer[SW_TUPLE_TEXT_SIZE];
	int r = sw_mute_subject(rule, text, &names, buffer);

	return r == 0 ? buffer : strerrorname_np(-r);
}

static void mute(enum sw_rule rule, const char *text, sw_usec until)
{
	struct sw_mute one = { .rule = rule, .until = until };

	snprintf(one.subject, sizeof(one.subject), "%s", text);
	ck_assert_int_eq(sw_mutes_set(&mutes, &one), 0);
}

static sw_usec until(const char *text, sw_usec now)
{
	return sw_mutes_until(&mutes, SW_RULE_EPHEMERAL_PORTS, text, now);
}

START_TEST(a_subject_comes_as_alerts_have_it)
{
	static const struct {
		const char *text, *expected;
	} cases[] = {
		{ "10.0.0.5->10.0.0.9:5432", "10.0.0.5->10.0.0.9:5432" },
		{ "10.0.0.9:5432", "10.0.0.9:5432" },
		{ "10.0.0.9", "10.0.0.9" },
		{ "2001:DB8::0:9", "2001:db8::9" },
		{ "[2001:db8:0::9]", "2001:db8::9" },
		{ "[2001:db8::9]:443", "[2001:db8::9]:443" },
		{ "::ffff:10.0.0.5->[::ffff:10.0.0.9]:80", "10.0.0.5->10.0.0.9:80" },
		{ "fe80::1%2->[fe80:0::2%eth0]:443", "fe80::1%eth0->[fe80::2%eth0]:443" },
		{ "more", "more" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		ck_assert_str_eq(subject(SW_RULE_EPHEMERAL_PORTS, cases[i].text),
				 cases[i].expected);
	ck_assert_str_eq(subject(SW_RULE_BLIND, "self"), "self");
}
END_TEST

START_TEST(what_no_alert_can_be_about_is_refused)
{
	static const char *const texts[] = {
		"",
		"db",
		"10.0.0.5->",
		"->10.0.0.9:1",
		"10.0.0.9:0",
		"10.0.0.5->10.0.0.9",
		"10.0.0.0/8",
		"10.0.0.5->[::1]:80",
		"10.0.0.9:80x",
		"10.0.0.5 -> 10.0.0.9:80",
	};
	char large[SW_TUPLE_TEXT_SIZE + 1];

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		ck_assert_str_eq(subject(SW_RULE_EPHEMERAL_PORTS, texts[i]), "EINVAL");
	ck_assert_str_eq(subject(SW_RULE_EPHEMERAL_PORTS, "fe80::1%eth7"), "ENODEV");
	memset(large, 'x', sizeof(large));
	large[SW_TUPLE_TEXT_SIZE] = '\0';
	ck_assert_str_eq(subject(SW_RULE_HOOK_FAILED, large), "EINVAL");
	ck_assert_str_eq(subject(SW_RULE_HOOK_FAILED, large + 1), "EINVAL");
	memcpy(large + 70, "->", 2);
	ck_assert_str_eq(subject(SW_RULE_EPHEMERAL_PORTS, large + 1), "EINVAL");
}
END_TEST

START_TEST(names_are_those_that_alerts_can_have)
{
	static const struct {
		enum sw_rule rule;
		const char *text, *expected;
	} cases[] = {
		{ SW_RULE_BLIND, "self", "self" },
		{ SW_RULE_BLIND, "db", "EINVAL" },
		{ SW_RULE_BLIND, "10.0.0.9", "EINVAL" },
		{ SW_RULE_TIME_WAIT_LIMIT, "self", "self" },
		{ SW_RULE_TIME_WAIT_LIMIT, "10.0.0.9:80", "EINVAL" },
		{ SW_RULE_KERNEL_SETTING, "net.core.somaxconn", "net.core.somaxconn" },
		{ SW_RULE_KERNEL_SETTING, "net.ipv4.tcp_tw_recycle", "net.ipv4.tcp_tw_recycle" },
		{ SW_RULE_KERNEL_SETTING, "net.ipv4.tcp_fin_timeout", "EINVAL" },
		{ SW_RULE_KERNEL_SETTING, "somaxconn", "EINVAL" },
		{ SW_RULE_KERNEL_SETTING, "more", "more" },
		{ SW_RULE_HOOK_FAILED, "50-mail.sh", "50-mail.sh" },
		{ SW_RULE_HOOK_FAILED, "the runner", "the runner" },
		{ SW_RULE_HOOK_FAILED, "hooks.d/50-mail", "EINVAL" },
		{ SW_RULE_BIND_PORTS, "010.0.0.5", "EINVAL" },
		{ SW_RULE_BIND_PORTS, "10.0.0.5", "10.0.0.5" },
		{ SW_RULE_BIND_PORTS, "fe80::5%2", "fe80::5%eth0" },
		{ SW_RULE_BIND_PORTS, "10.0.0.5:80", "EINVAL" },
		{ SW_RULE_BIND_PORTS, "10.0.0.5->10.0.0.9:80", "EINVAL" },
	};

	for (size_t i = 0; i < SW_ARRAY_SIZE(cases); i++)
		ck_assert_str_eq(subject(cases[i].rule, cases[i].text), cases[i].expected);
}
END_TEST

START_TEST(a_mute_is_for_its_rule_and_ends_by_itself)
{
	mute(SW_RULE_BLIND, "", 100);
	ck_assert_uint_eq(until("10.0.0.5->10.0.0.9:80", 1), 0);
	mute(SW_RULE_EPHEMERAL_PORTS, "", 100);
	ck_assert_uint_eq(until("10.0.0.5->10.0.0.9:80", 99), 100);
	ck_assert_uint_eq(until("more", 99), 100);
	ck_assert_uint_eq(until("more", 100), 0);
}
END_TEST

START_TEST(a_destination_mutes_all_its_tuples_and_no_other)
{
	static const char tuple[] = "10.0.0.5->10.0.0.9:80", other[] = "10.0.0.5->10.0.0.90:80";
	static const char ipv6[] = "fe80::1%eth0->[fe80::2%eth0]:443";
	static const struct {
		const char *mute, *subject;
		bool matches;
	} cases[] = {
		{ "10.0.0.5->10.0.0.9:80", tuple, true },
		{ "10.0.0.9:80", tuple, true },
		{ "10.0.0.9", tuple, true },
		{ "10.0.0.5", tuple, false },
		{ "10.0.0.9:8", tuple, false },
		{ "10.0.0.9:801", tuple, false },
		{ "10.0.0.9", other, false },
		{ "10.0.0.90", tuple, false },
		{ "10.0.0.6->10.0.0.9:80", tuple, false },
		{ "[fe80::2%eth0]:443", ipv6, true },
		{ "fe80::2%eth0", ipv6, true },
		{ "fe80::2", ipv6, false },
		{ "fe80::2%eth", ipv6, false },
		{ "fe80::1%eth0", ipv6, false },
		{ "more", tuple, false },
		{ "10.0.0.9", "more", false },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		mutes.n = 0;
		mute(SW_RULE_EPHEMERAL_PORTS, cases[i].mute, 100);
		ck_assert_msg((until(cases[i].subject, 1) != 0) == cases[i].matches, "%s, %s",
			      cases[i].mute, cases[i].subject);
	}
}
END_TEST

START_TEST(an_address_mutes_all_its_listeners)
{
	mutes.n = 1;
	mutes.list[0] =
		(struct sw_mute){ .rule = SW_RULE_CLOSE_WAIT, .subject = "10.0.0.5", .until = 100 };
	ck_assert_uint_eq(sw_mutes_until(&mutes, SW_RULE_CLOSE_WAIT, "10.0.0.5:443", 1), 100);
	ck_assert_uint_eq(sw_mutes_until(&mutes, SW_RULE_CLOSE_WAIT, "10.0.0.51:443", 1), 0);
	/* What has no address is meant as a whole. */
	mutes.list[0].rule = SW_RULE_HOOK_FAILED;
	ck_assert_uint_eq(sw_mutes_until(&mutes, SW_RULE_HOOK_FAILED, "10.0.0.5:443", 1), 0);
}
END_TEST

START_TEST(a_peer_is_muted_wherever_it_comes_to)
{
	static const struct {
		const char *subject;
		sw_usec until;
	} subjects[] = {
		{ "10.0.0.2", 100 }, { "10.0.0.5:443", 100 },
		{ "10.0.0.5", 100 }, { "10.0.0.2->10.0.0.5:443", 100 },
		{ "10.0.0.", 0 },    { "10.0.0.2->10.0.0.5:44", 0 },
		{ "10.0.0.21", 0 },
	};

	mutes.n = 1;
	for (size_t i = 0; i < SW_ARRAY_SIZE(subjects); i++) {
		mutes.list[0] = (struct sw_mute){ .rule = SW_RULE_INBOUND, .until = 100 };
		snprintf(mutes.list[0].subject, sizeof(mutes.list[0].subject), "%s",
			 subjects[i].subject);
		ck_assert_uint_eq(
			sw_mutes_until(&mutes, SW_RULE_INBOUND, "10.0.0.2->10.0.0.5:443", 1),
			subjects[i].until);
	}
	/* The source of a tuple is no such thing: all is from there. */
	mutes.list[0] = (struct sw_mute){ .rule = SW_RULE_EPHEMERAL_PORTS,
					  .subject = "10.0.0.2",
					  .until = 100 };
	ck_assert_uint_eq(
		sw_mutes_until(&mutes, SW_RULE_EPHEMERAL_PORTS, "10.0.0.2->10.0.0.5:443", 1), 0);
}
END_TEST

START_TEST(of_several_the_one_that_ends_last_counts)
{
	mute(SW_RULE_EPHEMERAL_PORTS, "10.0.0.9", 300);
	mute(SW_RULE_EPHEMERAL_PORTS, "", 200);
	ck_assert_uint_eq(until("10.0.0.5->10.0.0.9:80", 1), 300);
	ck_assert_uint_eq(until("10.0.0.5->10.0.0.8:80", 1), 200);
}
END_TEST

START_TEST(a_new_mute_takes_the_place_of_the_old)
{
	mute(SW_RULE_EPHEMERAL_PORTS, "10.0.0.9", 300);
	mute(SW_RULE_EPHEMERAL_PORTS, "", 300);
	mute(SW_RULE_EPHEMERAL_PORTS, "10.0.0.9", 100);
	ck_assert_uint_eq(mutes.n, 2);
	ck_assert_uint_eq(mutes.list[0].until, 100);
	ck_assert_int_eq(sw_mutes_remove(&mutes, SW_RULE_EPHEMERAL_PORTS, "10.0.0.8"), -ENOENT);
	ck_assert_int_eq(sw_mutes_remove(&mutes, SW_RULE_BLIND, ""), -ENOENT);
	ck_assert_int_eq(sw_mutes_remove(&mutes, SW_RULE_EPHEMERAL_PORTS, "10.0.0.9"), 0);
	ck_assert_uint_eq(mutes.n, 1);
	ck_assert_str_eq(mutes.list[0].subject, "");
}
END_TEST

START_TEST(there_are_so_many_and_no_more)
{
	struct sw_mute one = { .rule = SW_RULE_BLIND, .until = 7, .subject = "one" };
	char text[16];

	for (size_t i = 0; i < SW_MUTES_MAX; i++) {
		snprintf(text, sizeof(text), "%zu", i);
		mute(SW_RULE_BLIND, text, i + 1);
	}
	ck_assert_int_eq(sw_mutes_set(&mutes, &one), -ENOSPC);
	mute(SW_RULE_BLIND, "0", SW_MUTES_MAX); /* in its own place */
	sw_mutes_drop_over(&mutes, SW_MUTES_MAX - 2);
	ck_assert_uint_eq(mutes.n, 3);
	ck_assert_str_eq(mutes.list[0].subject, "0");
	ck_assert_str_eq(mutes.list[1].subject, "254");
	ck_assert_int_eq(sw_mutes_set(&mutes, &one), 0);
	sw_mutes_drop_over(&mutes, SW_MUTES_MAX);
	ck_assert_uint_eq(mutes.n, 0);
}
END_TEST

int main(void)
{
	TCase *tcase = tcase_create("mute");

	tcase_add_checked_fixture(tcase, set_up, NULL);
	tcase_add_test(tcase, a_subject_comes_as_alerts_have_it);
	tcase_add_test(tcase, what_no_alert_can_be_about_is_refused);
	tcase_add_test(tcase, names_are_those_that_alerts_can_have);
	tcase_add_test(tcase, a_mute_is_for_its_rule_and_ends_by_itself);
	tcase_add_test(tcase, a_destination_mutes_all_its_tuples_and_no_other);
	tcase_add_test(tcase, an_address_mutes_all_its_listeners);
	tcase_add_test(tcase, a_peer_is_muted_wherever_it_comes_to);
	tcase_add_test(tcase, of_several_the_one_that_ends_last_counts);
	tcase_add_test(tcase, a_new_mute_takes_the_place_of_the_old);
	tcase_add_test(tcase, there_are_so_many_and_no_more);
	return suite_run("mute", tcase);
}
