/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <string.h>

#include "base/mem.h"
#include "render/owners.h"
#include "support/suite.h"

static const struct {
	struct sw_owners owners;
	size_t width;
	const char *text, *side, *json;
} words[] = {
	{ { .n = 0 }, 21, "", "this side", "null" },
	{ { .n = 1, .units = { "nginx.service" } },
	  21,
	  "nginx.service",
	  "nginx.service",
	  "[\"nginx.service\"]" },
	{ { .n = 1, .units = { "nginx.service" }, .earlier = true },
	  40,
	  "was nginx.service",
	  "this side (was nginx.service)",
	  "[\"nginx.service\"]" },
	{ { .n = 3, .units = { "nginx.service", "b.service", "c.scope" } },
	  40,
	  "nginx.service +2",
	  "this side (nginx.service +2)",
	  "[\"nginx.service\", \"b.service\", \"c.scope\"]" },
	/* Just fits, and does not. */
	{ { .n = 1, .units = { "0123456789012.service" } },
	  21,
	  "0123456789012.service",
	  "0123456789012.service",
	  "[\"0123456789012.service\"]" },
	{ { .n = 1, .units = { "01234567890123.service" } },
	  21,
	  "01234567890123.serv..",
	  "01234567890123.serv..",
	  "[\"01234567890123.service\"]" },
	{ { .n = 2, .units = { "01234567890123.service", "b.service" } },
	  21,
	  "01234567890123.s.. +1",
	  "this side (0123.. +1)",
	  "[\"01234567890123.service\", \"b.service\"]" },
	/* The manager of a user stands in front where there is room. */
	{ { .n = 1, .units = { "user@1000.service/sync.service" } },
	  30,
	  "user@1000.service/sync.service",
	  "user@1000.service/sync.service",
	  "[\"user@1000.service/sync.service\"]" },
	{ { .n = 1, .units = { "user@1000.service/sync.service" } },
	  29,
	  "sync.service",
	  "sync.service",
	  "[\"user@1000.service/sync.service\"]" },
};

START_TEST(owners_in_words)
{
	char text[SW_OWNERS_TEXT_SIZE];
	json_t *json = sw_render_units_json(&words[_i].owners);
	char *dumped = json_dumps(json, JSON_ENCODE_ANY);

	ck_assert_str_eq(sw_owners_format(&words[_i].owners, words[_i].width, text),
			 words[_i].text);
	ck_assert_uint_le(strlen(text), words[_i].width);
	ck_assert_str_eq(sw_owners_format_side(&words[_i].owners, words[_i].width, text),
			 words[_i].side);
	ck_assert_str_eq(dumped, words[_i].json);
	free(dumped);
	json_decref(json);
}
END_TEST

/* The longest names there are, in the narrowest and the widest room. */
START_TEST(no_room_is_overrun)
{
	struct sw_owners owners = { .n = SW_CGROUPS_MAX, .earlier = true };
	char text[SW_OWNERS_TEXT_SIZE];

	for (uint32_t i = 0; i < owners.n; i++)
		memset(owners.units[i], 'a', SW_UNIT_SIZE - 1);
	for (size_t width = 21; width < SW_OWNERS_TEXT_SIZE; width++) {
		ck_assert_uint_le(strlen(sw_owners_format(&owners, width, text)), width);
		ck_assert_uint_le(strlen(sw_owners_format_side(&owners, width, text)), width);
		ck_assert_str_eq(text + strlen(text) - 4, " +3)");
	}
}
END_TEST

int main(void)
{
	TCase *tcase = tcase_create("owners");

	tcase_add_loop_test(tcase, owners_in_words, 0, SW_ARRAY_SIZE(words));
	tcase_add_test(tcase, no_room_is_overrun);
	return suite_run("owners", tcase);
}
