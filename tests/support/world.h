/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * A scripted world: what the clock says, what files hold, what the kernel
 * answers, and a record of what was sent and kept.
 */

#include "io/io.h"
#include "support/answer.h"

#define WORLD_MAX_FILES 512
#define WORLD_MAX_ANSWERS 8
#define WORLD_MAX_SENT 512
#define WORLD_MAX_FULL 2
#define WORLD_MAX_DIRS 64

struct world {
	struct sw_io io; /* first, so that the one is the other */
	struct sw_now now;
	struct sw_jiffies jiffies;
	sw_usec cpu_used;
	sw_usec request_cost; /* in CPU time, of each that goes through all sockets */
	sw_usec now_step;     /* the clock moves on by this at every look */

	struct {
		char path[192];
		char *text; /* NULL with an error */
		int error;
	} files[WORLD_MAX_FILES];
	size_t n_files;

	/*
	 * The k-th request since the socket was opened gets the k-th answer; borrowed.
	 * Requests for locked sockets and for listeners alone do not count: they get `locked` and
	 * `listeners`, or that there is none. Listeners may come in other answers as well.
	 */
	const struct answer *locked, *listeners;
	/* The same of requests without the sockets of some ports, without ESTABLISHED ones, and for
	 * those towards some destinations. Each costs so much. */
	const struct answer *narrow, *others, *towards;
	sw_usec narrow_cost;
	size_t n_narrow;
	struct answer none;
	const struct answer *answers[WORLD_MAX_ANSWERS];
	size_t n_answers;
	int open_error;
	size_t n_opened;           /* sockets so far */
	size_t n_requests;         /* requests so far, over all sockets, but for those */
	size_t n_requests_special; /* those, since the socket was opened */
	size_t n_requests_here;    /* all, since then */
	/* What the latest one gets that is one of those, else NULL. */
	const struct answer *special;
	size_t next_chunk;
	int is_open;

	int send_error; /* for datagrams to sockets */
	struct {
		char address[108];
		char *text;
		size_t size;
	} sent[WORLD_MAX_SENT];
	size_t n_sent;

	int persist_error;
	char *persisted;      /* the last file kept */
	sw_usec persist_cost; /* CPU time of each */
	size_t n_persisted;
	size_t n_touched;
	size_t n_kept; /* durably; such a file can be read again */
	size_t n_removed;
	size_t n_dirs_made;

	struct {
		char path[192];
		uint64_t inode;
	} dirs[WORLD_MAX_DIRS];
	size_t n_dirs;
	size_t n_dirs_looked_at; /* for what is right below */

	/* Nothing can be written below these. */
	struct {
		const char *under;
		int error;
	} full[WORLD_MAX_FULL];

	char log[16 * 1024]; /* all lines, NUL behind them */
};

/* A world with the files of an ordinary host (range 32768-60999, tw_reuse 2) and no answer. */
struct world *world_new(void);
void world_free(struct world *world);

/* Sets the text of a file. */
void world_set_file(struct world *world, const char *path, const char *text);
/* Reading the file fails, or listing the directory. */
void world_fail_file(struct world *world, const char *path, int error);

/* Makes a directory that dir_subdirs() finds. */
void world_add_dir(struct world *world, const char *path, uint64_t inode);

/* Forgets the answers so far and answers with this one. */
void world_set_answer(struct world *world, const struct answer *answer);
void world_add_answer(struct world *world, const struct answer *answer);
