/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * The file is replaced, so the lock is one of its own. Nobody but its owner can open that: what
 * others may open, they may lock for ever.
 */

#include "cli/mute-edit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "render/json.h"
#include "render/mutes-json.h"

#define LOCK_FILE ".mutes.lock"

static int complain(const char *path, const char *what, int r)
{
	const char *hint = r == -EACCES || r == -EPERM ? "; try as root" : "";

	fprintf(stderr, "sockwatch: %s cannot be %s: %s%s\n", path, what, strerror(-r), hint);
	return r;
}

static char *path_of(const char *directory, const char *name)
{
	char *path;

	return asprintf(&path, "%s/%s", directory, name) < 0 ? NULL : path;
}

static int read_file(struct sw_io *io, const char *path, char *text, struct sw_mutes *ret)
{
	ssize_t n = io->file_read(io, path, text, SW_MUTES_TEXT_SIZE);
	char why[SW_MUTES_WHY_SIZE];
	int r = (int)n;

	ret->n = 0;
	if (n == -ENOENT)
		return 0;
	if (n >= 0)
		r = sw_mutes_parse(ret, text, (size_t)n, why);
	if (r == -EBADMSG)
		fprintf(stderr, "sockwatch: %s makes no sense: %s; correct or remove it\n", path,
			why);
	else if (r < 0)
		complain(path, "read", r);
	return r;
}

int sw_mute_edit_load(struct sw_io *io, const char *directory, struct sw_mutes *ret)
{
	char *path = path_of(directory, SW_MUTES_FILE), *text = malloc(SW_MUTES_TEXT_SIZE);
	int r = -ENOMEM;

	if (path != NULL && text != NULL)
		r = read_file(io, path, text, ret);
	else
		complain(SW_MUTES_FILE, "read", r);
	free(text);
	free(path);
	return r;
}

static int store(struct sw_io *io, const char *directory, const struct sw_mutes *mutes)
{
	char *path = path_of(directory, SW_MUTES_FILE), *text = NULL, *line;
	json_t *json = sw_render_mutes_json(mutes);
	int r = -ENOMEM;

	if (json != NULL)
		text = json_dumps(json, SW_JSON_FLAGS_PRETTY);
	json_decref(json);
	/* People open it in editors: it ends as a file of lines does. */
	if (text == NULL || asprintf(&line, "%s\n", text) < 0)
		line = NULL;
	if (path != NULL && line != NULL)
		r = io->persist_durably(io, path, line, strlen(line));
	if (r < 0)
		complain(path == NULL ? SW_MUTES_FILE : path, "written", r);
	free(line);
	free(text);
	free(path);
	return r;
}

/* Returns a descriptor, or a negative errno. Closing it unlocks. */
static int lock(const char *directory)
{
	char *path = path_of(directory, LOCK_FILE);
	int fd, r = 0;

	if (path == NULL)
		return complain(LOCK_FILE, "locked", -ENOMEM);
	/* The directory may be that of another user: no link of theirs is followed. */
	fd = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600);
	if (fd < 0 || flock(fd, LOCK_EX) < 0)
		r = complain(path, "locked", -errno);
	free(path);
	if (r < 0 && fd >= 0)
		close(fd);
	return r < 0 ? r : fd;
}

static int edit(struct sw_io *io, const char *directory, sw_usec wall, sw_mute_change change,
		const struct sw_mute *mute)
{
	struct sw_mutes *mutes = malloc(sizeof(*mutes));
	int r;

	if (mutes == NULL)
		return complain(SW_MUTES_FILE, "changed", -ENOMEM);
	r = sw_mute_edit_load(io, directory, mutes);
	if (r == 0) {
		sw_mutes_drop_over(mutes, wall);
		r = change(mutes, mute);
	}
	if (r == 0)
		r = store(io, directory, mutes);
	free(mutes);
	return r;
}

int sw_mute_edit(struct sw_io *io, const char *directory, sw_usec wall, sw_mute_change change,
		 const struct sw_mute *mute)
{
	int fd = lock(directory), r;

	if (fd < 0)
		return fd;
	r = edit(io, directory, wall, change, mute);
	close(fd);
	return r;
}
