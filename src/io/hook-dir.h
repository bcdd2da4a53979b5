/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The directory of hooks: which there are, and which may run. Only what nobody
 * but root, or who owns the runner, could have put there or changed is run.
 * So the file, every directory on the way to it and every symbolic link that
 * is followed must be theirs, and no one else may write to them. As long as
 * that holds nobody else can change the path either between this check and
 * exec.
 */

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "io/hook-result.h"

/* Hooks beyond are not run, and this is said. */
#define SW_HOOK_DIR_MAX 64

struct sw_hook_dir {
	char *names[SW_HOOK_DIR_MAX]; /* sorted */
	size_t n;
	bool too_many;
};

/*
 * Reads the names of hooks in a directory: not hidden ones, nor what editors and
 * package managers leave beside a file. Returns 0 or a negative errno; a
 * directory that is not there is an empty one.
 */
int sw_hook_dir_read(struct sw_hook_dir *ret, const char *path);
void sw_hook_dir_deinit(struct sw_hook_dir *dir);

/* Can this name stand in a result, and on a line? */
bool sw_hook_name_is_valid(const char *name);

/*
 * What stands there for any name: the name itself if it is valid; else, behind a dot, which is how
 * no hook's name begins, as much of it as can.
 */
void sw_hook_name_to_word(const char *name, char ret[SW_HOOK_NAME_SIZE]);

enum sw_hook_fault {
	SW_HOOK_FAULT_NONE,
	SW_HOOK_FAULT_NAME,
	SW_HOOK_FAULT_GONE,
	SW_HOOK_FAULT_OWNER,
	SW_HOOK_FAULT_WRITABLE,
	SW_HOOK_FAULT_NOT_A_FILE,
	SW_HOOK_FAULT_NOT_EXECUTABLE,
	SW_HOOK_FAULT_UNREADABLE, /* the way to it, or too many links */
};

/* One word for programs ("writable"), and a few for people ("others may write to"). */
const char *sw_hook_fault_to_word(enum sw_hook_fault fault);
const char *sw_hook_fault_to_text(enum sw_hook_fault fault);

/* Whose hooks may run, and as whom they would. */
struct sw_hook_judge {
	uid_t owner; /* beside root */
	uid_t uid;
	gid_t gid;
};

struct sw_hook_verdict {
	enum sw_hook_fault fault;
	char where[PATH_MAX]; /* what is at fault: the hook, or something on the way to it */
};

/* Judges the hook at an absolute path. */
void sw_hook_judge(const struct sw_hook_judge *judge, const char *path,
		   struct sw_hook_verdict *ret);
