/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Every answer is passed on untouched and written down on the way, failures too: they are
 * often why somebody records.
 */

#include "io/record.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

struct record {
	struct sw_io io; /* first, so that the one is the other */
	struct sw_io *inner;
	FILE *out;
};

static struct record *record_of(struct sw_io *io)
{
	return (struct record *)io;
}

/* Write errors stick to the stream and come out in sw_record_finish(). */
static void put(struct record *record, const char *kind, long result, const char *name,
		const void *data, size_t size)
{
	fprintf(record->out, "%s %ld %zu %s\n", kind, result, size, name);
	fwrite(data, 1, size, record->out);
	fputc('\n', record->out);
}

static int record_now(struct sw_io *io, struct sw_now *ret)
{
	struct record *record = record_of(io);
	int r = record->inner->now(record->inner, ret);
	char text[64];
	int length = snprintf(text, sizeof(text), "%" PRIu64 " %" PRIu64, ret->boot, ret->wall);

	put(record, "now", r, "-", text, (size_t)length);
	return r;
}

static int record_jiffies(struct sw_io *io, struct sw_jiffies *ret)
{
	struct record *record = record_of(io);
	int r = record->inner->jiffies(record->inner, ret);
	char text[64] = "0 0";

	if (r == 0)
		snprintf(text, sizeof(text), "%" PRIu64 " %" PRIu64, ret->nsec, ret->passed);
	put(record, "jiffies", r, "-", text, strlen(text));
	return r;
}

static int record_seed(struct sw_io *io, uint64_t *ret)
{
	/* Not worth recording: it only moves rows within a hash table. */
	return record_of(io)->inner->seed(record_of(io)->inner, ret);
}

static int record_netlink_open(struct sw_io *io, struct sw_netns *ret_netns)
{
	struct record *record = record_of(io);
	int r = record->inner->netlink_open(record->inner, ret_netns);
	char text[64] = "0 0";

	if (r == 0)
		snprintf(text, sizeof(text), "%" PRIu64 " %" PRIu64, ret_netns->inode,
			 ret_netns->cookie);
	put(record, "open", r, "-", text, strlen(text));
	return r;
}

static int record_netlink_send(struct sw_io *io, const void *request, size_t size)
{
	struct record *record = record_of(io);
	int r = record->inner->netlink_send(record->inner, request, size);

	put(record, "send", r, "-", request, size);
	return r;
}

static ssize_t record_netlink_receive(struct sw_io *io, void *buffer, size_t size, sw_usec timeout)
{
	struct record *record = record_of(io);
	ssize_t n = record->inner->netlink_receive(record->inner, buffer, size, timeout);

	put(record, "receive", (long)n, "-", buffer, n < 0 ? 0 : (size_t)n);
	return n;
}

static void record_netlink_close(struct sw_io *io)
{
	record_of(io)->inner->netlink_close(record_of(io)->inner);
}

static ssize_t record_file_read(struct sw_io *io, const char *path, char *buffer, size_t size)
{
	struct record *record = record_of(io);
	ssize_t n = record->inner->file_read(record->inner, path, buffer, size);

	put(record, "file", (long)n, path, buffer, n < 0 ? 0 : (size_t)n);
	return n;
}

/* INODE, a space, the name and a NUL for each: a name may have any other byte in it. */
static int record_dir_subdirs(struct sw_io *io, const char *path, struct sw_subdir **ret,
			      size_t *ret_n)
{
	struct record *record = record_of(io);
	int r = record->inner->dir_subdirs(record->inner, path, ret, ret_n);
	size_t size = 0, n = r < 0 ? 0 : *ret_n;
	char inode[24];

	for (size_t i = 0; i < n; i++)
		size += (size_t)snprintf(inode, sizeof(inode), "%" PRIu64 " ", (*ret)[i].inode) +
			strlen((*ret)[i].name) + 1;
	fprintf(record->out, "dirs %d %zu %s\n", r, size, path);
	for (size_t i = 0; i < n; i++)
		fprintf(record->out, "%" PRIu64 " %s%c", (*ret)[i].inode, (*ret)[i].name, '\0');
	fputc('\n', record->out);
	return r;
}

int sw_record_new(struct sw_io **ret, struct sw_io *inner, FILE *out)
{
	struct record *record = calloc(1, sizeof(*record));

	if (record == NULL)
		return -ENOMEM;
	record->inner = inner;
	record->out = out;
	record->io = (struct sw_io){
		.now = record_now,
		.jiffies = record_jiffies,
		.seed = record_seed,
		.netlink_open = record_netlink_open,
		.netlink_send = record_netlink_send,
		.netlink_receive = record_netlink_receive,
		.netlink_close = record_netlink_close,
		.file_read = record_file_read,
		.dir_subdirs = record_dir_subdirs,
	};
	fputs(SW_RECORD_MAGIC, out);
	*ret = &record->io;
	return 0;
}

int sw_record_finish(struct sw_io *io)
{
	struct record *record = record_of(io);

	put(record, "end", 0, "-", "", 0);
	errno = 0;
	if (fflush(record->out) == 0 && !ferror(record->out))
		return 0;
	return errno > 0 ? -errno : -EIO;
}

void sw_record_free(struct sw_io *io)
{
	free(io == NULL ? NULL : record_of(io));
}
