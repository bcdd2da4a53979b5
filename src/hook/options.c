/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * The command line. Paths are made absolute here: the runner leaves the directory it was started
 * in.
 */

#include "hook/options.h"

#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/parse.h"
#include "hook/event.h"
#include "hook/log.h"
#include "io/live.h"
#include "io/settings-files.h"

/* As long as the file systems of this machine let a path be, less what is put behind it. */
#define PATH_MAX_OURS (PATH_MAX - 256)

enum {
	OPTION_OUTBOX = 256,
	OPTION_HOOKS,
	OPTION_TIMEOUT,
	OPTION_LINGER,
	OPTION_PARENT,
	OPTION_BACKOFF,
	OPTION_MIN_SEVERITY,
	OPTION_CONFIG,
	OPTION_VERSION,
};

static const struct option long_options[] = {
	{ "outbox", required_argument, NULL, OPTION_OUTBOX },
	{ "hooks", required_argument, NULL, OPTION_HOOKS },
	{ "timeout", required_argument, NULL, OPTION_TIMEOUT },
	{ "linger", required_argument, NULL, OPTION_LINGER },
	{ "parent", required_argument, NULL, OPTION_PARENT },
	{ "backoff", required_argument, NULL, OPTION_BACKOFF },
	{ "min-severity", required_argument, NULL, OPTION_MIN_SEVERITY },
	{ "config", required_argument, NULL, OPTION_CONFIG },
	{ "help", no_argument, NULL, 'h' },
	{ "version", no_argument, NULL, OPTION_VERSION },
	{ 0 },
};

static void print_help(void)
{
	puts("Usage: sockwatch-hook [OPTION...]\n"
	     "Gives the events that sockwatchd has left in its outbox to the hooks, and ends\n"
	     "when the outbox is empty. sockwatch-hook.path starts it.\n"
	     "\n"
	     "  --outbox DIR      where events wait; repeatable\n"
	     "                    (/var/lib/sockwatch/outbox and /run/sockwatch/outbox)\n"
	     "  --hooks DIR       the hooks ([Hooks] Directory=, /etc/sockwatch/hooks.d)\n"
	     "  --timeout T       how long a hook may take ([Hooks] Timeout=, 30s)\n"
	     "  --linger T        how long to stay when nothing waits (30s), or \"forever\"\n"
	     "  --parent PID      end with this process, which must be the one that starts it\n"
	     "  --backoff T       before a hook is tried again (10s), then three times as long\n"
	     "                    each time\n"
	     "  --min-severity S  notice, warning or critical: nothing for events below\n"
	     "                    ([Hooks] MinSeverity=, warning)\n"
	     "  --config FILE     the configuration, instead of /etc/sockwatch/sockwatch.conf\n"
	     "  -h, --help\n"
	     "  --version\n"
	     "\n"
	     "Exit code: 0 done or stopped, 1 could not, 2 wrong usage.");
}

static bool wrong(const char *option, const char *value, const char *expected)
{
	fprintf(stderr, "sockwatch-hook: --%s does not take \"%s\": %s\n", option, value, expected);
	return false;
}

/* What is named may come to be later, so its path is not resolved but only made absolute. */
static bool parse_path(const char *option, const char *value, char ret[PATH_MAX])
{
	char here[PATH_MAX] = "";
	int n;

	if (value[0] != '/' && getcwd(here, sizeof(here)) == NULL)
		return wrong(option, value, "give an absolute path");
	n = value[0] == '/' ? snprintf(ret, PATH_MAX, "%s", value)
			    : snprintf(ret, PATH_MAX, "%s/%s", here, value);
	return value[0] != '\0' && n > 0 && n < PATH_MAX_OURS ? true
							      : wrong(option, value, "give a path");
}

static bool parse_duration(const char *option, const char *value, sw_usec min, sw_usec *ret)
{
	sw_usec duration;

	if (sw_parse_duration(value, &duration) < 0 || duration < min)
		return wrong(option, value, "give a duration, as 30s");
	*ret = duration;
	return true;
}

static bool parse_pid(const char *option, const char *value, pid_t *ret)
{
	uint64_t number;

	if (sw_parse_number(value, INT_MAX, &number) < 0 || number == 0)
		return wrong(option, value, "give the id of a process");
	*ret = (pid_t)number;
	return true;
}

static bool add_box(struct sw_hook_options *options, const char *value)
{
	if (options->n_boxes == SW_HOOK_MAX_BOXES)
		return wrong("outbox", value, "that is one too many");
	return parse_path("outbox", value, options->boxes[options->n_boxes++]);
}

static bool take(struct sw_hook_options *options, int option, const char *value)
{
	switch (option) {
	case OPTION_OUTBOX:
		return add_box(options, value);
	case OPTION_HOOKS:
		return parse_path("hooks", value, options->given.hooks);
	case OPTION_TIMEOUT:
		return parse_duration("timeout", value, SW_USEC_PER_MSEC, &options->given.timeout);
	case OPTION_LINGER:
		if (strcmp(value, "forever") == 0) {
			options->linger = SW_HOOK_LINGER_FOREVER;
			return true;
		}
		return parse_duration("linger", value, 0, &options->linger);
	case OPTION_PARENT:
		return parse_pid("parent", value, &options->parent);
	case OPTION_BACKOFF:
		return parse_duration("backoff", value, 0, &options->backoff);
	case OPTION_MIN_SEVERITY:
		return sw_hook_severity_parse(value, &options->given.min_severity) == 0
			       ? true
			       : wrong("min-severity", value, "give notice, warning or critical");
	case OPTION_CONFIG:
		return parse_path("config", value, options->config);
	default:
		return false; /* getopt has said what */
	}
}

/* What the command line does not name is as the settings have it. */
static void take_settings(struct sw_hook_options *options, const struct sw_settings *settings)
{
	const struct sw_hook_terms *given = &options->given;
	struct sw_hook_terms *terms = &options->terms;

	*terms = *given;
	if (given->hooks[0] == '\0')
		snprintf(terms->hooks, sizeof(terms->hooks), "%s", settings->hooks.directory);
	if (given->timeout == 0)
		terms->timeout = settings->hooks.timeout;
	if (given->min_severity == SW_LEVEL_UNKNOWN)
		terms->min_severity = settings->hooks.min_severity;
}

/* Takes what the configuration says. False when it has errors, or cannot be read. */
static bool take_config(struct sw_hook_options *options)
{
	const char *paths[] = { options->config };
	const struct sw_settings *settings = NULL;
	struct sw_config *config = NULL;
	struct sw_io *live = NULL;

	if (sw_live_new(&live) == 0 &&
	    sw_settings_load(live, paths, options->config[0] != '\0', &config) == 0)
		settings = sw_config_settings(config);
	if (settings != NULL)
		take_settings(options, settings);
	sw_config_free(config);
	sw_live_free(live);
	return settings != NULL;
}

static void take_defaults(struct sw_hook_options *options)
{
	struct sw_settings *defaults = calloc(1, sizeof(*defaults));

	if (defaults == NULL)
		abort();
	sw_settings_init(defaults);
	take_settings(options, defaults);
	free(defaults);
}

static void complete(struct sw_hook_options *options)
{
	if (take_config(options))
		return;
	take_defaults(options);
	options->config_is_bad = true;
	sw_hook_log(SW_LOG_WARNING, "the configuration has errors, so its defaults hold for the "
				    "hooks; try: sockwatch config check");
}

void sw_hook_options_refresh(struct sw_hook_options *options)
{
	bool was_bad = options->config_is_bad;

	options->config_is_bad = !take_config(options);
	if (options->config_is_bad && !was_bad)
		sw_hook_log(SW_LOG_WARNING, "the configuration has errors now, so hooks run as "
					    "before; try: sockwatch config check");
	else if (was_bad && !options->config_is_bad)
		sw_hook_log(SW_LOG_INFO, "the configuration has no errors any more");
}

enum sw_hook_options_result sw_hook_options_parse(struct sw_hook_options *options, int argc,
						  char **argv)
{
	static const char *const boxes[] = { "/var/lib/sockwatch/outbox", "/run/sockwatch/outbox" };
	int option;

	*options = (struct sw_hook_options){
		.given.min_severity = SW_LEVEL_UNKNOWN,
		.linger = 30 * SW_USEC_PER_SEC,
		.backoff = 10 * SW_USEC_PER_SEC,
	};
	while ((option = getopt_long(argc, argv, "h", long_options, NULL)) != -1) {
		if (option == 'h') {
			print_help();
			return SW_HOOK_OPTIONS_SHOWN;
		}
		if (option == OPTION_VERSION) {
			puts("sockwatch-hook " SW_VERSION);
			return SW_HOOK_OPTIONS_SHOWN;
		}
		if (!take(options, option, optarg))
			return SW_HOOK_OPTIONS_WRONG;
	}
	if (optind < argc) {
		fprintf(stderr, "sockwatch-hook: it takes no argument, so not \"%s\"\n",
			argv[optind]);
		return SW_HOOK_OPTIONS_WRONG;
	}
	for (size_t i = 0; options->n_boxes == 0 && i < SW_ARRAY_SIZE(boxes); i++)
		snprintf(options->boxes[i], sizeof(options->boxes[i]), "%s", boxes[i]);
	if (options->n_boxes == 0)
		options->n_boxes = SW_ARRAY_SIZE(boxes);
	complete(options);
	return SW_HOOK_OPTIONS_RUN;
}
