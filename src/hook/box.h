/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * One outbox (io/outbox.h) as the runner has it. It may not be there yet, or be
 * taken away and made anew. One runner at a time has it: it is locked, and the
 * lock lasts as long as a hook that this runner has started.
 */

#include <limits.h>
#include <stdbool.h>
#include <sys/types.h>

#include "io/io.h"
#include "io/outbox-name.h"

/* Room for PLACE/FOLDER/NAME, where the name of a result is the longest. */
#define SW_BOX_PATH_SIZE (PATH_MAX + 256)

struct sw_box {
	char path[PATH_MAX];
	int fd; /* locked; -1 = it is not ours */
	dev_t device;
	ino_t inode;
	int watch; /* inotify's, on new/; -1 = none */
	uid_t owner;
	int trouble; /* the errno that was said last */
};

void sw_box_init(struct sw_box *box, const char *path);

/*
 * Sees to it that the box is open, locked and watched by `inotify`. Returns 0,
 * -ENOENT where there is none, -EWOULDBLOCK when another runner has it, or why
 * it cannot be used. Says so when that changes.
 */
int sw_box_open(struct sw_box *box, int inotify);
void sw_box_close(struct sw_box *box);

const char *sw_box_path(const struct sw_box *box, const char *folder, const char *name,
			char buffer[SW_BOX_PATH_SIZE]);

/*
 * Reads an event. `*ret` is the caller's. Returns 0, -ENOENT when it is gone,
 * -EBADMSG when it cannot be one of ours (`*ret_why` tells), else what the disk
 * says.
 */
int sw_box_read(const struct sw_box *box, const char *name, char **ret, size_t *ret_size,
		const char **ret_why);

/* Moves what is no event of ours out of the way, and says so. */
void sw_box_set_aside(struct sw_box *box, struct sw_io *io, const char *name, const char *why);
