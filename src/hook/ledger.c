/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The daemon's copy is written first: a run that was told of but not noted is only run again. */

#include "hook/ledger.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "hook/log.h"
#include "io/outbox.h"

/* Results that wait for the daemon; beyond, nobody is reading them. */
enum { MAX_RESULTS = 4096 };

/* Room for the notes on one event: each of 64 hooks, tried five times. */
#define NOTES_SIZE ((size_t)64 * 1024)

static int append(const struct sw_box *box, const char *name, const char *line, size_t size)
{
	char path[SW_BOX_PATH_SIZE];
	int fd, r = 0;

	fd = open(sw_box_path(box, "claimed", name, path),
		  O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0644);
	if (fd < 0)
		return -errno;
	if (size > 0) {
		ssize_t n = write(fd, line, size);

		if (n != (ssize_t)size)
			r = n < 0 ? -errno : -ENOSPC;
		else if (fdatasync(fd) < 0)
			r = -errno;
	}
	close(fd);
	return r;
}

/* In the event's own box, or else in the first that takes it. */
static int append_somewhere(const struct sw_ledger *ledger, const struct sw_box *home,
			    const char *name, const char *line, size_t size)
{
	int first = append(home, name, line, size), r = first;

	for (size_t i = 0; i < ledger->n_boxes && r < 0; i++)
		if (&ledger->boxes[i] != home && ledger->boxes[i].fd >= 0)
			r = append(&ledger->boxes[i], name, line, size);
	return r == 0 ? 0 : first;
}

void sw_ledger_claim(const struct sw_ledger *ledger, const struct sw_box *home, const char *name)
{
	/* The worst that follows is that the daemon believes nobody cares. */
	(void)append_somewhere(ledger, home, name, "", 0);
}

void sw_ledger_forget(const struct sw_ledger *ledger, const char *name)
{
	char path[SW_BOX_PATH_SIZE];

	for (size_t i = 0; i < ledger->n_boxes; i++)
		(void)unlink(sw_box_path(&ledger->boxes[i], "claimed", name, path));
}

static size_t count(struct sw_io *io, const char *path)
{
	char **names;
	size_t n = 0;

	if (io->dir_list(io, path, &names, &n) < 0)
		return 0;
	for (size_t i = 0; i < n; i++)
		free(names[i]);
	free(names);
	return n;
}

/* A file of its own for each: whole or not there, and gone once it is read. */
static int publish(const struct sw_ledger *ledger, const struct sw_box *box, const char *result,
		   const char *line, size_t size)
{
	char temporary[SW_BOX_PATH_SIZE], path[SW_BOX_PATH_SIZE];

	if (count(ledger->io, sw_box_path(box, "results", "", path)) >= MAX_RESULTS)
		return 0;
	return ledger->io->deposit(ledger->io, sw_box_path(box, "claimed", ".result", temporary),
				   sw_box_path(box, "results", result, path), line, size, 0644);
}

int sw_ledger_record(const struct sw_ledger *ledger, const struct sw_box *home, const char *name,
		     const struct sw_hook_result *result)
{
	char line[SW_HOOK_RESULT_SIZE], file[NAME_MAX + 1];
	int size = sw_hook_result_format(result, line), first, r;

	if (size < 0)
		return 0; /* names that cannot be told have been said */
	/* The event first, so that results sort by it. The same attempt again replaces itself. */
	snprintf(file, sizeof(file), "%.*s.%s.%u", (int)(strlen(name) - strlen(".json")), name,
		 result->hook, result->attempt);
	first = r = publish(ledger, home, file, line, (size_t)size);
	for (size_t i = 0; i < ledger->n_boxes && r < 0; i++)
		if (&ledger->boxes[i] != home && ledger->boxes[i].fd >= 0)
			r = publish(ledger, &ledger->boxes[i], file, line, (size_t)size);
	(void)append_somewhere(ledger, home, name, line, (size_t)size);
	return r == 0 ? 0 : first;
}

static size_t read_notes(struct sw_io *io, const char *path, char *text, struct sw_hook_result *ret,
			 size_t max)
{
	const char *at = text;
	size_t n = 0;

	if (io->file_read(io, path, text, NOTES_SIZE) < 0)
		return 0;
	/* A line that was cut is the last one: what it would say has not been noted. */
	while (n < max && sw_hook_result_parse(&at, &ret[n]) == 0)
		n++;
	return n;
}

size_t sw_ledger_read(const struct sw_ledger *ledger, const char *name, struct sw_hook_result *ret,
		      size_t max)
{
	char path[SW_BOX_PATH_SIZE], *text = malloc(NOTES_SIZE);
	size_t n = 0;

	for (size_t i = 0; text != NULL && i < ledger->n_boxes; i++)
		n += read_notes(ledger->io, sw_box_path(&ledger->boxes[i], "claimed", name, path),
				text, ret + n, max - n);
	free(text);
	return n;
}
