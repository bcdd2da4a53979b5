/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Lexer: the text of a configuration file into sections and assignments, the
 * way systemd.syntax(7) has them, and strict: what is neither is a fault, and
 * nothing is cut or guessed. After a fault it goes on with the next line.
 *
 *     # or ; begin a comment, at the start of a line only
 *     [Section]
 *     [Section "NAME"]
 *     Key=Value            a \ at the end goes on with the next line
 */

#include <stddef.h>
#include <stdint.h>

/* A line with all its continuations may be this long. */
#define SW_LEXER_MAX_LINE 4096

enum sw_token_kind {
	SW_TOKEN_END,
	SW_TOKEN_SECTION,
	SW_TOKEN_ASSIGNMENT,
	SW_TOKEN_FAULT,
	SW_TOKEN_SECTION_FAULT, /* the same, of what should have been a section */
};

/* Its texts are good until the next one is asked for, and hold no control character but tabs. */
struct sw_token {
	enum sw_token_kind kind;
	uint32_t line;
	const char *name;  /* of the section or the key */
	const char *value; /* of the assignment; of a section what is in quotes, or NULL; the fault
			    */
};

struct sw_lexer {
	const char *at, *end;
	uint32_t line; /* of the line taken last */
	char text[SW_LEXER_MAX_LINE + 1];
};

/* Begins with `size` bytes of `text`, which are borrowed. */
void sw_lexer_init(struct sw_lexer *lexer, const char *text, size_t size);

void sw_lexer_next(struct sw_lexer *lexer, struct sw_token *ret);
