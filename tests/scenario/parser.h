/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Parser: the file that is being read, line by line, and one reader for each kind of word. */

#include "scenario/timeline.h"

#define PARSER_MAX_WORDS 10

struct parser {
	struct timeline *timeline;
	unsigned int line;
	char *words[PARSER_MAX_WORDS];
	size_t n_words;
	const char *said[8]; /* keywords that may come once, and have */
	size_t n_said;
	sw_usec latest; /* change so far */
	bool ended;
	bool nothing; /* "expect nothing" */
	bool failed;
};

/* Says what is wrong with the line, as file:line. Returns false. */
bool parser_complain(struct parser *parser, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Each of these returns false after a complaint. */

/* Has the line so many words, the first included? */
bool parser_want_words(struct parser *parser, size_t n);

bool parser_read_duration(struct parser *parser, const char *word, sw_usec *ret);
bool parser_read_count(struct parser *parser, const char *word, uint64_t max, uint64_t *ret);
bool parser_read_rate(struct parser *parser, const char *word, double *ret);
bool parser_read_reuse(struct parser *parser, const char *word, unsigned int *ret);

/* The number of the party of that name. */
bool parser_read_party(struct parser *parser, const char *word, size_t *ret);

/* LOW-HIGH */
bool parser_read_range(struct parser *parser, const char *word, uint16_t *ret_low,
		       uint16_t *ret_high);

/* Means a word something else behind `at TIME`, so that no party can be called so? */
bool parser_is_taken(const char *name);

/* at TIME ... */
bool parser_read_at(struct parser *parser);

/* Makes of every line with `every` as many changes as come of it, and puts all in order. */
bool parser_unfold_changes(struct parser *parser);

/* expect ... */
bool parser_read_expect(struct parser *parser);
