/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The seam: everything sockwatch asks of the world goes through these
 * functions. Production binds system calls (io/live.h), a recording is a world
 * of its own (io/record.h, io/replay.h), tests script one.
 *
 * All return 0 or a negative errno if not said otherwise. Nothing blocks but
 * `netlink_receive`, and that no longer than its timeout.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

#include "sockwatch/addr.h"
#include "sockwatch/reading.h"
#include "sockwatch/time.h"
#include "sockwatch/wheel.h"

/* A directory with more names is not listed: -E2BIG. */
#define SW_DIR_MAX_NAMES 16384

struct sw_subdir {
	uint64_t inode;
	char name[256]; /* NAME_MAX and a NUL */
};

struct sw_io {
	int (*now)(struct sw_io *io, struct sw_now *ret);

	/* The clock that the kernel's timers go by. -EOPNOTSUPP where it cannot be told. */
	int (*jiffies)(struct sw_io *io, struct sw_jiffies *ret);

	/*
	 * CPU time that this process has used since it began, what the kernel did for it
	 * included. A recording has none: it is NULL there.
	 */
	int (*cpu_used)(struct sw_io *io, sw_usec *ret);

	/* A number that peers cannot know, for hash tables. */
	int (*seed)(struct sw_io *io, uint64_t *ret);

	/*
	 * Opens the one netlink socket, to sock_diag, of the namespace this thread
	 * is in; tells which that is as far as it can. Closed by netlink_close,
	 * which may be called without.
	 */
	int (*netlink_open)(struct sw_io *io, struct sw_netns *ret_netns);
	int (*netlink_send)(struct sw_io *io, const void *request, size_t size);
	/*
	 * Receives one chunk that the kernel itself sent. Returns its size;
	 * -ETIMEDOUT after `timeout`, -EMSGSIZE when it did not fit.
	 */
	ssize_t (*netlink_receive)(struct sw_io *io, void *buffer, size_t size, sw_usec timeout);
	void (*netlink_close)(struct sw_io *io);

	/*
	 * Reads a whole small file as text, with a NUL behind it. Returns its length;
	 * -EFBIG when it and the NUL do not fit into `size`, -EINVAL when it is no
	 * regular file. /dev/null counts as one that is empty.
	 */
	ssize_t (*file_read)(struct sw_io *io, const char *path, char *buffer, size_t size);

	/*
	 * The same, of a file that the kernel makes up (/proc, /sys), as of now, and of the network
	 * namespace that this thread was in when it asked first: between two calls it may stay
	 * open. For what is read on every tick. A recording has none: it is NULL there.
	 */
	ssize_t (*file_reread)(struct sw_io *io, const char *path, char *buffer, size_t size);

	/*
	 * The directories right below the one at `path`, with their inode numbers, in
	 * any order. The list is the caller's: free(). -E2BIG beyond SW_DIR_MAX_NAMES.
	 */
	int (*dir_subdirs)(struct sw_io *io, const char *path, struct sw_subdir **ret,
			   size_t *ret_n);

	/*
	 * The source address the kernel would connect to `destination` from. Sends
	 * nothing. A recording does not know the routes: it is NULL there.
	 */
	int (*route)(struct sw_io *io, const struct sw_addr *destination,
		     struct sw_addr *ret_source);

	/*
	 * Calls `visit` with each name in the directory at `path`, in any order, until it
	 * returns false. A recording has none of these two: they are NULL there.
	 */
	int (*dir_walk)(struct sw_io *io, const char *path,
			bool (*visit)(void *userdata, const char *name), void *userdata);

	/* Reads where a symbolic link leads, with a NUL behind it. Returns its length;
	 * -ENAMETOOLONG when it and the NUL do not fit into `size`. */
	ssize_t (*link_read)(struct sw_io *io, const char *path, char *buffer, size_t size);

	/*
	 * A number that is another one once the file or the list of names at `path` has changed, as
	 * far as its clock can tell. -ENOENT where there is none. A recording has none: it is NULL
	 * there.
	 */
	int (*stamp)(struct sw_io *io, const char *path, uint64_t *ret);

	/* From here on the world is changed. A recording has none of these: they are NULL there. */

	/*
	 * Starts the program argv[0], an absolute path, with exactly this
	 * environment and only the standard descriptors. It is known until
	 * signal_child finds that it has ended.
	 */
	int (*spawn)(struct sw_io *io, char *const argv[], char *const environment[], pid_t *ret);

	/*
	 * Sends a signal, 0 for none, to a process that was spawned. -ESRCH when it has
	 * ended: it is forgotten then, and its id may become somebody else's.
	 */
	int (*signal_child)(struct sw_io *io, pid_t pid, int signal);

	/*
	 * Sends one datagram to the unix socket at `address` (a path, or '@' and an
	 * abstract name). -EAGAIN when its owner does not read, -ENOENT or
	 * -ECONNREFUSED when it has none.
	 */
	int (*send)(struct sw_io *io, const char *address, const void *data, size_t size);

	/*
	 * Replaces the file at `path` by one with what `write` writes, mode 0644: a reader sees the
	 * old or the new. There is never more of it in memory than a buffer. `write` returns 0 or
	 * a negative errno, and then nothing is replaced.
	 */
	int (*persist)(struct sw_io *io, const char *path, int (*write)(FILE *out, void *userdata),
		       void *userdata);

	/* Says that the file at `path` is as good as new: its times become those of now. */
	int (*touch)(struct sw_io *io, const char *path);

	/* The same for what is in memory, and on the disk when it returns: also there after a power
	 * cut. */
	int (*persist_durably)(struct sw_io *io, const char *path, const void *data, size_t size);

	/* Removes the file at `path`. */
	int (*remove)(struct sw_io *io, const char *path);

	/*
	 * Writes a file, first at `temporary`, of the same file system, and moves it to
	 * `path` when it is whole. On success it is there after a power cut, too.
	 */
	int (*deposit)(struct sw_io *io, const char *temporary, const char *path, const void *data,
		       size_t size, mode_t mode);

	/* Makes a directory, of this mode whatever the umask; set-group-ID where its parent is. 0
	 * also where there is one. */
	int (*dir_make)(struct sw_io *io, const char *path, mode_t mode);

	/*
	 * The names in the directory at `path`, sorted by their bytes. The list and
	 * each of its names are the caller's: free().
	 */
	int (*dir_list)(struct sw_io *io, const char *path, char ***ret_names, size_t *ret_n);

	/* Writes a line for people to standard error. -EAGAIN when nobody takes it now. */
	int (*log)(struct sw_io *io, const char *line, size_t size);
};
