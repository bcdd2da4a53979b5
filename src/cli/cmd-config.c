/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* sockwatch config show | check: what the configuration says, and what is wrong with it. */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/commands.h"
#include "cli/file.h"
#include "io/live.h"
#include "io/settings-files.h"
#include "render/config-json.h"
#include "render/config-text.h"

/* Reads the files given, or else the one of --config, or else those in their places. */
static int load(struct sw_config **ret, const struct sw_options *options, char *const paths[],
		int n_paths)
{
	const char *const *files = (const char *const *)paths;
	size_t n_files = (size_t)n_paths;
	struct sw_io *live;
	int r;

	if (n_files == 0 && options->config != NULL) {
		files = &options->config;
		n_files = 1;
	}
	r = sw_live_new(&live);
	if (r == 0)
		r = sw_settings_load(live, files, n_files, ret);
	if (r < 0)
		fprintf(stderr, "sockwatch: the configuration could not be read: %s\n",
			strerror(-r));
	sw_live_free(live);
	return r;
}

static void print_complaints(const struct sw_config *config)
{
	for (size_t i = 0; i < sw_config_n_complaints(config); i++)
		fprintf(stderr, "%s\n", sw_config_complaint(config, i).text);
}

/* What this version does not know is wrong too, where somebody asks. */
static int check(const struct sw_options *options)
{
	struct sw_config *config = NULL;
	int code;

	if (load(&config, options, options->more, options->n_more) < 0)
		return SW_EXIT_FAILED;
	print_complaints(config);
	code = sw_config_n_complaints(config) == 0 ? SW_EXIT_DONE : SW_EXIT_FAILED;
	sw_config_free(config);
	return code;
}

static int print(const struct sw_config *config, const struct sw_options *options)
{
	if (options->json != SW_JSON_NO)
		return sw_put_json(sw_render_config_json(config), options->json);
	sw_render_config_text(stdout, config);
	return 0;
}

static int show(const struct sw_options *options)
{
	struct sw_config *config = NULL;
	int r;

	if (load(&config, options, NULL, 0) < 0)
		return SW_EXIT_FAILED;
	print_complaints(config);
	if (sw_config_settings(config) == NULL) {
		fputs("sockwatch: nothing of this would be in force\n", stderr);
		r = -EINVAL;
	} else {
		r = print(config, options);
	}
	sw_config_free(config);
	return sw_flush_output() && r == 0 ? SW_EXIT_DONE : SW_EXIT_FAILED;
}

int sw_cmd_config(const struct sw_options *options)
{
	const char *verb = options->argument;

	if (strcmp(verb, "check") == 0)
		return check(options);
	if (strcmp(verb, "show") == 0 && options->n_more == 0)
		return show(options);
	if (strcmp(verb, "show") == 0)
		fputs("sockwatch: config show takes no file; try --config FILE\n", stderr);
	else
		fprintf(stderr, "sockwatch: config does not take \"%s\": give show or check\n",
			verb);
	return SW_EXIT_USAGE;
}
