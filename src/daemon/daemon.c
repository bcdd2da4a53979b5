/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What a daemon needs for its life is there before its first tick, so that no tick can fail for
 * want of it. */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "daemon/parts.h"
#include "daemon/sinks.h"
#include "io/collect.h"
#include "io/sysctl-files.h"
#include "sockwatch/kernel-setting.h"

/* The first line of a small file, or "". */
static void read_id(struct sw_io *io, const char *path, char *ret, size_t size)
{
	char text[64];

	ret[0] = '\0';
	if (io->file_read(io, path, text, sizeof(text)) < 0)
		return;
	text[strcspn(text, "\n")] = '\0';
	snprintf(ret, size, "%.*s", (int)size - 1, text);
}

sw_usec sw_daemon_interval(const struct sw_daemon *daemon)
{
	return daemon->config.interval != 0 ? daemon->config.interval : daemon->settings.interval;
}

/*
 * A dump of a million sockets takes 1.5 s, on a busy machine a multiple of that, and the daemon may
 * not look for as long as it is throttled: holds go on meanwhile, or none would ever end.
 */
#define LEAST_MAX_GAP (SW_COLLECT_TIMEOUT + 5 * SW_USEC_PER_SEC)

/* What the settings mean to the engine. */
static struct sw_engine_config engine_config(const struct sw_daemon *daemon)
{
	const struct sw_settings *settings = &daemon->settings;

	return (struct sw_engine_config){
		.clear = settings->alert.clear,
		.max_blind_severity = sw_rule_max_severity(&settings->blind),
		.max_hook_failed_severity = sw_rule_max_severity(&settings->hook_failed),
		.repeat = settings->alert.repeat,
		.max_active = settings->alert.max_active,
		.max_gap = SW_MAX(3 * sw_daemon_interval(daemon), LEAST_MAX_GAP),
		.netns = "self",
	};
}

void sw_daemon_configure(struct sw_daemon *daemon, const struct sw_settings *settings)
{
	struct sw_engine_config config;

	daemon->settings = *settings;
	daemon->configured = true;
	daemon->budget.share = settings->cpu_budget;
	(void)sw_sysctl_files_find(daemon->io, SW_SYSCTL_TW_RECYCLE, &daemon->recycle);
	config = engine_config(daemon);
	sw_engine_configure(daemon->engine, &config);
	sw_voice_configure(daemon->voice, settings->log.target, settings->log.level);
	if (daemon->hooks != NULL)
		sw_hooks_configure(daemon->hooks, settings);
}

void sw_daemon_say(struct sw_daemon *daemon, int priority, const char *text)
{
	sw_voice_say(daemon->voice, priority, "%s", text);
}

/* Without a state directory there is nowhere to leave an event. */
static int prepare_hooks(struct sw_daemon *daemon)
{
	const struct sw_hooks_places places = {
		.state_dir = daemon->config.state_dir,
		.runtime_dir = daemon->config.runtime_dir,
		.config_path = daemon->config.config_path,
		.pid = daemon->config.pid,
	};
	int r;

	if (places.state_dir == NULL)
		return 0;
	r = sw_hooks_new(&daemon->hooks, daemon->io, daemon->voice, &places);
	if (r == 0)
		sw_hooks_configure(daemon->hooks, &daemon->settings);
	return r;
}

static int prepare_delivery(struct sw_daemon *daemon)
{
	const struct sw_delivery_config config = {
		.voice = daemon->voice,
		.hooks = daemon->hooks,
		.engine = daemon->engine,
		.state_dir = daemon->config.state_dir,
		.boot_id = daemon->boot_id,
	};
	int r = sw_delivery_new(&daemon->delivery, daemon->io, &config);

	return r < 0 ? r : sw_delivery_recollect(daemon->delivery);
}

static int prepare_mutes(struct sw_daemon *daemon)
{
	int r = sw_mute_file_new(&daemon->mute_file, daemon->io, daemon->voice,
				 daemon->config.mutes_dir);

	if (r == 0)
		sw_engine_set_mutes(daemon->engine, sw_mute_file_mutes(daemon->mute_file));
	return r;
}

static int prepare(struct sw_daemon *daemon)
{
	struct sw_engine_config engine = engine_config(daemon);
	struct sw_io *io = daemon->io;
	uint64_t seed;
	int r;

	read_id(io, "/etc/machine-id", engine.machine_id, sizeof(engine.machine_id));
	read_id(io, "/proc/sys/kernel/random/boot_id", daemon->boot_id, sizeof(daemon->boot_id));
	if (asprintf(&daemon->status_path, "%s/status.json", daemon->config.runtime_dir) < 0)
		return -ENOMEM;
	r = io->seed(io, &seed);
	if (r == 0)
		r = sw_units_new(&daemon->units, seed);
	if (r == 0)
		r = sw_engine_new(&daemon->engine, &engine);
	if (r == 0)
		r = sw_ledger_new(&daemon->ledger);
	if (r == 0)
		r = sw_sysctl_files_find(io, SW_SYSCTL_TW_RECYCLE, &daemon->recycle);
	if (r == 0)
		r = sw_trends_new(&daemon->trends, seed);
	if (r == 0)
		r = sw_voice_new(&daemon->voice, io, daemon->config.stderr_is_journal);
	if (r < 0)
		return r;
	sw_voice_configure(daemon->voice, daemon->settings.log.target, daemon->settings.log.level);
	r = prepare_mutes(daemon);
	if (r == 0)
		r = prepare_hooks(daemon);
	return r < 0 ? r : prepare_delivery(daemon);
}

int sw_daemon_new(struct sw_daemon **ret, struct sw_io *io, const struct sw_daemon_config *config)
{
	struct sw_daemon *daemon = calloc(1, sizeof(*daemon));
	int r;

	if (daemon == NULL)
		return -ENOMEM;
	daemon->io = io;
	daemon->config = *config;
	daemon->settings = *config->settings;
	daemon->config.settings = NULL;
	daemon->budget.share = daemon->settings.cpu_budget;
	r = prepare(daemon);
	if (r < 0) {
		sw_daemon_free(daemon);
		return r;
	}
	*ret = daemon;
	return 0;
}

void sw_daemon_free(struct sw_daemon *daemon)
{
	if (daemon == NULL)
		return;
	sw_delivery_free(daemon->delivery);
	sw_mute_file_free(daemon->mute_file);
	sw_engine_free(daemon->engine);
	sw_units_free(daemon->units);
	sw_ledger_free(daemon->ledger);
	sw_reading_free(daemon->last);
	sw_trends_free(daemon->trends);
	sw_hooks_free(daemon->hooks);
	sw_voice_free(daemon->voice);
	free(daemon->status_path);
	free(daemon);
}

void sw_daemon_stop(struct sw_daemon *daemon)
{
	int r;

	(void)sw_sink_notify(daemon->io, daemon->config.notify_socket, "STOPPING=1");
	sw_delivery_stop(daemon->delivery);
	sw_voice_give_up(daemon->voice);
	r = daemon->io->remove(daemon->io, daemon->status_path);
	if (r < 0 && r != -ENOENT)
		sw_voice_say(daemon->voice, 4, "%s could not be removed: %s", daemon->status_path,
			     strerror(-r));
}
