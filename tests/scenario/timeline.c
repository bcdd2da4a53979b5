/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A line is words; the first says which function below takes the rest. */

#include "scenario/timeline.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/parse.h"
#include "scenario/parser.h"

static bool read_rule(struct parser *parser)
{
	struct timeline *timeline = parser->timeline;

	timeline->all_rules = strcmp(parser->words[1], "all") == 0;
	return timeline->all_rules || sw_rule_parse(parser->words[1], &timeline->rule) == 0 ||
	       parser_complain(parser, "'%s' is no rule", parser->words[1]);
}

/* The keywords that stand at the top of a file, once at most, with one word. */
static bool read_setting(struct parser *parser)
{
	struct timeline *timeline = parser->timeline;
	const char *key = parser->words[0];
	uint64_t number = 0;

	for (size_t i = 0; i < parser->n_said; i++)
		if (strcmp(parser->said[i], key) == 0)
			return parser_complain(parser, "'%s' has been said before", key);
	if (timeline->n_parties > N_OWN_PARTIES)
		return parser_complain(parser, "'%s' belongs before the first tuple", key);
	if (!parser_want_words(parser, 2))
		return false;
	if (strcmp(key, "range") == 0)
		return parser_read_range(parser, parser->words[1], &timeline->low, &timeline->high);
	if (strcmp(key, "rule") == 0)
		return read_rule(parser);
	if (strcmp(key, "start") == 0)
		return parser_read_duration(parser, parser->words[1], &timeline->start);
	if (strcmp(key, "interval") == 0) {
		if (!parser_read_duration(parser, parser->words[1], &timeline->interval))
			return false;
		return timeline->interval >= SW_USEC_PER_SEC / 10 ||
		       parser_complain(parser, "an interval is at least 100ms");
	}
	if (strcmp(key, "tw_reuse") == 0)
		return parser_read_reuse(parser, parser->words[1], &timeline->tw_reuse);
	if (strcmp(key, "noise") == 0) {
		if (!parser_read_count(parser, parser->words[1], 100, &number))
			return false;
		timeline->n_noisy = (unsigned int)number;
		timeline->n_noisy_full = 10 * timeline->n_noisy;
		return true;
	}
	if (!parser_read_count(parser, parser->words[1], UINT32_MAX, &number))
		return false;
	timeline->max_buckets = (uint32_t)number;
	return true;
}

/* "10.0.0.5->10.0.0.9:5432" */
static bool read_tuple(struct parser *parser, char *word, struct sw_tuple *ret)
{
	char *arrow = strstr(word, "->");

	*ret = (struct sw_tuple){ 0 };
	if (arrow == NULL)
		return parser_complain(parser, "'%s' is no tuple SOURCE->DESTINATION:PORT", word);
	*arrow = '\0';
	if (sw_addr_parse(word, NULL, &ret->source) < 0)
		return parser_complain(parser, "'%s' is no address", word);
	if (sw_endpoint_parse(arrow + 2, NULL, &ret->destination, &ret->port) < 0 || ret->port == 0)
		return parser_complain(parser, "'%s' is no ADDRESS:PORT", arrow + 2);
	return true;
}

/* bind() has one address to itself. */
static bool check_binder(struct parser *parser, const struct party *party)
{
	for (size_t i = 0; party->binds && i < parser->timeline->n_parties; i++) {
		const struct party *other = &parser->timeline->parties[i];

		if (other->binds && !sw_addr_equal(&other->tuple.source, &party->tuple.source))
			return parser_complain(parser, "'%s' binds another address", other->name);
	}
	return true;
}

/* The last word, where it is one of these. */
static void take_trait(struct parser *parser, struct party *party)
{
	const char *word = parser->words[parser->n_words - 1];

	party->inbound = strcmp(word, "inbound") == 0;
	party->here = party->inbound || strcmp(word, "here") == 0;
	party->binds = strcmp(word, "binds") == 0;
	parser->n_words -= party->here || party->binds;
}

/* tuple NAME TUPLE [TRAIT], tuples NAME COUNT TUPLE [TRAIT] */
static bool add_party(struct parser *parser)
{
	struct timeline *timeline = parser->timeline;
	struct party *party = &timeline->parties[timeline->n_parties];
	bool many = strcmp(parser->words[0], "tuples") == 0;
	struct party fresh = { 0 };
	uint64_t n = 1;

	take_trait(parser, &fresh);
	if (!parser_want_words(parser, many ? 4 : 3))
		return false;
	if (timeline->n_parties == TIMELINE_MAX_NAMES)
		return parser_complain(parser, "more than %d names", TIMELINE_MAX_NAMES);
	if (strlen(parser->words[1]) >= TIMELINE_NAME_SIZE)
		return parser_complain(parser, "'%s' is too long a name", parser->words[1]);
	for (size_t i = 0; i < timeline->n_parties; i++)
		if (strcmp(timeline->parties[i].name, parser->words[1]) == 0)
			return parser_complain(parser, "'%s' has been named before",
					       parser->words[1]);
	if (parser_is_taken(parser->words[1]))
		return parser_complain(parser, "'%s' is no name", parser->words[1]);
	*party = fresh;
	snprintf(party->name, sizeof(party->name), "%s", parser->words[1]);
	if (many && (!parser_read_count(parser, parser->words[2], UINT16_MAX, &n) || n == 0))
		return parser_complain(parser, "how many tuples?");
	party->n = (uint32_t)n;
	if (!read_tuple(parser, parser->words[many ? 3 : 2], &party->tuple) ||
	    !check_binder(parser, party))
		return false;
	timeline->n_parties++;
	return true;
}

static bool set_end(struct parser *parser)
{
	struct timeline *timeline = parser->timeline;

	if (!parser_want_words(parser, 2) ||
	    !parser_read_duration(parser, parser->words[1], &timeline->end))
		return false;
	if (parser->ended)
		return parser_complain(parser, "it has ended before");
	parser->ended = true;
	if (timeline->end < parser->latest)
		return parser_complain(parser, "the end lies before the line above");
	return parser_unfold_changes(parser);
}

static const struct keyword {
	const char *word;
	bool (*read)(struct parser *parser);
} keywords[] = {
	{ "range", read_setting },    { "interval", read_setting },
	{ "tw_reuse", read_setting }, { "noise", read_setting },
	{ "start", read_setting },    { "rule", read_setting },
	{ "tuple", add_party },       { "max_tw_buckets", read_setting },
	{ "tuples", add_party },      { "at", parser_read_at },
	{ "end", set_end },           { "expect", parser_read_expect },
};

static void read_line(struct parser *parser, char *text)
{
	char *rest = text;

	parser->line++;
	parser->n_words = 0;
	text[strcspn(text, "#\n")] = '\0';
	for (char *word; (word = strtok_r(rest, " \t", &rest)) != NULL;) {
		if (parser->n_words == PARSER_MAX_WORDS) {
			parser_complain(parser, "too many words");
			return;
		}
		parser->words[parser->n_words++] = word;
	}
	if (parser->n_words == 0)
		return;
	for (size_t i = 0; i < SW_ARRAY_SIZE(keywords); i++) {
		if (strcmp(parser->words[0], keywords[i].word) != 0)
			continue;
		if (keywords[i].read(parser) && keywords[i].read == read_setting)
			parser->said[parser->n_said++] = keywords[i].word;
		return;
	}
	parser_complain(parser, "'%s' is no keyword", parser->words[0]);
}

bool timeline_read(struct timeline *timeline, const char *path)
{
	struct parser parser = { .timeline = timeline };
	FILE *file = fopen(path, "re");
	char *text = NULL;
	size_t size = 0;

	*timeline = (struct timeline){
		.path = path,
		.low = 32768,
		.high = 60999,
		.tw_reuse = 2, /* what the kernel starts with, and half its hash table on 8 GiB */
		.max_buckets = 131072,
		.parties = { [PARTY_GROUP] = { .name = "group" },
			     [PARTY_BLIND] = { .name = "blind" },
			     [PARTY_HOOK] = { .name = "hook" },
			     [PARTY_HOST] = { .name = "host" } },
		.n_parties = N_OWN_PARTIES,
		.interval = 5 * SW_USEC_PER_SEC,
		.n_noisy_full = 10,
	};
	if (file == NULL) {
		fprintf(stderr, "%s: %s\n", path, strerror(errno));
		return false;
	}
	while (getline(&text, &size, file) >= 0)
		read_line(&parser, text);
	free(text);
	fclose(file);
	if (!parser.ended)
		parser_complain(&parser, "there is no 'end'");
	if (!parser.nothing && timeline->n_expectations == 0)
		parser_complain(&parser, "nothing is expected; then write 'expect nothing'");
	return !parser.failed;
}
