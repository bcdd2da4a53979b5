/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The way to a hook is walked one component at a time, as the kernel would, and each is judged. */

#include "io/hook-dir.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"

/* As the kernel follows them, path_resolution(7). */
enum { MAX_LINKS = 40 };

static bool ends_with(const char *name, const char *end)
{
	size_t length = strlen(name), n = strlen(end);

	return length >= n && strcmp(name + length - n, end) == 0;
}

/* Hidden files, and the copies that editors, dpkg and rpm leave. */
static int is_candidate(const struct dirent *entry)
{
	static const char *const ends[] = { "~",         ".dpkg-old", ".dpkg-dist", ".dpkg-new",
					    ".dpkg-tmp", ".rpmsave",  ".rpmnew",    ".rpmorig" };

	if (entry->d_name[0] == '.')
		return 0;
	for (size_t i = 0; i < SW_ARRAY_SIZE(ends); i++)
		if (ends_with(entry->d_name, ends[i]))
			return 0;
	return 1;
}

/* By bytes; alphasort() would ask the locale. */
static int compare_entries(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

int sw_hook_dir_read(struct sw_hook_dir *ret, const char *path)
{
	struct dirent **entries;
	int n = scandir(path, &entries, is_candidate, compare_entries), r = 0;

	*ret = (struct sw_hook_dir){ 0 };
	if (n < 0)
		return errno == ENOENT ? 0 : -errno;
	for (int i = 0; i < n; i++) {
		if (ret->n < SW_HOOK_DIR_MAX && r == 0) {
			ret->names[ret->n] = strdup(entries[i]->d_name);
			if (ret->names[ret->n] == NULL)
				r = -ENOMEM;
			else
				ret->n++;
		}
		free(entries[i]);
	}
	free(entries);
	ret->too_many = n > SW_HOOK_DIR_MAX;
	if (r < 0)
		sw_hook_dir_deinit(ret);
	return r;
}

void sw_hook_dir_deinit(struct sw_hook_dir *dir)
{
	while (dir->n > 0)
		free(dir->names[--dir->n]);
}

static const char name_characters[] =
	"-._0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

bool sw_hook_name_is_valid(const char *name)
{
	return name[0] != '\0' && strlen(name) < SW_HOOK_NAME_SIZE &&
	       name[strspn(name, name_characters)] == '\0';
}

void sw_hook_name_to_word(const char *name, char ret[SW_HOOK_NAME_SIZE])
{
	snprintf(ret, SW_HOOK_NAME_SIZE, "%s%s", sw_hook_name_is_valid(name) ? "" : ".", name);
	for (char *at = ret; *at != '\0'; at++)
		if (strchr(name_characters, *at) == NULL)
			*at = '_';
}

const char *sw_hook_fault_to_word(enum sw_hook_fault fault)
{
	switch (fault) {
	case SW_HOOK_FAULT_NONE:
		return "-";
	case SW_HOOK_FAULT_NAME:
		return "name";
	case SW_HOOK_FAULT_GONE:
		return "gone";
	case SW_HOOK_FAULT_OWNER:
		return "owner";
	case SW_HOOK_FAULT_WRITABLE:
		return "writable";
	case SW_HOOK_FAULT_NOT_A_FILE:
		return "not-a-file";
	case SW_HOOK_FAULT_NOT_EXECUTABLE:
		return "not-executable";
	case SW_HOOK_FAULT_UNREADABLE:
		return "unreadable";
	}
	abort();
}

const char *sw_hook_fault_to_text(enum sw_hook_fault fault)
{
	switch (fault) {
	case SW_HOOK_FAULT_NONE:
		return "nothing is wrong with";
	case SW_HOOK_FAULT_NAME:
		return "letters, digits, '.', '_' and '-' only, at most 64, make a name, unlike";
	case SW_HOOK_FAULT_GONE:
		return "there is no";
	case SW_HOOK_FAULT_OWNER:
		return "neither root nor the runner owns";
	case SW_HOOK_FAULT_WRITABLE:
		return "its group or others may write to";
	case SW_HOOK_FAULT_NOT_A_FILE:
		return "this is no regular file:";
	case SW_HOOK_FAULT_NOT_EXECUTABLE:
		return "hooks may not execute";
	case SW_HOOK_FAULT_UNREADABLE:
		return "this cannot be followed:";
	}
	abort();
}

/* A path that is being resolved: what has been judged, and what is still to come. */
struct walk {
	const struct sw_hook_judge *judge;
	char done[PATH_MAX]; /* no link in it, no slash at its end; "" = the root directory */
	char rest[PATH_MAX];
	unsigned int n_links;
	struct stat st; /* of what `done` names */
};

static enum sw_hook_fault fault_of_errno(void)
{
	return errno == ENOENT ? SW_HOOK_FAULT_GONE : SW_HOOK_FAULT_UNREADABLE;
}

static enum sw_hook_fault judge_owner(const struct walk *walk)
{
	return walk->st.st_uid == 0 || walk->st.st_uid == walk->judge->owner ? SW_HOOK_FAULT_NONE
									     : SW_HOOK_FAULT_OWNER;
}

/* Puts the link at walk->done in the place of what leads to it. */
static enum sw_hook_fault follow(struct walk *walk)
{
	char target[PATH_MAX];
	ssize_t length = readlink(walk->done, target, sizeof(target));
	size_t n_rest = strlen(walk->rest);

	if (length < 0)
		return fault_of_errno();
	if (++walk->n_links > MAX_LINKS || (size_t)length + 1 + n_rest >= sizeof(walk->rest))
		return SW_HOOK_FAULT_UNREADABLE;
	memmove(walk->rest + length + 1, walk->rest, n_rest + 1);
	walk->rest[length] = '/';
	memcpy(walk->rest, target, (size_t)length);
	if (target[0] == '/')
		walk->done[0] = '\0';
	else
		*strrchr(walk->done, '/') = '\0';
	return SW_HOOK_FAULT_NONE;
}

/* Moves the next component from `rest` to `done`. False when there is none, or it does not fit. */
static bool advance(struct walk *walk)
{
	char *component = walk->rest + strspn(walk->rest, "/");
	size_t length = strcspn(component, "/"), used = strlen(walk->done);

	if (length == 0 || used + 1 + length >= sizeof(walk->done))
		return false;
	if (length == 2 && memcmp(component, "..", 2) == 0) {
		/* Nothing in `done` is a link, so this is where the kernel would go, too. */
		if (used > 0)
			*strrchr(walk->done, '/') = '\0';
	} else if (length != 1 || component[0] != '.') {
		walk->done[used] = '/';
		memcpy(walk->done + used + 1, component, length);
		walk->done[used + 1 + length] = '\0';
	}
	memmove(walk->rest, component + length, strlen(component + length) + 1);
	return true;
}

/* Judges what `done` names, following it where it is a link. */
static enum sw_hook_fault judge_step(struct walk *walk)
{
	enum sw_hook_fault fault;

	if (lstat(walk->done[0] == '\0' ? "/" : walk->done, &walk->st) < 0)
		return fault_of_errno();
	fault = judge_owner(walk);
	if (fault != SW_HOOK_FAULT_NONE)
		return fault;
	if (S_ISLNK(walk->st.st_mode))
		return follow(walk);
	return (walk->st.st_mode & (S_IWGRP | S_IWOTH)) == 0 ? SW_HOOK_FAULT_NONE
							     : SW_HOOK_FAULT_WRITABLE;
}

/* May the one who runs it execute it? As far as user and main group tell. */
static bool is_executable(const struct walk *walk)
{
	mode_t mode = walk->st.st_mode;

	if (walk->judge->uid == 0)
		return (mode & (S_IXUSR | S_IXGRP | S_IXOTH)) != 0;
	if (walk->judge->uid == walk->st.st_uid)
		return (mode & S_IXUSR) != 0;
	return (mode & (walk->judge->gid == walk->st.st_gid ? S_IXGRP : S_IXOTH)) != 0;
}

static enum sw_hook_fault judge_path(struct walk *walk)
{
	enum sw_hook_fault fault = judge_step(walk); /* of the root directory */

	while (fault == SW_HOOK_FAULT_NONE && advance(walk))
		fault = judge_step(walk);
	if (fault != SW_HOOK_FAULT_NONE)
		return fault;
	if (walk->rest[strspn(walk->rest, "/")] != '\0')
		return SW_HOOK_FAULT_UNREADABLE;
	if (!S_ISREG(walk->st.st_mode))
		return SW_HOOK_FAULT_NOT_A_FILE;
	return is_executable(walk) ? SW_HOOK_FAULT_NONE : SW_HOOK_FAULT_NOT_EXECUTABLE;
}

void sw_hook_judge(const struct sw_hook_judge *judge, const char *path, struct sw_hook_verdict *ret)
{
	struct walk walk = { .judge = judge };
	const char *slash = strrchr(path, '/');

	if (slash == NULL || !sw_hook_name_is_valid(slash + 1)) {
		ret->fault = SW_HOOK_FAULT_NAME;
		snprintf(ret->where, sizeof(ret->where), "%s", path);
		return;
	}
	snprintf(walk.rest, sizeof(walk.rest), "%s", path);
	ret->fault = judge_path(&walk);
	snprintf(ret->where, sizeof(ret->where), "%s", walk.done[0] == '\0' ? "/" : walk.done);
}
