/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * It is read on every tick that counts and held against what it was: that is a few microseconds,
 * needs no watch to be kept, and cannot miss a change within one tick of the file's clock.
 */

#include "daemon/mute-file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/trouble.h"
#include "render/mutes-json.h"

struct sw_mute_file {
	struct sw_io *io;
	struct sw_voice *voice;
	char *path;
	char *text;     /* as it was read last; "" where there is none */
	char *next;     /* as it is being read */
	uint64_t stamp; /* of when it was looked at last; 0 = it was not there */
	struct sw_mutes mutes;
	struct sw_trouble trouble;
};

int sw_mute_file_new(struct sw_mute_file **ret, struct sw_io *io, struct sw_voice *voice,
		     const char *directory)
{
	struct sw_mute_file *file = calloc(1, sizeof(*file));

	if (file == NULL)
		return -ENOMEM;
	file->io = io;
	file->voice = voice;
	file->text = calloc(1, SW_MUTES_TEXT_SIZE);
	file->next = calloc(1, SW_MUTES_TEXT_SIZE);
	if (asprintf(&file->path, "%s/" SW_MUTES_FILE, directory) < 0)
		file->path = NULL;
	if (file->text == NULL || file->next == NULL || file->path == NULL) {
		sw_mute_file_free(file);
		return -ENOMEM;
	}
	*ret = file;
	return 0;
}

void sw_mute_file_free(struct sw_mute_file *file)
{
	if (file == NULL)
		return;
	free(file->text);
	free(file->next);
	free(file->path);
	free(file);
}

/* Takes the text, of which there are `size` bytes. Returns 0 or a negative errno; why it is
 * -EBADMSG stands in `why` then. */
static int take(struct sw_mute_file *file, size_t size, char why[SW_MUTES_WHY_SIZE])
{
	int r = sw_mutes_parse(&file->mutes, file->text, size, why);

	if (r == 0)
		sw_voice_say(file->voice, 5, "%s has been read: %zu mute%s", file->path,
			     file->mutes.n, file->mutes.n == 1 ? "" : "s");
	return r;
}

/* The file is another one than before. Without it nothing is mute. */
static void change(struct sw_mute_file *file, ssize_t size)
{
	char why[SW_MUTES_WHY_SIZE] = "", what[SW_PROBLEM_TEXT_SIZE] = "";
	int r = (int)(size < 0 ? size : 0);

	if (size >= 0)
		r = take(file, (size_t)size, why);
	if (r == -ENOENT) {
		file->mutes.n = 0;
		r = 0;
	}
	if (r == -ENOMEM)
		file->text[0] = '\0'; /* again when the file is looked at next */
	if (r < 0)
		snprintf(what, sizeof(what), "%s; what was mute before stays so",
			 r == -EBADMSG ? why : strerror(-r));
	sw_trouble_note(&file->trouble, file->voice, file->path, what);
}

static uint64_t stamp_of(const struct sw_mute_file *file)
{
	uint64_t stamp;

	return file->io->stamp(file->io, file->path, &stamp) < 0 ? 0 : stamp;
}

bool sw_mute_file_is_new(const struct sw_mute_file *file)
{
	return stamp_of(file) != file->stamp;
}

void sw_mute_file_look(struct sw_mute_file *file)
{
	char *text = file->text;
	ssize_t size;

	/* Before it is read: what changes meanwhile is new. */
	file->stamp = stamp_of(file);
	size = file->io->file_read(file->io, file->path, file->next, SW_MUTES_TEXT_SIZE);
	if (size < 0)
		file->next[0] = '\0';
	if (size > 0 && strcmp(file->next, text) == 0)
		return;
	file->text = file->next;
	file->next = text;
	change(file, size);
}

const struct sw_mutes *sw_mute_file_mutes(const struct sw_mute_file *file)
{
	return &file->mutes;
}
