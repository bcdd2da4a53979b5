/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* sockwatch mute, unmute: what nobody wants to hear of for a while. */

#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/parse.h"
#include "base/utf8.h"
#include "cli/commands.h"
#include "cli/destination.h"
#include "cli/file.h"
#include "cli/mute-edit.h"
#include "cli/rule.h"
#include "cli/world.h"
#include "render/mutes-json.h"
#include "render/timestamp.h"

/* Fits one line of a terminal, whatever is in it? Says so on stderr if not. */
static bool is_one_line(const char *what, const char *text, size_t max)
{
	size_t left = strlen(text), length;
	uint32_t character;

	if (left > max) {
		fprintf(stderr, "sockwatch: the %s has more than %zu bytes\n", what, max);
		return false;
	}
	for (; left > 0; left -= length, text += length) {
		length = sw_utf8_decode(text, left, &character);
		if (length == 0 || sw_utf8_is_control(character)) {
			fprintf(stderr, "sockwatch: the %s is not one line of UTF-8\n", what);
			return false;
		}
	}
	return true;
}

/* What alerts of the rule can be about. */
static const char *subjects_of(enum sw_rule rule)
{
	switch (sw_rule_subject(rule)) {
	case SW_SUBJECT_TUPLE:
	case SW_SUBJECT_PEER:
	case SW_SUBJECT_ENDPOINT:
		return "ADDR, ADDR:PORT or SOURCE->ADDR:PORT";
	case SW_SUBJECT_ADDRESS:
		return "ADDR";
	case SW_SUBJECT_NAME:
		break;
	}
	if (rule == SW_RULE_KERNEL_SETTING)
		return "a sysctl such as net.core.somaxconn, of those that it looks at";
	return rule == SW_RULE_HOOK_FAILED ? "the name of a hook" : "self";
}

/* The subject that was given, if any, as alerts have it. */
static bool take_subject(const struct sw_options *options, struct sw_io *io, struct sw_mute *mute)
{
	const char *text = options->more[0];
	struct sw_ifnames names;
	int r;

	if (options->n_more == 0)
		return true;
	if (!is_one_line("subject", text, sizeof(mute->subject) - 1))
		return false;
	sw_destination_ifnames(io, &names);
	r = sw_mute_subject(mute->rule, text, &names, mute->subject);
	free(names.list);
	if (r == -ENODEV)
		fprintf(stderr, "sockwatch: \"%s\": there is no such interface\n", text);
	else if (r < 0)
		fprintf(stderr, "sockwatch: no alert of %s can be about \"%s\": give %s\n",
			options->argument, text, subjects_of(mute->rule));
	return r == 0;
}

/* What both commands name. */
static bool take_target(const struct sw_options *options, struct sw_io *io, struct sw_mute *mute)
{
	return sw_rule_find(options->argument, &mute->rule) && take_subject(options, io, mute);
}

/* Whoever logged in, also behind sudo and su; else the user this runs as. */
static void find_user(struct sw_io *io, char ret[SW_MUTE_BY_SIZE])
{
	const struct passwd *user;
	uint64_t uid = geteuid();
	char text[16];

	/* Without a login it is 2^32 - 1 (proc(5), loginuid). */
	if (io->file_read(io, "/proc/self/loginuid", text, sizeof(text)) > 0)
		(void)sw_parse_number(text, UINT32_MAX - 1, &uid);
	user = getpwuid((uid_t)uid);
	if (user != NULL)
		snprintf(ret, SW_MUTE_BY_SIZE, "%s", user->pw_name);
	else
		snprintf(ret, SW_MUTE_BY_SIZE, "uid %llu", (unsigned long long)uid);
}

static int set(struct sw_mutes *mutes, const struct sw_mute *mute)
{
	int r = sw_mutes_set(mutes, mute);

	if (r < 0)
		fprintf(stderr, "sockwatch: there are %d mutes already; unmute some\n",
			SW_MUTES_MAX);
	return r;
}

static int take_back(struct sw_mutes *mutes, const struct sw_mute *mute)
{
	int r = sw_mutes_remove(mutes, mute->rule, mute->subject);

	if (r < 0)
		fprintf(stderr, "sockwatch: %s%s%s is not mute; see: sockwatch mute list\n",
			sw_rule_to_string(mute->rule), mute->subject[0] == '\0' ? "" : " ",
			mute->subject);
	return r;
}

/* False, and said on stderr, without a clock. */
static bool find_time(struct sw_io *io, sw_usec *ret_wall)
{
	struct sw_now now;
	int r = io->now(io, &now);

	if (r < 0)
		fprintf(stderr, "sockwatch: the time cannot be told: %s\n", strerror(-r));
	else
		*ret_wall = now.wall;
	return r == 0;
}

/* Does it, and says what has been done. */
static int change(const struct sw_options *options, struct sw_io *io, struct sw_mute *mute,
		  bool is_mute)
{
	char until[SW_TIMESTAMP_SIZE];

	if (!find_time(io, &mute->since))
		return SW_EXIT_FAILED;
	mute->until = mute->since + options->how_long;
	if (sw_mute_edit(io, options->mutes_dir, mute->since, is_mute ? set : take_back, mute) < 0)
		return SW_EXIT_FAILED;
	printf("%s%s%s is %s", sw_rule_to_string(mute->rule), mute->subject[0] == '\0' ? "" : " ",
	       mute->subject, is_mute ? "mute until " : "no longer mute");
	printf("%s\n", is_mute ? sw_timestamp_format_human(mute->until, until) : "");
	return sw_flush_output() ? SW_EXIT_DONE : SW_EXIT_FAILED;
}

static int mute_one(const struct sw_options *options, struct sw_io *io)
{
	struct sw_mute mute = { 0 };
	const char *reason = options->reason == NULL ? "" : options->reason;

	if (options->json != SW_JSON_NO || !options->legend) {
		fputs("sockwatch: --json and --no-legend are for \"mute list\"\n", stderr);
		return SW_EXIT_USAGE;
	}
	if (!take_target(options, io, &mute) ||
	    !is_one_line("reason", reason, sizeof(mute.reason) - 1))
		return SW_EXIT_USAGE;
	if (options->how_long == 0) {
		fputs("sockwatch: mute needs an end; give --for, such as --for 2h\n", stderr);
		return SW_EXIT_USAGE;
	}
	snprintf(mute.reason, sizeof(mute.reason), "%s", reason);
	find_user(io, mute.by);
	return change(options, io, &mute, true);
}

/* Below each mute who set it and why, if that is known. */
static void show_origin(struct sw_mute *mute)
{
	if (mute->by[0] == '\0' && mute->reason[0] == '\0')
		return;
	printf("%18sby %s", "", mute->by[0] == '\0' ? "somebody" : sw_utf8_mask(mute->by));
	if (mute->reason[0] != '\0')
		printf(": %s", sw_utf8_mask(mute->reason));
	putchar('\n');
}

static void show_table(struct sw_mutes *mutes, bool legend)
{
	char until[SW_TIMESTAMP_SIZE];

	if (legend && mutes->n == 0)
		puts("Nothing is mute.");
	else if (legend)
		printf("%-16s  %-23s  %s\n", "RULE", "UNTIL", "SUBJECT");
	for (size_t i = 0; i < mutes->n; i++) {
		struct sw_mute *mute = &mutes->list[i];

		printf("%-16s  %-23s  %s\n", sw_rule_to_string(mute->rule),
		       sw_timestamp_format_human(mute->until, until),
		       mute->subject[0] == '\0' ? "all" : sw_utf8_mask(mute->subject));
		show_origin(mute);
	}
}

static int show(const struct sw_options *options, struct sw_io *io, struct sw_mutes *mutes)
{
	sw_usec wall;
	int r = 0;

	if (!find_time(io, &wall) || sw_mute_edit_load(io, options->mutes_dir, mutes) < 0)
		return SW_EXIT_FAILED;
	sw_mutes_drop_over(mutes, wall);
	if (options->json == SW_JSON_NO)
		show_table(mutes, options->legend);
	else
		r = sw_put_json(sw_render_mutes_json(mutes), options->json);
	return sw_flush_output() && r == 0 ? SW_EXIT_DONE : SW_EXIT_FAILED;
}

static int list(const struct sw_options *options, struct sw_io *io)
{
	struct sw_mutes *mutes;
	int code;

	if (options->n_more > 0 || options->how_long != 0 || options->reason != NULL) {
		fputs("sockwatch: mute list takes no subject, --for or --reason\n", stderr);
		return SW_EXIT_USAGE;
	}
	mutes = malloc(sizeof(*mutes));
	if (mutes == NULL) {
		fprintf(stderr, "sockwatch: %s\n", strerror(ENOMEM));
		return SW_EXIT_FAILED;
	}
	code = show(options, io, mutes);
	free(mutes);
	return code;
}

int sw_cmd_mute(const struct sw_options *options)
{
	struct sw_world world;
	int code = SW_EXIT_FAILED;

	if (sw_world_open(&world, NULL) == 0)
		code = strcmp(options->argument, "list") == 0 ? list(options, world.io)
							      : mute_one(options, world.io);
	sw_world_close(&world);
	return code;
}

int sw_cmd_unmute(const struct sw_options *options)
{
	struct sw_mute mute = { 0 };
	struct sw_world world;
	int code = SW_EXIT_FAILED;

	if (sw_world_open(&world, NULL) == 0)
		code = take_target(options, world.io, &mute)
			       ? change(options, world.io, &mute, false)
			       : SW_EXIT_USAGE;
	sw_world_close(&world);
	return code;
}
