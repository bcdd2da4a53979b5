/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Words of a line, and what they can mean on their own. */

#include "scenario/parser.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/parse.h"

bool parser_complain(struct parser *parser, const char *format, ...)
{
	va_list args;

	fprintf(stderr, "%s:%u: ", parser->timeline->path, parser->line);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	parser->failed = true;
	return false;
}

bool parser_want_words(struct parser *parser, size_t n)
{
	return parser->n_words == n ||
	       parser_complain(parser, "'%s' takes %zu words, not %zu", parser->words[0], n - 1,
			       parser->n_words - 1);
}

bool parser_read_duration(struct parser *parser, const char *word, sw_usec *ret)
{
	return sw_parse_duration(word, ret) == 0 ||
	       parser_complain(parser, "'%s' is no duration such as 5s or 10min", word);
}

bool parser_read_count(struct parser *parser, const char *word, uint64_t max, uint64_t *ret)
{
	return sw_parse_number(word, max, ret) == 0 ||
	       parser_complain(parser, "'%s' is no number up to %llu", word,
			       (unsigned long long)max);
}

bool parser_read_rate(struct parser *parser, const char *word, double *ret)
{
	char *end;

	*ret = strtod(word, &end);
	return (end != word && *end == '\0' && isfinite(*ret) && *ret >= 0) ||
	       parser_complain(parser, "'%s' is no rate", word);
}

bool parser_read_party(struct parser *parser, const char *word, size_t *ret)
{
	for (*ret = 0; *ret < parser->timeline->n_parties; (*ret)++)
		if (strcmp(parser->timeline->parties[*ret].name, word) == 0)
			return true;
	return parser_complain(parser, "no tuple is called '%s'", word);
}

bool parser_read_reuse(struct parser *parser, const char *word, unsigned int *ret)
{
	uint64_t number;

	if (!parser_read_count(parser, word, 2, &number))
		return false;
	*ret = (unsigned int)number;
	return true;
}

bool parser_read_range(struct parser *parser, const char *word, uint16_t *ret_low,
		       uint16_t *ret_high)
{
	const char *at = word;
	uint64_t low, high;

	if (sw_parse_digits(&at, UINT16_MAX, &low) < 0 || *at++ != '-' ||
	    sw_parse_number(at, UINT16_MAX, &high) < 0 || low == 0 || low > high)
		return parser_complain(parser, "'%s' is no range LOW-HIGH", word);
	*ret_low = (uint16_t)low;
	*ret_high = (uint16_t)high;
	return true;
}
