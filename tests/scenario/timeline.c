/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A line is words; the first says which function below takes the rest. */

#include "scenario/timeline.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/parse.h"

#define MAX_WORDS 10

/* Those that no file declares: PARTY_GROUP and PARTY_BLIND. */
enum { N_OWN_NAMES = 2 };

struct parser {
	struct timeline *timeline;
	unsigned int line;
	char *words[MAX_WORDS];
	size_t n_words;
	const char *said[8]; /* keywords that may come once, and have */
	size_t n_said;
	bool ended;
	bool nothing; /* "expect nothing" */
	bool failed;
};

static bool complain(struct parser *parser, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static bool complain(struct parser *parser, const char *format, ...)
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

static bool want_words(struct parser *parser, size_t n)
{
	return parser->n_words == n || complain(parser, "'%s' takes %zu words, not %zu",
						parser->words[0], n - 1, parser->n_words - 1);
}

static bool read_duration(struct parser *parser, const char *word, sw_usec *ret)
{
	return sw_parse_duration(word, ret) == 0 ||
	       complain(parser, "'%s' is no duration such as 5s or 10min", word);
}

static bool read_count(struct parser *parser, const char *word, uint64_t max, uint64_t *ret)
{
	return sw_parse_number(word, max, ret) == 0 ||
	       complain(parser, "'%s' is no number up to %llu", word, (unsigned long long)max);
}

static bool read_rate(struct parser *parser, const char *word, double *ret)
{
	char *end;

	*ret = strtod(word, &end);
	return (end != word && *end == '\0' && isfinite(*ret) && *ret >= 0) ||
	       complain(parser, "'%s' is no rate", word);
}

static bool read_party(struct parser *parser, const char *word, size_t *ret)
{
	for (*ret = 0; *ret < parser->timeline->n_parties; (*ret)++)
		if (strcmp(parser->timeline->parties[*ret].name, word) == 0)
			return true;
	return complain(parser, "no tuple is called '%s'", word);
}

static bool read_reuse(struct parser *parser, const char *word, unsigned int *ret)
{
	uint64_t number;

	if (!read_count(parser, word, 2, &number))
		return false;
	*ret = (unsigned int)number;
	return true;
}

static bool read_range(struct parser *parser)
{
	const char *at = parser->words[1];
	uint64_t low, high;

	if (sw_parse_digits(&at, UINT16_MAX, &low) < 0 || *at++ != '-' ||
	    sw_parse_number(at, UINT16_MAX, &high) < 0 || low == 0 || low > high)
		return complain(parser, "'%s' is no range LOW-HIGH", parser->words[1]);
	parser->timeline->low = (uint16_t)low;
	parser->timeline->high = (uint16_t)high;
	return true;
}

/* The keywords that stand at the top of a file, once at most, with one word. */
static bool read_setting(struct parser *parser)
{
	struct timeline *timeline = parser->timeline;
	const char *key = parser->words[0];
	uint64_t number = 0;

	for (size_t i = 0; i < parser->n_said; i++)
		if (strcmp(parser->said[i], key) == 0)
			return complain(parser, "'%s' has been said before", key);
	if (timeline->n_parties > N_OWN_NAMES)
		return complain(parser, "'%s' belongs before the first tuple", key);
	if (!want_words(parser, 2))
		return false;
	if (strcmp(key, "range") == 0)
		return read_range(parser);
	if (strcmp(key, "rule") == 0)
		return sw_rule_parse(parser->words[1], &timeline->rule) == 0 ||
		       complain(parser, "'%s' is no rule", parser->words[1]);
	if (strcmp(key, "start") == 0)
		return read_duration(parser, parser->words[1], &timeline->start);
	if (strcmp(key, "interval") == 0) {
		if (!read_duration(parser, parser->words[1], &timeline->interval))
			return false;
		return timeline->interval >= SW_USEC_PER_SEC / 10 ||
		       complain(parser, "an interval is at least 100ms");
	}
	if (strcmp(key, "tw_reuse") == 0)
		return read_reuse(parser, parser->words[1], &timeline->tw_reuse);
	if (strcmp(key, "noise") == 0) {
		if (!read_count(parser, parser->words[1], 100, &number))
			return false;
		timeline->n_noisy = (unsigned int)number;
		return true;
	}
	if (!read_count(parser, parser->words[1], UINT32_MAX, &number))
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
		return complain(parser, "'%s' is no tuple SOURCE->DESTINATION:PORT", word);
	*arrow = '\0';
	if (sw_addr_parse(word, NULL, &ret->source) < 0)
		return complain(parser, "'%s' is no address", word);
	if (sw_endpoint_parse(arrow + 2, NULL, &ret->destination, &ret->port) < 0 || ret->port == 0)
		return complain(parser, "'%s' is no ADDRESS:PORT", arrow + 2);
	return true;
}

/* tuple NAME TUPLE, tuples NAME COUNT TUPLE */
static bool add_party(struct parser *parser)
{
	struct timeline *timeline = parser->timeline;
	struct party *party = &timeline->parties[timeline->n_parties];
	bool many = strcmp(parser->words[0], "tuples") == 0;
	uint64_t n = 1;

	if (!want_words(parser, many ? 4 : 3))
		return false;
	if (timeline->n_parties == TIMELINE_MAX_NAMES)
		return complain(parser, "more than %d names", TIMELINE_MAX_NAMES);
	if (strlen(parser->words[1]) >= TIMELINE_NAME_SIZE)
		return complain(parser, "'%s' is too long a name", parser->words[1]);
	for (size_t i = 0; i < timeline->n_parties; i++)
		if (strcmp(timeline->parties[i].name, parser->words[1]) == 0)
			return complain(parser, "'%s' has been named before", parser->words[1]);
	*party = (struct party){ 0 };
	snprintf(party->name, sizeof(party->name), "%s", parser->words[1]);
	if (many && (!read_count(parser, parser->words[2], UINT16_MAX, &n) || n == 0))
		return complain(parser, "how many tuples?");
	party->n = (uint32_t)n;
	if (!read_tuple(parser, parser->words[many ? 3 : 2], &party->tuple))
		return false;
	timeline->n_parties++;
	return true;
}

static bool read_change(struct parser *parser, struct change *change)
{
	const char *what = parser->words[3], *word = parser->words[4];
	const struct timeline *timeline = parser->timeline;
	uint64_t held = 0;

	if (timeline->parties[change->party].n == 0)
		return complain(parser, "'%s' is no tuple", parser->words[2]);
	if (strcmp(what, "rate") == 0) {
		change->kind = CHANGE_RATE;
		return read_rate(parser, word, &change->rate);
	}
	if (strcmp(what, "lasts") == 0) {
		change->kind = CHANGE_LASTS;
		return read_duration(parser, word, &change->lasts);
	}
	if (strcmp(what, "held") == 0 || strcmp(what, "forgotten") == 0) {
		change->kind = what[0] == 'h' ? CHANGE_HELD : CHANGE_FORGOTTEN;
		if (!read_count(parser, word, timeline->high - timeline->low + 1u, &held))
			return false;
		change->held = (uint32_t)held;
		return true;
	}
	return complain(parser, "'%s' is none of rate, lasts, held, forgotten", what);
}

/* What happens to no party in particular: tw_reuse N, readings fail|work, daemon restarts. */
static bool read_general(struct parser *parser, struct change *change)
{
	const char *what = parser->words[2], *how = parser->words[3];

	if (strcmp(what, "tw_reuse") == 0) {
		change->kind = CHANGE_REUSE;
		return read_reuse(parser, how, &change->tw_reuse);
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
	return complain(parser, "'%s %s' is nothing that happens", what, how);
}

/* at TIME NAME rate|lasts|held|forgotten VALUE, at TIME WHAT HOW */
static bool add_change(struct parser *parser)
{
	struct timeline *timeline = parser->timeline;
	struct change *change = &timeline->changes[timeline->n_changes];
	bool general = parser->n_words == 4;

	if (!general && !want_words(parser, 5))
		return false;
	if (parser->ended)
		return complain(parser, "nothing happens after the end");
	if (timeline->n_changes == TIMELINE_MAX_CHANGES)
		return complain(parser, "more than %d changes", TIMELINE_MAX_CHANGES);
	*change = (struct change){ 0 };
	if (!read_duration(parser, parser->words[1], &change->at))
		return false;
	if (general ? !read_general(parser, change)
		    : !read_party(parser, parser->words[2], &change->party) ||
			      !read_change(parser, change))
		return false;
	if (timeline->n_changes > 0 && change->at < change[-1].at)
		return complain(parser, "%s lies before the line above", parser->words[1]);
	timeline->n_changes++;
	return true;
}

static bool set_end(struct parser *parser)
{
	struct timeline *timeline = parser->timeline;

	if (!want_words(parser, 2) || !read_duration(parser, parser->words[1], &timeline->end))
		return false;
	if (parser->ended)
		return complain(parser, "it has ended before");
	parser->ended = true;
	if (timeline->n_changes > 0 &&
	    timeline->end < timeline->changes[timeline->n_changes - 1].at)
		return complain(parser, "the end lies before the line above");
	return true;
}

static bool read_severity(struct parser *parser, const char *word, enum sw_level *ret)
{
	for (*ret = SW_LEVEL_NOTICE; *ret <= SW_LEVEL_CRITICAL; (*ret)++)
		if (strcmp(word, sw_level_to_string(*ret)) == 0)
			return true;
	return complain(parser, "'%s' is none of notice, warning, critical", word);
}

/* [after TIME] [by TIME], from word `i` on */
static bool read_window(struct parser *parser, size_t i, struct expectation *expectation)
{
	if (i + 1 < parser->n_words && strcmp(parser->words[i], "after") == 0) {
		if (!read_duration(parser, parser->words[i + 1], &expectation->after))
			return false;
		i += 2;
	}
	if (i + 1 < parser->n_words && strcmp(parser->words[i], "by") == 0) {
		if (!read_duration(parser, parser->words[i + 1], &expectation->by))
			return false;
		i += 2;
	}
	if (i < parser->n_words)
		return complain(parser, "'%s' is neither 'after TIME' nor 'by TIME'",
				parser->words[i]);
	if (expectation->after > expectation->by || expectation->after > parser->timeline->end ||
	    (expectation->by != UINT64_MAX && expectation->by > parser->timeline->end))
		return complain(parser, "that is never, or after the end");
	return true;
}

/* critical [TIME] before failure, from word `i` on */
static bool read_forewarning(struct parser *parser, size_t i, struct expectation *expectation)
{
	size_t n = parser->n_words - i;

	expectation->kind = EXPECT_FOREWARN;
	if (n < 3 || n > 4 || strcmp(parser->words[parser->n_words - 2], "before") != 0 ||
	    strcmp(parser->words[parser->n_words - 1], "failure") != 0)
		return complain(parser, "write 'critical [TIME] before failure'");
	return n == 3 || read_duration(parser, parser->words[i + 1], &expectation->ahead);
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
			return complain(parser, "'%s' needs a severity", what);
		return read_severity(parser, parser->words[i + 1], &expectation->severity) &&
		       read_window(parser, i + 2, expectation);
	}
	return complain(parser, "'%s' is nothing to expect", what);
}

static void join_words(const struct parser *parser, char *buffer, size_t size)
{
	size_t used = 0;

	buffer[0] = '\0';
	for (size_t i = 0; i < parser->n_words && used < size; i++)
		used += (size_t)snprintf(buffer + used, size - used, "%s%s", i == 0 ? "" : " ",
					 parser->words[i]);
}

/* "20x": the same that often. */
static bool read_times(struct parser *parser, const char *word, uint64_t *ret)
{
	const char *at = word;

	*ret = 1;
	if (word[0] < '0' || word[0] > '9')
		return true;
	return (sw_parse_digits(&at, TIMELINE_MAX_EXPECTATIONS, ret) == 0 && strcmp(at, "x") == 0 &&
		*ret > 0) ||
	       complain(parser, "'%s' is no number of times such as 20x", word);
}

/* NAME [Nx] WHAT ... */
static bool add_expectations(struct parser *parser)
{
	struct timeline *timeline = parser->timeline;
	struct expectation expectation = { .by = UINT64_MAX, .line = parser->line };
	uint64_t n;
	size_t i;

	join_words(parser, expectation.text, sizeof(expectation.text));
	if (!read_party(parser, parser->words[1], &expectation.party) ||
	    !read_times(parser, parser->words[2], &n))
		return false;
	i = parser->words[2][0] >= '0' && parser->words[2][0] <= '9' ? 3 : 2;
	if (i == parser->n_words)
		return complain(parser, "'%s' what?", parser->words[2]);
	if (!read_expectation(parser, i, &expectation))
		return false;
	if (timeline->n_expectations + n > TIMELINE_MAX_EXPECTATIONS)
		return complain(parser, "more than %d expectations", TIMELINE_MAX_EXPECTATIONS);
	while (n-- > 0)
		timeline->expectations[timeline->n_expectations++] = expectation;
	return true;
}

/* expect nothing, expect NAME ... */
static bool read_expect(struct parser *parser)
{
	if (!parser->ended)
		return complain(parser, "'expect' belongs after 'end'");
	if (parser->nothing || (parser->n_words == 2 && parser->timeline->n_expectations > 0))
		return complain(parser, "'expect nothing' stands alone");
	if (parser->n_words == 2 && strcmp(parser->words[1], "nothing") == 0) {
		parser->nothing = true;
		return true;
	}
	if (parser->n_words < 3)
		return complain(parser, "write 'expect nothing' or 'expect NAME ...'");
	return add_expectations(parser);
}

static const struct keyword {
	const char *word;
	bool (*read)(struct parser *parser);
} keywords[] = {
	{ "range", read_setting },    { "interval", read_setting },
	{ "tw_reuse", read_setting }, { "noise", read_setting },
	{ "start", read_setting },    { "rule", read_setting },
	{ "tuple", add_party },       { "max_tw_buckets", read_setting },
	{ "tuples", add_party },      { "at", add_change },
	{ "end", set_end },           { "expect", read_expect },
};

static void read_line(struct parser *parser, char *text)
{
	char *rest = text;

	parser->line++;
	parser->n_words = 0;
	text[strcspn(text, "#\n")] = '\0';
	for (char *word; (word = strtok_r(rest, " \t", &rest)) != NULL;) {
		if (parser->n_words == MAX_WORDS) {
			complain(parser, "too many words");
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
	complain(parser, "'%s' is no keyword", parser->words[0]);
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
			     [PARTY_BLIND] = { .name = "blind" } },
		.n_parties = N_OWN_NAMES,
		.interval = 5 * SW_USEC_PER_SEC,
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
		complain(&parser, "there is no 'end'");
	if (!parser.nothing && timeline->n_expectations == 0)
		complain(&parser, "nothing is expected; then write 'expect nothing'");
	return !parser.failed;
}
