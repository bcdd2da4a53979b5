/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* sockwatch hook list: what would run, and why the rest would not. */

#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mask.h"
#include "base/mem.h"
#include "cli/commands.h"
#include "cli/file.h"
#include "cli/hook-test.h"
#include "io/hook-dir.h"
#include "io/live.h"
#include "io/settings-files.h"
#include "render/json.h"

/* The user of sockwatch-hook.service. */
#define RUNNER_USER "sockwatch-hook"

/* Who would run the hooks in this directory: the service, or with a directory of one's own oneself.
 */
static struct sw_hook_judge judge_of(const char *directory)
{
	const struct passwd *runner = geteuid() == 0 ? getpwnam(RUNNER_USER) : NULL;
	struct stat st;

	if (stat(directory, &st) == 0 && st.st_uid == geteuid() && runner == NULL)
		return (struct sw_hook_judge){ .owner = geteuid(),
					       .uid = geteuid(),
					       .gid = getegid() };
	if (runner == NULL)
		return (struct sw_hook_judge){ .uid = geteuid(), .gid = getegid() };
	return (struct sw_hook_judge){ .uid = runner->pw_uid, .gid = runner->pw_gid };
}

static void show_line(const char *name, const struct sw_hook_verdict *verdict)
{
	char shown[NAME_MAX + 1], where[PATH_MAX];

	snprintf(shown, sizeof(shown), "%s", name);
	snprintf(where, sizeof(where), "%s", verdict->where);
	if (verdict->fault == SW_HOOK_FAULT_NONE)
		printf("%-20s runs\n", sw_mask(shown));
	else
		printf("%-20s refused: %s %s\n", sw_mask(shown),
		       sw_hook_fault_to_text(verdict->fault), sw_mask(where));
}

static json_t *hook_json(const char *name, const struct sw_hook_verdict *verdict)
{
	bool runs = verdict->fault == SW_HOOK_FAULT_NONE;
	struct sw_json json = sw_json_begin();

	sw_json_put(&json, "hook", sw_json_text(name));
	sw_json_put(&json, "runs", json_boolean(runs));
	sw_json_put(&json, "fault",
		    runs ? json_null() : json_string(sw_hook_fault_to_word(verdict->fault)));
	sw_json_put(&json, "where", sw_json_text(runs ? NULL : verdict->where));
	return sw_json_end(&json);
}

/* Judges each hook; shows it, or adds it to `list` if that is not NULL. False without memory. */
static bool show_hooks(const struct sw_hook_dir *dir, const char *directory, json_t *list)
{
	const struct sw_hook_judge judge = judge_of(directory);

	for (size_t i = 0; i < dir->n; i++) {
		struct sw_hook_verdict verdict;
		char *path;

		if (asprintf(&path, "%s/%s", directory, dir->names[i]) < 0)
			return false;
		sw_hook_judge(&judge, path, &verdict);
		free(path);
		if (list == NULL)
			show_line(dir->names[i], &verdict);
		else if (json_array_append_new(list, hook_json(dir->names[i], &verdict)) < 0)
			return false;
	}
	return true;
}

static int show_as_json(const struct sw_hook_dir *dir, const char *directory,
			enum sw_json_style style)
{
	struct sw_json json = sw_json_begin();
	json_t *list = json_array();

	if (list == NULL || !show_hooks(dir, directory, list)) {
		json_decref(list);
		list = NULL;
	}
	sw_json_put(&json, "schema", json_string("sockwatch.hooks/1"));
	sw_json_put(&json, "directory", sw_json_text(directory));
	sw_json_put(&json, "hooks", list);
	return sw_put_json(sw_json_end(&json), style);
}

static int show_as_text(const struct sw_hook_dir *dir, const char *directory)
{
	if (dir->n == 0)
		printf("There are no hooks in %s.\n", directory);
	if (dir->too_many)
		fprintf(stderr, "sockwatch: only the first %d files of %s are looked at\n",
			SW_HOOK_DIR_MAX, directory);
	return show_hooks(dir, directory, NULL) ? 0 : -ENOMEM;
}

static int list(const char *directory, enum sw_json_style style)
{
	struct sw_hook_dir dir;
	int r = sw_hook_dir_read(&dir, directory);

	if (r == 0) {
		r = style == SW_JSON_NO ? show_as_text(&dir, directory)
					: show_as_json(&dir, directory, style);
		sw_hook_dir_deinit(&dir);
	}
	if (r < 0)
		fprintf(stderr, "sockwatch: the hooks in %s cannot be listed: %s\n", directory,
			strerror(-r));
	return sw_flush_output() && r == 0 ? SW_EXIT_DONE : SW_EXIT_FAILED;
}

/* The directory that was given, made absolute but not resolved: the way to it is judged. NULL
 * without memory. */
static char *absolute(const char *path)
{
	char *here = path[0] == '/' ? strdup("") : getcwd(NULL, 0), *joined;

	if (here == NULL || asprintf(&joined, "%s%s%s", here, path[0] == '/' ? "" : "/", path) < 0)
		joined = NULL;
	free(here);
	return joined;
}

/* Where the hooks are, by the command line or else by the configuration. NULL when that cannot be
 * told; then it was said why. Owned by the caller. */
static char *find_directory(const struct sw_options *options)
{
	const struct sw_settings *settings = NULL;
	struct sw_config *config = NULL;
	struct sw_io *live = NULL;
	char *directory = NULL;

	if (options->hooks_dir != NULL) {
		directory = absolute(options->hooks_dir);
	} else if (sw_live_new(&live) == 0 &&
		   sw_settings_load(live, &options->config, options->config == NULL ? 0 : 1,
				    &config) == 0) {
		settings = sw_config_settings(config);
		if (settings != NULL)
			directory = strdup(settings->hooks.directory);
	}
	if (directory == NULL)
		fputs("sockwatch: the configuration does not tell where hooks are; try: sockwatch "
		      "config check\n",
		      stderr);
	sw_config_free(config);
	sw_live_free(live);
	return directory;
}

static int run(const struct sw_options *options, const char *directory)
{
	return strcmp(options->argument, "list") == 0 ? list(directory, options->json)
						      : sw_hook_test(options, directory);
}

int sw_cmd_hook(const struct sw_options *options)
{
	char *directory;
	int code;

	if (strcmp(options->argument, "list") != 0 && strcmp(options->argument, "test") != 0) {
		fprintf(stderr, "sockwatch: hook takes \"list\" or \"test\", not \"%s\"\n",
			options->argument);
		return SW_EXIT_USAGE;
	}
	directory = find_directory(options);
	if (directory == NULL)
		return SW_EXIT_FAILED;
	code = run(options, directory);
	free(directory);
	return code;
}
