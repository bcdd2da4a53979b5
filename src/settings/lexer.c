/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A logical line is cut in place, in the lexer's own buffer, so that nothing is allocated. */
#include "settings/lexer.h"

#include <string.h>

#include "base/utf8.h"

void sw_lexer_init(struct sw_lexer *lexer, const char *text, size_t size)
{
	lexer->at = text;
	lexer->end = text + size;
	lexer->line = 0;
}

struct line {
	const char *text; /* without its end */
	size_t length;
};

static bool take_line(struct sw_lexer *lexer, struct line *ret)
{
	size_t left = (size_t)(lexer->end - lexer->at);
	const char *end;

	if (left == 0)
		return false;
	end = memchr(lexer->at, '\n', left);
	ret->text = lexer->at;
	ret->length = end == NULL ? left : (size_t)(end - lexer->at);
	lexer->at = end == NULL ? lexer->end : end + 1;
	lexer->line++;
	return true;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static void trim(struct line *line)
{
	while (line->length > 0 && is_blank(line->text[0])) {
		line->text++;
		line->length--;
	}
	while (line->length > 0 && is_blank(line->text[line->length - 1]))
		line->length--;
}

static bool is_comment(const struct line *line)
{
	return line->length > 0 && (line->text[0] == '#' || line->text[0] == ';');
}

/* What is wrong with the characters of a line; NULL = nothing. */
static const char *check(const struct line *line)
{
	uint32_t character;
	size_t length;

	for (size_t at = 0; at < line->length; at += length) {
		length = sw_utf8_decode(line->text + at, line->length - at, &character);
		if (length == 0)
			return "there is something that is not UTF-8";
		if (character == '\r')
			return "there is a carriage return: lines end in a newline alone";
		if (sw_utf8_is_control(character) && character != '\t')
			return "there is a control character";
	}
	return NULL;
}

/* Puts a line behind those it continues. Says what is wrong, or NULL. */
static const char *append(struct sw_lexer *lexer, struct line line, size_t *used, bool *ret_more)
{
	const char *fault = check(&line);

	*ret_more = true;
	/* A comment between two lines that belong together is no part of them. */
	trim(&line);
	if (fault != NULL || (*used > 0 && is_comment(&line)))
		return fault;
	*ret_more = line.length > 0 && line.text[line.length - 1] == '\\';
	if (*used + line.length > SW_LEXER_MAX_LINE)
		return "the line is longer than 4096 bytes";
	memcpy(lexer->text + *used, line.text, line.length);
	*used += line.length;
	if (*ret_more)
		lexer->text[*used - 1] = ' ';
	return NULL;
}

/* Takes a line with its continuations into `text`: of a comment, nothing. Returns the fault. */
static const char *take_logical_line(struct sw_lexer *lexer, struct line line, size_t *ret_length)
{
	bool more;

	*ret_length = 0;
	if (is_comment(&line))
		return check(&line);
	for (;;) {
		const char *fault = append(lexer, line, ret_length, &more);

		if (fault != NULL || !more)
			return fault;
		if (!take_line(lexer, &line))
			return "the last line ends in a backslash";
	}
}

/* Ends a text where it stands in the buffer and takes the blanks off both ends. */
static char *cut(char *text, char *end)
{
	while (end > text && is_blank(end[-1]))
		end--;
	*end = '\0';
	while (is_blank(*text))
		text++;
	return text;
}

static size_t name_length(const char *text)
{
	return strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789");
}

/* [Name] or [Name "in quotes"]. */
static const char *split_section(char *text, struct sw_token *ret)
{
	static const char fault[] = "a section is written as [Name] or [Name \"name\"]";
	char *name = text + 1, *at = name + name_length(name), *end;

	ret->name = name;
	if (at == name)
		return fault;
	if (is_blank(*at)) {
		*at++ = '\0';
		at += strspn(at, " \t");
		end = *at == '"' ? strchr(at + 1, '"') : NULL;
		if (end == NULL)
			return fault;
		ret->value = at + 1;
		*end++ = '\0';
		at = end;
	}
	if (strcmp(at, "]") != 0)
		return fault;
	*at = '\0';
	return NULL;
}

static const char *split_assignment(char *text, struct sw_token *ret)
{
	char *equals = strchr(text, '=');

	if (equals == NULL)
		return "this is neither [Section] nor Key=Value";
	ret->value = cut(equals + 1, equals + strlen(equals));
	ret->name = cut(text, equals);
	if (ret->name[0] == '\0' || ret->name[name_length(ret->name)] != '\0')
		return "what stands before the = is no name of a key";
	return NULL;
}

/* What is in the buffer: a section or an assignment. */
static const char *split(char *text, struct sw_token *ret)
{
	if (text[0] == '[') {
		ret->kind = SW_TOKEN_SECTION;
		return split_section(text, ret);
	}
	ret->kind = SW_TOKEN_ASSIGNMENT;
	return split_assignment(text, ret);
}

void sw_lexer_next(struct sw_lexer *lexer, struct sw_token *ret)
{
	const char *fault = NULL;
	struct line line;
	size_t length = 0;

	*ret = (struct sw_token){ .kind = SW_TOKEN_END };
	while (fault == NULL && length == 0) {
		if (!take_line(lexer, &line))
			return;
		ret->line = lexer->line;
		trim(&line);
		fault = take_logical_line(lexer, line, &length);
	}
	if (fault != NULL)
		ret->line = lexer->line; /* the one of several that is wrong */
	else
		fault = split(cut(lexer->text, lexer->text + length), ret);
	if (fault != NULL) {
		ret->kind = ret->kind == SW_TOKEN_SECTION ? SW_TOKEN_SECTION_FAULT : SW_TOKEN_FAULT;
		ret->value = fault;
	}
}
