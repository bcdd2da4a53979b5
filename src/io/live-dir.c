/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A directory may be anybody's, so what is taken from one is bounded. */

#include "io/live-dir.h"

#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

int sw_live_dir_make(struct sw_io *io, const char *path, mode_t mode)
{
	/* No chmod(): it would take the set-group-ID away that the kernel hands down from the
	 * parent. */
	mode_t before = umask(0);
	int r = mkdir(path, mode) < 0 && errno != EEXIST ? -errno : 0;

	(void)io;
	umask(before);
	return r;
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static int append_name(char ***names, size_t *n, const char *name)
{
	/* Grown by doubling, whenever the number is a power of two. */
	if ((*n & (*n - 1)) == 0) {
		char **more = reallocarray(*names, *n == 0 ? 1 : *n * 2, sizeof(**names));

		if (more == NULL)
			return -ENOMEM;
		*names = more;
	}
	(*names)[*n] = strdup(name);
	return (*names)[*n] == NULL ? -ENOMEM : ((*n)++, 0);
}

int sw_live_dir_walk(struct sw_io *io, const char *path,
		     bool (*visit)(void *userdata, const char *name), void *userdata)
{
	DIR *directory = opendir(path);
	const struct dirent *entry;
	bool more = true;
	int r;

	(void)io;
	if (directory == NULL)
		return -errno;
	while (errno = 0, more && (entry = readdir(directory)) != NULL)
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			more = visit(userdata, entry->d_name);
	r = more ? -errno : 0;
	closedir(directory);
	return r;
}

/* Names under collection. */
struct listing {
	char **names;
	size_t n;
	int error;
};

static bool list_name(void *userdata, const char *name)
{
	struct listing *listing = userdata;

	listing->error = listing->n < SW_DIR_MAX_NAMES
				 ? append_name(&listing->names, &listing->n, name)
				 : -E2BIG;
	return listing->error == 0;
}

int sw_live_dir_list(struct sw_io *io, const char *path, char ***ret_names, size_t *ret_n)
{
	struct listing listing = { 0 };
	int r = sw_live_dir_walk(io, path, list_name, &listing);

	if (r == 0)
		r = listing.error;
	if (r < 0) {
		while (listing.n > 0)
			free(listing.names[--listing.n]);
		free(listing.names);
		return r;
	}
	if (listing.n > 0)
		qsort(listing.names, listing.n, sizeof(*listing.names), compare_names);
	*ret_names = listing.names;
	*ret_n = listing.n;
	return 0;
}

static int append_subdir(struct sw_subdir **list, size_t *n, const struct dirent *entry)
{
	struct sw_subdir *subdir;

	/* Grown by doubling, whenever the number is a power of two. */
	if ((*n & (*n - 1)) == 0) {
		struct sw_subdir *more = reallocarray(*list, *n == 0 ? 1 : *n * 2, sizeof(**list));

		if (more == NULL)
			return -ENOMEM;
		*list = more;
	}
	subdir = &(*list)[(*n)++];
	subdir->inode = entry->d_ino;
	snprintf(subdir->name, sizeof(subdir->name), "%s", entry->d_name);
	return 0;
}

/* The file systems asked tell the type with the name: nothing is looked at twice. */
static bool is_subdir(const struct dirent *entry)
{
	return entry->d_type == DT_DIR && strcmp(entry->d_name, ".") != 0 &&
	       strcmp(entry->d_name, "..") != 0;
}

int sw_live_dir_subdirs(struct sw_io *io, const char *path, struct sw_subdir **ret, size_t *ret_n)
{
	DIR *directory = opendir(path);
	const struct dirent *entry;
	struct sw_subdir *list = NULL;
	size_t n = 0;
	int r = 0;

	(void)io;
	if (directory == NULL)
		return -errno;
	while (errno = 0, r == 0 && (entry = readdir(directory)) != NULL)
		if (is_subdir(entry))
			r = n < SW_DIR_MAX_NAMES ? append_subdir(&list, &n, entry) : -E2BIG;
	if (r == 0)
		r = -errno;
	closedir(directory);
	if (r < 0) {
		free(list);
		return r;
	}
	*ret = list;
	*ret_n = n;
	return 0;
}
