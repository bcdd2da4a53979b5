/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* One at a time: the next begins when the last one is gone, with what that has left. */

#include "daemon/hook-runner.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void start(struct sw_hook_runner *runner)
{
	char program[] = SW_HOOK_RUNNER, linger[] = "--linger=forever";
	char path[] = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
	char *state = NULL, *runtime = NULL, *config = NULL, parent[32];
	char *environment[] = { path, NULL };
	int r = -ENOMEM;

	snprintf(parent, sizeof(parent), "--parent=%d", runner->parent);
	if (asprintf(&state, "--outbox=%s/outbox", runner->state_dir) < 0)
		state = NULL;
	if (asprintf(&runtime, "--outbox=%s/outbox", runner->runtime_dir) < 0)
		runtime = NULL;
	if (runner->config_path != NULL &&
	    asprintf(&config, "--config=%s", runner->config_path) < 0)
		config = NULL;
	if (state != NULL && runtime != NULL && (config != NULL || runner->config_path == NULL)) {
		char *argv[] = { program, linger, parent, state, runtime, config, NULL };

		r = runner->io->spawn(runner->io, argv, environment, &runner->pid);
	}
	free(state);
	free(runtime);
	free(config);
	if (r < 0)
		sw_voice_say(runner->voice, 3, "%s could not be started, so no hook will run: %s",
			     program, strerror(-r));
}

void sw_hook_runner_look(struct sw_hook_runner *runner)
{
	if (runner->pid == 0 || runner->io->signal_child(runner->io, runner->pid, 0) != -ESRCH)
		return;
	runner->pid = 0;
	if (runner->ending && runner->wanted)
		start(runner);
	else if (!runner->ending)
		sw_voice_say(runner->voice, 3,
			     "the runner of hooks has ended, and events wait for the next; try: "
			     "reload or restart sockwatchd");
	runner->ending = false;
}

void sw_hook_runner_want(struct sw_hook_runner *runner, bool wanted)
{
	sw_hook_runner_look(runner);
	runner->wanted = wanted;
	if (wanted && runner->pid == 0) {
		start(runner);
	} else if (!wanted && runner->pid != 0 && !runner->ending) {
		runner->ending = true;
		(void)runner->io->signal_child(runner->io, runner->pid, SIGTERM);
	}
}
