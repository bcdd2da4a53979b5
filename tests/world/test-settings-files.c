/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Where the configuration is found, and in which order it is read. */

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "io/settings-files.h"
#include "support/suite.h"
#include "support/world.h"

#define ETC "/etc/sockwatch/sockwatch.conf"
#define RUN "/run/sockwatch/sockwatch.conf"
#define LIB "/usr/lib/sockwatch/sockwatch.conf"

static struct world *world;
static struct sw_config *config;

static void set_up(void)
{
	world = world_new();
	config = NULL;
}

static void tear_down(void)
{
	sw_config_free(config);
	world_free(world);
}

static void load(void)
{
	sw_config_free(config);
	ck_assert_int_eq(sw_settings_load(&world->io, NULL, 0, &config), 0);
}

/* The files that were read, in order, with a blank behind each. */
static const char *files(void)
{
	static char text[2048];
	size_t used = 0;

	text[0] = '\0';
	for (size_t i = 0; i < sw_config_n_files(config); i++)
		used += (size_t)snprintf(text + used, sizeof(text) - used, "%s ",
					 sw_config_file(config, i));
	return text;
}

/* The interval in seconds, which must be in force. */
static unsigned int interval(void)
{
	ck_assert_uint_eq(sw_config_n_complaints(config), 0);
	ck_assert_ptr_nonnull(sw_config_settings(config));
	return (unsigned int)(sw_config_settings(config)->interval / SW_USEC_PER_SEC);
}

START_TEST(no_file_is_needed)
{
	load();
	ck_assert_str_eq(files(), "");
	ck_assert_uint_eq(interval(), 1);
}
END_TEST

START_TEST(the_first_main_file_is_the_only_one)
{
	world_set_file(world, LIB, "[Poll]\nInterval=3s\n");
	load();
	ck_assert_str_eq(files(), LIB " ");
	world_set_file(world, RUN, "[Poll]\nInterval=2s\n");
	load();
	ck_assert_str_eq(files(), RUN " ");
	world_set_file(world, ETC, "[Poll]\nInterval=1s\n");
	load();
	ck_assert_str_eq(files(), ETC " ");
	ck_assert_uint_eq(interval(), 1);
}
END_TEST

START_TEST(drop_ins_come_by_name_whatever_their_folder)
{
	world_set_file(world, ETC ".d/50-b.conf", "[Poll]\nInterval=2s\n");
	world_set_file(world, LIB ".d/90-c.conf", "[Poll]\nInterval=3s\n");
	world_set_file(world, RUN ".d/10-a.conf", "[Poll]\nInterval=4s\n");
	world_set_file(world, ETC, "[Poll]\nInterval=1s\n");
	load();
	ck_assert_str_eq(files(),
			 ETC " " RUN ".d/10-a.conf " ETC ".d/50-b.conf " LIB ".d/90-c.conf ");
	ck_assert_uint_eq(interval(), 3);
}
END_TEST

START_TEST(of_one_name_the_first_folder_counts)
{
	world_set_file(world, LIB ".d/50.conf", "[Poll]\nInterval=3s\n");
	world_set_file(world, RUN ".d/50.conf", "[Poll]\nInterval=2s\n");
	load();
	ck_assert_str_eq(files(), RUN ".d/50.conf ");
	world_set_file(world, ETC ".d/50.conf", "[Poll]\nInterval=1s\n");
	load();
	ck_assert_str_eq(files(), ETC ".d/50.conf ");
	ck_assert_uint_eq(interval(), 1);
}
END_TEST

START_TEST(an_empty_file_hides_those_of_its_name)
{
	world_set_file(world, LIB, "[Poll]\nInterval=3s\n");
	world_set_file(world, LIB ".d/50.conf", "[Poll]\nInterval=2s\n");
	world_set_file(world, LIB ".d/60.conf", "[Alert]\nClear=1min\n");
	world_set_file(world, ETC ".d/50.conf", "");
	load();
	ck_assert_str_eq(files(), LIB " " LIB ".d/60.conf ");
	/* The main file is hidden, its drop-ins are not. */
	world_set_file(world, ETC, "");
	load();
	ck_assert_str_eq(files(), LIB ".d/60.conf ");
	ck_assert_uint_eq(interval(), 1);
}
END_TEST

START_TEST(only_names_that_end_in_conf_are_read)
{
	world_set_file(world, ETC ".d/a.conf~", "x\n");
	world_set_file(world, ETC ".d/a.conf.bak", "x\n");
	world_set_file(world, ETC ".d/conf", "x\n");
	world_set_file(world, ETC ".d/README", "x\n");
	world_set_file(world, ETC ".d/.50.conf", "x\n");
	world_set_file(world, ETC ".d/.conf", "x\n");
	load();
	ck_assert_str_eq(files(), "");
	ck_assert_uint_eq(interval(), 1);
}
END_TEST

static const char *complaint(size_t i)
{
	ck_assert_uint_lt(i, sw_config_n_complaints(config));
	return sw_config_complaint(config, i).text;
}

START_TEST(what_cannot_be_read_is_said_and_nothing_is_applied)
{
	world_fail_file(world, ETC, -EACCES);
	world_set_file(world, LIB, "[Poll]\nInterval=3s\n");
	world_fail_file(world, ETC ".d/10.conf", -EINVAL);
	world_fail_file(world, ETC ".d/20.conf", -EFBIG);
	world_fail_file(world, ETC ".d/30.conf", -ENOENT);
	world_set_file(world, ETC ".d/40.conf", "x\n");
	world_fail_file(world, LIB ".d", -EIO);
	load();
	ck_assert_ptr_null(sw_config_settings(config));
	ck_assert_uint_eq(sw_config_n_complaints(config), 5);
	ck_assert_str_eq(complaint(0), ETC ": it cannot be read: Permission denied");
	ck_assert_str_eq(complaint(1), LIB ".d: it cannot be listed: Input/output error");
	ck_assert_str_eq(complaint(2), ETC ".d/10.conf: it cannot be read: it is no regular file");
	ck_assert_str_eq(complaint(3),
			 ETC ".d/20.conf: it cannot be read: it is larger than 1 MiB");
	ck_assert_str_eq(complaint(4), ETC ".d/40.conf:1: this is neither [Section] nor Key=Value");
}
END_TEST

START_TEST(a_folder_that_is_a_file_is_none)
{
	world_fail_file(world, ETC ".d", -ENOTDIR);
	world_set_file(world, LIB ".d/50.conf", "[Poll]\nInterval=3s\n");
	load();
	ck_assert_uint_eq(interval(), 3);
}
END_TEST

START_TEST(files_by_name_are_the_only_ones)
{
	static const char *const paths[] = { "/x/a.conf", "/x/b.conf", "/x/c.conf" };

	world_set_file(world, ETC, "[Poll]\nInterval=1s\n");
	world_set_file(world, "/x/a.conf", "[Poll]\nInterval=2s\n");
	world_set_file(world, "/x/b.conf", "");
	ck_assert_int_eq(sw_settings_load(&world->io, paths, 2, &config), 0);
	ck_assert_str_eq(files(), "/x/a.conf /x/b.conf ");
	ck_assert_uint_eq(interval(), 2);
	/* One that was asked for has to be there. */
	sw_config_free(config);
	ck_assert_int_eq(sw_settings_load(&world->io, paths, 3, &config), 0);
	ck_assert_ptr_null(sw_config_settings(config));
	ck_assert_str_eq(complaint(0), "/x/c.conf: it cannot be read: No such file or directory");
}
END_TEST

START_TEST(more_files_than_are_read_is_an_error)
{
	char path[96];

	for (unsigned int i = 0; i <= SW_CONFIG_MAX_FILES; i++) {
		snprintf(path, sizeof(path), ETC ".d/%03u.conf", i);
		world_set_file(world, path, "# nothing\n");
	}
	load();
	ck_assert_ptr_null(sw_config_settings(config));
	ck_assert_uint_eq(sw_config_n_complaints(config), 1);
	ck_assert_ptr_nonnull(strstr(complaint(0), "there are more"));
}
END_TEST

int main(void)
{
	TCase *tcase = tcase_create("settings-files");

	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_add_test(tcase, no_file_is_needed);
	tcase_add_test(tcase, the_first_main_file_is_the_only_one);
	tcase_add_test(tcase, drop_ins_come_by_name_whatever_their_folder);
	tcase_add_test(tcase, of_one_name_the_first_folder_counts);
	tcase_add_test(tcase, an_empty_file_hides_those_of_its_name);
	tcase_add_test(tcase, only_names_that_end_in_conf_are_read);
	tcase_add_test(tcase, what_cannot_be_read_is_said_and_nothing_is_applied);
	tcase_add_test(tcase, a_folder_that_is_a_file_is_none);
	tcase_add_test(tcase, files_by_name_are_the_only_ones);
	tcase_add_test(tcase, more_files_than_are_read_is_an_error);
	return suite_run("settings-files", tcase);
}
