/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* mutes.json: what is written is read again, and what is wrong with anything else is said. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "render/json.h"
#include "render/mutes-json.h"
#include "support/suite.h"

#define NOW UINT64_C(1795317121250000)
#define HEAD "{\"schema\":\"sockwatch.mutes/1\",\"mutes\":["
#define TIMES "\"since\":\"2026-11-22T03:12:01Z\",\"until\":\"2026-11-22T05:12:01Z\""

static struct sw_mutes written, taken;
static char why[SW_MUTES_WHY_SIZE];

static void set_up(void)
{
	written = (struct sw_mutes){
		.list = { { .rule = SW_RULE_EPHEMERAL_PORTS,
			    .subject = "10.0.0.5->10.0.0.9:5432",
			    .since = NOW,
			    .until = NOW + 7200 * SW_USEC_PER_SEC,
			    .by = "anna",
			    .reason = "moving \"db\" \xc3\xbc" },
			  { .rule = SW_RULE_BLIND, .since = NOW, .until = NOW + 1000 } },
		.n = 2,
	};
	taken.n = 77;
	why[0] = '\0';
}

static char *render(int flags)
{
	json_t *json = sw_render_mutes_json(&written);
	char *text = json_dumps(json, (size_t)flags);

	json_decref(json);
	return text;
}

START_TEST(what_is_written_is_read_again)
{
	char *text = render(SW_JSON_FLAGS);

	ck_assert_str_eq(text, HEAD "{\"rule\":\"ephemeral-ports\",\"subject\":"
				    "\"10.0.0.5->10.0.0.9:5432\","
				    "\"since\":\"2026-11-22T03:12:01.250Z\","
				    "\"until\":\"2026-11-22T05:12:01.250Z\",\"by\":\"anna\","
				    "\"reason\":\"moving \\\"db\\\" \xc3\xbc\"},"
				    "{\"rule\":\"blind\",\"subject\":null,"
				    "\"since\":\"2026-11-22T03:12:01.250Z\","
				    "\"until\":\"2026-11-22T03:12:01.251Z\","
				    "\"by\":null,\"reason\":null}]}");
	ck_assert_int_eq(sw_mutes_parse(&taken, text, strlen(text), why), 0);
	ck_assert_uint_eq(taken.n, 2);
	ck_assert_mem_eq(&taken.list[0], &written.list[0], 2 * sizeof(taken.list[0]));
	free(text);
}
END_TEST

START_TEST(all_that_there_may_be_fit_into_the_room)
{
	char *text;

	for (size_t i = 0; i < SW_MUTES_MAX; i++) {
		struct sw_mute *mute = &written.list[i];

		*mute = written.list[0];
		memset(mute->subject, '"', sizeof(mute->subject) - 1);
		memset(mute->by, '\x01', sizeof(mute->by) - 1);
		memset(mute->reason, '"', sizeof(mute->reason) - 1);
		mute->subject[0] = (char)('A' + i % 16);
		mute->subject[1] = (char)('A' + i / 16);
	}
	written.n = SW_MUTES_MAX;
	text = render(SW_JSON_FLAGS_PRETTY);
	ck_assert_uint_lt(strlen(text), SW_MUTES_TEXT_SIZE);
	ck_assert_int_eq(sw_mutes_parse(&taken, text, strlen(text), why), 0);
	ck_assert_uint_eq(taken.n, SW_MUTES_MAX);
	free(text);
}
END_TEST

START_TEST(what_is_wrong_is_said_and_nothing_is_taken)
{
	static const struct {
		const char *text, *why;
	} cases[] = {
		{ "", "line 1, column 0: this is no JSON" },
		{ "{\n\"secret", "line 2, column 7: this is no JSON" },
		{ "[]", "it is not of the schema sockwatch.mutes/1" },
		{ "{\"schema\":\"sockwatch.mutes/2\",\"mutes\":[]}",
		  "it is not of the schema sockwatch.mutes/1" },
		{ "{\"schema\":\"sockwatch.mutes/1\",\"mutes\":{}}",
		  "it is not of the schema sockwatch.mutes/1" },
		{ HEAD "7]}", "mute 1: it is no object" },
		{ HEAD "{\"rule\":\"blind\"," TIMES "},{\"rule\":\"blnd\"," TIMES "}]}",
		  "mute 2: \"rule\" is none that this version knows" },
		{ HEAD "{" TIMES "}]}", "mute 1: \"rule\" is none that this version knows" },
		{ HEAD "{\"rule\":\"blind\",\"since\":\"2026-11-22T03:12:01Z\",\"until\":7}]}",
		  "mute 1: \"until\" is no time such as \"2026-11-22T05:00:00Z\"" },
		{ HEAD "{\"rule\":\"blind\",\"until\":\"2026-11-22T03:12:01Z\"}]}",
		  "mute 1: \"since\" is no time such as \"2026-11-22T05:00:00Z\"" },
		{ HEAD "{\"rule\":\"blind\"," TIMES ",\"by\":7}]}",
		  "mute 1: \"subject\", \"by\" or \"reason\" is no text, or too long" },
		{ HEAD
		  "{\"rule\":\"blind\"," TIMES
		  ",\"by\":\"0123456789012345678901234567890123456789012345678901234567890123\"}]}",
		  "mute 1: \"subject\", \"by\" or \"reason\" is no text, or too long" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		ck_assert_int_eq(sw_mutes_parse(&taken, cases[i].text, strlen(cases[i].text), why),
				 -EBADMSG);
		ck_assert_str_eq(why, cases[i].why);
		ck_assert_uint_eq(taken.n, 77);
	}
}
END_TEST

/* Whatever one byte becomes, the text is refused or what is taken is whole. */
START_TEST(a_damaged_text_is_refused_or_sane)
{
	static const char bytes[] = { '\0', '0', '9', '-', '"', '}', ',', '\x1b', '\x80' };
	char *text = render(SW_JSON_FLAGS);
	size_t size = strlen(text);

	for (size_t i = 0; i < size; i++)
		for (size_t k = 0; k < sizeof(bytes); k++) {
			char kept = text[i];

			text[i] = bytes[k];
			if (sw_mutes_parse(&taken, text, size, why) == 0)
				ck_assert_uint_le(taken.n, 2);
			text[i] = kept;
		}
	free(text);
}
END_TEST

int main(void)
{
	TCase *tcase = tcase_create("mutes-json");

	tcase_add_checked_fixture(tcase, set_up, NULL);
	tcase_add_test(tcase, what_is_written_is_read_again);
	tcase_add_test(tcase, all_that_there_may_be_fit_into_the_room);
	tcase_add_test(tcase, what_is_wrong_is_said_and_nothing_is_taken);
	tcase_add_test(tcase, a_damaged_text_is_refused_or_sane);
	return suite_run("mutes-json", tcase);
}
