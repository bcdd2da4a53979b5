/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What happens: the lines with `at`. */

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "scenario/parser.h"

/* One of several words. Returns which, or -1 after a complaint. */
static int read_choice(struct parser *parser, const char *word, const char *const *choices)
{
	for (int i = 0; choices[i] != NULL; i++)
		if (strcmp(word, choices[i]) == 0)
			return i;
	parser_complain(parser, "'%s %s' is nothing that happens", parser->words[2],
			parser->words[3]);
	return -1;
}

static bool read_reuse(struct parser *parser, struct change *change)
{
	change->kind = CHANGE_REUSE;
	return parser_read_reuse(parser, parser->words[3], &change->tw_reuse);
}

static bool read_sight(struct parser *parser, struct change *change)
{
	int choice =
		read_choice(parser, parser->words[3], (const char *[]){ "fail", "work", NULL });

	change->kind = CHANGE_SIGHT;
	change->fails = choice == 0;
	return choice >= 0;
}

static bool read_restart(struct parser *parser, struct change *change)
{
	change->kind = CHANGE_RESTART;
	return read_choice(parser, parser->words[3], (const char *[]){ "restarts", NULL }) >= 0;
}

static bool read_range(struct parser *parser, struct change *change)
{
	change->kind = CHANGE_RANGE;
	return parser_read_range(parser, parser->words[3], &change->low, &change->high);
}

/* forward TIME, back TIME */
static bool read_clock(struct parser *parser, struct change *change)
{
	int choice =
		read_choice(parser, parser->words[3], (const char *[]){ "forward", "back", NULL });

	change->kind = CHANGE_CLOCK;
	change->back = choice == 1;
	return choice >= 0 && parser_read_duration(parser, parser->words[4], &change->lasts);
}

/* sleeps TIME */
static bool read_sleep(struct parser *parser, struct change *change)
{
	change->kind = CHANGE_SLEEP;
	return read_choice(parser, parser->words[3], (const char *[]){ "sleeps", NULL }) >= 0 &&
	       parser_read_duration(parser, parser->words[4], &change->lasts);
}

static bool read_counters(struct parser *parser, struct change *change)
{
	change->kind = CHANGE_COUNTERS;
	return parser_read_count(parser, parser->words[3], UINT64_MAX, &change->counters);
}

static bool read_hook(struct parser *parser, struct change *change)
{
	int choice = read_choice(parser, parser->words[3],
				 (const char *[]){ "works", "fails", "leaves", NULL });

	change->kind = CHANGE_HOOK;
	change->fails = choice == 1;
	change->gone = choice == 2;
	return choice >= 0;
}

/* What happens to no party in particular. */
static const struct general {
	const char *word;
	size_t n_words;
	bool (*read)(struct parser *parser, struct change *change);
} generals[] = {
	{ "tw_reuse", 4, read_reuse },    { "readings", 4, read_sight },
	{ "daemon", 4, read_restart },    { "range", 4, read_range },
	{ "clock", 5, read_clock },       { "machine", 5, read_sleep },
	{ "counters", 4, read_counters }, { "hook", 4, read_hook },
};

static const struct general *find_general(const char *word)
{
	for (size_t i = 0; i < SW_ARRAY_SIZE(generals); i++)
		if (strcmp(word, generals[i].word) == 0)
			return &generals[i];
	return NULL;
}

bool parser_is_taken(const char *name)
{
	return find_general(name) != NULL || strcmp(name, "every") == 0;
}

static bool read_rate(struct parser *parser, struct change *change)
{
	return parser_read_rate(parser, parser->words[4], &change->rate);
}

/* R per second, or all of them. */
static bool read_accepts(struct parser *parser, struct change *change)
{
	change->rate = -1;
	return strcmp(parser->words[4], "all") == 0 || read_rate(parser, change);
}

static bool read_lasts(struct parser *parser, struct change *change)
{
	return parser_read_duration(parser, parser->words[4], &change->lasts);
}

static bool read_held(struct parser *parser, struct change *change)
{
	const struct timeline *timeline = parser->timeline;
	uint64_t held = 0;

	if (!parser_read_count(parser, parser->words[4], timeline->high - timeline->low + 1u,
			       &held))
		return false;
	change->held = (uint32_t)held;
	return true;
}

static bool read_peer(struct parser *parser, struct change *change)
{
	/* In the order of enum traffic_peer. */
	change->peer = read_choice(parser, parser->words[4],
				   (const char *[]){ "up", "silent", "down", NULL });
	return change->peer >= 0;
}

/* What happens to one. */
static const struct special {
	const char *word;
	enum change_kind kind;
	bool (*read)(struct parser *parser, struct change *change);
	bool here; /* only where the destination is */
} specials[] = {
	{ "rate", CHANGE_RATE, read_rate, false },
	{ "lasts", CHANGE_LASTS, read_lasts, false },
	{ "held", CHANGE_HELD, read_held, false },
	{ "forgotten", CHANGE_FORGOTTEN, read_held, false },
	{ "peer", CHANGE_PEER, read_peer, false },
	{ "accepts", CHANGE_ACCEPTS, read_accepts, true },
	{ "backlog", CHANGE_BACKLOG, read_held, true },
	{ "strays", CHANGE_STRAYS, read_rate, true },
};

static bool read_of_party(struct parser *parser, struct change *change)
{
	const char *what = parser->words[3];
	const struct party *party;

	if (!parser_want_words(parser, 5) ||
	    !parser_read_party(parser, parser->words[2], &change->party))
		return false;
	party = &parser->timeline->parties[change->party];
	if (party->n == 0)
		return parser_complain(parser, "'%s' is no tuple", parser->words[2]);
	for (size_t i = 0; i < SW_ARRAY_SIZE(specials); i++) {
		if (strcmp(what, specials[i].word) != 0)
			continue;
		if (specials[i].here && !party->here)
			return parser_complain(parser, "'%s' has no listener here",
					       parser->words[2]);
		change->kind = specials[i].kind;
		return specials[i].read(parser, change);
	}
	return parser_complain(parser,
			       "'%s' is none of rate, lasts, held, forgotten, peer, accepts, "
			       "backlog, strays",
			       what);
}

static void drop_words(struct parser *parser, size_t at, size_t n)
{
	parser->n_words -= n;
	for (size_t i = at; i < parser->n_words; i++)
		parser->words[i] = parser->words[i + n];
}

/* "TIME [every TIME [until TIME]]" behind `at`; leaves the line as if it were without the latter.
 */
static bool read_when(struct parser *parser, struct change *change)
{
	change->until = UINT64_MAX;
	if (!parser_read_duration(parser, parser->words[1], &change->at))
		return false;
	if (parser->n_words < 5 || strcmp(parser->words[2], "every") != 0)
		return true;
	if (!parser_read_duration(parser, parser->words[3], &change->every))
		return false;
	if (change->every == 0)
		return parser_complain(parser, "'every %s' is all the time", parser->words[3]);
	drop_words(parser, 2, 2);
	if (parser->n_words < 5 || strcmp(parser->words[2], "until") != 0)
		return true;
	if (!parser_read_duration(parser, parser->words[3], &change->until))
		return false;
	drop_words(parser, 2, 2);
	return true;
}

/* The next place in the list, or NULL after a complaint. */
static struct change *add_change(struct parser *parser)
{
	struct timeline *timeline = parser->timeline;

	if (timeline->n_changes == TIMELINE_MAX_CHANGES) {
		parser_complain(parser, "more than %d changes", TIMELINE_MAX_CHANGES);
		return NULL;
	}
	return &timeline->changes[timeline->n_changes++];
}

bool parser_read_at(struct parser *parser)
{
	struct change change = { .line = parser->line }, *place;
	const struct general *general;

	if (parser->ended)
		return parser_complain(parser, "nothing happens after the end");
	if (parser->n_words < 4)
		return parser_complain(parser, "at which time, to whom, and what?");
	if (!read_when(parser, &change))
		return false;
	general = find_general(parser->words[2]);
	if (general == NULL ? !read_of_party(parser, &change)
			    : !parser_want_words(parser, general->n_words) ||
				      !general->read(parser, &change))
		return false;
	if (change.at < parser->latest)
		return parser_complain(parser, "%s lies before the line above", parser->words[1]);
	parser->latest = change.at;
	place = add_change(parser);
	if (place != NULL)
		*place = change;
	return place != NULL;
}

static int compare(const void *a, const void *b)
{
	const struct change *left = a, *right = b;

	if (left->at != right->at)
		return left->at < right->at ? -1 : 1;
	return left->line < right->line ? -1 : left->line > right->line;
}

/* Nothing happens on a machine that sleeps. */
static bool check_sleep(struct parser *parser)
{
	const struct timeline *timeline = parser->timeline;

	for (size_t i = 0; i < timeline->n_changes; i++) {
		const struct change *change = &timeline->changes[i];
		sw_usec wakes = change->at + change->lasts;
		sw_usec next = i + 1 < timeline->n_changes ? change[1].at : timeline->end;

		if (change->kind == CHANGE_SLEEP && next < wakes)
			return parser_complain(parser, "line %u: it sleeps beyond what is next",
					       change->line);
	}
	return true;
}

bool parser_unfold_changes(struct parser *parser)
{
	struct timeline *timeline = parser->timeline;
	size_t n = timeline->n_changes;

	for (size_t i = 0; i < n; i++) {
		struct change change = timeline->changes[i], *place;
		sw_usec until = SW_MIN(change.until, timeline->end);

		if (change.every == 0)
			continue;
		for (change.at += change.every; change.at <= until; change.at += change.every) {
			place = add_change(parser);
			if (place == NULL)
				return false;
			*place = change;
		}
	}
	qsort(timeline->changes, timeline->n_changes, sizeof(timeline->changes[0]), compare);
	return check_sleep(parser);
}
