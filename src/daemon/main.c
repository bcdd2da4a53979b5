/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* sockwatchd, the daemon. */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "daemon/manager.h"

int main(int argc, char **argv)
{
	struct sw_daemon_options options;
	int r;

	switch (sw_daemon_options_parse(&options, argc, argv)) {
	case SW_DAEMON_OPTIONS_RUN:
		break;
	case SW_DAEMON_OPTIONS_SHOWN:
		return fflush(stdout) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
	case SW_DAEMON_OPTIONS_WRONG:
		fputs("Try: sockwatchd --help\n", stderr);
		return 2;
	}
	r = sw_manager_run(&options);
	if (r == -EBADMSG)
		return EX_CONFIG;
	if (r < 0)
		fprintf(stderr, "<3>sockwatchd: it cannot run: %s\n", strerror(-r));
	return r < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
