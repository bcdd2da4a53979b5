/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What happens: the lines with `at`. */

#include <string.h>

#include "scenario/parser.h"

static bool read_change(struct parser *parser, struct change *change)
{
	const char *what = parser->words[3], *word = parser->words[4];
	const struct timeline *timeline = parser->timeline;
	uint64_t held = 0;

	if (timeline->parties[change->party].n == 0)
		return parser_complain(parser, "'%s' is no tuple", parser->words[2]);
	if (strcmp(what, "rate") == 0) {
		change->kind = CHANGE_RATE;
		return parser_read_rate(parser, word, &change->rate);
	}
	if (strcmp(what, "lasts") == 0) {
		change->kind = CHANGE_LASTS;
		return parser_read_duration(parser, word, &change->lasts);
	}
	if (strcmp(what, "held") == 0 || strcmp(what, "forgotten") == 0) {
		change->kind = what[0] == 'h' ? CHANGE_HELD : CHANGE_FORGOTTEN;
		if (!parser_read_count(parser, word, timeline->high - timeline->low + 1u, &held))
			return false;
		change->held = (uint32_t)held;
		return true;
	}
	return parser_complain(parser, "'%s' is none of rate, lasts, held, forgotten", what);
}

/* What happens to no party in particular: tw_reuse N, readings fail|work, daemon restarts. */
static bool read_general(struct parser *parser, struct change *change)
{
	const char *what = parser->words[2], *how = parser->words[3];

	if (strcmp(what, "tw_reuse") == 0) {
		change->kind = CHANGE_REUSE;
		return parser_read_reuse(parser, how, &change->tw_reuse);
	}
	if (strcmp(what, "readings") == 0 &&
	    (strcmp(how, "fail") == 0 || strcmp(how, "work") == 0)) {
		change->kind = CHANGE_SIGHT;
		change->fails = how[0] == 'f';
		return true;
	}
	if (strcmp(what, "daemon") == 0 && strcmp(how, "restarts") == 0) {
		change->kind = CHANGE_RESTART;
		return true;
	}
	return parser_complain(parser, "'%s %s' is nothing that happens", what, how);
}

/* at TIME NAME rate|lasts|held|forgotten VALUE, at TIME WHAT HOW */
bool parser_read_at(struct parser *parser)
{
	struct timeline *timeline = parser->timeline;
	struct change *change = &timeline->changes[timeline->n_changes];
	bool general = parser->n_words == 4;

	if (!general && !parser_want_words(parser, 5))
		return false;
	if (parser->ended)
		return parser_complain(parser, "nothing happens after the end");
	if (timeline->n_changes == TIMELINE_MAX_CHANGES)
		return parser_complain(parser, "more than %d changes", TIMELINE_MAX_CHANGES);
	*change = (struct change){ 0 };
	if (!parser_read_duration(parser, parser->words[1], &change->at))
		return false;
	if (general ? !read_general(parser, change)
		    : !parser_read_party(parser, parser->words[2], &change->party) ||
			      !read_change(parser, change))
		return false;
	if (timeline->n_changes > 0 && change->at < change[-1].at)
		return parser_complain(parser, "%s lies before the line above", parser->words[1]);
	timeline->n_changes++;
	return true;
}
