/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A file that is replaced is whole or it is the old one. */

#include "io/live-file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

enum durability {
	PASSING, /* may be lost in a crash of the machine */
	DURABLE,
};

/* Reads until the end or until the buffer is full. */
static ssize_t read_all(int fd, char *buffer, size_t size)
{
	size_t used = 0;

	while (used < size) {
		ssize_t n = read(fd, buffer + used, size - used);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			return (ssize_t)used;
		used += (size_t)n;
	}
	return -EFBIG;
}

/* Is it a file, or the device that stands for an empty one? Others may have no end. */
static bool is_readable_as_file(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 &&
	       (S_ISREG(st.st_mode) || (S_ISCHR(st.st_mode) && st.st_rdev == makedev(1, 3)));
}

ssize_t sw_live_file_read(struct sw_io *io, const char *path, char *buffer, size_t size)
{
	/* O_NONBLOCK: a FIFO in the place of a file must not stop us. */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	ssize_t n;

	(void)io;
	if (fd < 0)
		return -errno;
	n = is_readable_as_file(fd) ? read_all(fd, buffer, size) : -EINVAL;
	close(fd);
	if (n >= 0)
		buffer[n] = '\0';
	return n;
}

int sw_live_write_all(int fd, const char *data, size_t size)
{
	while (size > 0) {
		ssize_t n = write(fd, data, size);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		data += n;
		size -= (size_t)n;
	}
	return 0;
}

/* The directory that `path` is in, on the disk: a rename in it is not before that. */
static int sync_directory_of(const char *path)
{
	char *copy = strdup(path), *slash;
	int fd, r = 0;

	if (copy == NULL)
		return -ENOMEM;
	slash = strrchr(copy, '/');
	if (slash != NULL)
		*slash = '\0';
	fd = open(slash == NULL ? "." : copy, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	free(copy);
	if (fd < 0)
		return -errno;
	if (fsync(fd) < 0)
		r = -errno;
	close(fd);
	return r;
}

/* Who fills a new file. */
struct writer {
	int (*write)(FILE *out, void *userdata);
	void *userdata;
};

struct text {
	const void *data;
	size_t size;
};

static int write_text(FILE *out, void *userdata)
{
	const struct text *text = userdata;

	return fwrite(text->data, 1, text->size, out) == text->size ? 0 : -errno;
}

/* Closes `fd`. */
static int fill(int fd, const struct writer *writer, enum durability durability, mode_t mode)
{
	FILE *out = fdopen(fd, "w");
	int r;

	if (out == NULL) {
		r = -errno;
		close(fd);
		return r;
	}
	r = writer->write(out, writer->userdata);
	if (r == 0 && fflush(out) != 0)
		r = -errno;
	/* The umask of whoever starts us must not hide the file from readers. */
	if (r == 0 && fchmod(fd, mode) < 0)
		r = -errno;
	if (r == 0 && durability == DURABLE && fsync(fd) < 0)
		r = -errno;
	fclose(out);
	return r;
}

static int write_new(const char *path, const struct writer *writer, enum durability durability,
		     mode_t mode)
{
	int fd;

	/* The directory is ours alone; O_EXCL and O_NOFOLLOW keep it so. A left-over of a killed
	 * daemon goes. */
	if (unlink(path) < 0 && errno != ENOENT)
		return -errno;
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	return fd < 0 ? -errno : fill(fd, writer, durability, mode);
}

static int replace(const char *path, const struct writer *writer, enum durability durability)
{
	char *temporary;
	int r;

	if (asprintf(&temporary, "%s.new", path) < 0)
		return -ENOMEM;
	r = write_new(temporary, writer, durability, 0644);
	if (r == 0 && rename(temporary, path) < 0)
		r = -errno;
	if (r < 0)
		unlink(temporary);
	free(temporary);
	if (r == 0 && durability == DURABLE)
		r = sync_directory_of(path);
	return r;
}

int sw_live_persist(struct sw_io *io, const char *path, int (*write)(FILE *out, void *userdata),
		    void *userdata)
{
	const struct writer writer = { .write = write, .userdata = userdata };

	(void)io;
	return replace(path, &writer, PASSING);
}

int sw_live_persist_durably(struct sw_io *io, const char *path, const void *data, size_t size)
{
	struct text text = { .data = data, .size = size };
	const struct writer writer = { .write = write_text, .userdata = &text };

	(void)io;
	return replace(path, &writer, DURABLE);
}

int sw_live_stamp(struct sw_io *io, const char *path, uint64_t *ret)
{
	struct stat st;

	(void)io;
	if (stat(path, &st) < 0)
		return -errno;
	/* One that was moved here may be older than the one before. */
	*ret = (uint64_t)st.st_mtim.tv_sec * 1000000000 + (uint64_t)st.st_mtim.tv_nsec +
	       (uint64_t)st.st_ino;
	return 0;
}

int sw_live_touch(struct sw_io *io, const char *path)
{
	(void)io;
	return utimensat(AT_FDCWD, path, NULL, AT_SYMLINK_NOFOLLOW) < 0 ? -errno : 0;
}

int sw_live_remove(struct sw_io *io, const char *path)
{
	(void)io;
	return unlink(path) < 0 ? -errno : 0;
}

/* What root leaves in somebody's directory is theirs: it has to be read by their group. */
static int hand_over(const char *path)
{
	char *directory = strdup(path), *slash;
	struct stat st;
	int r = 0;

	if (directory == NULL)
		return -ENOMEM;
	slash = strrchr(directory, '/');
	if (slash != NULL)
		*slash = '\0';
	if (stat(slash == NULL ? "." : directory, &st) < 0 ||
	    lchown(path, st.st_uid, st.st_gid) < 0)
		r = -errno;
	free(directory);
	return r;
}

int sw_live_deposit(struct sw_io *io, const char *temporary, const char *path, const void *data,
		    size_t size, mode_t mode)
{
	struct text text = { .data = data, .size = size };
	const struct writer writer = { .write = write_text, .userdata = &text };
	int r;

	(void)io;
	r = write_new(temporary, &writer, DURABLE, mode);
	if (r == 0 && geteuid() == 0)
		r = hand_over(temporary);
	if (r == 0 && rename(temporary, path) < 0)
		r = -errno;
	if (r == 0)
		return sync_directory_of(path);
	unlink(temporary);
	return r;
}

ssize_t sw_live_link_read(struct sw_io *io, const char *path, char *buffer, size_t size)
{
	ssize_t n = readlink(path, buffer, size);

	(void)io;
	if (n < 0)
		return -errno;
	if ((size_t)n == size)
		return -ENAMETOOLONG;
	buffer[n] = '\0';
	return n;
}
