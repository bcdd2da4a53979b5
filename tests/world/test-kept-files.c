/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Files of this very kernel, read again and again. What changes a sysctl does so in a namespace of
 * its own, where that may be had. */

#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "io/kept-files.h"
#include "support/suite.h"

#define NAME "/proc/self/comm"
#define RANGE "/proc/sys/net/ipv4/ip_local_port_range"

static struct sw_kept_files kept;
static char text[4096];

static void tear_down(void)
{
	sw_kept_files_deinit(&kept);
}

static const char *read_text(const char *path)
{
	ssize_t n = sw_kept_files_read(&kept, path, text, sizeof(text));

	ck_assert_int_ge(n, 0);
	ck_assert_uint_eq(strlen(text), (size_t)n);
	return text;
}

/* How many descriptors there are below 64. */
static unsigned int n_open(void)
{
	unsigned int n = 0;

	for (int fd = 0; fd < 64; fd++)
		n += fcntl(fd, F_GETFD) >= 0;
	return n;
}

/* Leaves for a network namespace in which we may do anything. */
static bool enter_namespace(void)
{
	return unshare(CLONE_NEWUSER | CLONE_NEWNET) == 0;
}

static bool write_sysctl(const char *path, const char *value)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	bool written = fd >= 0 && write(fd, value, strlen(value)) == (ssize_t)strlen(value);

	if (fd >= 0)
		close(fd);
	return written;
}

START_TEST(what_is_read_again_is_the_text_of_now)
{
	unsigned int n;

	ck_assert_int_eq(prctl(PR_SET_NAME, "one"), 0);
	ck_assert_str_eq(read_text(NAME), "one\n");
	n = n_open();
	ck_assert_int_eq(prctl(PR_SET_NAME, "another"), 0);
	ck_assert_str_eq(read_text(NAME), "another\n");
	ck_assert_uint_eq(n_open(), n);
	sw_kept_files_deinit(&kept);
	ck_assert_uint_eq(n_open(), n - 1);
}
END_TEST

/* A counter behind the first page of a file that is longer than one. */
START_TEST(a_long_text_comes_whole)
{
	static char whole[32768];
	ssize_t n = sw_kept_files_read(&kept, "/proc/net/netstat", whole, sizeof(whole));
	FILE *file = fopen("/proc/net/netstat", "r");
	size_t size;

	ck_assert_ptr_nonnull(file);
	size = fread(whole, 1, sizeof(whole), file);
	fclose(file);
	/* Its numbers may have grown by a digit or two. */
	ck_assert_int_gt(n, 2000);
	ck_assert_int_le(n, (ssize_t)size);
	ck_assert_int_ge(n, (ssize_t)size - 16);
}
END_TEST

START_TEST(what_does_not_fit_is_said)
{
	ck_assert_int_eq(prctl(PR_SET_NAME, "seven77"), 0);
	ck_assert_int_eq(sw_kept_files_read(&kept, NAME, text, 8), -EFBIG);
	ck_assert_int_eq(sw_kept_files_read(&kept, NAME, text, 9), 8);
}
END_TEST

START_TEST(a_file_that_is_not_there_is_looked_for_again)
{
	static const char path[] = "/tmp/sw-kept-files-test";
	FILE *file;

	unlink(path);
	ck_assert_int_eq(sw_kept_files_read(&kept, path, text, sizeof(text)), -ENOENT);
	file = fopen(path, "w");
	ck_assert_ptr_nonnull(file);
	fputs("now", file);
	fclose(file);
	ck_assert_str_eq(read_text(path), "now");
	unlink(path);
}
END_TEST

START_TEST(more_files_than_are_kept_are_read_too)
{
	char path[64];
	unsigned int n = n_open();

	ck_assert_int_eq(prctl(PR_SET_NAME, "here"), 0);
	for (int i = 0; i < SW_KEPT_FILES_MAX + 5; i++) {
		/* The same file, by as many names. */
		snprintf(path, sizeof(path), "/proc/%.*sself/comm", i, "/////////////////////////");
		ck_assert_str_eq(read_text(path), "here\n");
		ck_assert_str_eq(read_text(path), "here\n");
	}
	ck_assert_uint_eq(n_open(), n + SW_KEPT_FILES_MAX);
}
END_TEST

START_TEST(a_sysctl_that_changes_is_seen)
{
	if (!enter_namespace())
		return;
	ck_assert(write_sysctl(RANGE, "40000 50000"));
	ck_assert_str_eq(read_text(RANGE), "40000\t50000\n");
	ck_assert(write_sysctl(RANGE, "40001 50000"));
	ck_assert_str_eq(read_text(RANGE), "40001\t50000\n");
}
END_TEST

static int make_device(void)
{
	struct ifreq request = { .ifr_name = "kept0", .ifr_flags = IFF_TUN | IFF_NO_PI };
	int fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC);

	if (fd >= 0 && ioctl(fd, TUNSETIFF, &request) < 0) {
		close(fd);
		fd = -1;
	}
	return fd;
}

/* With its device a sysctl goes, and another of the same name may come. */
START_TEST(a_sysctl_that_went_and_came_back_is_the_new_one)
{
	static const char path[] = "/proc/sys/net/ipv4/conf/kept0/tag";
	int device = enter_namespace() ? make_device() : -1;
	unsigned int n;

	if (device < 0)
		return;
	ck_assert(write_sysctl(path, "7"));
	ck_assert_str_eq(read_text(path), "7\n");
	n = n_open();
	close(device);
	ck_assert_int_eq(sw_kept_files_read(&kept, path, text, sizeof(text)), -ENOENT);
	device = make_device();
	ck_assert_int_ge(device, 0);
	ck_assert_str_eq(read_text(path), "0\n");
	ck_assert_uint_eq(n_open(), n);
	close(device);
}
END_TEST

int main(void)
{
	TCase *tcase = tcase_create("kept-files");

	tcase_add_checked_fixture(tcase, NULL, tear_down);
	tcase_add_test(tcase, what_is_read_again_is_the_text_of_now);
	tcase_add_test(tcase, a_long_text_comes_whole);
	tcase_add_test(tcase, what_does_not_fit_is_said);
	tcase_add_test(tcase, a_file_that_is_not_there_is_looked_for_again);
	tcase_add_test(tcase, more_files_than_are_kept_are_read_too);
	tcase_add_test(tcase, a_sysctl_that_changes_is_seen);
	tcase_add_test(tcase, a_sysctl_that_went_and_came_back_is_the_new_one);
	return suite_run("kept-files", tcase);
}
