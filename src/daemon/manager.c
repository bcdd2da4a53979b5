/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * The only file that knows the event loop. It asks nothing and decides nothing: the tick
 * says when the next one is due.
 */

#include "daemon/manager.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <systemd/sd-daemon.h>
#include <systemd/sd-event.h>
#include <time.h>
#include <unistd.h>

#include "base/parse.h"
#include "daemon/tick.h"
#include "io/live.h"
#include "io/settings-files.h"

struct manager {
	const char *config_path; /* NULL = those in their places */
	struct sw_io *io;
	struct sw_daemon *daemon;
	sd_event *event;
};

/* How exact a tick needs to be: the kernel may put it together with other timers. */
#define TICK_ACCURACY (10 * SW_USEC_PER_MSEC)

/* At least this part of the interval stays between the end of one tick and the next. */
enum { PAUSE_DIVISOR = 5 };

static int on_tick(sd_event_source *source, uint64_t planned, void *userdata)
{
	struct manager *manager = userdata;
	sw_usec delay = sw_daemon_tick(manager->daemon), next = planned + delay;
	struct sw_now now;
	int r;

	/* A tick that took long moves the next one; those that were missed are not made up for. */
	r = manager->io->now(manager->io, &now);
	if (r < 0)
		return r;
	if (next < now.boot + delay / PAUSE_DIVISOR)
		next = now.boot + delay / PAUSE_DIVISOR;
	r = sd_event_source_set_time(source, next);
	return r < 0 ? r : sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
}

/* Is stderr a stream to the journal? Then $JOURNAL_STREAM names it as DEVICE:INODE
 * (systemd.exec(5)). */
static bool stderr_is_journal(void)
{
	const char *stream = getenv("JOURNAL_STREAM");
	uint64_t device, inode;
	struct stat st;

	return stream != NULL && sw_parse_digits(&stream, UINT64_MAX, &device) == 0 &&
	       *stream++ == ':' && sw_parse_number(stream, UINT64_MAX, &inode) == 0 &&
	       fstat(STDERR_FILENO, &st) == 0 && st.st_dev == device && st.st_ino == inode;
}

/* How a complaint is said: an error before the first start has no daemon to say it yet. */
typedef void (*complaint_sink)(struct manager *manager, int priority, const char *text);

static void say(struct manager *manager, int priority, const char *text)
{
	sw_daemon_say(manager->daemon, priority, text);
}

static void say_at_start(struct manager *manager, int priority, const char *text)
{
	(void)manager;
	fprintf(stderr, "<%d>sockwatchd: %s\n", priority, text);
}

/*
 * Reads the configuration and says every complaint. Returns 0, -EBADMSG when
 * there is an error in it, -ENOMEM. `*ret` is the caller's to free with 0.
 */
static int load(struct manager *manager, complaint_sink sink, struct sw_config **ret)
{
	struct sw_config *config;
	int r;

	r = sw_settings_load(manager->io, &manager->config_path, manager->config_path != NULL,
			     &config);
	if (r < 0)
		return r;
	for (size_t i = 0; i < sw_config_n_complaints(config); i++) {
		struct sw_complaint complaint = sw_config_complaint(config, i);

		sink(manager, complaint.is_error ? 3 : 4, complaint.text);
	}
	if (sw_config_settings(config) == NULL) {
		sw_config_free(config);
		return -EBADMSG;
	}
	*ret = config;
	return 0;
}

/* SIGHUP: the new configuration as a whole, or the old one stays in force. */
static int on_reload(sd_event_source *source, const struct signalfd_siginfo *info, void *userdata)
{
	struct manager *manager = userdata;
	struct sw_config *config;
	int r;

	(void)source;
	(void)info;
	r = load(manager, say, &config);
	if (r == -ENOMEM) {
		say(manager, 3, "the configuration stays as it was: no memory to read the new one");
	} else if (r < 0) {
		say(manager, 3,
		    "the configuration stays as it was: there is an error in the new one");
	} else {
		sw_daemon_configure(manager->daemon, sw_config_settings(config));
		sw_config_free(config);
		say(manager, 5, "the configuration has been read again");
	}
	return 0;
}

/* The loop and what it waits for. SIGTERM and SIGINT end it. */
static int prepare_loop(struct manager *manager)
{
	static const int ends[] = { SIGTERM, SIGINT };
	sigset_t mask;
	int r;

	sigemptyset(&mask);
	sigaddset(&mask, SIGHUP);
	for (size_t i = 0; i < 2; i++)
		sigaddset(&mask, ends[i]);
	if (sigprocmask(SIG_BLOCK, &mask, NULL) < 0)
		return -errno;
	/* A log that nobody reads any more must not end us. */
	if (signal(SIGPIPE, SIG_IGN) == SIG_ERR)
		return -errno;
	/* A hook runner that ends is found by the tick, whatever whoever has started us ignores. */
	if (signal(SIGCHLD, SIG_DFL) == SIG_ERR)
		return -errno;
	r = sd_event_new(&manager->event);
	for (size_t i = 0; i < 2 && r >= 0; i++)
		r = sd_event_add_signal(manager->event, NULL, ends[i], NULL, NULL);
	if (r >= 0)
		r = sd_event_add_signal(manager->event, NULL, SIGHUP, on_reload, manager);
	if (r >= 0)
		r = sd_event_add_time_relative(manager->event, NULL, CLOCK_BOOTTIME, 0,
					       TICK_ACCURACY, on_tick, manager);
	return r;
}

/* systemd makes them for the service. Where one cannot be made, whoever writes to it says so. */
static void make_directory(const char *path)
{
	if (mkdir(path, 0755) < 0 && errno != EEXIST)
		fprintf(stderr, "<4>sockwatchd: %s cannot be made: %s\n", path, strerror(errno));
}

static int start_daemon(struct manager *manager, const struct sw_daemon_options *options,
			const struct sw_settings *settings)
{
	const struct sw_daemon_config config = {
		.runtime_dir = options->runtime_dir,
		.state_dir = options->state_dir,
		.mutes_dir = options->mutes_dir,
		.config_path = options->config,
		.pid = getpid(),
		.notify_socket = getenv("NOTIFY_SOCKET"),
		.settings = settings,
		.interval = options->interval,
		.stderr_is_journal = stderr_is_journal(),
		.watchdog = sd_watchdog_enabled(0, NULL) > 0,
	};

	make_directory(options->runtime_dir);
	if (options->state_dir != NULL)
		make_directory(options->state_dir);
	return sw_daemon_new(&manager->daemon, manager->io, &config);
}

static int prepare(struct manager *manager, const struct sw_daemon_options *options)
{
	struct sw_config *config = NULL;
	int r;

	manager->config_path = options->config;
	r = sw_live_new(&manager->io);
	if (r == 0)
		r = load(manager, say_at_start, &config);
	if (r < 0)
		return r;
	r = start_daemon(manager, options, sw_config_settings(config));
	sw_config_free(config);
	return r < 0 ? r : prepare_loop(manager);
}

int sw_manager_run(const struct sw_daemon_options *options)
{
	struct manager manager = { 0 };
	int r;

	r = prepare(&manager, options);
	if (r >= 0) {
		r = sd_event_loop(manager.event);
		sw_daemon_stop(manager.daemon);
	}
	sd_event_unref(manager.event);
	sw_daemon_free(manager.daemon);
	sw_live_free(manager.io);
	return r;
}
