/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Loading without memory: each allocation in turn fails (the linker puts these in the place of
 * libc's), and each time there is -ENOMEM, nothing half done and nothing left behind.
 */

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "io/settings-files.h"
#include "support/suite.h"

/* How many succeed before one fails; negative = all do. */
static int n_until_failure = -1;

static bool fails(void)
{
	return n_until_failure >= 0 && n_until_failure-- == 0;
}

void *__real_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
void *__real_reallocarray(void *old, size_t n, size_t size);
char *__real_strdup(const char *text);

void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_reallocarray(void *old, size_t n, size_t size);
char *__wrap_strdup(const char *text);
int __wrap_asprintf(char **ret, const char *format, ...) __attribute__((format(printf, 2, 3)));

void *__wrap_malloc(size_t size)
{
	return fails() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t n, size_t size)
{
	return fails() ? NULL : __real_calloc(n, size);
}

void *__wrap_reallocarray(void *old, size_t n, size_t size)
{
	return fails() ? NULL : __real_reallocarray(old, n, size);
}

char *__wrap_strdup(const char *text)
{
	return fails() ? NULL : __real_strdup(text);
}

int __wrap_asprintf(char **ret, const char *format, ...)
{
	va_list args;
	int r;

	if (fails())
		return -1;
	va_start(args, format);
	r = vasprintf(ret, format, args);
	va_end(args);
	return r;
}

/* A world of one main file and two drop-ins, whose own memory never ends. */
static ssize_t file_read(struct sw_io *io, const char *path, char *buffer, size_t size)
{
	const char *text = "[Poll]\nInterval=2s\nFrob=1\n[Override \"x\"]\nDestination=::/0\n";

	(void)io;
	if (strstr(path, "usr") != NULL || strstr(path, "run") != NULL)
		return -ENOENT;
	if (strstr(path, "20") != NULL)
		return -EACCES;
	return snprintf(buffer, size, "%s", text);
}

static int dir_list(struct sw_io *io, const char *path, char ***ret_names, size_t *ret_n)
{
	char **names;

	(void)io;
	if (strncmp(path, "/etc", 4) != 0)
		return -ENOENT;
	names = __real_calloc(3, sizeof(*names));
	names[0] = __real_strdup("10.conf");
	names[1] = __real_strdup("20.conf");
	names[2] = __real_strdup("README");
	*ret_names = names;
	*ret_n = 3;
	return 0;
}

START_TEST(each_allocation_may_fail)
{
	struct sw_io io = { .file_read = file_read, .dir_list = dir_list };
	struct sw_config *config = NULL;
	int n_failed = 0, r;

	for (;;) {
		n_until_failure = n_failed;
		r = sw_settings_load(&io, NULL, 0, &config);
		if (r == 0)
			break;
		ck_assert_int_eq(r, -ENOMEM);
		ck_assert_ptr_null(config);
		n_failed++;
	}
	n_until_failure = -1;
	/* The text, the configuration, the list, paths, files, complaints. */
	ck_assert_int_ge(n_failed, 10);
	ck_assert_uint_eq(sw_config_n_files(config), 3);
	ck_assert_uint_eq(sw_config_n_complaints(config), 3);
	ck_assert_ptr_null(sw_config_settings(config));
	sw_config_free(config);
}
END_TEST

int main(void)
{
	TCase *tcase = tcase_create("settings-memory");

	tcase_add_test(tcase, each_allocation_may_fail);
	return suite_run("settings-memory", tcase);
}
