/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * getopt_long() and one function for each kind of value. What an option means together
 * with others is for the command that takes it.
 */

#include "cli/options.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "base/parse.h"
#include "sockwatch/report.h"

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
	OPTION_VERSION,
};

static const struct option long_options[] = {
	{ "json", optional_argument, NULL, OPTION_JSON },
	{ "destination", required_argument, NULL, OPTION_DESTINATION },
	{ "port", required_argument, NULL, OPTION_PORT },
	{ "top", required_argument, NULL, OPTION_TOP },
	{ "no-legend", no_argument, NULL, OPTION_NO_LEGEND },
	{ "color", required_argument, NULL, OPTION_COLOR },
	{ "config", required_argument, NULL, OPTION_CONFIG },
	{ "runtime-dir", required_argument, NULL, OPTION_RUNTIME_DIR },
	{ "state-dir", required_argument, NULL, OPTION_STATE_DIR },
	{ "hooks", required_argument, NULL, OPTION_HOOKS },
	{ "rule", required_argument, NULL, OPTION_RULE },
	{ "severity", required_argument, NULL, OPTION_SEVERITY },
	{ "from", required_argument, NULL, OPTION_FROM },
	{ "help", no_argument, NULL, 'h' },
	{ "version", no_argument, NULL, OPTION_VERSION },
	{ 0 },
};

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
		options->state_dir = value;
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
	case OPTION_FROM:
		options->from = value;
		return true;
	default:
		return false; /* getopt has said what */
	}
}

enum sw_options_result sw_options_parse(struct sw_options *options, int argc, char **argv)
{
	int option, n_taken = 0;

	*options = (struct sw_options){
		.command = "status",
		.legend = true,
		.runtime_dir = "/run/sockwatch",
		.state_dir = "/var/lib/sockwatch",
	};
	while ((option = getopt_long(argc, argv, "h", long_options, NULL)) != -1) {
		if (option == 'h')
			return SW_OPTIONS_HELP;
		if (option == OPTION_VERSION)
			return SW_OPTIONS_VERSION;
		if (!take(options, option, optarg))
			return SW_OPTIONS_WRONG;
		n_taken++;
	}
	if (optind < argc)
		options->command = argv[optind++];
	if (optind < argc)
		options->argument = argv[optind++];
	options->more = argv + optind;
	options->n_more = argc - optind;
	options->has_options = n_taken > 0;
	return SW_OPTIONS_RUN;
}
