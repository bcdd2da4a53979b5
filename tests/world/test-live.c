/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The real world, as far as it needs no network: files, datagrams, programs. */

#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "io/live.h"
#include "support/suite.h"

static struct sw_io *io;
static char directory[32];

static void set_up(void)
{
	snprintf(directory, sizeof(directory), "/tmp/sw-live.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(directory));
	ck_assert_int_eq(sw_live_new(&io), 0);
}

static void tear_down(void)
{
	sw_live_free(io);
	ck_assert_int_eq(rmdir(directory), 0);
}

static const char *in_directory(const char *name)
{
	static char path[64];

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	return path;
}

/* What times() and the coarse clocks say of one kernel. */
START_TEST(jiffies_pass_as_time_does)
{
	struct timespec pause = { .tv_nsec = 50000000 };
	struct sw_jiffies before, after;
	struct sw_now from, to;
	sw_usec passed;

	ck_assert_int_eq(io->now(io, &from), 0);
	ck_assert_int_eq(io->jiffies(io, &before), 0);
	nanosleep(&pause, NULL);
	ck_assert_int_eq(io->jiffies(io, &after), 0);
	ck_assert_int_eq(io->now(io, &to), 0);
	ck_assert_uint_eq(after.nsec, before.nsec);
	ck_assert(after.nsec >= 1000000 && after.nsec <= 10000000);
	passed = after.passed - before.passed;
	ck_assert_uint_ge(passed, 30000);
	ck_assert_uint_le(passed, to.boot - from.boot + 20000);
}
END_TEST

static int write_text(FILE *out, void *userdata)
{
	const char *const *text = userdata;

	return fputs(*text, out) < 0 ? -errno : 0;
}

static int persist(const char *path, const char *text)
{
	return io->persist(io, path, write_text, &text);
}

START_TEST(there_are_no_huge_pages)
{
	ck_assert_int_eq(prctl(PR_GET_THP_DISABLE, 0, 0, 0, 0), 1);
}
END_TEST

START_TEST(a_large_block_is_not_kept)
{
	enum { LARGE = 4 * 1024 * 1024 };
	struct mallinfo2 before = mallinfo2(), after;
	char *volatile block;

	/* A sanitizer has a heap of its own. */
	if (before.arena == 0)
		return;
	/* Twice: the first one that is freed tells glibc to keep the next. */
	for (int i = 0; i < 2; i++) {
		block = malloc(LARGE);
		ck_assert_ptr_nonnull(block);
		after = mallinfo2();
		ck_assert_uint_ge(after.hblkhd, before.hblkhd + LARGE);
		free(block);
	}
}
END_TEST

START_TEST(a_stamp_tells_what_has_changed)
{
	const char *path = in_directory("mutes.json");
	struct timespec pause = { .tv_nsec = 20000000 };
	uint64_t folder, first, second;

	ck_assert_int_eq(io->stamp(io, path, &first), -ENOENT);
	ck_assert_int_eq(io->stamp(io, directory, &folder), 0);
	nanosleep(&pause, NULL);
	ck_assert_int_eq(persist(path, "old"), 0);
	ck_assert_int_eq(io->stamp(io, path, &first), 0);
	ck_assert_int_eq(io->stamp(io, path, &second), 0);
	ck_assert_uint_eq(first, second);
	ck_assert_int_eq(io->stamp(io, directory, &second), 0);
	ck_assert_uint_ne(folder, second);
	ck_assert_int_eq(persist(path, "new"), 0);
	ck_assert_int_eq(io->stamp(io, path, &second), 0);
	ck_assert_uint_ne(first, second);
	ck_assert_int_eq(io->remove(io, path), 0);
}
END_TEST

START_TEST(a_kept_file_replaces_the_old_one_and_is_readable)
{
	const char *path = in_directory("status.json");
	struct stat st;
	char text[16];

	umask(077);
	ck_assert_int_eq(persist(path, "old"), 0);
	ck_assert_int_eq(persist(path, "newer"), 0);
	ck_assert_int_eq(io->file_read(io, path, text, sizeof(text)), 5);
	ck_assert_str_eq(text, "newer");
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_uint_eq(st.st_mode & 0777, 0644);
	ck_assert_int_eq(io->remove(io, path), 0);
	ck_assert_int_eq(io->remove(io, path), -ENOENT);
}
END_TEST

START_TEST(a_link_in_the_place_of_the_new_file_is_not_followed)
{
	char link[64], target[64], path[64], text[16];

	snprintf(link, sizeof(link), "%s", in_directory("status.json.new"));
	snprintf(target, sizeof(target), "%s", in_directory("target"));
	snprintf(path, sizeof(path), "%s", in_directory("status.json"));
	ck_assert_int_eq(persist(target, "mine"), 0);
	ck_assert_int_eq(symlink(target, link), 0);
	ck_assert_int_eq(persist(path, "status"), 0);
	ck_assert_int_eq(io->file_read(io, target, text, sizeof(text)), 4);
	ck_assert_str_eq(text, "mine");
	ck_assert_int_eq(io->remove(io, path), 0);
	ck_assert_int_eq(io->remove(io, target), 0);
}
END_TEST

START_TEST(a_file_that_cannot_be_kept_leaves_nothing)
{
	ck_assert_int_eq(persist(in_directory("no/status.json"), "x"), -ENOENT);
}
END_TEST

static int write_half(FILE *out, void *userdata)
{
	(void)userdata;
	return fputs("half", out) < 0 ? -errno : -ENOMEM;
}

START_TEST(a_file_that_was_not_written_to_its_end_replaces_nothing)
{
	const char *path = in_directory("status.json");
	char text[16], temporary[80];

	snprintf(temporary, sizeof(temporary), "%s.new", path);
	ck_assert_int_eq(persist(path, "old"), 0);
	ck_assert_int_eq(io->persist(io, path, write_half, NULL), -ENOMEM);
	ck_assert_int_eq(io->file_read(io, path, text, sizeof(text)), 3);
	ck_assert_str_eq(text, "old");
	ck_assert_int_eq(access(temporary, F_OK), -1);
	ck_assert_int_eq(io->remove(io, path), 0);
}
END_TEST

START_TEST(a_disk_that_is_full_replaces_nothing)
{
	/* More than a buffer, and no room for it. */
	enum { LENGTH = 100000 };
	struct rlimit before, limit = { .rlim_cur = LENGTH / 2 };
	const char *path = in_directory("status.json");
	char *text = malloc(LENGTH + 1), kept[16];
	int r;

	memset(text, 'x', LENGTH);
	text[LENGTH] = '\0';
	ck_assert_int_eq(persist(path, "old"), 0);
	ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &before), 0);
	limit.rlim_max = before.rlim_max;
	signal(SIGXFSZ, SIG_IGN);
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
	r = persist(path, text);
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &before), 0);
	signal(SIGXFSZ, SIG_DFL);
	ck_assert_int_eq(r, -EFBIG);
	ck_assert_int_eq(io->file_read(io, path, kept, sizeof(kept)), 3);
	ck_assert_int_eq(io->remove(io, path), 0);
	free(text);
}
END_TEST

START_TEST(a_file_larger_than_the_buffer_is_refused)
{
	const char *path = in_directory("file");
	char text[5];

	ck_assert_int_eq(persist(path, "12345"), 0);
	ck_assert_int_eq(io->file_read(io, path, text, sizeof(text)), -EFBIG);
	ck_assert_int_eq(persist(path, "1234"), 0);
	ck_assert_int_eq(io->file_read(io, path, text, sizeof(text)), 4);
	ck_assert_int_eq(io->remove(io, path), 0);
}
END_TEST

START_TEST(a_fifo_in_the_place_of_a_file_does_not_stop_us)
{
	const char *path = in_directory("fifo");
	char text[8];

	ck_assert_int_eq(mkfifo(path, 0600), 0);
	ck_assert_int_eq(io->file_read(io, path, text, sizeof(text)), -EINVAL);
	ck_assert_int_eq(unlink(path), 0);
}
END_TEST

static int bound_socket(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	memcpy(address.sun_path, path, strlen(path));
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	return fd;
}

START_TEST(only_regular_files_are_read)
{
	char text[16] = "before";

	ck_assert_int_eq(io->file_read(io, "/dev/zero", text, sizeof(text)), -EINVAL);
	ck_assert_int_eq(io->file_read(io, directory, text, sizeof(text)), -EINVAL);
	/* What a link to it hides is hidden by an empty file. */
	ck_assert_int_eq(io->file_read(io, "/dev/null", text, sizeof(text)), 0);
	ck_assert_str_eq(text, "");
	ck_assert_int_gt(io->file_read(io, "/proc/self/comm", text, sizeof(text)), 0);
}
END_TEST

START_TEST(a_datagram_arrives)
{
	const char *path = in_directory("socket");
	int fd = bound_socket(path);
	char text[16];

	ck_assert_int_eq(io->send(io, path, "READY=1", 7), 0);
	ck_assert_int_eq(recv(fd, text, sizeof(text), MSG_DONTWAIT), 7);
	ck_assert_int_eq(memcmp(text, "READY=1", 7), 0);
	close(fd);
	ck_assert_int_eq(io->send(io, path, "READY=1", 7), -ECONNREFUSED);
	ck_assert_int_eq(unlink(path), 0);
	ck_assert_int_eq(io->send(io, path, "READY=1", 7), -ENOENT);
	ck_assert_int_eq(io->send(io, "", "READY=1", 7), -EINVAL);
}
END_TEST

START_TEST(an_abstract_socket_is_reached)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	char name[40], text[16];
	size_t length = (size_t)snprintf(name, sizeof(name), "@sockwatch-test-%d", getpid());

	memcpy(address.sun_path, name, length);
	address.sun_path[0] = '\0';
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&address,
			      (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length)),
			 0);
	ck_assert_int_eq(io->send(io, name, "hello", 5), 0);
	ck_assert_int_eq(recv(fd, text, sizeof(text), MSG_DONTWAIT), 5);
	close(fd);
}
END_TEST

START_TEST(a_reader_that_is_stuck_does_not_block_the_sender)
{
	const char *path = in_directory("socket");
	int fd = bound_socket(path), r = 0;

	/* net.unix.max_dgram_qlen is 10, or 512 where systemd has set it. */
	for (int i = 0; i < 4096 && r == 0; i++)
		r = io->send(io, path, "x", 1);
	ck_assert_int_eq(r, -EAGAIN);
	close(fd);
	ck_assert_int_eq(unlink(path), 0);
}
END_TEST

START_TEST(a_program_gets_its_environment_and_no_descriptor)
{
	char path[64], script[160], text[64];
	char *argv[] = { (char[]){ "/bin/sh" }, (char[]){ "-c" }, script, NULL };
	char *environment[] = { (char[]){ "ONLY=this" }, NULL };
	int fd = open("/dev/null", O_RDONLY), status; /* not close-on-exec */
	pid_t pid;

	snprintf(path, sizeof(path), "%s", in_directory("out"));
	snprintf(script, sizeof(script),
		 "[ -e /proc/self/fd/%d ] && o=open; echo \"$ONLY$HOME$o\" >%s", fd, path);
	ck_assert_int_eq(io->spawn(io, argv, environment, &pid), 0);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
	ck_assert_int_gt(io->file_read(io, path, text, sizeof(text)), 0);
	ck_assert_str_eq(text, "this\n");
	close(fd);
	ck_assert_int_eq(unlink(path), 0);

	argv[0] = (char[]){ "/nowhere/at/all" };
	ck_assert_int_eq(io->spawn(io, argv, environment, &pid), -ENOENT);
}
END_TEST

START_TEST(a_directory_is_made_as_its_parent_has_it)
{
	char parent[64], child[64];
	struct stat st;
	mode_t before = umask(077);

	snprintf(parent, sizeof(parent), "%s", in_directory("parent"));
	snprintf(child, sizeof(child), "%s", in_directory("parent/child"));
	ck_assert_int_eq(mkdir(parent, 0700), 0);
	ck_assert_int_eq(chmod(parent, 02700), 0);
	ck_assert_int_eq(io->dir_make(io, child, 0770), 0);
	ck_assert_int_eq(io->dir_make(io, child, 0700), 0);
	ck_assert_int_eq(stat(child, &st), 0);
	ck_assert_uint_eq(st.st_mode & 07777, 02770);
	ck_assert_uint_eq(umask(before), 077);
	ck_assert_int_eq(rmdir(child), 0);
	ck_assert_int_eq(rmdir(parent), 0);
}
END_TEST

START_TEST(subdirectories_come_with_their_inode)
{
	struct sw_subdir *list = NULL;
	struct stat st;
	char path[64];
	size_t n = 0;

	ck_assert_int_eq(io->dir_subdirs(io, directory, &list, &n), 0);
	ck_assert_uint_eq(n, 0);
	free(list);
	ck_assert_int_eq(persist(in_directory("file"), "x"), 0);
	ck_assert_int_eq(symlink("/", in_directory("link")), 0);
	ck_assert_int_eq(mkdir(in_directory("below"), 0700), 0);
	ck_assert_int_eq(io->dir_subdirs(io, directory, &list, &n), 0);
	ck_assert_uint_eq(n, 1);
	ck_assert_str_eq(list[0].name, "below");
	ck_assert_int_eq(stat(in_directory("below"), &st), 0);
	ck_assert_uint_eq(list[0].inode, st.st_ino);
	free(list);
	ck_assert_int_eq(unlink(in_directory("link")), 0);
	snprintf(path, sizeof(path), "%s", in_directory("file"));
	ck_assert_int_eq(io->dir_subdirs(io, path, &list, &n), -ENOTDIR);
	ck_assert_int_eq(unlink(path), 0);
	ck_assert_int_eq(rmdir(in_directory("below")), 0);
	ck_assert_int_eq(io->dir_subdirs(io, in_directory("below"), &list, &n), -ENOENT);
}
END_TEST

START_TEST(the_clock_goes_on)
{
	struct sw_now first, second;

	ck_assert_int_eq(io->now(io, &first), 0);
	ck_assert_int_eq(io->now(io, &second), 0);
	ck_assert_uint_ge(second.boot, first.boot);
	/* 2025 or later, in microseconds. */
	ck_assert_uint_gt(first.wall, UINT64_C(1735689600) * SW_USEC_PER_SEC);
}
END_TEST

int main(void)
{
	TCase *tcase = tcase_create("live");

	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_add_test(tcase, jiffies_pass_as_time_does);
	tcase_add_test(tcase, there_are_no_huge_pages);
	tcase_add_test(tcase, a_large_block_is_not_kept);
	tcase_add_test(tcase, a_stamp_tells_what_has_changed);
	tcase_add_test(tcase, a_kept_file_replaces_the_old_one_and_is_readable);
	tcase_add_test(tcase, a_link_in_the_place_of_the_new_file_is_not_followed);
	tcase_add_test(tcase, a_file_that_cannot_be_kept_leaves_nothing);
	tcase_add_test(tcase, a_file_that_was_not_written_to_its_end_replaces_nothing);
	tcase_add_test(tcase, a_disk_that_is_full_replaces_nothing);
	tcase_add_test(tcase, a_file_larger_than_the_buffer_is_refused);
	tcase_add_test(tcase, a_fifo_in_the_place_of_a_file_does_not_stop_us);
	tcase_add_test(tcase, only_regular_files_are_read);
	tcase_add_test(tcase, a_datagram_arrives);
	tcase_add_test(tcase, an_abstract_socket_is_reached);
	tcase_add_test(tcase, a_reader_that_is_stuck_does_not_block_the_sender);
	tcase_add_test(tcase, a_program_gets_its_environment_and_no_descriptor);
	tcase_add_test(tcase, a_directory_is_made_as_its_parent_has_it);
	tcase_add_test(tcase, subdirectories_come_with_their_inode);
	tcase_add_test(tcase, the_clock_goes_on);
	return suite_run("live", tcase);
}
