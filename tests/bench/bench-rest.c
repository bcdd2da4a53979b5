/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * What a tick at rest costs, on this kernel: the daemon's own, and a bare loop that reads
 * the same counters and does nothing with them, in turns. In namespaces of its own, where
 * nothing happens. Ratios within one run mean something, times do not.
 *
 *     bench-rest TICKS      so many in each run
 */

#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "base/mem.h"
#include "daemon/tick.h"
#include "io/live.h"

enum { RUNS = 21, SKIP = 77 };

static const char *const counters[] = {
	"/proc/net/snmp",
	"/proc/net/netstat",
	"/proc/net/sockstat",
	"/proc/net/sockstat6",
	"/proc/sys/net/ipv4/ip_local_port_range",
	"/proc/sys/net/ipv4/ip_local_reserved_ports",
	"/proc/sys/net/ipv4/tcp_tw_reuse",
	"/proc/sys/net/ipv4/tcp_tw_reuse_delay",
	"/proc/sys/net/ipv4/tcp_timestamps",
	"/proc/sys/net/ipv4/tcp_max_tw_buckets",
};

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
	return (double)time.tv_sec * 1e9 + (double)time.tv_nsec;
}

/* A kernel may lack one; reading that costs both sides a call. */
static double nsec_of_reading(int n_ticks)
{
	static char text[8192];
	int fds[SW_ARRAY_SIZE(counters)];
	double began, nsec;

	for (size_t i = 0; i < SW_ARRAY_SIZE(counters); i++)
		fds[i] = open(counters[i], O_RDONLY | O_CLOEXEC);
	began = now();
	for (int tick = 0; tick < n_ticks; tick++)
		for (size_t i = 0; i < SW_ARRAY_SIZE(counters); i++)
			if (pread(fds[i], text, sizeof(text), 0) < 0 && fds[i] >= 0)
				abort();
	nsec = (now() - began) / n_ticks;
	for (size_t i = 0; i < SW_ARRAY_SIZE(counters); i++)
		if (fds[i] >= 0)
			close(fds[i]);
	return nsec;
}

/* status.json is written on a tick that counts, and touched on one that rests. */
static ino_t inode_of(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 ? st.st_ino : 0;
}

/* The service manager's end. */
static int open_manager(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	memcpy(address.sun_path, path, strlen(path) + 1);
	if (fd < 0 || bind(fd, (const struct sockaddr *)&address, sizeof(address)) < 0)
		abort();
	return fd;
}

/*
 * 0 when something was counted in between, as happens once a MaxAge. The manager reads here too,
 * in time that is taken for the daemon's: less than a tenth of it.
 */
static double nsec_of_resting(struct sw_daemon *daemon, int n_ticks, const char *status,
			      int manager)
{
	ino_t before = inode_of(status);
	double began = now(), nsec;
	char text[512];

	for (int tick = 0; tick < n_ticks; tick++) {
		(void)sw_daemon_tick(daemon);
		(void)!recv(manager, text, sizeof(text), 0);
	}
	nsec = (now() - began) / n_ticks;
	return inode_of(status) == before ? nsec : 0;
}

static int compare(const void *a, const void *b)
{
	double left = *(const double *)a, right = *(const double *)b;

	return left < right ? -1 : left > right;
}

static double median(double *values)
{
	qsort(values, RUNS, sizeof(*values), compare);
	return values[RUNS / 2];
}

static void measure(struct sw_daemon *daemon, int n_ticks, const char *status, int manager)
{
	double bare[RUNS], rest[RUNS], times[RUNS];

	for (int i = 0; i < RUNS; i++) {
		bare[i] = nsec_of_reading(n_ticks);
		do
			rest[i] = nsec_of_resting(daemon, n_ticks, status, manager);
		while (rest[i] == 0);
		times[i] = rest[i] / bare[i];
	}
	printf("medians of %d runs: a tick at rest %.1f us, the counters read by a bare loop "
	       "%.1f us: %.2f times as much\n",
	       RUNS, median(rest) / 1e3, median(bare) / 1e3, median(times));
}

static void run(const char *directory, int n_ticks)
{
	char status[64], notify[64];
	static struct sw_settings settings;
	struct sw_daemon_config config = {
		.settings = &settings,
		.runtime_dir = directory,
		.mutes_dir = directory,
		.notify_socket = notify,
		.watchdog = true,
	};
	struct sw_daemon *daemon;
	struct sw_io *io;
	int manager;

	snprintf(status, sizeof(status), "%s/status.json", directory);
	snprintf(notify, sizeof(notify), "%s/notify", directory);
	manager = open_manager(notify);
	sw_settings_init(&settings);
	if (sw_live_new(&io) < 0 || sw_daemon_new(&daemon, io, &config) < 0)
		abort();
	(void)sw_daemon_tick(daemon);
	measure(daemon, n_ticks, status, manager);
	sw_daemon_stop(daemon);
	sw_daemon_free(daemon);
	sw_live_free(io);
	close(manager);
	unlink(notify);
}

int main(int argc, char **argv)
{
	char directory[] = "/tmp/sw-rest.XXXXXX";
	int n_ticks = argc == 2 ? atoi(argv[1]) : 0;

	if (n_ticks <= 0 || mkdtemp(directory) == NULL)
		return EXIT_FAILURE;
	if (unshare(CLONE_NEWUSER | CLONE_NEWNET) < 0) {
		printf("no namespaces here\n");
		rmdir(directory);
		return SKIP;
	}
	run(directory, n_ticks);
	rmdir(directory);
	return EXIT_SUCCESS;
}
