/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Few on purpose: what is configured belongs into the configuration. */

#include "daemon/options.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/parse.h"
#include "sockwatch/mute.h"
#include "sockwatch/settings.h"

enum {
	OPTION_CONFIG = 256,
	OPTION_RUNTIME_DIR,
	OPTION_STATE_DIR,
	OPTION_INTERVAL,
	OPTION_VERSION,
};

static const struct option long_options[] = {
	{ "config", required_argument, NULL, OPTION_CONFIG },
	{ "runtime-dir", required_argument, NULL, OPTION_RUNTIME_DIR },
	{ "state-dir", required_argument, NULL, OPTION_STATE_DIR },
	{ "interval", required_argument, NULL, OPTION_INTERVAL },
	{ "help", no_argument, NULL, 'h' },
	{ "version", no_argument, NULL, OPTION_VERSION },
	{ 0 },
};

static void print_help(void)
{
	puts("Usage: sockwatchd [OPTION...]\n"
	     "Watches the TCP sockets of this host and raises alerts in the journal before\n"
	     "ports run out. Stays in the foreground; stop it with SIGTERM.\n"
	     "\n"
	     "  --config FILE      read this configuration alone (see sockwatch.conf(5))\n"
	     "  --runtime-dir DIR  where status.json goes (/run/sockwatch)\n"
	     "  --state-dir DIR    where alerts outlive a restart ($STATE_DIRECTORY)\n"
	     "  --interval T       time between readings, 100ms to 1min (1s)\n"
	     "  -h, --help\n"
	     "  --version\n"
	     "\n"
	     "Exit code: 0 stopped, 1 could not start, 2 wrong usage.");
}

static bool parse_interval(const char *value, sw_usec *ret)
{
	sw_usec interval;

	if (sw_parse_duration(value, &interval) < 0 || interval < SW_INTERVAL_MIN ||
	    interval > SW_INTERVAL_MAX) {
		fprintf(stderr,
			"sockwatchd: --interval does not take \"%s\": give a duration from 100ms "
			"to 1min\n",
			value);
		return false;
	}
	*ret = interval;
	return true;
}

enum sw_daemon_options_result sw_daemon_options_parse(struct sw_daemon_options *options, int argc,
						      char **argv)
{
	int option;

	*options = (struct sw_daemon_options){
		.runtime_dir = "/run/sockwatch",
		/* Of the unit; by hand nothing is kept unless it is asked for. */
		.state_dir = getenv("STATE_DIRECTORY"),
		.mutes_dir = SW_MUTES_DIRECTORY,
	};
	while ((option = getopt_long(argc, argv, "h", long_options, NULL)) != -1) {
		switch (option) {
		case OPTION_CONFIG:
			options->config = optarg;
			break;
		case OPTION_RUNTIME_DIR:
			options->runtime_dir = optarg;
			break;
		case OPTION_STATE_DIR:
			options->state_dir = options->mutes_dir = optarg;
			break;
		case OPTION_INTERVAL:
			if (!parse_interval(optarg, &options->interval))
				return SW_DAEMON_OPTIONS_WRONG;
			break;
		case 'h':
			print_help();
			return SW_DAEMON_OPTIONS_SHOWN;
		case OPTION_VERSION:
			puts("sockwatchd " SW_VERSION);
			return SW_DAEMON_OPTIONS_SHOWN;
		default:
			return SW_DAEMON_OPTIONS_WRONG;
		}
	}
	if (optind < argc) {
		fprintf(stderr, "sockwatchd: it takes no argument, so not \"%s\"\n", argv[optind]);
		return SW_DAEMON_OPTIONS_WRONG;
	}
	return SW_DAEMON_OPTIONS_RUN;
}
