/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "io/drop-ins.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Names with the right ending; others in the folder are somebody's notes. */
static bool is_drop_in(const char *name)
{
	static const char ending[] = ".conf";
	size_t length = strlen(name);

	return name[0] != '.' && length > strlen(ending) &&
	       strcmp(name + length - strlen(ending), ending) == 0;
}

/* Takes the names over that are those of drop-ins. */
static int take(struct sw_drop_ins *drop_ins, size_t place, char **names, size_t n)
{
	struct sw_drop_in *more;

	more = reallocarray(drop_ins->list, drop_ins->n + n + 1, sizeof(*more));
	if (more == NULL)
		return -ENOMEM;
	drop_ins->list = more;
	for (size_t i = 0; i < n; i++)
		if (is_drop_in(names[i])) {
			more[drop_ins->n++] =
				(struct sw_drop_in){ .name = names[i], .place = place };
			names[i] = NULL;
		}
	return 0;
}

int sw_drop_ins_add(struct sw_drop_ins *drop_ins, struct sw_io *io, const char *directory,
		    size_t place)
{
	char **names;
	size_t n;
	int r;

	r = io->dir_list(io, directory, &names, &n);
	if (r == -ENOENT || r == -ENOTDIR)
		return 0;
	if (r < 0)
		return r;
	r = take(drop_ins, place, names, n);
	while (n > 0)
		free(names[--n]);
	free(names);
	return r;
}

/* By name, and of one name that of the first place first. */
static int compare(const void *a, const void *b)
{
	const struct sw_drop_in *left = a, *right = b;
	int order = strcmp(left->name, right->name);

	if (order != 0)
		return order;
	return (left->place > right->place) - (left->place < right->place);
}

void sw_drop_ins_arrange(struct sw_drop_ins *drop_ins)
{
	size_t kept = 0;

	if (drop_ins->n > 0)
		qsort(drop_ins->list, drop_ins->n, sizeof(*drop_ins->list), compare);
	for (size_t i = 0; i < drop_ins->n; i++) {
		if (kept > 0 && strcmp(drop_ins->list[i].name, drop_ins->list[kept - 1].name) == 0)
			free(drop_ins->list[i].name);
		else
			drop_ins->list[kept++] = drop_ins->list[i];
	}
	drop_ins->n = kept;
}

void sw_drop_ins_deinit(struct sw_drop_ins *drop_ins)
{
	for (size_t i = 0; i < drop_ins->n; i++)
		free(drop_ins->list[i].name);
	free(drop_ins->list);
	*drop_ins = (struct sw_drop_ins){ 0 };
}
