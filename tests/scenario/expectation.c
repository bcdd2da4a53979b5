/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What is expected: the lines behind `end`. */

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/parse.h"
#include "scenario/parser.h"

static bool read_severity(struct parser *parser, const char *word, enum sw_level *ret)
{
	for (*ret = SW_LEVEL_NOTICE; *ret <= SW_LEVEL_CRITICAL; (*ret)++)
		if (strcmp(word, sw_level_to_string(*ret)) == 0)
			return true;
	return parser_complain(parser, "'%s' is none of notice, warning, critical", word);
}

/* [after TIME] [by TIME], from word `i` on */
static bool read_window(struct parser *parser, size_t i, struct expectation *expectation)
{
	if (i + 1 < parser->n_words && strcmp(parser->words[i], "after") == 0) {
		if (!parser_read_duration(parser, parser->words[i + 1], &expectation->after))
			return false;
		i += 2;
	}
	if (i + 1 < parser->n_words && strcmp(parser->words[i], "by") == 0) {
		if (!parser_read_duration(parser, parser->words[i + 1], &expectation->by))
			return false;
		i += 2;
	}
	if (i < parser->n_words)
		return parser_complain(parser, "'%s' is neither 'after TIME' nor 'by TIME'",
				       parser->words[i]);
	if (expectation->after > expectation->by || expectation->after > parser->timeline->end ||
	    (expectation->by != UINT64_MAX && expectation->by > parser->timeline->end))
		return parser_complain(parser, "that is never, or after the end");
	return true;
}

/* critical [TIME] before failure, from word `i` on */
static bool read_forewarning(struct parser *parser, size_t i, struct expectation *expectation)
{
	size_t n = parser->n_words - i;

	expectation->kind = EXPECT_FOREWARN;
	if (n < 3 || n > 4 || strcmp(parser->words[parser->n_words - 2], "before") != 0 ||
	    strcmp(parser->words[parser->n_words - 1], "failure") != 0)
		return parser_complain(parser, "write 'critical [TIME] before failure'");
	return n == 3 || parser_read_duration(parser, parser->words[i + 1], &expectation->ahead);
}

/* What comes behind the name and how often, from word `i` on. */
static bool read_expectation(struct parser *parser, size_t i, struct expectation *expectation)
{
	static const enum sw_event_state states[] = { SW_EVENT_FIRING, SW_EVENT_CHANGED,
						      SW_EVENT_REPEAT, SW_EVENT_RESOLVED };
	const char *what = parser->words[i];

	if (strcmp(what, "fails") == 0) {
		expectation->kind = EXPECT_FAILURE;
		return read_window(parser, i + 1, expectation);
	}
	if (strcmp(what, "critical") == 0)
		return read_forewarning(parser, i, expectation);
	for (size_t k = 0; k < SW_ARRAY_SIZE(states); k++) {
		if (strcmp(what, sw_event_state_to_string(states[k])) != 0)
			continue;
		expectation->state = states[k];
		if (states[k] == SW_EVENT_REPEAT || states[k] == SW_EVENT_RESOLVED)
			return read_window(parser, i + 1, expectation);
		if (i + 1 == parser->n_words)
			return parser_complain(parser, "'%s' needs a severity", what);
		return read_severity(parser, parser->words[i + 1], &expectation->severity) &&
		       read_window(parser, i + 2, expectation);
	}
	return parser_complain(parser, "'%s' is nothing to expect", what);
}

static void join_words(const struct parser *parser, char *buffer, size_t size)
{
	size_t used = 0;

	buffer[0] = '\0';
	for (size_t i = 0; i < parser->n_words && used < size; i++)
		used += (size_t)snprintf(buffer + used, size - used, "%s%s", i == 0 ? "" : " ",
					 parser->words[i]);
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* "20x": the same that often. */
static bool read_times(struct parser *parser, const char *word, uint64_t *ret)
{
	const char *at = word;

	*ret = 1;
	if (!is_digit(word[0]))
		return true;
	return (sw_parse_digits(&at, TIMELINE_MAX_EXPECTATIONS, ret) == 0 && strcmp(at, "x") == 0 &&
		*ret > 0) ||
	       parser_complain(parser, "'%s' is no number of times such as 20x", word);
}

/* The rule that is meant when none is named. */
static enum sw_rule default_rule(const struct timeline *timeline, size_t party)
{
	if (party == PARTY_BLIND)
		return SW_RULE_BLIND;
	if (party == PARTY_HOOK)
		return SW_RULE_HOOK_FAILED;
	if (party == PARTY_HOST && timeline->all_rules)
		return SW_RULE_TIME_WAIT_LIMIT;
	return timeline->rule;
}

/* NAME [RULE] [Nx] WHAT ... */
static bool add_expectations(struct parser *parser)
{
	struct timeline *timeline = parser->timeline;
	struct expectation expectation = { .by = UINT64_MAX, .line = parser->line };
	uint64_t n = 1;
	size_t i = 2;

	join_words(parser, expectation.text, sizeof(expectation.text));
	if (!parser_read_party(parser, parser->words[1], &expectation.party))
		return false;
	expectation.rule = default_rule(timeline, expectation.party);
	i += sw_rule_parse(parser->words[i], &expectation.rule) == 0;
	if (i < parser->n_words && !read_times(parser, parser->words[i], &n))
		return false;
	i += i < parser->n_words && is_digit(parser->words[i][0]);
	if (i == parser->n_words)
		return parser_complain(parser, "'%s' what?", parser->words[i - 1]);
	if (!read_expectation(parser, i, &expectation))
		return false;
	if (timeline->n_expectations + n > TIMELINE_MAX_EXPECTATIONS)
		return parser_complain(parser, "more than %d expectations",
				       TIMELINE_MAX_EXPECTATIONS);
	while (n-- > 0)
		timeline->expectations[timeline->n_expectations++] = expectation;
	return true;
}

/* expect nothing, expect NAME ... */
bool parser_read_expect(struct parser *parser)
{
	if (!parser->ended)
		return parser_complain(parser, "'expect' belongs after 'end'");
	if (parser->nothing || (parser->n_words == 2 && parser->timeline->n_expectations > 0))
		return parser_complain(parser, "'expect nothing' stands alone");
	if (parser->n_words == 2 && strcmp(parser->words[1], "nothing") == 0) {
		parser->nothing = true;
		return true;
	}
	if (parser->n_words < 3)
		return parser_complain(parser, "write 'expect nothing' or 'expect NAME ...'");
	return add_expectations(parser);
}
