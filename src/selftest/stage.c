/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Leaving the caller's namespace is the first thing that happens and is proved before
 * anything is written: a sysctl of the host must never be the one that changes.
 */

#include "selftest/stage.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* Both ends of 200 connections, and as many attempts again. */
enum { N_DESCRIPTORS = 640 };

int sw_stage_fail(struct sw_stage *stage, int error, const char *what, ...)
{
	va_list args;
	int n;

	if (stage->why[0] != '\0')
		return error;
	va_start(args, what);
	n = vsnprintf(stage->why, sizeof(stage->why), what, args);
	va_end(args);
	if (n >= 0 && (size_t)n < sizeof(stage->why))
		snprintf(stage->why + n, sizeof(stage->why) - (size_t)n, ": %s", strerror(-error));
	return error;
}

static int leave(struct sw_stage *stage)
{
	static const char path[] = "/proc/thread-self/ns/net";
	struct stat before, after;

	if (stat(path, &before) < 0)
		return sw_stage_fail(stage, -errno, "%s", path);
	if (unshare(CLONE_NEWNET) < 0)
		return sw_stage_fail(stage, -errno,
				     "a network namespace of its own takes root (CAP_SYS_ADMIN)");
	if (stat(path, &after) < 0)
		return sw_stage_fail(stage, -errno, "%s", path);
	if (before.st_dev == after.st_dev && before.st_ino == after.st_ino)
		return sw_stage_fail(stage, -EXDEV, "%s is still the one from before", path);
	return 0;
}

static int allow_descriptors(struct sw_stage *stage)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		return sw_stage_fail(stage, -errno, "the limit of open files");
	if (limit.rlim_max < N_DESCRIPTORS)
		return sw_stage_fail(stage, -EMFILE, "%d open files are needed, %llu allowed",
				     N_DESCRIPTORS, (unsigned long long)limit.rlim_max);
	if (limit.rlim_cur >= N_DESCRIPTORS)
		return 0;
	limit.rlim_cur = N_DESCRIPTORS;
	if (setrlimit(RLIMIT_NOFILE, &limit) < 0)
		return sw_stage_fail(stage, -errno, "the limit of open files");
	return 0;
}

/* Asks the loopback device, or an alias of it, for something. */
static int control(struct sw_stage *stage, unsigned long request, struct ifreq *name)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), r = 0;

	if (fd < 0)
		return sw_stage_fail(stage, -errno, "no IPv4 socket");
	if (ioctl(fd, request, name) < 0)
		r = sw_stage_fail(stage, -errno, "the loopback device");
	close(fd);
	return r;
}

int sw_stage_enter(struct sw_stage *stage)
{
	struct ifreq up = { .ifr_name = "lo", .ifr_flags = IFF_UP | IFF_LOOPBACK };
	int r;

	r = leave(stage);
	if (r == 0)
		r = allow_descriptors(stage);
	if (r == 0)
		r = control(stage, SIOCSIFFLAGS, &up);
	return r;
}

int sw_stage_add_address(struct sw_stage *stage, const char *address)
{
	struct ifreq alias = { .ifr_name = "lo:1" };
	struct sw_place place = sw_place_of(address, 0);
	struct sw_place mask = sw_place_of("255.255.255.0", 0);
	int r;

	memcpy(&alias.ifr_addr, &place.to.any, sizeof(alias.ifr_addr));
	r = control(stage, SIOCSIFADDR, &alias);
	memcpy(&alias.ifr_netmask, &mask.to.any, sizeof(alias.ifr_netmask));
	if (r == 0)
		r = control(stage, SIOCSIFNETMASK, &alias);
	return r;
}

int sw_stage_set(struct sw_stage *stage, const char *key, const char *value)
{
	char path[128];
	int fd, r = 0;

	snprintf(path, sizeof(path), "/proc/sys/net/%s", key);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return sw_stage_fail(stage, -errno, "%s", path);
	if (write(fd, value, strlen(value)) < 0)
		r = sw_stage_fail(stage, -errno, "%s to %s", path, value);
	close(fd);
	return r;
}

void sw_stage_sleep(unsigned int msec)
{
	struct timespec left = { .tv_sec = msec / 1000, .tv_nsec = msec % 1000 * 1000000L };

	while (nanosleep(&left, &left) < 0 && errno == EINTR)
		;
}
