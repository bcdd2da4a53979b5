/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * The same sentence with the same fields either way; which way is decided here and nowhere
 * else.
 */

#include "daemon/voice.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/post.h"
#include "render/journal.h"

struct sw_voice {
	struct sw_io *io;
	struct sw_post *post;
	bool stderr_is_journal;
	enum sw_log_target target;
	int level;
};

/* Does the journal get it, and standard error? */
static bool wants_journal(const struct sw_voice *voice)
{
	return voice->target == SW_LOG_JOURNAL ||
	       (voice->target == SW_LOG_AUTO && voice->stderr_is_journal);
}

int sw_voice_new(struct sw_voice **ret, struct sw_io *io, bool stderr_is_journal)
{
	struct sw_voice *voice = calloc(1, sizeof(*voice));
	int r = -ENOMEM;

	if (voice != NULL)
		r = sw_post_new(&voice->post, io);
	if (r < 0) {
		free(voice);
		return r;
	}
	voice->io = io;
	voice->stderr_is_journal = stderr_is_journal;
	voice->level = 6;
	*ret = voice;
	return 0;
}

void sw_voice_configure(struct sw_voice *voice, enum sw_log_target target, int level)
{
	voice->target = target;
	voice->level = level;
}

void sw_voice_free(struct sw_voice *voice)
{
	if (voice == NULL)
		return;
	sw_post_free(voice->post);
	free(voice);
}

/* A text under construction. */
struct text {
	char *data;
	size_t size;
	FILE *stream; /* NULL without memory */
};

static void text_open(struct text *text)
{
	*text = (struct text){ 0 };
	text->stream = open_memstream(&text->data, &text->size);
}

/* Ends it. False without memory; `data` is to be freed either way. */
static bool text_close(struct text *text)
{
	return text->stream != NULL && fclose(text->stream) == 0 && text->data != NULL;
}

static void to_stderr(struct sw_voice *voice, const struct text *text)
{
	/* Nobody is left to be told that nobody listens. */
	(void)voice->io->log(voice->io, text->data, text->size);
}

/* The word in the journal; false when it is neither there nor on its way. */
static bool post_word(struct sw_voice *voice, int priority, const char *word)
{
	struct text text;
	bool posted;

	text_open(&text);
	if (text.stream != NULL)
		sw_render_journal_word(text.stream, priority, word);
	posted = text_close(&text) &&
		 sw_post_send(voice->post, SW_POST_WORD, text.data, text.size) == 0;
	free(text.data);
	return posted;
}

void sw_voice_say(struct sw_voice *voice, int priority, const char *format, ...)
{
	char word[512];
	struct text text;
	va_list args;

	if (priority > voice->level)
		return;
	va_start(args, format);
	vsnprintf(word, sizeof(word), format, args);
	va_end(args);
	if (wants_journal(voice) && post_word(voice, priority, word))
		return;
	text_open(&text);
	if (text.stream != NULL)
		fprintf(text.stream, "<%d>sockwatchd: %s\n", priority, word);
	if (text_close(&text))
		to_stderr(voice, &text);
	free(text.data);
}

static int post_event(struct sw_voice *voice, const struct sw_event *event,
		      const struct sw_event_origin *origin)
{
	struct text text;
	int r = -ENOMEM;

	text_open(&text);
	if (text.stream != NULL)
		sw_render_journal(text.stream, event, origin);
	if (text_close(&text))
		r = sw_post_send(voice->post, SW_POST_ALERT, text.data, text.size);
	free(text.data);
	return r;
}

int sw_voice_raise(struct sw_voice *voice, const struct sw_event *event,
		   const struct sw_event_origin *origin)
{
	struct text text;
	/* By hand an alert is in the journal too where there is one, unless that is not wanted. */
	int r = voice->target == SW_LOG_STDERR ? 0 : post_event(voice, event, origin);

	if (r == 0 && wants_journal(voice))
		return 0;
	text_open(&text);
	if (text.stream != NULL)
		sw_render_line(text.stream, event, origin);
	if (text_close(&text))
		to_stderr(voice, &text);
	free(text.data);
	return r;
}

bool sw_voice_is_waiting(const struct sw_voice *voice)
{
	return sw_post_n_waiting(voice->post) > 0;
}

void sw_voice_give_up(struct sw_voice *voice)
{
	char line[128];
	int length;

	if (sw_post_flush(voice->post) == 0)
		return;
	length = snprintf(line, sizeof(line),
			  "<4>sockwatchd: %zu messages never reached the journal\n",
			  sw_post_n_waiting(voice->post));
	(void)voice->io->log(voice->io, line, (size_t)length);
}

void sw_voice_catch_up(struct sw_voice *voice)
{
	uint64_t n_dropped;

	if (sw_post_flush(voice->post) < 0)
		return;
	n_dropped = sw_post_take_dropped(voice->post);
	if (n_dropped > 0)
		sw_voice_say(voice, 4, "%" PRIu64 " messages were lost while the journal took none",
			     n_dropped);
}
