/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Drop-ins: the *.conf of several directories in systemd's order, that is sorted
 * by name wherever they lie. A file hides those of its name in later places; an
 * empty one, or a link to /dev/null, does nothing else.
 */

#include "io/io.h"

struct sw_drop_in {
	char *name; /* owned */
	size_t place;
};

/* All zero is none. */
struct sw_drop_ins {
	struct sw_drop_in *list;
	size_t n;
};

/* Adds those of one directory. 0 where it is not there; -ENOMEM, or why it cannot be listed. */
int sw_drop_ins_add(struct sw_drop_ins *drop_ins, struct sw_io *io, const char *directory,
		    size_t place);

/* Once all are added: puts them in order and drops those that are hidden. */
void sw_drop_ins_arrange(struct sw_drop_ins *drop_ins);

void sw_drop_ins_deinit(struct sw_drop_ins *drop_ins);
