/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* An event as the environment of a hook. */

#include <jansson.h>
#include <string.h>

#include "render/event-env.h"
#include "support/suite.h"

static char **environment;

static void make(const char *text)
{
	json_t *event = json_loads(text, 0, NULL);

	ck_assert_ptr_nonnull(event);
	environment = sw_render_event_env(event);
	ck_assert_ptr_nonnull(environment);
	json_decref(event);
}

static void tear_down(void)
{
	sw_event_env_free(environment);
	environment = NULL;
}

/* The value of a variable; NULL when there is none, and a failure when there are two. */
static const char *value(const char *key)
{
	const char *found = NULL;

	for (char **at = environment; *at != NULL; at++)
		if (strncmp(*at, key, strlen(key)) == 0 && (*at)[strlen(key)] == '=') {
			ck_assert_ptr_null(found);
			found = *at + strlen(key) + 1;
		}
	return found;
}

START_TEST(texts_and_figures_have_the_names_of_the_journal)
{
	make("{\"event_id\":\"b-1\",\"state\":\"resolved\",\"subject\":\"10.0.0.5->10.0.0.9:5432\","
	     "\"duration_s\":388.1239,\"peak_used\":28232,\"advice\":[{\"id\":\"keepalive\"},{"
	     "\"id\":"
	     "\"x\"}],"
	     "\"tuple\":{\"source\":\"10.0.0.5\",\"port\":5432,\"used\":787,\"rate_per_s\":24.75,"
	     "\"exhausted_in_s\":null,\"units\":[\"nginx.service\",\"a.service\"]}}");
	ck_assert_str_eq(value("SOCKWATCH_EVENT_ID"), "b-1");
	ck_assert_str_eq(value("SOCKWATCH_STATE"), "resolved");
	ck_assert_str_eq(value("SOCKWATCH_SUBJECT"), "10.0.0.5->10.0.0.9:5432");
	ck_assert_str_eq(value("SOCKWATCH_SOURCE"), "10.0.0.5");
	ck_assert_str_eq(value("SOCKWATCH_PORT"), "5432");
	ck_assert_str_eq(value("SOCKWATCH_USED"), "787");
	ck_assert_str_eq(value("SOCKWATCH_RATE"), "24.8");
	ck_assert_str_eq(value("SOCKWATCH_UNIT"), "nginx.service a.service");
	ck_assert_str_eq(value("SOCKWATCH_ADVICE"), "keepalive");
	ck_assert_str_eq(value("SOCKWATCH_DURATION_SEC"), "388.124");
	ck_assert_str_eq(value("SOCKWATCH_PEAK_USED"), "28232");
	ck_assert_str_eq(value("SOCKWATCH_HOOK_API"), "1");
}
END_TEST

START_TEST(what_has_no_value_is_left_out)
{
	make("{\"rule\":\"blind\",\"cause\":null,\"errno\":null,\"tuple\":null,\"advice\":[]}");
	ck_assert_str_eq(value("SOCKWATCH_RULE"), "blind");
	ck_assert_ptr_null(value("SOCKWATCH_CAUSE"));
	ck_assert_ptr_null(value("SOCKWATCH_SOURCE"));
	ck_assert_ptr_null(value("SOCKWATCH_ADVICE"));
	ck_assert_ptr_null(value("SOCKWATCH_UNIT"));
}
END_TEST

START_TEST(what_has_another_type_is_left_out)
{
	make("{\"rule\":7,\"peak_used\":\"many\",\"duration_s\":[],\"tuple\":[],\"advice\":{\"id\":"
	     "1}}");
	ck_assert_ptr_null(value("SOCKWATCH_RULE"));
	ck_assert_ptr_null(value("SOCKWATCH_PEAK_USED"));
	ck_assert_ptr_null(value("SOCKWATCH_DURATION_SEC"));
	ck_assert_ptr_null(value("SOCKWATCH_ADVICE"));
}
END_TEST

START_TEST(control_characters_are_masked)
{
	/* A newline would begin another header, ESC and U+009B another colour or worse. */
	make("{\"summary\":\"a\\nBcc: x\\u001b[2J\\u009b2J\\u007f$(id) `id` \\\"q\\\" \\u00e4\"}");
	ck_assert_str_eq(value("SOCKWATCH_SUMMARY"), "a?Bcc: x?[2J??2J?$(id) `id` \"q\" \xc3\xa4");
}
END_TEST

int main(void)
{
	TCase *tcase = tcase_create("event-env");

	tcase_add_checked_fixture(tcase, NULL, tear_down);
	tcase_add_test(tcase, texts_and_figures_have_the_names_of_the_journal);
	tcase_add_test(tcase, what_has_no_value_is_left_out);
	tcase_add_test(tcase, what_has_another_type_is_left_out);
	tcase_add_test(tcase, control_characters_are_masked);
	return suite_run("event-env", tcase);
}
