/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * A row of letters. journald takes datagrams of a few kilobytes, so a letter is one
 * datagram and goes as a whole or not at all.
 */

#include "daemon/post.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct letter {
	struct letter *next;
	enum sw_importance importance;
	size_t size;
	char data[];
};

struct sw_post {
	struct sw_io *io;
	struct letter *first;
	struct letter **end; /* where the next one is hung */
	size_t size;         /* of all that wait */
	uint64_t n_dropped;
};

int sw_post_new(struct sw_post **ret, struct sw_io *io)
{
	struct sw_post *post = calloc(1, sizeof(*post));

	if (post == NULL)
		return -ENOMEM;
	post->io = io;
	post->end = &post->first;
	*ret = post;
	return 0;
}

/* Takes the letter that `*at` points to out of the row. */
static void discard(struct sw_post *post, struct letter **at)
{
	struct letter *letter = *at;

	*at = letter->next;
	if (letter->next == NULL)
		post->end = at;
	post->size -= letter->size;
	free(letter);
}

void sw_post_free(struct sw_post *post)
{
	if (post == NULL)
		return;
	while (post->first != NULL)
		discard(post, &post->first);
	free(post);
}

/* Drops the oldest words until `size` more bytes fit. */
static bool make_room(struct sw_post *post, size_t size)
{
	struct letter **at = &post->first;

	while (post->size + size > SW_POST_SIZE && *at != NULL) {
		if ((*at)->importance == SW_POST_WORD) {
			discard(post, at);
			post->n_dropped++;
		} else {
			at = &(*at)->next;
		}
	}
	return post->size + size <= SW_POST_SIZE;
}

static int keep(struct sw_post *post, enum sw_importance importance, const void *data, size_t size)
{
	struct letter *letter;

	if (!make_room(post, size)) {
		post->n_dropped += importance == SW_POST_WORD;
		return importance == SW_POST_WORD ? 0 : -ENOBUFS;
	}
	letter = malloc(sizeof(*letter) + size);
	if (letter == NULL)
		return -ENOMEM;
	*letter = (struct letter){ .importance = importance, .size = size };
	memcpy(letter->data, data, size);
	*post->end = letter;
	post->end = &letter->next;
	post->size += size;
	return 0;
}

/* Is it worth trying again? journald that restarts has a socket with nobody behind it, or none for
 * a moment. */
static bool is_passing(int r)
{
	return r == -EAGAIN || r == -ECONNREFUSED || r == -ENOENT || r == -ENOBUFS ||
	       r == -ENOMEM || r == -EMFILE || r == -ENFILE;
}

static int send_one(struct sw_post *post, const void *data, size_t size)
{
	return post->io->send(post->io, SW_JOURNAL_SOCKET, data, size);
}

int sw_post_flush(struct sw_post *post)
{
	int r;

	while (post->first != NULL) {
		r = send_one(post, post->first->data, post->first->size);
		if (is_passing(r))
			return r;
		/* One that is never taken must not keep back those behind it. */
		post->n_dropped += r < 0;
		discard(post, &post->first);
	}
	return 0;
}

int sw_post_send(struct sw_post *post, enum sw_importance importance, const void *data, size_t size)
{
	int r = sw_post_flush(post);

	/* Nothing may overtake what waits. */
	if (r == 0)
		r = send_one(post, data, size);
	if (r == 0 || !is_passing(r) || (r == -ENOENT && post->first == NULL))
		return r;
	return keep(post, importance, data, size);
}

size_t sw_post_n_waiting(const struct sw_post *post)
{
	size_t n = 0;

	for (const struct letter *letter = post->first; letter != NULL; letter = letter->next)
		n++;
	return n;
}

uint64_t sw_post_take_dropped(struct sw_post *post)
{
	uint64_t n = post->n_dropped;

	post->n_dropped = 0;
	return n;
}
