/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Nothing of the files is kept in memory but the last number: both places are listed for each
 * event. Events are rare.
 */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "io/outbox-inside.h"

static int name_place(struct sw_outbox *outbox, unsigned int place, const char *directory)
{
	if (asprintf(&outbox->places[place], "%s/outbox", directory) < 0)
		outbox->places[place] = NULL;
	if (asprintf(&outbox->results[place], "%s/outbox/results", directory) < 0)
		outbox->results[place] = NULL;
	return outbox->places[place] == NULL || outbox->results[place] == NULL ? -ENOMEM : 0;
}

int sw_outbox_new(struct sw_outbox **ret, struct sw_io *io, const char *state_dir,
		  const char *runtime_dir)
{
	struct sw_outbox *outbox = calloc(1, sizeof(*outbox));

	if (outbox == NULL)
		return -ENOMEM;
	outbox->io = io;
	if (name_place(outbox, 0, state_dir) < 0 || name_place(outbox, 1, runtime_dir) < 0) {
		sw_outbox_free(outbox);
		return -ENOMEM;
	}
	*ret = outbox;
	return 0;
}

void sw_outbox_free(struct sw_outbox *outbox)
{
	if (outbox == NULL)
		return;
	for (unsigned int i = 0; i < SW_OUTBOX_N_PLACES; i++) {
		free(outbox->places[i]);
		free(outbox->results[i]);
	}
	free(outbox);
}

void sw_outbox_free_names(char **names, size_t n)
{
	while (n > 0)
		free(names[--n]);
	free(names);
}

char **sw_outbox_list(struct sw_outbox *outbox, unsigned int place, const char *folder,
		      size_t *ret_n)
{
	char *path, **names = NULL;

	*ret_n = 0;
	if (asprintf(&path, "%s/%s", outbox->places[place], folder) < 0)
		return NULL;
	if (outbox->io->dir_list(outbox->io, path, &names, ret_n) < 0) {
		names = NULL;
		*ret_n = 0;
	}
	free(path);
	return names;
}

static int compare_waiting(const void *a, const void *b)
{
	const struct sw_outbox_waiting *x = a, *y = b;

	return x->name.number < y->name.number ? -1 : x->name.number > y->name.number;
}

int sw_outbox_list_waiting(struct sw_outbox *outbox, struct sw_outbox_waiting **ret, size_t *ret_n)
{
	struct sw_outbox_waiting *all = NULL;
	size_t n_all = 0;

	for (unsigned int place = 0; place < SW_OUTBOX_N_PLACES; place++) {
		size_t n;
		char **names = sw_outbox_list(outbox, place, "new", &n);
		struct sw_outbox_waiting *more = reallocarray(all, n_all + n + 1, sizeof(*all));

		if (more != NULL)
			all = more;
		for (size_t i = 0; more != NULL && i < n; i++)
			if (sw_outbox_name_parse(names[i], &all[n_all].name) == 0)
				all[n_all++].place = place;
		sw_outbox_free_names(names, n);
		if (more == NULL) {
			free(all);
			return -ENOMEM;
		}
	}
	qsort(all, n_all, sizeof(*all), compare_waiting);
	*ret = all;
	*ret_n = n_all;
	return 0;
}

/* PLACE/FOLDER/NAME; owned by the caller. */
static char *path_of(const struct sw_outbox *outbox, unsigned int place, const char *folder,
		     const char *name)
{
	char *path;

	return asprintf(&path, "%s/%s/%s", outbox->places[place], folder, name) < 0 ? NULL : path;
}

/* The folders of a place. One that is made here is for this user alone; in one that was made
 * before, what is missing goes by its group. */
static int make_place(struct sw_outbox *outbox, unsigned int place)
{
	static const struct {
		const char *name;
		mode_t mode;
	} folders[] = {
		{ "", 0700 },         { "/tmp", 0700 },     { "/new", 0770 },
		{ "/claimed", 0770 }, { "/results", 0770 }, { "/bad", 0770 },
	};
	int r = 0;

	for (size_t i = 0; i < SW_ARRAY_SIZE(folders) && r == 0; i++) {
		char *path;

		if (asprintf(&path, "%s%s", outbox->places[place], folders[i].name) < 0)
			return -ENOMEM;
		r = outbox->io->dir_make(outbox->io, path, folders[i].mode);
		free(path);
	}
	return r;
}

int sw_outbox_make(struct sw_outbox *outbox)
{
	int r = make_place(outbox, 0);

	/* That it is missing will show when it is needed. */
	(void)make_place(outbox, 1);
	outbox->makes = true;
	return r;
}

static int deposit(struct sw_outbox *outbox, unsigned int place, const char *name, const char *text)
{
	char *temporary = path_of(outbox, place, "tmp", name);
	char *path = path_of(outbox, place, "new", name);
	struct sw_io *io = outbox->io;
	int r = -ENOMEM;

	if (temporary != NULL && path != NULL) {
		r = io->deposit(io, temporary, path, text, strlen(text), 0640);
		if (r == -ENOENT && outbox->makes && make_place(outbox, place) == 0)
			r = io->deposit(io, temporary, path, text, strlen(text), 0640);
	}
	free(temporary);
	free(path);
	return r;
}

static void drop(struct sw_outbox *outbox, const struct sw_outbox_waiting *waiting)
{
	char name[SW_OUTBOX_NAME_SIZE], *path;

	if (sw_outbox_name_format(&waiting->name, name) < 0)
		return;
	path = path_of(outbox, waiting->place, "new", name);
	/* The runner may have done it in the meantime; and one too many is no harm. */
	if (path != NULL)
		(void)outbox->io->remove(outbox->io, path);
	free(path);
}

/* What a newer `changed` or `repeat` makes worthless: those of its alert since firing. */
static void drop_replaced(struct sw_outbox *outbox, const struct sw_outbox_waiting *waiting,
			  size_t n, uint64_t alert_id)
{
	while (n-- > 0) {
		if (waiting[n].name.alert_id != alert_id)
			continue;
		if (!sw_outbox_name_is_replaceable(&waiting[n].name))
			return;
		drop(outbox, &waiting[n]);
	}
}

/* Is there room, and what is this event's number? 0 when it waits already. */
static int number_of(const struct sw_outbox *outbox, const struct sw_outbox_waiting *waiting,
		     size_t n, const char *event_id, uint64_t *ret)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(waiting[i].name.event_id, event_id) == 0) {
			*ret = 0;
			return 0;
		}
	if (n >= SW_OUTBOX_MAX_WAITING)
		return -ENOBUFS;
	*ret = outbox->last;
	if (n > 0 && waiting[n - 1].name.number > *ret)
		*ret = waiting[n - 1].name.number;
	return ++*ret > SW_OUTBOX_MAX_NUMBER ? -ENOBUFS : 0;
}

/* Deposits in the first place, or else in the second. */
static int deposit_somewhere(struct sw_outbox *outbox, const char *name, const char *text,
			     int *ret_detour)
{
	int r = deposit(outbox, 0, name, text);

	if (r == 0) {
		*ret_detour = 0;
		return 0;
	}
	if (deposit(outbox, 1, name, text) < 0)
		return r;
	*ret_detour = r;
	return 0;
}

int sw_outbox_put(struct sw_outbox *outbox, const struct sw_outbox_event *event, int *ret_detour)
{
	struct sw_outbox_name name = { .alert_id = event->alert_id };
	char file[SW_OUTBOX_NAME_SIZE];
	struct sw_outbox_waiting *waiting;
	size_t n;
	int detour = 0, r;

	if (strlen(event->state) >= sizeof(name.state) ||
	    strlen(event->event_id) >= sizeof(name.event_id))
		return -EINVAL;
	if (strlen(event->text) > SW_OUTBOX_EVENT_SIZE)
		return -EFBIG;
	memcpy(name.state, event->state, strlen(event->state) + 1);
	memcpy(name.event_id, event->event_id, strlen(event->event_id) + 1);
	r = sw_outbox_list_waiting(outbox, &waiting, &n);
	if (r < 0)
		return r;
	r = number_of(outbox, waiting, n, event->event_id, &name.number);
	if (r == 0 && name.number != 0) {
		r = sw_outbox_name_format(&name, file);
		if (r == 0)
			r = deposit_somewhere(outbox, file, event->text, &detour);
		if (r == 0) {
			outbox->last = name.number;
			if (sw_outbox_name_is_replaceable(&name))
				drop_replaced(outbox, waiting, n, name.alert_id);
		}
	}
	free(waiting);
	if (r == 0)
		*ret_detour = detour;
	return r;
}

/* Reads the one line of a file. -EBADMSG when it is none, and never will be. */
static int read_result(struct sw_outbox *outbox, const char *path, struct sw_hook_result *ret)
{
	char text[SW_HOOK_RESULT_SIZE];
	const char *at = text;
	ssize_t n = outbox->io->file_read(outbox->io, path, text, sizeof(text));

	if (n == -EFBIG)
		return -EBADMSG;
	if (n < 0)
		return (int)n;
	return sw_hook_result_parse(&at, ret) == 0 && at == text + n ? 0 : -EBADMSG;
}

uint64_t sw_outbox_results_stamp(const struct sw_outbox *outbox)
{
	struct sw_io *io = outbox->io;
	uint64_t sum = 0, stamp;

	for (unsigned int place = 0; place < SW_OUTBOX_N_PLACES; place++)
		if (io->stamp(io, outbox->results[place], &stamp) == 0)
			sum += stamp;
	return sum;
}

size_t sw_outbox_take_results(struct sw_outbox *outbox, struct sw_hook_result *ret, size_t max,
			      size_t *ret_n_bad)
{
	size_t n_taken = 0, n_bad = 0;

	for (unsigned int place = 0; place < SW_OUTBOX_N_PLACES; place++) {
		size_t n;
		char **names = sw_outbox_list(outbox, place, "results", &n);

		for (size_t i = 0; i < n && n_taken + n_bad < max; i++) {
			char *path = path_of(outbox, place, "results", names[i]);
			int r = path == NULL ? -ENOMEM : read_result(outbox, path, &ret[n_taken]);

			/* One that cannot be removed would be counted for ever. */
			if ((r == 0 || r == -EBADMSG) &&
			    outbox->io->remove(outbox->io, path) == 0) {
				n_taken += r == 0;
				n_bad += r != 0;
			}
			free(path);
		}
		sw_outbox_free_names(names, n);
	}
	*ret_n_bad = n_bad;
	return n_taken;
}
