/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "settings/lexer.h"
#include "support/suite.h"

/* One text, and the tokens of it as "LINE KIND NAME VALUE" lines. */
static const struct {
	const char *story;
	const char *text;
	const char *tokens;
} cases[] = {
	{ "nothing holds nothing", "", "" },
	{ "blank lines and comments hold nothing", "\n \t\n# a\n; b\n   # c\\\n", "" },
	{ "a section and a key", "[Poll]\nInterval=5s\n", "1 [Poll]\n2 Interval=5s\n" },
	{ "the last line may lack its end", "[Poll]\nInterval=5s", "1 [Poll]\n2 Interval=5s\n" },
	{ "a section may have a name", "[Override \"a b]=#c\"]\n", "1 [Override a b]=#c]\n" },
	{ "blanks around key and value go", "\t Interval \t=  5 s \t\n", "1 Interval=5 s\n" },
	{ "a value may hold anything", "A=b=c # d ; \"e\"\n", "1 A=b=c # d ; \"e\"\n" },
	{ "a value may be empty", "A=\nB= \n", "1 A=\n2 B=\n" },
	{ "UTF-8 is taken",
	  "A=gr\xc3\xb6\xc3\x9f"
	  "e \xe2\x82\xac \xf0\x9f\x98\x80\n",
	  "1 A=gr\xc3\xb6\xc3\x9f"
	  "e \xe2\x82\xac \xf0\x9f\x98\x80\n" },
	{ "a backslash goes on", "A=b \\\n   c\\\nd\nE=f\n", "1 A=b  c d\n4 E=f\n" },
	{ "a comment between is no part of it", "A=b\\\n# c\\\n; d\n  e\nF=g\n",
	  "1 A=b e\n5 F=g\n" },
	{ "an empty line ends it", "A=b\\\n\nC=d\n", "1 A=b\n3 C=d\n" },
	{ "a backslash within is one", "A=b\\c\n", "1 A=b\\c\n" },
	{ "a section may be written over two lines", "[Override\\\n\"x\"]\n", "1 [Override x]\n" },
	{ "no key", "foo\n", "1 ! this is neither [Section] nor Key=Value\n" },
	{ "an empty key", "=foo\n", "1 ! what stands before the = is no name of a key\n" },
	{ "a key of two words", "a b=c\n", "1 ! what stands before the = is no name of a key\n" },
	{ "a section that is not closed", "[Poll\nA=b\n",
	  "1 !! a section is written as [Name] or [Name \"name\"]\n2 A=b\n" },
	{ "a section with something behind", "[Poll] x\n",
	  "1 !! a section is written as [Name] or [Name \"name\"]\n" },
	{ "a section without a name", "[]\n",
	  "1 !! a section is written as [Name] or [Name \"name\"]\n" },
	{ "a name without its quote", "[Override \"x]\n",
	  "1 !! a section is written as [Name] or [Name \"name\"]\n" },
	{ "a name without quotes", "[Override x]\n",
	  "1 !! a section is written as [Name] or [Name \"name\"]\n" },
	{ "a control character", "A=\033[31m\nB=c\n", "1 ! there is a control character\n2 B=c\n" },
	{ "also in a comment", "# \x07\n", "1 ! there is a control character\n" },
	{ "one of C1", "A=\xc2\x9b\n", "1 ! there is a control character\n" },
	{ "one that turns the writing round", "A=\xe2\x80\xae\n",
	  "1 ! there is a control character\n" },
	{ "line ends of another world", "A=b\r\n",
	  "1 ! there is a carriage return: lines end in a newline alone\n" },
	{ "not UTF-8", "A=\xff\n", "1 ! there is something that is not UTF-8\n" },
	{ "UTF-8 that is cut", "A=\xe2\x82\n", "1 ! there is something that is not UTF-8\n" },
	{ "UTF-8 that is too long", "A=\xc0\xaf\n", "1 ! there is something that is not UTF-8\n" },
	{ "a surrogate", "A=\xed\xa0\x80\n", "1 ! there is something that is not UTF-8\n" },
	{ "beyond Unicode", "A=\xf4\x90\x80\x80\n", "1 ! there is something that is not UTF-8\n" },
	{ "the line at fault is the one that is told", "A=b\\\n \x01\nC=d\n",
	  "2 ! there is a control character\n3 C=d\n" },
	{ "nothing to go on with", "A=b\\\n", "1 ! the last line ends in a backslash\n" },
	{ "only comments to go on with", "A=b\\\n# c\n",
	  "2 ! the last line ends in a backslash\n" },
};

static void append(char *out, size_t size, const struct sw_token *token)
{
	size_t used = strlen(out);

	switch (token->kind) {
	case SW_TOKEN_SECTION:
		snprintf(out + used, size - used, "%u [%s%s%s]\n", token->line, token->name,
			 token->value == NULL ? "" : " ", token->value == NULL ? "" : token->value);
		break;
	case SW_TOKEN_ASSIGNMENT:
		snprintf(out + used, size - used, "%u %s=%s\n", token->line, token->name,
			 token->value);
		break;
	case SW_TOKEN_FAULT:
	case SW_TOKEN_SECTION_FAULT:
		snprintf(out + used, size - used, "%u %s %s\n", token->line,
			 token->kind == SW_TOKEN_FAULT ? "!" : "!!", token->value);
		break;
	case SW_TOKEN_END:
		break;
	}
}

/* All tokens of a text, as above. */
static const char *tokens_of(const char *text, size_t size)
{
	static char out[1024];
	struct sw_lexer lexer;
	struct sw_token token;
	char *exact = malloc(size + 1);

	/* On the heap at its exact size, so that a sanitizer sees a read beyond it. */
	exact = realloc(exact, size > 0 ? size : 1);
	memcpy(exact, text, size);
	out[0] = '\0';
	sw_lexer_init(&lexer, exact, size);
	do {
		sw_lexer_next(&lexer, &token);
		append(out, sizeof(out), &token);
	} while (token.kind != SW_TOKEN_END);
	sw_lexer_next(&lexer, &token);
	ck_assert_int_eq(token.kind, SW_TOKEN_END);
	free(exact);
	return out;
}

START_TEST(text_becomes_tokens)
{
	ck_assert_msg(
		strcmp(tokens_of(cases[_i].text, strlen(cases[_i].text)), cases[_i].tokens) == 0,
		"%s: got\n%s", cases[_i].story, tokens_of(cases[_i].text, strlen(cases[_i].text)));
}
END_TEST

START_TEST(a_nul_is_a_control_character)
{
	ck_assert_str_eq(tokens_of("A=b\0c\nD=e", 9), "1 ! there is a control character\n2 D=e\n");
}
END_TEST

/* A line of so many bytes, "A=xxx", alone or over two lines. */
static const char *line_of(size_t length, bool in_two)
{
	static char text[SW_LEXER_MAX_LINE + 16];

	memset(text, 'x', length);
	memcpy(text, "A=", 2);
	/* The line break is not counted; the backslash is, as the blank that it becomes. */
	if (in_two) {
		memmove(text + 102, text + 101, length - 101);
		memcpy(text + 100, "\\\n", 2);
		length++;
	}
	memcpy(text + length, "\n", 2);
	return text;
}

START_TEST(a_line_has_at_most_4096_bytes)
{
	static const char fault[] = "! the line is longer than 4096 bytes\n";

	for (int in_two = 0; in_two < 2; in_two++) {
		const char *text = line_of(SW_LEXER_MAX_LINE, in_two != 0);

		ck_assert_ptr_null(strstr(tokens_of(text, strlen(text)), "!"));
		text = line_of(SW_LEXER_MAX_LINE + 1, in_two != 0);
		ck_assert_ptr_nonnull(strstr(tokens_of(text, strlen(text)), fault));
	}
}
END_TEST

int main(void)
{
	TCase *tcase = tcase_create("lexer");

	tcase_add_loop_test(tcase, text_becomes_tokens, 0, sizeof(cases) / sizeof(cases[0]));
	tcase_add_test(tcase, a_nul_is_a_control_character);
	tcase_add_test(tcase, a_line_has_at_most_4096_bytes);
	return suite_run("lexer", tcase);
}
