/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * The daemon looks very many times at the kernel it runs on, while sockets come and go,
 * destinations that were never seen before, and alerts: what it has of memory and descriptors stays
 * what it was.
 *
 * 5,000 times, with SW_TEST_FULL=1 100,000. All but two things is the world itself: each look finds
 * a second more to have passed, so that what is kept for minutes, hours and a day comes and goes,
 * too, and what is said to people is counted.
 */

#include <arpa/inet.h>
#include <fcntl.h>
#include <malloc.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "daemon/tick.h"
#include "io/live.h"

enum { SKIP = 77, PORT = 9000 };

/* In ticks. */
enum {
	BRIEF = 5000,
	FULL = 100000,
	STEP = 5,    /* from one connect to the next */
	CYCLE = 500, /* from one full destination to the next; each ends with a look at what is had
		      */
	HELD_FOR = 30, /* that it is full */
};

enum {
	KEPT = 16,     /* connections at a time */
	WAITING = 200, /* of so many one leaves a TIME_WAIT, which lasts a minute of the kernel's */
	N_PORTS = 400, /* of the range */
	N_FULL = 380,  /* of these, at a full destination */
	MOST_FDS = 1024,
	LEAST_LEAK = 16, /* bytes a tick that show */
	RESIDENT_MORE = 512 * 1024,
};

struct pair {
	int client, server;
};

struct had {
	size_t bytes, resident;
	unsigned int n_fds;
};

static char directory[] = "/tmp/sw-flat.XXXXXX";
static int listener;
static unsigned int n_said;
static sw_usec passed;
static int (*clock_of_kernel)(struct sw_io *io, struct sw_now *ret);

static int now_later(struct sw_io *io, struct sw_now *ret)
{
	int r = clock_of_kernel(io, ret);

	ret->boot += passed;
	ret->wall += passed;
	return r;
}

static int count_line(struct sw_io *io, const char *line, size_t size)
{
	(void)io;
	(void)line;
	(void)size;
	n_said++;
	return 0;
}

static void require(bool condition, const char *what)
{
	if (condition)
		return;
	perror(what);
	exit(EXIT_FAILURE);
}

static void write_sysctl(const char *name, const char *value)
{
	char path[96];
	int fd;

	snprintf(path, sizeof(path), "/proc/sys/net/ipv4/%s", name);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	require(fd >= 0 && write(fd, value, strlen(value)) > 0, name);
	close(fd);
}

static struct sockaddr_in address(uint32_t addr)
{
	return (struct sockaddr_in){ .sin_family = AF_INET,
				     .sin_port = htons(PORT),
				     .sin_addr.s_addr = htonl(addr) };
}

static void prepare_network(void)
{
	struct sockaddr_in any = address(INADDR_ANY);
	struct ifreq loopback = { .ifr_name = "lo", .ifr_flags = IFF_UP };

	write_sysctl("ip_local_port_range", "32768 33167");
	listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	require(ioctl(listener, SIOCSIFFLAGS, &loopback) == 0, "loopback");
	require(bind(listener, (const struct sockaddr *)&any, sizeof(any)) == 0, "bind");
	require(listen(listener, N_PORTS) == 0, "listen");
}

static struct pair connected(uint32_t destination)
{
	struct sockaddr_in to = address(destination);
	struct pair pair = { .client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0) };

	require(connect(pair.client, (const struct sockaddr *)&to, sizeof(to)) == 0, "connect");
	pair.server = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	require(pair.server >= 0, "accept");
	return pair;
}

/* With or without a TIME_WAIT. */
static void disconnect(const struct pair *pair, bool wait)
{
	const struct linger at_once = { .l_onoff = !wait };

	require(setsockopt(pair->client, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once)) == 0,
		"SO_LINGER");
	close(pair->client);
	close(pair->server);
}

/* One more connection, to a destination of its own, and the oldest goes. */
static void step(unsigned int number)
{
	static struct pair kept[KEPT];
	struct pair *pair = &kept[number % KEPT];

	if (number >= KEPT)
		disconnect(pair, number % WAITING == 0);
	*pair = connected(0x7f100000 + number); /* 127.16.0.0 */
}

/* All of the range but a few ports go to one destination, and come back a while later. */
static void fill(int tick)
{
	static struct pair full[N_FULL];

	for (int i = 0; i < N_FULL; i++) {
		if (tick % CYCLE == 0)
			full[i] =
				connected(0x7f800000 + (uint32_t)(tick / CYCLE)); /* 127.128.0.0 */
		if (tick % CYCLE == HELD_FOR)
			disconnect(&full[i], false);
	}
}

static struct had look(void)
{
	struct mallinfo2 heap = mallinfo2();
	struct had had = { .bytes = heap.uordblks + heap.hblkhd };
	FILE *file = fopen("/proc/self/statm", "re");

	require(file != NULL && fscanf(file, "%*u %zu", &had.resident) == 1, "statm");
	fclose(file);
	had.resident *= (size_t)sysconf(_SC_PAGESIZE);
	for (int fd = 0; fd < MOST_FDS; fd++)
		had.n_fds += fcntl(fd, F_GETFD) >= 0;
	return had;
}

static void keep_most(struct had *most, struct had had)
{
	most->bytes = SW_MAX(most->bytes, had.bytes);
	most->resident = SW_MAX(most->resident, had.resident);
	most->n_fds = SW_MAX(most->n_fds, had.n_fds);
}

static void show(const char *when, const struct had *had)
{
	printf("%s: %zu bytes of heap, %zu KiB resident, %u descriptors\n", when, had->bytes,
	       had->resident / 1024, had->n_fds);
}

static bool is_counted(const char *status)
{
	static ino_t before;
	struct stat st;
	bool counted;

	require(stat(status, &st) == 0, status);
	counted = st.st_ino != before;
	before = st.st_ino;
	return counted;
}

/* Is there no more in the last fifth than there was in the second? */
static bool is_flat(struct sw_daemon *daemon, const char *status, int n_ticks)
{
	struct had had[5] = { 0 }, *early = &had[1], *late = &had[4];
	size_t leak = (size_t)(late - early) * (size_t)n_ticks / 5 * LEAST_LEAK;
	unsigned int n_counted = 0;

	for (int tick = 0; tick < n_ticks; tick++) {
		passed += SW_USEC_PER_SEC;
		if (tick % STEP == 0)
			step((unsigned int)(tick / STEP));
		fill(tick);
		(void)sw_daemon_tick(daemon);
		n_counted += is_counted(status);
		if (tick % CYCLE == CYCLE - 1)
			keep_most(&had[tick / (n_ticks / 5)], look());
	}
	printf("%d ticks, %u of which counted, and %u lines for people\n", n_ticks, n_counted,
	       n_said);
	show("early", early);
	show("late", late);
	return late->bytes < early->bytes + leak &&
	       late->resident < early->resident + RESIDENT_MORE && late->n_fds == early->n_fds &&
	       n_said >= 2u * (unsigned int)n_ticks / CYCLE;
}

/* A state directory, so that alerts are written down, and no journal. */
static bool run(int n_ticks)
{
	static struct sw_settings settings;
	const struct sw_daemon_config config = {
		.settings = &settings,
		.runtime_dir = directory,
		.state_dir = directory,
		.mutes_dir = directory,
	};
	struct sw_daemon *daemon;
	char status[64];
	struct sw_io *io;
	bool flat;

	snprintf(status, sizeof(status), "%s/status.json", directory);
	sw_settings_init(&settings);
	settings.log.target = SW_LOG_STDERR;
	settings.hooks.run = SW_HOOK_RUN_NO;
	settings.rules.ephemeral_ports.warning_hold = 10 * SW_USEC_PER_SEC;
	settings.rules.ephemeral_ports.clear = 10 * SW_USEC_PER_SEC;
	require(sw_live_new(&io) == 0, "a world");
	clock_of_kernel = io->now;
	io->now = now_later;
	io->log = count_line;
	require(sw_daemon_new(&daemon, io, &config) == 0, "a daemon");
	flat = is_flat(daemon, status, n_ticks);
	sw_daemon_stop(daemon);
	sw_daemon_free(daemon);
	sw_live_free(io);
	return flat;
}

static void clean_up(void)
{
	static const char *const names[] = { "status.json", "status.json.new", "state.json",
					     "state.json.new" };
	char path[64];

	for (size_t i = 0; i < SW_ARRAY_SIZE(names); i++) {
		snprintf(path, sizeof(path), "%s/%s", directory, names[i]);
		unlink(path);
	}
	rmdir(directory);
}

int main(void)
{
	const char *full = getenv("SW_TEST_FULL");
	bool flat;

	if (unshare(CLONE_NEWNET) < 0) {
		printf("no namespaces here\n");
		return SKIP;
	}
	/* A table of its own: other namespaces' sockets are not walked. */
	write_sysctl("tcp_child_ehash_entries", "4096");
	require(unshare(CLONE_NEWNET) == 0, "unshare");
	prepare_network();
	require(mkdtemp(directory) != NULL, directory);
	atexit(clean_up);
	flat = run(full != NULL && strcmp(full, "1") == 0 ? FULL : BRIEF);
	return flat ? EXIT_SUCCESS : EXIT_FAILURE;
}
