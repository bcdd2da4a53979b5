/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * A recording comes from somebody else's machine. It is read strictly and completely
 * before any of it is believed.
 */

#include "io/replay.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/parse.h"
#include "io/record.h"

enum kind {
	KIND_NOW,
	KIND_JIFFIES,
	KIND_OPEN,
	KIND_SEND,
	KIND_RECEIVE,
	KIND_FILE,
	KIND_DIRS,
	KIND_END,
};

static const char *const kinds[] = {
	[KIND_NOW] = "now",   [KIND_JIFFIES] = "jiffies", [KIND_OPEN] = "open",
	[KIND_SEND] = "send", [KIND_RECEIVE] = "receive", [KIND_FILE] = "file",
	[KIND_DIRS] = "dirs", [KIND_END] = "end",
};

struct entry {
	enum kind kind;
	long result;
	const char *name;
	size_t name_length;
	const char *data;
	size_t size;
};

struct replay {
	struct sw_io io; /* first, so that the one is the other */
	struct entry *entries;
	size_t n_entries;
	size_t next_now;
	size_t next_netlink;
};

static struct replay *replay_of(struct sw_io *io)
{
	return (struct replay *)io;
}

/* The next entry of this kind at or behind `*cursor`, which moves behind it; NULL when there is
 * none. */
static const struct entry *take(struct replay *replay, enum kind kind, size_t *cursor)
{
	for (size_t i = *cursor; i < replay->n_entries; i++)
		if (replay->entries[i].kind == kind) {
			*cursor = i + 1;
			return &replay->entries[i];
		}
	return NULL;
}

/* Two numbers with a space between, and nothing else. */
static int parse_pair(const struct entry *entry, uint64_t *ret_first, uint64_t *ret_second)
{
	char text[64];
	const char *at = text;

	if (entry->size >= sizeof(text))
		return -EBADMSG;
	memcpy(text, entry->data, entry->size);
	text[entry->size] = '\0';
	if (sw_parse_digits(&at, UINT64_MAX, ret_first) < 0 || *at++ != ' ' ||
	    sw_parse_digits(&at, UINT64_MAX, ret_second) < 0 || *at != '\0')
		return -EBADMSG;
	return 0;
}

static int replay_now(struct sw_io *io, struct sw_now *ret)
{
	struct replay *replay = replay_of(io);
	const struct entry *entry = take(replay, KIND_NOW, &replay->next_now);

	if (entry == NULL)
		return -ENODATA;
	return entry->result < 0 ? (int)entry->result : parse_pair(entry, &ret->boot, &ret->wall);
}

static int replay_jiffies(struct sw_io *io, struct sw_jiffies *ret)
{
	struct replay *replay = replay_of(io);
	size_t cursor = 0;
	const struct entry *entry = take(replay, KIND_JIFFIES, &cursor);

	/* Recorded by a version that did not ask. */
	if (entry == NULL)
		return -EOPNOTSUPP;
	return entry->result < 0 ? (int)entry->result : parse_pair(entry, &ret->nsec, &ret->passed);
}

static int replay_seed(struct sw_io *io, uint64_t *ret)
{
	(void)io;
	*ret = 0;
	return 0;
}

static int replay_netlink_open(struct sw_io *io, struct sw_netns *ret_netns)
{
	struct replay *replay = replay_of(io);
	const struct entry *entry = take(replay, KIND_OPEN, &replay->next_netlink);

	if (entry == NULL)
		return -ENODATA;
	return entry->result < 0 ? (int)entry->result
				 : parse_pair(entry, &ret_netns->inode, &ret_netns->cookie);
}

static int replay_netlink_send(struct sw_io *io, const void *request, size_t size)
{
	struct replay *replay = replay_of(io);
	const struct entry *entry = take(replay, KIND_SEND, &replay->next_netlink);

	/* Recorded by a version that asked for something else. */
	if (entry == NULL || entry->size != size || memcmp(entry->data, request, size) != 0)
		return -ENODATA;
	return (int)entry->result;
}

static ssize_t replay_netlink_receive(struct sw_io *io, void *buffer, size_t size, sw_usec timeout)
{
	struct replay *replay = replay_of(io);
	const struct entry *entry = take(replay, KIND_RECEIVE, &replay->next_netlink);

	(void)timeout;
	if (entry == NULL)
		return -ETIMEDOUT;
	if (entry->result < 0)
		return entry->result;
	if (entry->size > size)
		return -EMSGSIZE;
	memcpy(buffer, entry->data, entry->size);
	return (ssize_t)entry->size;
}

static void replay_netlink_close(struct sw_io *io)
{
	(void)io;
}

/* What was recorded of `path`, or NULL. */
static const struct entry *find(struct replay *replay, enum kind kind, const char *path)
{
	const struct entry *entry;
	size_t cursor = 0;

	while ((entry = take(replay, kind, &cursor)) != NULL)
		if (entry->name_length == strlen(path) &&
		    memcmp(entry->name, path, entry->name_length) == 0)
			return entry;
	return NULL;
}

static ssize_t replay_file_read(struct sw_io *io, const char *path, char *buffer, size_t size)
{
	const struct entry *entry = find(replay_of(io), KIND_FILE, path);

	if (entry == NULL)
		return -ENOENT;
	if (entry->result < 0)
		return entry->result;
	if (entry->size >= size)
		return -EFBIG;
	memcpy(buffer, entry->data, entry->size);
	buffer[entry->size] = '\0';
	return (ssize_t)entry->size;
}

/* One directory out of `*at`, which moves behind it. */
static int parse_subdir(const char **at, const char *end, struct sw_subdir *ret)
{
	const char *nul = memchr(*at, '\0', (size_t)(end - *at));

	/* The NUL stops the number, too. */
	if (nul == NULL || sw_parse_digits(at, UINT64_MAX, &ret->inode) < 0 || *(*at)++ != ' ' ||
	    nul <= *at || (size_t)(nul - *at) >= sizeof(ret->name))
		return -EBADMSG;
	memcpy(ret->name, *at, (size_t)(nul - *at) + 1);
	*at = nul + 1;
	return 0;
}

static int replay_dir_subdirs(struct sw_io *io, const char *path, struct sw_subdir **ret,
			      size_t *ret_n)
{
	const struct entry *entry = find(replay_of(io), KIND_DIRS, path);
	const char *at, *end;
	struct sw_subdir *list;
	size_t n = 0;
	int r = 0;

	/* Also where a version recorded that did not look at directories. */
	if (entry == NULL)
		return -ENOENT;
	if (entry->result < 0)
		return (int)entry->result;
	at = entry->data;
	end = at + entry->size;
	for (const char *byte = at; byte < end; byte++)
		n += *byte == '\0';
	if (n > SW_DIR_MAX_NAMES)
		return -E2BIG;
	list = calloc(n + 1, sizeof(*list));
	if (list == NULL)
		return -ENOMEM;
	for (size_t i = 0; r == 0 && i < n; i++)
		r = parse_subdir(&at, end, &list[i]);
	if (r < 0 || at != end) {
		free(list);
		return -EBADMSG;
	}
	*ret = list;
	*ret_n = n;
	return 0;
}

/* Moves behind the word at `*at`, which a space ends, within `end`. */
static const char *take_word(const char **at, const char *end, size_t *ret_length)
{
	const char *word = *at, *space = memchr(word, ' ', (size_t)(end - word));

	if (space == NULL || space == word)
		return NULL;
	*ret_length = (size_t)(space - word);
	*at = space + 1;
	return word;
}

static int parse_kind(const char *word, size_t length, enum kind *ret)
{
	for (size_t i = 0; i < SW_ARRAY_SIZE(kinds); i++)
		if (strlen(kinds[i]) == length && memcmp(kinds[i], word, length) == 0) {
			*ret = (enum kind)i;
			return 0;
		}
	return -EBADMSG;
}

/* A number of a head line; a minus only where `negative` is taken. */
static int parse_field(const char *word, size_t length, bool negative, long *ret)
{
	char text[24];
	const char *digits = text;
	uint64_t value;

	if (length >= sizeof(text))
		return -EBADMSG;
	memcpy(text, word, length);
	text[length] = '\0';
	if (negative && text[0] == '-')
		digits++;
	if (sw_parse_number(digits, INT_MAX, &value) < 0)
		return -EBADMSG;
	*ret = digits == text ? (long)value : -(long)value;
	return 0;
}

/* Reads the entry at `*at` and moves behind it. `end` is that of the recording. */
static int parse_entry(const char **at, const char *end, struct entry *ret)
{
	const char *line = *at, *newline = memchr(line, '\n', (size_t)(end - line)), *word;
	size_t length;
	long size;

	if (newline == NULL)
		return -EBADMSG;
	word = take_word(&line, newline, &length);
	if (word == NULL || parse_kind(word, length, &ret->kind) < 0)
		return -EBADMSG;
	word = take_word(&line, newline, &length);
	if (word == NULL || parse_field(word, length, true, &ret->result) < 0)
		return -EBADMSG;
	word = take_word(&line, newline, &length);
	if (word == NULL || parse_field(word, length, false, &size) < 0)
		return -EBADMSG;
	ret->name = line;
	ret->name_length = (size_t)(newline - line);
	ret->data = newline + 1;
	ret->size = (size_t)size;
	if (ret->size >= (size_t)(end - ret->data) || ret->data[ret->size] != '\n')
		return -EBADMSG;
	*at = ret->data + ret->size + 1;
	return 0;
}

static int append(struct replay *replay, const struct entry *entry)
{
	/* Grown by doubling, whenever the number is a power of two. */
	if ((replay->n_entries & (replay->n_entries - 1)) == 0) {
		size_t n = replay->n_entries == 0 ? 1 : replay->n_entries * 2;
		struct entry *entries = reallocarray(replay->entries, n, sizeof(*entries));

		if (entries == NULL)
			return -ENOMEM;
		replay->entries = entries;
	}
	replay->entries[replay->n_entries++] = *entry;
	return 0;
}

/* Reads all entries up to `end`, which has to be the last thing in the data. */
static int parse(struct replay *replay, const char *data, size_t size, size_t *ret_offset)
{
	const char *at, *end;
	struct entry entry;
	int r;

	*ret_offset = 0;
	if (size < strlen(SW_RECORD_MAGIC) ||
	    memcmp(data, SW_RECORD_MAGIC, strlen(SW_RECORD_MAGIC)) != 0)
		return -EBADMSG;
	at = data + strlen(SW_RECORD_MAGIC);
	end = data + size;
	do {
		*ret_offset = (size_t)(at - data);
		r = parse_entry(&at, end, &entry);
		if (r == 0)
			r = append(replay, &entry);
		if (r < 0)
			return r;
	} while (entry.kind != KIND_END);
	return at == end ? 0 : -EBADMSG;
}

int sw_replay_new(struct sw_io **ret, const char *data, size_t size, size_t *ret_offset)
{
	struct replay *replay = calloc(1, sizeof(*replay));
	int r;

	if (replay == NULL)
		return -ENOMEM;
	r = parse(replay, data, size, ret_offset);
	if (r < 0) {
		sw_replay_free(&replay->io);
		return r;
	}
	replay->io = (struct sw_io){
		.now = replay_now,
		.jiffies = replay_jiffies,
		.seed = replay_seed,
		.netlink_open = replay_netlink_open,
		.netlink_send = replay_netlink_send,
		.netlink_receive = replay_netlink_receive,
		.netlink_close = replay_netlink_close,
		.file_read = replay_file_read,
		.dir_subdirs = replay_dir_subdirs,
	};
	*ret = &replay->io;
	return 0;
}

void sw_replay_free(struct sw_io *io)
{
	if (io == NULL)
		return;
	free(replay_of(io)->entries);
	free(replay_of(io));
}
