/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* sockwatch-hook, the runner of hooks. */

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "hook/log.h"
#include "hook/runner.h"

/* Whatever state it was started in: standard descriptors that are open, its own umask, no place
 * that it keeps from being unmounted. Signals come through a descriptor. */
static int prepare(const struct sw_hook_options *options)
{
	static const int signals[] = { SIGTERM, SIGINT, SIGCHLD };
	sigset_t mask;
	int fd;

	do
		fd = open("/dev/null", O_RDWR);
	while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd >= 0)
		close(fd);
	umask(077);
	sigemptyset(&mask);
	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		sigaddset(&mask, signals[i]);
	if (fd < 0 || chdir("/") < 0 || sigprocmask(SIG_SETMASK, &mask, NULL) < 0 ||
	    signal(SIGPIPE, SIG_IGN) == SIG_ERR || signal(SIGCHLD, SIG_DFL) == SIG_ERR)
		return -errno;
	if (options->parent == 0)
		return 0;
	if (prctl(PR_SET_PDEATHSIG, SIGTERM) < 0)
		return -errno;
	/* It may have ended before that, and then nobody would ever tell us. */
	return getppid() == options->parent ? 0 : -ESRCH;
}

int main(int argc, char **argv)
{
	static struct sw_hook_options options;
	int r;

	sw_hook_log_open();
	switch (sw_hook_options_parse(&options, argc, argv)) {
	case SW_HOOK_OPTIONS_RUN:
		break;
	case SW_HOOK_OPTIONS_SHOWN:
		return 0;
	case SW_HOOK_OPTIONS_WRONG:
		fputs("Try: sockwatch-hook --help\n", stderr);
		return 2;
	}
	r = prepare(&options);
	if (r == 0)
		r = sw_runner_run(&options);
	if (r < 0)
		sw_hook_log(SW_LOG_ERROR, "it cannot run: %s", strerror(-r));
	return r < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
