/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Which world it is, the verbs need not know; only that a recording has no daemon and no routes. */

#include "cli/world.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "io/live.h"
#include "io/replay.h"
#include "io/settings-files.h"

static int open_recording(struct sw_world *world, const char *path)
{
	size_t offset = 0;
	int r;

	r = sw_file_map(&world->file, path);
	if (r < 0) {
		fprintf(stderr, "sockwatch: the recording %s cannot be read: %s\n", path,
			r == -EINVAL ? "it is no regular file" : strerror(-r));
		return r;
	}
	r = sw_replay_new(&world->io, world->file.data, world->file.size, &offset);
	if (r < 0 && r != -EBADMSG)
		fprintf(stderr, "sockwatch: the recording %s cannot be read: %s\n", path,
			strerror(-r));
	if (r == -EBADMSG)
		fprintf(stderr,
			"sockwatch: %s is no complete recording: it ends, or makes no sense, at "
			"byte %zu; record it again\n",
			path, offset);
	return r;
}

static int open_machine(struct sw_world *world)
{
	int r = sw_live_new(&world->io);

	if (r < 0)
		fprintf(stderr, "sockwatch: %s\n", strerror(-r));
	return r;
}

int sw_world_open(struct sw_world *world, const char *from)
{
	uint64_t seed;
	int r;

	*world = (struct sw_world){ .recorded = from != NULL };
	r = from != NULL ? open_recording(world, from) : open_machine(world);
	if (r < 0)
		return r;
	r = world->io->seed(world->io, &seed);
	if (r == 0)
		r = sw_units_new(&world->units, seed);
	if (r < 0)
		fprintf(stderr, "sockwatch: %s\n", strerror(-r));
	return r;
}

int sw_world_compare(struct sw_world *world)
{
	uint64_t seed;
	int r = world->io->seed(world->io, &seed);

	return r < 0 ? r : sw_trends_new(&world->trends, seed);
}

void sw_world_close(struct sw_world *world)
{
	sw_trends_free(world->trends);
	sw_units_free(world->units);
	if (world->recorded)
		sw_replay_free(world->io);
	else
		sw_live_free(world->io);
	sw_file_unmap(&world->file);
}

const struct sw_settings *sw_world_settings(const struct sw_options *options,
					    struct sw_config **ret)
{
	const struct sw_settings *settings;
	struct sw_io *live = NULL;
	int r;

	*ret = NULL;
	r = sw_live_new(&live);
	if (r == 0)
		r = sw_settings_load(live, &options->config, options->config != NULL, ret);
	sw_live_free(live);
	settings = r == 0 ? sw_config_settings(*ret) : NULL;
	if (settings == NULL)
		fputs("sockwatch: the configuration is wrong, so defaults apply; try: sockwatch "
		      "config check\n",
		      stderr);
	return settings;
}
