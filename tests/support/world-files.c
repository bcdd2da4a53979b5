/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The files of the scripted world: few enough for one list. */

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/world-inside.h"

static ssize_t world_file_read(struct sw_io *io, const char *path, char *buffer, size_t size)
{
	struct world *world = world_of(io);

	for (size_t i = 0; i < world->n_files; i++) {
		size_t length;

		if (strcmp(world->files[i].path, path) != 0)
			continue;
		if (world->files[i].error < 0)
			return world->files[i].error;
		length = strlen(world->files[i].text);
		if (length >= size)
			return -EFBIG;
		memcpy(buffer, world->files[i].text, length + 1);
		return (ssize_t)length;
	}
	return -ENOENT;
}

/* Is `path` right below `parent`? Gives its last name. */
static const char *name_below(const char *parent, const char *path)
{
	size_t length = strlen(parent);

	return strncmp(path, parent, length) == 0 && path[length] == '/' &&
			       strchr(path + length + 1, '/') == NULL
		       ? path + length + 1
		       : NULL;
}

static int world_dir_subdirs(struct sw_io *io, const char *path, struct sw_subdir **ret,
			     size_t *ret_n)
{
	struct world *world = world_of(io);
	struct sw_subdir *list = calloc(WORLD_MAX_DIRS, sizeof(*list));
	size_t n = 0;

	assert(list != NULL);
	world->n_dirs_looked_at++;
	for (size_t i = 0; i < world->n_dirs; i++) {
		const char *name = name_below(path, world->dirs[i].path);

		if (name == NULL)
			continue;
		list[n].inode = world->dirs[i].inode;
		snprintf(list[n++].name, sizeof(list->name), "%s", name);
	}
	*ret = list;
	*ret_n = n;
	return 0;
}

/* Why nothing can be written there, or 0. */
static int full_at(const struct world *world, const char *path)
{
	for (size_t i = 0; i < WORLD_MAX_FULL; i++)
		if (world->full[i].under != NULL &&
		    strncmp(path, world->full[i].under, strlen(world->full[i].under)) == 0)
			return world->full[i].error;
	return 0;
}

static int world_persist(struct sw_io *io, const char *path,
			 int (*write)(FILE *out, void *userdata), void *userdata)
{
	struct world *world = world_of(io);
	char *text;
	size_t size;
	FILE *out;
	int r;

	if (world->persist_error < 0 || full_at(world, path) < 0)
		return world->persist_error < 0 ? world->persist_error : full_at(world, path);
	out = open_memstream(&text, &size);
	r = write(out, userdata);
	fclose(out);
	if (r < 0) {
		free(text);
		return r;
	}
	free(world->persisted);
	world->persisted = text;
	world->n_persisted++;
	world->cpu_used += world->persist_cost;
	return 0;
}

static int world_persist_durably(struct sw_io *io, const char *path, const void *data, size_t size)
{
	struct world *world = world_of(io);
	char *text;

	if (world->persist_error < 0 || full_at(world, path) < 0)
		return world->persist_error < 0 ? world->persist_error : full_at(world, path);
	/* What was kept durably can be read again. */
	text = strndup(data, size);
	world_set_file(world, path, text);
	free(text);
	world->n_kept++;
	return 0;
}

static uint64_t mixed(uint64_t hash, const char *text)
{
	for (; *text != '\0'; text++)
		hash = (hash ^ (uint8_t)*text) * 0x100000001b3; /* FNV-1a */
	return hash;
}

/* Of the text, or of the names below. */
static int world_stamp(struct sw_io *io, const char *path, uint64_t *ret)
{
	struct world *world = world_of(io);
	size_t length = strlen(path);
	uint64_t stamp = 0;

	for (size_t i = 0; i < world->n_files; i++) {
		const char *name = world->files[i].path;

		if (strcmp(name, path) == 0 && world->files[i].error == 0)
			stamp += mixed(1, world->files[i].text);
		else if (strncmp(name, path, length) == 0 && name[length] == '/')
			stamp += mixed(2, name);
	}
	if (stamp == 0)
		return -ENOENT;
	*ret = stamp;
	return 0;
}

static int world_touch(struct sw_io *io, const char *path)
{
	struct world *world = world_of(io);

	(void)path;
	if (world->persisted == NULL)
		return -ENOENT;
	world->n_touched++;
	return 0;
}

static int world_remove(struct sw_io *io, const char *path)
{
	struct world *world = world_of(io);

	world->n_removed++;
	for (size_t i = 0; i < world->n_files; i++)
		if (strcmp(world->files[i].path, path) == 0) {
			free(world->files[i].text);
			world->files[i] = world->files[--world->n_files];
			world->files[world->n_files].text = NULL;
			break;
		}
	return 0;
}

static int world_deposit(struct sw_io *io, const char *temporary, const char *path,
			 const void *data, size_t size, mode_t mode)
{
	struct world *world = world_of(io);
	char *text;

	(void)mode;
	if (full_at(world, path) < 0)
		return full_at(world, path);
	assert(strcmp(temporary, path) != 0);
	text = strndup(data, size);
	world_set_file(world, path, text);
	free(text);
	return 0;
}

static int world_dir_make(struct sw_io *io, const char *path, mode_t mode)
{
	(void)path;
	(void)mode;
	world_of(io)->n_dirs_made++;
	return 0;
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The files that have been set right below `path`; a directory without any is not there. */
/* A link is a file with where it leads as its text. */
static int world_dir_walk(struct sw_io *io, const char *path,
			  bool (*visit)(void *userdata, const char *name), void *userdata)
{
	struct world *world = world_of(io);
	size_t length = strlen(path), n = 0;
	bool more = true;

	for (size_t i = 0; i < world->n_files && more; i++) {
		const char *file = world->files[i].path;

		if (strcmp(file, path) == 0 && world->files[i].error < 0)
			return world->files[i].error;
		if (strncmp(file, path, length) != 0 || file[length] != '/' ||
		    strchr(file + length + 1, '/') != NULL)
			continue;
		n++;
		more = visit(userdata, file + length + 1);
	}
	return n == 0 ? -ENOENT : 0;
}

static int world_dir_list(struct sw_io *io, const char *path, char ***ret_names, size_t *ret_n)
{
	struct world *world = world_of(io);
	char **names;
	size_t n = 0;

	for (size_t i = 0; i < world->n_files; i++)
		if (strcmp(world->files[i].path, path) == 0 && world->files[i].error < 0)
			return world->files[i].error;
	names = calloc(WORLD_MAX_FILES, sizeof(*names));
	assert(names != NULL);
	for (size_t i = 0; i < world->n_files; i++) {
		const char *name = name_below(path, world->files[i].path);

		if (name != NULL)
			names[n++] = strdup(name);
	}
	if (n == 0) {
		free(names);
		return -ENOENT;
	}
	qsort(names, n, sizeof(*names), compare_names);
	*ret_names = names;
	*ret_n = n;
	return 0;
}

void world_bind_files(struct sw_io *io)
{
	io->file_read = world_file_read;
	io->dir_subdirs = world_dir_subdirs;
	io->persist = world_persist;
	io->persist_durably = world_persist_durably;
	io->stamp = world_stamp;
	io->touch = world_touch;
	io->remove = world_remove;
	io->deposit = world_deposit;
	io->dir_make = world_dir_make;
	io->dir_list = world_dir_list;
	io->dir_walk = world_dir_walk;
	io->file_reread = world_file_read;
	io->link_read = world_file_read;
}

void world_set_file(struct world *world, const char *path, const char *text)
{
	size_t i = 0;

	while (i < world->n_files && strcmp(world->files[i].path, path) != 0)
		i++;
	if (i == world->n_files) {
		assert(world->n_files < WORLD_MAX_FILES);
		world->n_files++;
	}
	snprintf(world->files[i].path, sizeof(world->files[i].path), "%s", path);
	free(world->files[i].text);
	world->files[i].text = strdup(text);
	world->files[i].error = 0;
}

void world_fail_file(struct world *world, const char *path, int error)
{
	world_set_file(world, path, "");
	for (size_t i = 0; i < world->n_files; i++)
		if (strcmp(world->files[i].path, path) == 0)
			world->files[i].error = error;
}

void world_add_dir(struct world *world, const char *path, uint64_t inode)
{
	assert(world->n_dirs < WORLD_MAX_DIRS);
	snprintf(world->dirs[world->n_dirs].path, sizeof(world->dirs[0].path), "%s", path);
	world->dirs[world->n_dirs++].inode = inode;
}
