/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What the files of sysctl.d say of a key: their order, their masks, and their lines. */

#include <errno.h>

#include "io/sysctl-files.h"
#include "support/suite.h"
#include "support/world.h"

#define KEY "net.ipv4.tcp_tw_recycle"

static struct world *world;
static struct sw_sysctl_setting setting;

static void set_up(void)
{
	world = world_new();
}

static void tear_down(void)
{
	world_free(world);
}

static void check(const char *value, const char *file, uint32_t line)
{
	ck_assert_int_eq(sw_sysctl_files_find(&world->io, KEY, &setting), 0);
	ck_assert_str_eq(setting.value, value);
	ck_assert_str_eq(setting.file, file);
	ck_assert_uint_eq(setting.line, line);
}

START_TEST(without_files_nothing_is_said)
{
	check("", "", 0);
}
END_TEST

START_TEST(the_last_by_name_holds_and_behind_them_sysctl_conf)
{
	world_set_file(world, "/usr/lib/sysctl.d/90-b.conf", KEY " = 1\n");
	world_set_file(world, "/etc/sysctl.d/10-a.conf", KEY " = 2\n");
	check("1", "/usr/lib/sysctl.d/90-b.conf", 1);
	world_set_file(world, "/run/sysctl.d/95-c.conf", "# a word\n\n" KEY "=3\n");
	check("3", "/run/sysctl.d/95-c.conf", 3);
	world_set_file(world, "/etc/sysctl.conf", KEY "=0\n");
	check("0", "/etc/sysctl.conf", 1);
}
END_TEST

START_TEST(a_file_hides_those_of_its_name_in_later_places)
{
	world_set_file(world, "/usr/lib/sysctl.d/50-x.conf", KEY " = 1\n");
	world_set_file(world, "/etc/sysctl.d/50-x.conf", "");
	check("", "", 0);
	/* A note is none. */
	world_set_file(world, "/etc/sysctl.d/README", KEY " = 1\n");
	check("", "", 0);
}
END_TEST

START_TEST(what_cannot_be_read_says_nothing)
{
	world_set_file(world, "/etc/sysctl.d/50-x.conf", KEY " = 1\n");
	world_set_file(world, "/etc/sysctl.d/60-x.conf", KEY " = 2\n");
	world_fail_file(world, "/etc/sysctl.d/60-x.conf", -EACCES);
	check("1", "/etc/sysctl.d/50-x.conf", 1);
}
END_TEST

static const struct {
	const char *text;
	const char *value;
	uint32_t line;
} texts[] = {
	{ KEY "=1", "1", 1 },
	{ "  " KEY " \t= \t1  \r\n", "1", 1 },
	{ "net/ipv4/tcp_tw_recycle = 1\n", "1", 1 },
	{ "-" KEY " = 1\n", "1", 1 },
	{ KEY " = 1\n" KEY " = 0\n", "0", 2 },
	{ "# " KEY " = 1\n; " KEY " = 1\n", "", 0 },
	{ KEY "d = 1\nx." KEY " = 1\nnet.ipv4.tcp_tw = 1\n", "", 0 },
	{ KEY "\n", "", 0 },
	{ KEY " =\n", "", 1 },
	{ "=\n-\n-=1\n", "", 0 },
	{ KEY " = 0123456789012345678901234567890123456789\n", "0123456789012345678901234567890",
	  1 },
};

START_TEST(lines_are_read_as_sysctl_reads_them)
{
	world_set_file(world, "/etc/sysctl.conf", texts[_i].text);
	check(texts[_i].value, texts[_i].line == 0 ? "" : "/etc/sysctl.conf", texts[_i].line);
}
END_TEST

int main(void)
{
	TCase *tcase = tcase_create("sysctl-files");

	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_add_test(tcase, without_files_nothing_is_said);
	tcase_add_test(tcase, the_last_by_name_holds_and_behind_them_sysctl_conf);
	tcase_add_test(tcase, a_file_hides_those_of_its_name_in_later_places);
	tcase_add_test(tcase, what_cannot_be_read_says_nothing);
	tcase_add_loop_test(tcase, lines_are_read_as_sysctl_reads_them, 0,
			    sizeof(texts) / sizeof(texts[0]));
	return suite_run("sysctl-files", tcase);
}
