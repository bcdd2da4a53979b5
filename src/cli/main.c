/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* sockwatch, the command: finds the verb and starts it. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "cli/commands.h"
#include "cli/file.h"

static const struct {
	const char *name;
	const char *argument; /* what it takes; NULL = nothing */
	bool takes_options;
	int (*run)(const struct sw_options *options);
	const char *help;
} commands[] = {
	{ "status", NULL, true, sw_cmd_status, "one reading of this host, now (the default)" },
	{ "record", "FILE", false, sw_cmd_record,
	  "save one reading, to be replayed with --from FILE" },
	{ "config", "show|check", true, sw_cmd_config,
	  "each key and where it is from; what is wrong, also with FILE..." },
	{ "hook", "list|test", true, sw_cmd_hook, "what sockwatch-hook would run; try it" },
};

static void print_help(FILE *out)
{
	fputs("Usage: sockwatch [COMMAND] [OPTION...]\n"
	      "Tells how many ports are left towards whom, and when they run out.\n\n",
	      out);
	for (size_t i = 0; i < SW_ARRAY_SIZE(commands); i++)
		fprintf(out, "  %-8s %-10s %s\n", commands[i].name,
			commands[i].argument == NULL ? "" : commands[i].argument, commands[i].help);
	fputs("\n"
	      "  --destination ADDR[:PORT]  this destination, also one nobody talks to yet\n"
	      "  --port P                   this port, local if listening, else remote\n"
	      "  --json[=pretty]            for programs: one line, or indented\n"
	      "  --top N                    rows of each table\n"
	      "  --no-legend                no headings\n"
	      "  --color=auto|always|never\n"
	      "  --from FILE                replay a recording\n"
	      "  --rule R --severity S      of the event of \"hook test\"\n"
	      "  --hooks DIR                where hooks are ([Hooks] Directory=)\n"
	      "  --state-dir DIR            where the outbox is (/var/lib/sockwatch)\n"
	      "  --config FILE              read this configuration alone\n"
	      "  --runtime-dir DIR          where the daemon keeps status.json (/run/sockwatch)\n"
	      "  -h, --help\n"
	      "  --version\n"
	      "\nExit code: 0 done, 1 could not, 2 wrong usage.\n",
	      out);
}

/* What only "config" takes, and of it one thing also those that go by it. */
static bool is_for_config(const struct sw_options *options)
{
	bool reads_config =
		strcmp(options->command, "hook") == 0 || strcmp(options->command, "status") == 0;

	if (strcmp(options->command, "config") == 0 || (reads_config && options->n_more == 0))
		return true;
	if (options->n_more > 0)
		fprintf(stderr, "sockwatch: \"%s\" is one argument too many\n", options->more[0]);
	else if (options->config != NULL)
		fprintf(stderr, "sockwatch: %s takes no --config\n", options->command);
	return options->n_more == 0 && options->config == NULL;
}

static int run(const struct sw_options *options)
{
	for (size_t i = 0; i < SW_ARRAY_SIZE(commands); i++) {
		if (strcmp(commands[i].name, options->command) != 0)
			continue;
		if (options->has_options && !commands[i].takes_options) {
			fprintf(stderr, "sockwatch: %s takes no options\n", commands[i].name);
			return SW_EXIT_USAGE;
		}
		if (!is_for_config(options))
			return SW_EXIT_USAGE;
		if ((commands[i].argument == NULL) == (options->argument == NULL))
			return commands[i].run(options);
		if (options->argument == NULL)
			fprintf(stderr, "sockwatch: %s needs a %s\n", commands[i].name,
				commands[i].argument);
		else
			fprintf(stderr, "sockwatch: %s takes no \"%s\"\n", commands[i].name,
				options->argument);
		return SW_EXIT_USAGE;
	}
	fprintf(stderr, "sockwatch: there is no command \"%s\"; try: sockwatch --help\n",
		options->command);
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
