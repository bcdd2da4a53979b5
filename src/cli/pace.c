/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * The signals are blocked except in the pause, so that none is lost between a look and the next
 * and none tears an output.
 */

#include "cli/pace.h"

#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

static void wake(int number)
{
	(void)number;
}

static sigset_t interrupts(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	return set;
}

void sw_pace_begin(void)
{
	const struct sigaction action = { .sa_handler = wake };
	sigset_t blocked = interrupts();

	sigprocmask(SIG_BLOCK, &blocked, NULL);
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	/* A closed pipe is seen in the pause, and by the write. */
	signal(SIGPIPE, SIG_IGN);
}

bool sw_pace_wait(sw_usec pause)
{
	/* No event asked for: only that the other end has gone is told. */
	struct pollfd out = { .fd = STDOUT_FILENO };
	const struct timespec left = {
		.tv_sec = (time_t)(pause / SW_USEC_PER_SEC),
		.tv_nsec = (long)(pause % SW_USEC_PER_SEC) * 1000,
	};
	sigset_t none;

	sigemptyset(&none);
	return ppoll(&out, 1, &left, &none) == 0;
}
