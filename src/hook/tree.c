/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * By the lists of children in /proc. A process that is found may end before its signal comes; its
 * number is not given anew so soon.
 */

#include "hook/tree.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum {
	MAX_DEPTH = 64,
	MAX_PROCESSES = 4096, /* signalled in one call */
	CHILDREN_SIZE = 4096, /* of the list of one thread's children, in one call */
};

struct sweep {
	int signal;
	unsigned int depth;
	unsigned int n;
};

static void kill_below(struct sweep *sweep, pid_t pid);

static void kill_with_all_below(struct sweep *sweep, pid_t pid)
{
	if (sweep->n++ >= MAX_PROCESSES || sweep->depth >= MAX_DEPTH)
		return;
	sweep->depth++;
	/* Children first, while their parent still tells which they are. */
	kill_below(sweep, pid);
	sweep->depth--;
	(void)kill(pid, sweep->signal);
}

/* The children of one thread, proc_pid_task(5): numbers with a space behind each. */
static void kill_children(struct sweep *sweep, pid_t pid, const char *thread)
{
	char path[64], text[CHILDREN_SIZE], *at = text;
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/task/%.16s/children", (int)pid, thread);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return;
	n = read(fd, text, sizeof(text) - 1);
	close(fd);
	if (n <= 0)
		return;
	text[n] = '\0';
	while (true) {
		char *end;
		long child = strtol(at, &end, 10);

		/* A number that the buffer's end may have cut has no space behind it. */
		if (end == at || *end != ' ' || child <= 1)
			return;
		kill_with_all_below(sweep, (pid_t)child);
		at = end;
	}
}

static void kill_below(struct sweep *sweep, pid_t pid)
{
	const struct dirent *thread;
	char path[32];
	DIR *threads;

	snprintf(path, sizeof(path), "/proc/%d/task", (int)pid);
	threads = opendir(path);
	if (threads == NULL)
		return;
	while ((thread = readdir(threads)) != NULL)
		if (thread->d_name[0] != '.')
			kill_children(sweep, pid, thread->d_name);
	closedir(threads);
}

void sw_tree_kill(pid_t pid, int signal)
{
	struct sweep sweep = { .signal = signal };

	kill_below(&sweep, pid);
}
