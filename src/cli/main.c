/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* sockwatch, the command: finds the verb and starts it. */

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "cli/commands.h"
#include "cli/file.h"

static const struct command {
	const char *name;
	const char *argument; /* what it takes; "" = nothing */
	int n_min, n_max;     /* how many of them */
	int (*run)(const struct sw_options *options);
	const char *help;
} commands[] = {
	{ "status", "", 0, 0, sw_cmd_status, "one reading of this host, now (the default)" },
	{ "explain", "[ADDR[:PORT]]", 0, 1, sw_cmd_explain,
	  "one destination at length, also one nobody uses yet" },
	{ "plan", "", 0, 0, sw_cmd_plan, "how many closes some ports sustain, and what is enough" },
	{ "wait", "", 0, 0, sw_cmd_wait, "until no worse than --until; exit code 1 at --timeout" },
	{ "record", "FILE", 1, 1, sw_cmd_record,
	  "save one reading, to be replayed with --from FILE" },
	{ "config", "show|check", 1, INT_MAX, sw_cmd_config,
	  "each key and its origin; what is wrong, of FILE... too" },
	{ "hook", "list|test", 1, 1, sw_cmd_hook, "what sockwatch-hook would run; try it" },
	{ "mute", "RULE|list", 1, 2, sw_cmd_mute,
	  "no events of RULE, or of one SUBJECT, --for 2h" },
	{ "unmute", "RULE", 1, 2, sw_cmd_unmute, "take that back, with its SUBJECT if it had one" },
	{ "selftest", "", 0, 0, sw_cmd_selftest,
	  "holds the figures against this very kernel (root)" },
};

static void print_help(FILE *out)
{
	fputs("Usage: sockwatch [COMMAND] [OPTION...]\n"
	      "Tells how many ports are left towards whom, and when they run out.\n\n",
	      out);
	for (size_t i = 0; i < SW_ARRAY_SIZE(commands); i++)
		fprintf(out, "  %-8s %-14s %s\n", commands[i].name, commands[i].argument,
			commands[i].help);
	fputs("\n"
	      "  --destination ADDR[:PORT]  this destination, also one nobody talks to yet\n"
	      "  --port P                   this port, local if listening, else remote\n"
	      "  --json[=pretty]            for programs: one line, or indented\n"
	      "  --top N                    rows of each table\n"
	      "  --no-legend                no headings\n"
	      "  --color=auto|always|never\n"
	      "  --processes                who holds the sockets (root sees those of all)\n"
	      "  --watch[=2s]               again and again\n"
	      "  --until LEVEL --timeout T  of \"wait\": ok, notice, warning or critical\n"
	      "  --rate R --sources N --destinations N --range LO-HI --reuse 0|1|2 --hold T\n"
	      "  --like ADDR:PORT           of \"plan\": a load, or that of this destination now\n"
	      "  --from FILE                replay a recording\n"
	      "  --rule R --severity S      of the event of \"hook test\"\n"
	      "  --hooks DIR                where hooks are ([Hooks] Directory=)\n"
	      "  --for T                    how long to mute, 1min to 30d\n"
	      "  --reason TEXT              why, for \"mute list\"\n"
	      "  --state-dir DIR            where the outbox (/var/lib/sockwatch) and the\n"
	      "                             mutes (/etc/sockwatch) are\n"
	      "  --config FILE              read this configuration alone\n"
	      "  --runtime-dir DIR          where the daemon keeps status.json (/run/sockwatch)\n"
	      "  -h, --help\n"
	      "  --version\n"
	      "\nExit code: 0 done, 1 could not, 2 wrong usage.\n",
	      out);
}

static const struct command *find_command(const char *name)
{
	for (size_t i = 0; i < SW_ARRAY_SIZE(commands); i++)
		if (strcmp(commands[i].name, name) == 0)
			return &commands[i];
	return NULL;
}

static int run(const struct sw_options *options)
{
	const struct command *command = find_command(options->command);
	int n = options->argument == NULL ? 0 : 1 + options->n_more;

	if (command == NULL)
		fprintf(stderr, "sockwatch: there is no command \"%s\"; try: sockwatch --help\n",
			options->command);
	else if (n < command->n_min)
		fprintf(stderr, "sockwatch: %s needs a %s\n", command->name, command->argument);
	else if (n > command->n_max)
		fprintf(stderr, "sockwatch: \"%s\" is one argument too many\n",
			command->n_max == 0 ? options->argument : options->more[0]);
	else if (sw_options_suit(options))
		return command->run(options);
	return SW_EXIT_USAGE;
}

int main(int argc, char **argv)
{
	struct sw_options options;

	switch (sw_options_parse(&options, argc, argv)) {
	case SW_OPTIONS_RUN:
		return run(&options);
	case SW_OPTIONS_HELP:
		print_help(stdout);
		return sw_flush_output() ? SW_EXIT_DONE : SW_EXIT_FAILED;
	case SW_OPTIONS_VERSION:
		puts("sockwatch " SW_VERSION);
		return sw_flush_output() ? SW_EXIT_DONE : SW_EXIT_FAILED;
	case SW_OPTIONS_WRONG:
		fputs("Try: sockwatch --help\n", stderr);
		return SW_EXIT_USAGE;
	}
	abort();
}
