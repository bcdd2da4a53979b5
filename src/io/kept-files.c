/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Read from its start, such a file is made up anew (seq_read_iter(), proc_sys_call_handler()).
 * All of those that are worth keeping are one record (proc_create_net_single(), a sysctl), which
 * comes in one piece if the buffer holds it. So one call reads all of it, and no text can be put
 * together from two moments.
 */

#include "io/kept-files.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

void sw_kept_files_deinit(struct sw_kept_files *kept)
{
	for (size_t i = 0; i < kept->n; i++)
		if (kept->files[i].fd >= 0)
			close(kept->files[i].fd);
	kept->n = 0;
}

/* The one of this path, maybe new and not open; NULL when there is no room for it. */
static struct sw_kept_file *find(struct sw_kept_files *kept, const char *path)
{
	struct sw_kept_file *file;

	for (size_t i = 0; i < kept->n; i++)
		if (strcmp(kept->files[i].path, path) == 0)
			return &kept->files[i];
	if (kept->n == SW_KEPT_FILES_MAX || strlen(path) >= sizeof(file->path))
		return NULL;
	file = &kept->files[kept->n++];
	memcpy(file->path, path, strlen(path) + 1);
	file->fd = -1;
	return file;
}

/* O_NONBLOCK: whatever lies there, it must not stop us. */
static int open_file(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);

	return fd < 0 ? -errno : fd;
}

static ssize_t read_from_start(int fd, char *buffer, size_t size)
{
	ssize_t n;

	do
		n = pread(fd, buffer, size, 0);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	if ((size_t)n == size)
		return -EFBIG;
	buffer[n] = '\0';
	return n;
}

static ssize_t read_once(const char *path, char *buffer, size_t size)
{
	int fd = open_file(path);
	ssize_t n;

	if (fd < 0)
		return fd;
	n = read_from_start(fd, buffer, size);
	close(fd);
	return n;
}

ssize_t sw_kept_files_read(struct sw_kept_files *kept, const char *path, char *buffer, size_t size)
{
	struct sw_kept_file *file = find(kept, path);
	ssize_t n;

	if (file == NULL)
		return read_once(path, buffer, size);
	if (file->fd >= 0) {
		n = read_from_start(file->fd, buffer, size);
		if (n >= 0 || n == -EFBIG)
			return n;
		/* A sysctl whose table went stays away for whoever has it open (grab_header()),
		 * also when there is a new one. */
		close(file->fd);
	}
	file->fd = open_file(path);
	return file->fd < 0 ? file->fd : read_from_start(file->fd, buffer, size);
}
