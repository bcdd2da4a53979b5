/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * jansson writes every value; here are only the brackets, commas and keys of what is too long for
 * one value, laid out as jansson lays them out.
 */

#include "render/json-stream.h"

#include <errno.h>
#include <string.h>

static bool is_pretty(const struct sw_json_stream *stream)
{
	return (stream->flags & JSON_MAX_INDENT) != 0;
}

static void put_text(struct sw_json_stream *stream, const char *text, size_t size)
{
	if (stream->error == 0 && fwrite(text, 1, size, stream->out) != size)
		stream->error = -errno;
}

static void put_line_end(struct sw_json_stream *stream)
{
	if (!is_pretty(stream))
		return;
	put_text(stream, "\n", 1);
	for (size_t i = 0; i < stream->depth * (stream->flags & JSON_MAX_INDENT); i++)
		put_text(stream, " ", 1);
}

/* What jansson lays out as a document of its own stands deeper here. Within its strings there is
 * no end of a line, they are escaped. */
static int put_piece(const char *text, size_t size, void *userdata)
{
	struct sw_json_stream *stream = userdata;

	while (size > 0) {
		const char *end = memchr(text, '\n', size);
		size_t n = end == NULL ? size : (size_t)(end - text);

		put_text(stream, text, n);
		if (end != NULL) {
			put_line_end(stream);
			n++;
		}
		text += n;
		size -= n;
	}
	return stream->error == 0 ? 0 : -1;
}

/* What stands before each member. */
static void put_begin(struct sw_json_stream *stream, const char *key)
{
	if (stream->filled)
		put_text(stream, ",", 1);
	if (stream->depth > 0)
		put_line_end(stream);
	if (key != NULL) {
		put_text(stream, "\"", 1);
		put_text(stream, key, strlen(key));
		put_text(stream, "\": ", is_pretty(stream) ? 3 : 2);
	}
}

void sw_json_stream_open(struct sw_json_stream *stream, const char *key, char bracket)
{
	put_begin(stream, key);
	put_text(stream, &bracket, 1);
	stream->depth++;
	stream->filled = false;
}

void sw_json_stream_close(struct sw_json_stream *stream, char bracket)
{
	stream->depth--;
	if (stream->filled)
		put_line_end(stream);
	put_text(stream, &bracket, 1);
	stream->filled = true;
}

void sw_json_stream_put(struct sw_json_stream *stream, const char *key, json_t *value)
{
	if (stream->error == 0 && value == NULL)
		stream->error = -ENOMEM;
	put_begin(stream, key);
	if (stream->error == 0 &&
	    json_dump_callback(value, put_piece, stream, stream->flags | JSON_ENCODE_ANY) < 0 &&
	    stream->error == 0)
		stream->error = -ENOMEM;
	stream->filled = true;
	json_decref(value);
}

void sw_json_stream_put_all(struct sw_json_stream *stream, json_t *list)
{
	json_t *element;
	size_t i;

	if (stream->error == 0 && list == NULL)
		stream->error = -ENOMEM;
	json_array_foreach(list, i, element) sw_json_stream_put(stream, NULL, json_incref(element));
	json_decref(list);
}
