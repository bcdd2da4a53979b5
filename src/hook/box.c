/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A folder by its path each time: what others may take away and make anew is not held open. */

#include "hook/box.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mask.h"
#include "hook/log.h"
#include "io/outbox.h"

/* Of what was set aside, so many are kept to be looked at. */
enum { MAX_BAD = 64 };

void sw_box_init(struct sw_box *box, const char *path)
{
	*box = (struct sw_box){ .fd = -1, .watch = -1 };
	snprintf(box->path, sizeof(box->path), "%s", path);
}

const char *sw_box_path(const struct sw_box *box, const char *folder, const char *name,
			char buffer[SW_BOX_PATH_SIZE])
{
	snprintf(buffer, SW_BOX_PATH_SIZE, "%s/%s/%s", box->path, folder, name);
	return buffer;
}

void sw_box_close(struct sw_box *box)
{
	if (box->fd >= 0)
		close(box->fd);
	box->fd = -1;
	box->watch = -1;
}

/* Is what we hold still what the path names? */
static bool is_current(const struct sw_box *box)
{
	struct stat st;

	return stat(box->path, &st) == 0 && st.st_dev == box->device && st.st_ino == box->inode;
}

static int open_and_lock(struct sw_box *box)
{
	struct stat st;
	int fd, r;

	fd = open(box->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (fstat(fd, &st) < 0 || flock(fd, LOCK_EX | LOCK_NB) < 0) {
		r = -errno;
		close(fd);
		return r;
	}
	box->fd = fd;
	box->device = st.st_dev;
	box->inode = st.st_ino;
	return 0;
}

/* Watches new/, and notes who may leave events there beside root. */
static int watch(struct sw_box *box, int inotify)
{
	char path[SW_BOX_PATH_SIZE];
	struct stat st;

	sw_box_path(box, "new", "", path);
	if (stat(path, &st) < 0)
		return -errno;
	box->owner = st.st_uid;
	/* Without, events are found a little later: it is looked for them now and then anyway. */
	box->watch = inotify_add_watch(inotify, path, IN_MOVED_TO | IN_ONLYDIR);
	return 0;
}

static int try_open(struct sw_box *box, int inotify)
{
	int r = 0;

	if (box->fd >= 0 && !is_current(box))
		sw_box_close(box);
	if (box->fd < 0)
		r = open_and_lock(box);
	return r < 0 ? r : watch(box, inotify);
}

int sw_box_open(struct sw_box *box, int inotify)
{
	int r = try_open(box, inotify);

	if (r != box->trouble && r < 0 && r != -ENOENT) {
		if (r == -EWOULDBLOCK)
			sw_hook_log(SW_LOG_INFO,
				    "another runner has %s, or hooks it has started: waiting",
				    box->path);
		else
			sw_hook_log(SW_LOG_ERROR, "%s cannot be used: %s", box->path, strerror(-r));
	}
	box->trouble = r;
	return r;
}

/* Why this file cannot be an event of ours; NULL = it can. */
static const char *judge_file(const struct sw_box *box, int fd, size_t *ret_size)
{
	struct stat st;

	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
		return "it is no regular file";
	if (st.st_uid != 0 && st.st_uid != box->owner)
		return "it is somebody else's";
	if (st.st_size > (off_t)SW_OUTBOX_EVENT_SIZE)
		return "it is too large";
	*ret_size = (size_t)st.st_size;
	return NULL;
}

static int read_whole(int fd, char *text, size_t size)
{
	size_t used = 0;

	while (used < size) {
		ssize_t n = read(fd, text + used, size - used);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			return -EIO;
		used += (size_t)n;
	}
	return 0;
}

int sw_box_read(const struct sw_box *box, const char *name, char **ret, size_t *ret_size,
		const char **ret_why)
{
	char path[SW_BOX_PATH_SIZE], *text;
	size_t size = 0;
	int fd, r;

	fd = open(sw_box_path(box, "new", name, path),
		  O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd < 0) {
		*ret_why = "it is no regular file";
		return errno == ELOOP || errno == ENXIO ? -EBADMSG : -errno;
	}
	*ret_why = judge_file(box, fd, &size);
	text = *ret_why == NULL ? malloc(size + 1) : NULL;
	if (*ret_why != NULL)
		r = -EBADMSG;
	else
		r = text == NULL ? -ENOMEM : read_whole(fd, text, size);
	close(fd);
	if (r < 0) {
		free(text);
		return r;
	}
	*ret = text;
	*ret_size = size;
	return 0;
}

void sw_box_set_aside(struct sw_box *box, struct sw_io *io, const char *name, const char *why)
{
	char from[SW_BOX_PATH_SIZE], to[SW_BOX_PATH_SIZE], shown[NAME_MAX + 1], **names = NULL;
	size_t n = 0;
	bool kept;

	sw_box_path(box, "bad", "", to);
	if (io->dir_list(io, to, &names, &n) < 0)
		n = MAX_BAD;
	kept = n < MAX_BAD;
	for (size_t i = 0; names != NULL && i < n; i++)
		free(names[i]);
	free(names);
	sw_box_path(box, "new", name, from);
	kept = kept && rename(from, sw_box_path(box, "bad", name, to)) == 0;
	snprintf(shown, sizeof(shown), "%s", name);
	sw_mask(shown);
	if (kept || unlink(from) == 0)
		sw_hook_log(SW_LOG_ERROR, "%s/new/%s is no event: %s; it was %s", box->path, shown,
			    why, kept ? "moved to bad/" : "removed");
	else
		sw_hook_log(SW_LOG_ERROR, "%s/new/%s is no event: %s; it cannot be removed: %s",
			    box->path, shown, why, strerror(errno));
}
