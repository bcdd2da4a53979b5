/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Listing first, reading after: which files count is known from their names, and a file that
 * is hidden is never opened.
 */

#include "io/settings-files.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "io/drop-ins.h"

/* Files in an earlier one hide those of the same name in a later one. */
static const char *const places[] = {
	"/etc/sockwatch",
	"/run/sockwatch",
	"/usr/lib/sockwatch",
};

struct load {
	struct sw_io *io;
	struct sw_config *config;
	char *text; /* room for the largest file and a NUL */
	struct sw_drop_ins drop_ins;
};

static bool is_absent(ssize_t n)
{
	return n == -ENOENT || n == -ENOTDIR;
}

/* What an errno means of a file, where the usual words for it do not. */
static const char *explain(int error)
{
	switch (error) {
	case EFBIG:
		return "it is larger than 1 MiB";
	case EINVAL:
		return "it is no regular file";
	default:
		return strerror(error);
	}
}

/* Takes what file_read() had to say of a file into the configuration. */
static int take(struct load *load, const char *path, ssize_t n)
{
	char why[128];

	if (n >= 0)
		return sw_config_read(load->config, path, load->text, (size_t)n);
	snprintf(why, sizeof(why), "it cannot be read: %s", explain((int)-n));
	return sw_config_reject(load->config, path, why);
}

static ssize_t read_text(const struct load *load, const char *path)
{
	return load->io->file_read(load->io, path, load->text, SW_CONFIG_MAX_FILE_SIZE + 1);
}

/* The first main file there is. */
static int load_main(struct load *load)
{
	for (size_t i = 0; i < SW_ARRAY_SIZE(places); i++) {
		char path[64];
		ssize_t n;

		snprintf(path, sizeof(path), "%s/sockwatch.conf", places[i]);
		n = read_text(load, path);
		if (!is_absent(n))
			return n == 0 ? 0 : take(load, path, n);
	}
	return 0;
}

static int list_drop_ins(struct load *load, size_t place)
{
	char path[64], why[128];
	int r;

	snprintf(path, sizeof(path), "%s/sockwatch.conf.d", places[place]);
	r = sw_drop_ins_add(&load->drop_ins, load->io, path, place);
	if (r == 0 || r == -ENOMEM)
		return r;
	snprintf(why, sizeof(why), "it cannot be listed: %s",
		 r == -E2BIG ? "there is too much in it" : strerror(-r));
	return sw_config_reject(load->config, path, why);
}

static int load_drop_in(struct load *load, const struct sw_drop_in *drop_in)
{
	char *path;
	ssize_t n;
	int r = 0;

	if (asprintf(&path, "%s/sockwatch.conf.d/%s", places[drop_in->place], drop_in->name) < 0)
		return -ENOMEM;
	n = read_text(load, path);
	/* One that has just been removed is as good as one that never was. */
	if (n != 0 && n != -ENOENT)
		r = take(load, path, n);
	free(path);
	return r;
}

static int load_drop_ins(struct load *load)
{
	bool is_full = false;
	int r = 0;

	for (size_t i = 0; i < SW_ARRAY_SIZE(places) && r == 0; i++)
		r = list_drop_ins(load, i);
	sw_drop_ins_arrange(&load->drop_ins);
	/* The first one too many is a complaint; there is no need for those behind it. */
	for (size_t i = 0; i < load->drop_ins.n && r == 0 && !is_full; i++) {
		is_full = sw_config_n_files(load->config) == SW_CONFIG_MAX_FILES;
		r = load_drop_in(load, &load->drop_ins.list[i]);
	}
	return r;
}

static int load_all(struct load *load, const char *const paths[], size_t n_paths)
{
	int r;

	load->text = malloc(SW_CONFIG_MAX_FILE_SIZE + 1);
	if (load->text == NULL)
		return -ENOMEM;
	r = sw_config_new(&load->config);
	if (r == 0 && n_paths == 0) {
		r = load_main(load);
		if (r == 0)
			r = load_drop_ins(load);
	}
	for (size_t i = 0; i < n_paths && r == 0; i++)
		r = take(load, paths[i], read_text(load, paths[i]));
	return r == 0 ? sw_config_finish(load->config) : r;
}

int sw_settings_load(struct sw_io *io, const char *const paths[], size_t n_paths,
		     struct sw_config **ret)
{
	struct load load = { .io = io };
	int r;

	r = load_all(&load, paths, n_paths);
	free(load.text);
	sw_drop_ins_deinit(&load.drop_ins);
	if (r < 0)
		sw_config_free(load.config);
	else
		*ret = load.config;
	return r;
}
