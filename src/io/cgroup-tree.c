/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Services are two or three levels down, so the tree is walked in breadth: on most hosts a
 * few dozen directories are read, once.
 */

#include "io/cgroup-tree.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

/* The largest hosts have some thousands of groups. */
enum { MAX_DIRECTORIES = 8192 };

/* Longer ones cannot be opened (PATH_MAX). */
enum { MAX_PATH = 4096 };

struct walk {
	struct sw_io *io;
	struct sw_units *units;
	const char *root;
	char **paths; /* below root, "/" in front; "" is root itself */
	size_t n_paths;
};

/* Where the hierarchy is mounted; beside those of version 1 it has a folder to itself. */
static const char *find_root(struct sw_io *io)
{
	static const char *const roots[] = { "/sys/fs/cgroup", "/sys/fs/cgroup/unified" };
	char path[64], text[1024];

	for (size_t i = 0; i < SW_ARRAY_SIZE(roots); i++) {
		snprintf(path, sizeof(path), "%s/cgroup.controllers", roots[i]);
		if (io->file_read(io, path, text, sizeof(text)) >= 0)
			return roots[i];
	}
	return NULL;
}

static int append(struct walk *walk, const char *parent, const char *name)
{
	char *path;

	if (asprintf(&path, "%s/%s", parent, name) < 0)
		return -ENOMEM;
	walk->paths[walk->n_paths++] = path;
	return 0;
}

/* Shows what is below `parent` and puts it down to be walked itself. `*ret_more`: are any still
 * sought? */
static int visit(struct walk *walk, const char *parent, bool *ret_more)
{
	char path[MAX_PATH];
	struct sw_subdir *list;
	size_t n;
	int r;

	if (snprintf(path, sizeof(path), "%s%s", walk->root, parent) >= MAX_PATH)
		return 0;
	r = walk->io->dir_subdirs(walk->io, path, &list, &n);
	if (r < 0)
		return r == -ENOMEM ? r : 0;
	for (size_t i = 0; r == 0 && *ret_more && i < n && walk->n_paths < MAX_DIRECTORIES; i++) {
		r = append(walk, parent, list[i].name);
		if (r == 0)
			*ret_more = sw_units_show(walk->units, list[i].inode,
						  walk->paths[walk->n_paths - 1]);
	}
	free(list);
	return r;
}

int sw_cgroup_tree_search(struct sw_io *io, struct sw_units *units)
{
	struct walk walk = { .io = io, .units = units, .root = find_root(io) };
	bool more = true;
	int r;

	if (walk.root == NULL)
		return 0;
	walk.paths = calloc(MAX_DIRECTORIES, sizeof(*walk.paths));
	if (walk.paths == NULL)
		return -ENOMEM;
	r = visit(&walk, "", &more);
	for (size_t i = 0; r == 0 && more && i < walk.n_paths; i++)
		r = visit(&walk, walk.paths[i], &more);
	while (walk.n_paths > 0)
		free(walk.paths[--walk.n_paths]);
	free(walk.paths);
	return r;
}
