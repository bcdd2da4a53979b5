/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * What a command costs from its start to its end:
 *
 *     cost COMMAND...
 *
 * prints the CPU time of user and kernel and the time on the clock, both in microseconds, and
 * the peak memory in KiB. What the command prints is thrown away. It is started from a process
 * as small as this, since the peak of whoever calls exec() counts as the new program's, too.
 */

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static long long usec_of(const struct timeval *time)
{
	return time->tv_sec * 1000000LL + time->tv_usec;
}

static long long now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec * 1000000LL + time.tv_nsec / 1000;
}

int main(int argc, char **argv)
{
	long long began = now();
	struct rusage usage;
	pid_t pid = fork();
	int status;

	if (argc < 2 || pid < 0)
		return EXIT_FAILURE;
	if (pid == 0) {
		dup2(open("/dev/null", O_WRONLY | O_CLOEXEC), STDOUT_FILENO);
		execvp(argv[1], argv + 1);
		_exit(127);
	}
	if (wait4(pid, &status, 0, &usage) < 0 || status != 0)
		return EXIT_FAILURE;
	printf("%lld %lld %ld\n", usec_of(&usage.ru_utime) + usec_of(&usage.ru_stime),
	       now() - began, usage.ru_maxrss);
	return EXIT_SUCCESS;
}
