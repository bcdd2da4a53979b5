/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Written beside, synced and renamed by the world's persist_durably: there is always one
 * whole state.json.
 */

#include "daemon/memory.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* 1024 alerts and as many events have about 600 bytes each. */
enum { TEXT_SIZE = 2 * 1024 * 1024 };

static char *path_of(const char *directory, const char *name)
{
	char *path;

	return asprintf(&path, "%s/%s", directory, name) < 0 ? NULL : path;
}

static int set_aside(struct sw_io *io, const char *directory, const char *text, size_t size)
{
	char *path = path_of(directory, "state.json.aside");
	int r = path == NULL ? -ENOMEM : io->persist_durably(io, path, text, size);

	free(path);
	return r;
}

static int load(struct sw_io *io, const char *directory, const char *path, char *text,
		struct sw_state *ret)
{
	ssize_t n = io->file_read(io, path, text, TEXT_SIZE);
	int r;

	if (n == -ENOENT)
		return 0;
	if (n < 0)
		return (int)n;
	r = sw_state_parse(ret, text, (size_t)n);
	if (r != -EBADMSG)
		return r;
	r = set_aside(io, directory, text, (size_t)n);
	return r < 0 ? r : -EBADMSG;
}

int sw_memory_load(struct sw_io *io, const char *directory, struct sw_state *ret)
{
	char *path = path_of(directory, "state.json"), *text = malloc(TEXT_SIZE);
	int r = -ENOMEM;

	*ret = (struct sw_state){ 0 };
	if (path != NULL && text != NULL)
		r = load(io, directory, path, text, ret);
	free(text);
	free(path);
	return r;
}

int sw_memory_save(struct sw_io *io, const char *directory, const struct sw_state *state)
{
	char *path = path_of(directory, "state.json"), *text = NULL;
	int r = path == NULL ? -ENOMEM : sw_state_render(state, &text);

	if (r == 0)
		r = io->persist_durably(io, path, text, strlen(text));
	free(text);
	free(path);
	return r;
}
