/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * getopt_long(), who takes which option, and one function for each kind of value. What an
 * option means together with others is for the command that takes it.
 */

#include "cli/options.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/parse.h"
#include "sockwatch/mute.h"
#include "sockwatch/report.h"

#define WATCH_DEFAULT "2s"

enum {
	OPTION_JSON = 256,
	OPTION_DESTINATION,
	OPTION_PORT,
	OPTION_TOP,
	OPTION_NO_LEGEND,
	OPTION_COLOR,
	OPTION_CONFIG,
	OPTION_RUNTIME_DIR,
	OPTION_FROM,
	OPTION_STATE_DIR,
	OPTION_HOOKS,
	OPTION_RULE,
	OPTION_SEVERITY,
	OPTION_FOR,
	OPTION_REASON,
	OPTION_WATCH,
	OPTION_PROCESSES,
	OPTION_UNTIL,
	OPTION_TIMEOUT,
	OPTION_RATE,
	OPTION_SOURCES,
	OPTION_DESTINATIONS,
	OPTION_REUSE,
	OPTION_RANGE,
	OPTION_HOLD,
	OPTION_LIKE,
	OPTION_VERSION,
};

/* An option, and the commands that take it. */
static const struct spec {
	const char *name;
	int has_argument;
	int id;
	const char *takers; /* one word each; NULL = all */
} specs[] = {
	{ "json", optional_argument, OPTION_JSON, "status explain plan config hook mute selftest" },
	{ "destination", required_argument, OPTION_DESTINATION, "status wait" },
	{ "port", required_argument, OPTION_PORT, "status wait" },
	{ "top", required_argument, OPTION_TOP, "status" },
	{ "no-legend", no_argument, OPTION_NO_LEGEND, "status mute selftest" },
	{ "color", required_argument, OPTION_COLOR, "status explain" },
	{ "config", required_argument, OPTION_CONFIG, "status explain plan wait config hook" },
	{ "runtime-dir", required_argument, OPTION_RUNTIME_DIR, "status explain hook" },
	{ "state-dir", required_argument, OPTION_STATE_DIR, "status hook mute unmute" },
	{ "hooks", required_argument, OPTION_HOOKS, "hook" },
	{ "rule", required_argument, OPTION_RULE, "hook" },
	{ "severity", required_argument, OPTION_SEVERITY, "hook" },
	{ "for", required_argument, OPTION_FOR, "mute" },
	{ "reason", required_argument, OPTION_REASON, "mute" },
	{ "processes", no_argument, OPTION_PROCESSES, "status" },
	{ "watch", optional_argument, OPTION_WATCH, "status" },
	{ "until", required_argument, OPTION_UNTIL, "wait" },
	{ "timeout", required_argument, OPTION_TIMEOUT, "wait" },
	{ "rate", required_argument, OPTION_RATE, "plan" },
	{ "sources", required_argument, OPTION_SOURCES, "plan" },
	{ "destinations", required_argument, OPTION_DESTINATIONS, "plan" },
	{ "reuse", required_argument, OPTION_REUSE, "plan" },
	{ "range", required_argument, OPTION_RANGE, "plan" },
	{ "hold", required_argument, OPTION_HOLD, "plan" },
	{ "like", required_argument, OPTION_LIKE, "plan" },
	{ "from", required_argument, OPTION_FROM, "status explain plan" },
	{ "help", no_argument, 'h', NULL },
	{ "version", no_argument, OPTION_VERSION, NULL },
};
_Static_assert(SW_ARRAY_SIZE(specs) <= 64, "which were given is kept as bits");

static bool wrong(const char *option, const char *value, const char *expected)
{
	fprintf(stderr, "sockwatch: %s does not take \"%s\": %s\n", option, value, expected);
	return false;
}

static bool parse_json(struct sw_options *options, const char *value)
{
	if (value == NULL)
		options->json = SW_JSON_LINE;
	else if (strcmp(value, "pretty") == 0)
		options->json = SW_JSON_PRETTY;
	else
		return wrong("--json", value, "give --json or --json=pretty");
	return true;
}

static bool parse_color(struct sw_options *options, const char *value)
{
	static const char *const names[] = { "auto", "always", "never" };

	for (int i = 0; i < 3; i++)
		if (strcmp(value, names[i]) == 0) {
			options->color = (enum sw_color)i;
			return true;
		}
	return wrong("--color", value, "give auto, always or never");
}

static bool parse_count(const char *option, const char *value, uint64_t max, uint32_t *ret)
{
	uint64_t number;

	if (sw_parse_number(value, max, &number) < 0 || number == 0) {
		fprintf(stderr,
			"sockwatch: %s does not take \"%s\": give a number from 1 to %llu\n",
			option, value, (unsigned long long)max);
		return false;
	}
	*ret = (uint32_t)number;
	return true;
}

static bool parse_how_long(const char *value, sw_usec *ret)
{
	if (sw_parse_duration(value, ret) == 0 && *ret >= SW_MUTE_MIN && *ret <= SW_MUTE_MAX)
		return true;
	return wrong("--for", value, "give a duration from 1min to 30d, such as 2h");
}

static bool parse_duration(const char *option, const char *value, sw_usec min, sw_usec *ret)
{
	sw_usec usec;

	if (sw_parse_duration(value, &usec) < 0 || usec < min)
		return wrong(option, value, "give a time as 2s, 500ms or 1min 30s");
	*ret = usec;
	return true;
}

/* Any level that a reading can be waited for: not the worst, which all are within. */
static bool parse_until(struct sw_options *options, const char *value)
{
	for (int level = SW_LEVEL_OK; level <= SW_LEVEL_CRITICAL; level++)
		if (strcmp(value, sw_level_to_string((enum sw_level)level)) == 0) {
			options->until = (enum sw_level)level;
			options->has_until = true;
			return true;
		}
	return wrong("--until", value, "give ok, notice, warning or critical");
}

static bool parse_reuse(struct sw_options *options, const char *value)
{
	uint64_t number;

	if (sw_parse_number(value, 2, &number) < 0)
		return wrong("--reuse", value, "give 0, 1 or 2, as tcp_tw_reuse has it");
	options->reuse = (uint32_t)number;
	options->has_reuse = true;
	return true;
}

static bool parse_range(struct sw_options *options, const char *value)
{
	const char *at = value;
	uint64_t low, high;

	if (sw_parse_digits(&at, UINT16_MAX, &low) < 0 || *at++ != '-' ||
	    sw_parse_number(at, UINT16_MAX, &high) < 0 || low == 0 || low > high)
		return wrong("--range", value, "give two ports, as in 10240-65535");
	options->range_low = (uint16_t)low;
	options->range_high = (uint16_t)high;
	options->has_range = true;
	return true;
}

static bool take_for_plan(struct sw_options *options, int option, const char *value)
{
	enum { MOST_RATE = 10000000, MOST_ADDRESSES = 10000 };

	switch (option) {
	case OPTION_RATE:
		return parse_count("--rate", value, MOST_RATE, &options->rate);
	case OPTION_SOURCES:
		return parse_count("--sources", value, MOST_ADDRESSES, &options->sources);
	case OPTION_DESTINATIONS:
		return parse_count("--destinations", value, MOST_ADDRESSES, &options->destinations);
	case OPTION_REUSE:
		return parse_reuse(options, value);
	case OPTION_RANGE:
		return parse_range(options, value);
	case OPTION_HOLD:
		return parse_duration("--hold", value, 0, &options->hold);
	case OPTION_LIKE:
		options->like = value;
		return true;
	default:
		return false; /* getopt has said what */
	}
}

static bool take(struct sw_options *options, int option, const char *value)
{
	switch (option) {
	case OPTION_JSON:
		return parse_json(options, value);
	case OPTION_DESTINATION:
		options->destination = value;
		return true;
	case OPTION_PORT:
		return parse_count("--port", value, UINT16_MAX, &options->port);
	case OPTION_TOP:
		return parse_count("--top", value, SW_REPORT_MAX_ROWS, &options->rows);
	case OPTION_NO_LEGEND:
		options->legend = false;
		return true;
	case OPTION_COLOR:
		return parse_color(options, value);
	case OPTION_CONFIG:
		options->config = value;
		return true;
	case OPTION_RUNTIME_DIR:
		options->runtime_dir = value;
		return true;
	case OPTION_STATE_DIR:
		options->state_dir = options->mutes_dir = value;
		return true;
	case OPTION_HOOKS:
		options->hooks_dir = value;
		return true;
	case OPTION_RULE:
		options->rule = value;
		return true;
	case OPTION_SEVERITY:
		options->severity = value;
		return true;
	case OPTION_FOR:
		return parse_how_long(value, &options->how_long);
	case OPTION_REASON:
		options->reason = value;
		return true;
	case OPTION_PROCESSES:
		options->processes = true;
		return true;
	case OPTION_WATCH:
		return parse_duration("--watch", value == NULL ? WATCH_DEFAULT : value,
				      SW_INTERVAL_MIN, &options->watch);
	case OPTION_UNTIL:
		return parse_until(options, value);
	case OPTION_TIMEOUT:
		return parse_duration("--timeout", value, 0, &options->timeout);
	case OPTION_FROM:
		options->from = value;
		return true;
	default:
		return take_for_plan(options, option, value);
	}
}

/* Is `word` one of `words`? */
static bool is_among(const char *words, const char *word)
{
	size_t length = strlen(word);

	for (const char *at = words; (at = strstr(at, word)) != NULL; at += length)
		if ((at == words || at[-1] == ' ') && (at[length] == ' ' || at[length] == '\0'))
			return true;
	return false;
}

/* What the command cannot make use of is a mistake of whoever typed it, and may matter. */
bool sw_options_suit(const struct sw_options *options)
{
	for (size_t i = 0; i < SW_ARRAY_SIZE(specs); i++) {
		if ((options->given >> i & 1) == 0 || specs[i].takers == NULL ||
		    is_among(specs[i].takers, options->command))
			continue;
		fprintf(stderr, "sockwatch: %s takes no --%s\n", options->command, specs[i].name);
		return false;
	}
	return true;
}

static enum sw_options_result take_all(struct sw_options *options, int argc, char **argv)
{
	struct option long_options[SW_ARRAY_SIZE(specs) + 1] = { 0 };
	int option, index = 0;

	for (size_t i = 0; i < SW_ARRAY_SIZE(specs); i++)
		long_options[i] = (struct option){ .name = specs[i].name,
						   .has_arg = specs[i].has_argument,
						   .val = specs[i].id };
	while ((option = getopt_long(argc, argv, "h", long_options, &index)) != -1) {
		if (option == 'h')
			return SW_OPTIONS_HELP;
		if (option == OPTION_VERSION)
			return SW_OPTIONS_VERSION;
		if (!take(options, option, optarg))
			return SW_OPTIONS_WRONG;
		options->given |= UINT64_C(1) << index;
	}
	return SW_OPTIONS_RUN;
}

enum sw_options_result sw_options_parse(struct sw_options *options, int argc, char **argv)
{
	enum sw_options_result result;

	*options = (struct sw_options){
		.command = "status",
		.legend = true,
		.runtime_dir = "/run/sockwatch",
		.state_dir = "/var/lib/sockwatch",
		.mutes_dir = SW_MUTES_DIRECTORY,
		.timeout = SW_USEC_INFINITY,
		.sources = 1,
		.destinations = 1,
	};
	result = take_all(options, argc, argv);
	if (result != SW_OPTIONS_RUN)
		return result;
	if (optind < argc)
		options->command = argv[optind++];
	if (optind < argc)
		options->argument = argv[optind++];
	options->more = argv + optind;
	options->n_more = argc - optind;
	return SW_OPTIONS_RUN;
}
