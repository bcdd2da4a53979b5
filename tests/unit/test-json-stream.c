/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "render/json-stream.h"
#include "render/json.h"
#include "support/suite.h"

static const size_t layouts[] = { SW_JSON_FLAGS, SW_JSON_FLAGS_PRETTY };

/* Opens what `value` opens, however deep, and puts the rest. */
static void put_opened(struct sw_json_stream *stream, const char *key, json_t *value)
{
	json_t *member;
	const char *name;
	size_t i;

	if (json_is_object(value)) {
		sw_json_stream_open(stream, key, '{');
		json_object_foreach(value, name, member) put_opened(stream, name, member);
		sw_json_stream_close(stream, '}');
	} else if (json_is_array(value)) {
		sw_json_stream_open(stream, key, '[');
		json_array_foreach(value, i, member) put_opened(stream, NULL, member);
		sw_json_stream_close(stream, ']');
	} else {
		sw_json_stream_put(stream, key, json_incref(value));
	}
}

/* Opens the document alone. */
static void put_members(struct sw_json_stream *stream, const char *key, json_t *value)
{
	const char *name;
	json_t *member;

	(void)key;
	sw_json_stream_open(stream, NULL, '{');
	json_object_foreach(value, name, member)
		sw_json_stream_put(stream, name, json_incref(member));
	sw_json_stream_close(stream, '}');
}

/* Has the lists put as lists. */
static void put_lists(struct sw_json_stream *stream, const char *key, json_t *value)
{
	const char *name;
	json_t *member;

	(void)key;
	sw_json_stream_open(stream, NULL, '{');
	json_object_foreach(value, name, member)
	{
		if (json_is_array(member)) {
			sw_json_stream_open(stream, name, '[');
			sw_json_stream_put_all(stream, json_incref(member));
			sw_json_stream_close(stream, ']');
		} else {
			sw_json_stream_put(stream, name, json_incref(member));
		}
	}
	sw_json_stream_close(stream, '}');
}

static void (*const ways[])(struct sw_json_stream *stream, const char *key,
			    json_t *value) = { put_opened, put_members, put_lists };

static const char *const documents[] = {
	"{}",
	"{\"a\":1}",
	"{\"a\":[],\"b\":{}}",
	"{\"a\":[{\"b\":[1,2.5,null,true]},[],{},\"x\\ny "
	"\\\"z\\\"\"],\"c\":{\"d\":{\"e\":[[1],[2]]}},"
	"\"f\":\"\\u20ac\\\\n\"}",
};

START_TEST(the_text_is_jansson_s)
{
	json_t *document = json_loads(documents[_i], 0, NULL);

	ck_assert_ptr_nonnull(document);
	for (size_t way = 0; way < SW_ARRAY_SIZE(ways); way++)
		for (size_t layout = 0; layout < SW_ARRAY_SIZE(layouts); layout++) {
			char *text, *expected = json_dumps(document, layouts[layout]);
			size_t size;
			struct sw_json_stream stream = { .out = open_memstream(&text, &size),
							 .flags = layouts[layout] };

			ways[way](&stream, NULL, document);
			fclose(stream.out);
			ck_assert_int_eq(stream.error, 0);
			ck_assert_str_eq(text, expected);
			free(text);
			free(expected);
		}
	json_decref(document);
}
END_TEST

START_TEST(a_member_without_memory_fails_it)
{
	char *text;
	size_t size;
	struct sw_json_stream stream = { .out = open_memstream(&text, &size),
					 .flags = SW_JSON_FLAGS };

	sw_json_stream_open(&stream, NULL, '[');
	sw_json_stream_put(&stream, NULL, NULL);
	sw_json_stream_put(&stream, NULL, json_integer(1));
	sw_json_stream_put_all(&stream, NULL);
	sw_json_stream_close(&stream, ']');
	fclose(stream.out);
	ck_assert_int_eq(stream.error, -ENOMEM);
	ck_assert_str_eq(text, "[");
	free(text);
}
END_TEST

static unsigned int n_left;

static void *failing_malloc(size_t size)
{
	return n_left == 0 ? NULL : (n_left--, malloc(size));
}

/* jansson asks for memory to write a list: it looks for circles. */
START_TEST(no_memory_to_write_a_member_fails_it)
{
	struct sw_json_stream stream = { .out = fopen("/dev/null", "we"), .flags = SW_JSON_FLAGS };
	json_t *list = json_pack("[[i]]", 1);

	n_left = 0;
	json_set_alloc_funcs(failing_malloc, free);
	sw_json_stream_put(&stream, NULL, list);
	json_set_alloc_funcs(malloc, free);
	fclose(stream.out);
	ck_assert_int_eq(stream.error, -ENOMEM);
}
END_TEST

START_TEST(why_nothing_more_was_taken_is_told)
{
	struct sw_json_stream stream = { .out = fopen("/dev/full", "we"), .flags = SW_JSON_FLAGS };

	sw_json_stream_open(&stream, NULL, '[');
	for (int i = 0; i < 10000; i++)
		sw_json_stream_put(&stream, NULL, json_integer(i));
	sw_json_stream_close(&stream, ']');
	ck_assert_int_eq(stream.error, -ENOSPC);
	fclose(stream.out);
}
END_TEST

int main(void)
{
	TCase *tcase = tcase_create("json-stream");

	tcase_add_loop_test(tcase, the_text_is_jansson_s, 0, SW_ARRAY_SIZE(documents));
	tcase_add_test(tcase, a_member_without_memory_fails_it);
	tcase_add_test(tcase, no_memory_to_write_a_member_fails_it);
	tcase_add_test(tcase, why_nothing_more_was_taken_is_told);
	return suite_run("json-stream", tcase);
}
