/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * A socket is an inode, and a process that holds it has a descriptor whose link reads
 * "socket:[INODE]". Only the inodes of the tuples that are asked for are kept, and only as long
 * as this takes.
 */

#include "io/processes.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/parse.h"
#include "base/table.h"
#include "io/collect.h"
#include "io/dump.h"

struct held {
	uint64_t inode; /* the key */
	uint64_t tuple;
};

struct search {
	struct sw_io *io;
	const struct sw_tuple *tuples;
	size_t n;
	struct sw_holders *holders;
	struct sw_processes_result *result;
	struct sw_table sockets;
	int error;
	/* The process that is looked into. */
	uint32_t pid;
	uint32_t *n_by_tuple; /* of `n` */
};

static size_t find_tuple(const struct search *search, const struct sw_sock *sock)
{
	size_t i = 0;

	while (i < search->n && memcmp(&search->tuples[i], &sock->tuple, sizeof(sock->tuple)) != 0)
		i++;
	return i;
}

static void take_socket(void *userdata, const struct sw_sock *sock)
{
	struct search *search = userdata;
	uint64_t inode = sock->inode;
	struct held *held;
	void *row;
	size_t i;
	int r;

	if (inode == 0)
		return;
	i = find_tuple(search, sock);
	if (i == search->n)
		return;
	search->holders[i].n_sockets++;
	r = sw_table_obtain(&search->sockets, &inode, &row);
	if (r == -ENOSPC)
		search->result->n_overflow++;
	else if (r < 0)
		search->error = r;
	else {
		held = row;
		held->tuple = i;
	}
}

/* Locked sockets come among the others as well. */
static void pass_over(void *userdata, const struct sw_sock *sock)
{
	(void)userdata;
	(void)sock;
}

static int read_sockets(struct search *search, const struct sw_plan *plan,
			struct sw_dump_result *ret)
{
	struct sw_netns netns;
	struct sw_dump dump = {
		.io = search->io,
		.buffer = malloc(SW_DUMP_BUFFER_SIZE),
		.timeout = SW_COLLECT_TIMEOUT,
		.sink = take_socket,
		.locked_sink = pass_over,
		.userdata = search,
	};
	int r = dump.buffer == NULL ? -ENOMEM : search->io->netlink_open(search->io, &netns);

	*ret = (struct sw_dump_result){ 0 };
	if (r == 0) {
		sw_dump_run(&dump, plan, ret);
		search->io->netlink_close(search->io);
		r = search->error;
	} else if (r != -ENOMEM) {
		snprintf(ret->why, sizeof(ret->why), "no netlink socket: %s", strerror(-r));
		r = 0;
	}
	free(dump.buffer);
	return r;
}

static bool visit_descriptor(void *userdata, const char *name)
{
	struct search *search = userdata;
	static const char prefix[] = "socket:[";
	char path[64], link[64];
	const char *at = link + sizeof(prefix) - 1;
	const struct held *held;
	uint64_t inode;

	snprintf(path, sizeof(path), "/proc/%u/fd/%.16s", search->pid, name);
	if (search->io->link_read(search->io, path, link, sizeof(link)) < 0 ||
	    strncmp(link, prefix, sizeof(prefix) - 1) != 0 ||
	    sw_parse_digits(&at, UINT64_MAX, &inode) < 0)
		return true;
	held = sw_table_find(&search->sockets, &inode);
	if (held != NULL)
		search->n_by_tuple[held->tuple]++;
	return true;
}

static void read_comm(const struct search *search, char comm[16])
{
	char path[32], text[32]; /* a newline and the NUL come on top */

	snprintf(path, sizeof(path), "/proc/%u/comm", search->pid);
	if (search->io->file_read(search->io, path, text, sizeof(text)) < 0)
		text[0] = '\0';
	text[strcspn(text, "\n")] = '\0';
	snprintf(comm, 16, "%.15s", text);
}

/* Keeps the list in order; who does not fit is counted. */
static void add_holder(struct sw_holders *holders, const struct sw_process *process)
{
	uint32_t at = holders->n;

	while (at > 0 && holders->list[at - 1].n_sockets < process->n_sockets)
		at--;
	if (holders->n == SW_HOLDERS_MAX)
		holders->n_more++;
	else
		holders->n++;
	if (at == SW_HOLDERS_MAX)
		return;
	memmove(&holders->list[at + 1], &holders->list[at],
		(holders->n - at - 1) * sizeof(holders->list[0]));
	holders->list[at] = *process;
}

static bool visit_process(void *userdata, const char *name)
{
	struct search *search = userdata;
	struct sw_process process = { 0 };
	char path[32];
	uint64_t pid;
	int r;

	if (sw_parse_number(name, INT32_MAX, &pid) < 0)
		return true;
	process.pid = search->pid = (uint32_t)pid;
	memset(search->n_by_tuple, 0, search->n * sizeof(*search->n_by_tuple));
	snprintf(path, sizeof(path), "/proc/%u/fd", search->pid);
	r = search->io->dir_walk(search->io, path, visit_descriptor, search);
	if (r == -EACCES || r == -EPERM)
		search->result->n_denied++;
	for (size_t i = 0; i < search->n; i++) {
		if (search->n_by_tuple[i] == 0)
			continue;
		process.n_sockets = search->n_by_tuple[i];
		read_comm(search, process.comm);
		add_holder(&search->holders[i], &process);
	}
	return true;
}

static int find(struct search *search)
{
	struct sw_dump_result dump;
	int r = read_sockets(search, &sw_plan_one_walk, &dump);

	if (r == 0 && dump.refused)
		r = read_sockets(search, &sw_plan_by_family, &dump);
	if (r == 0 && !dump.complete)
		snprintf(search->result->why, sizeof(search->result->why), "%s", dump.why);
	if (r < 0 || !dump.complete)
		return r;
	r = search->io->dir_walk(search->io, "/proc", visit_process, search);
	if (r < 0)
		snprintf(search->result->why, sizeof(search->result->why), "/proc: %s",
			 strerror(-r));
	return 0;
}

int sw_processes_find(struct sw_io *io, const struct sw_tuple *tuples, size_t n,
		      struct sw_holders *ret, struct sw_processes_result *ret_result)
{
	struct search search = {
		.io = io,
		.tuples = tuples,
		.n = n,
		.holders = ret,
		.result = ret_result,
		.n_by_tuple = calloc(n + 1, sizeof(*search.n_by_tuple)),
	};
	uint64_t seed = 0;
	int r = search.n_by_tuple == NULL ? -ENOMEM : io->seed(io, &seed);

	memset(ret, 0, n * sizeof(*ret));
	*ret_result = (struct sw_processes_result){ 0 };
	sw_table_init(&search.sockets, sizeof(struct held), sizeof(uint64_t),
		      SW_PROCESSES_MAX_SOCKETS, seed);
	if (r == 0)
		r = find(&search);
	sw_table_deinit(&search.sockets);
	free(search.n_by_tuple);
	return r;
}
