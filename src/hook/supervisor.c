/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * running -> told to end -> killed -> over, each with a deadline. It is over when there is no child
 * left, whatever the hook itself did.
 */

#include "hook/supervisor.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "hook/log.h"
#include "hook/tree.h"

/* How often KILL is sent to what appears anew. */
#define KILL_PAUSE (10 * SW_USEC_PER_MSEC)

enum phase {
	PHASE_RUNNING,
	PHASE_TERM, /* all were told to end */
	PHASE_KILL,
	PHASE_OVER,
};

struct supervisor {
	const struct sw_run *run;
	struct sw_run_report *report;
	int signals;
	int output; /* -1 once everybody has closed it */
	pid_t hook;
	bool hook_gone;
	enum phase phase;
	sw_usec deadline;
	char text[SW_HOOK_OUTPUT_SIZE];
	size_t n_text;
	uint64_t n_discarded;
};

static sw_usec now_usec(void)
{
	struct timespec time;

	clock_gettime(CLOCK_BOOTTIME, &time);
	return (sw_usec)time.tv_sec * SW_USEC_PER_SEC + (sw_usec)time.tv_nsec / 1000;
}

/* Everything about the child but its files: a session of its own, and signals as they are by
 * default. */
static int prepare_attributes(posix_spawnattr_t *attributes)
{
	sigset_t none, all;

	sigemptyset(&none);
	sigfillset(&all);
	return posix_spawnattr_setsigmask(attributes, &none) != 0 ||
			       posix_spawnattr_setsigdefault(attributes, &all) != 0 ||
			       posix_spawnattr_setflags(
				       attributes, POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK |
							   POSIX_SPAWN_SETSIGDEF) != 0
		       ? -EINVAL
		       : 0;
}

static int prepare_files(posix_spawn_file_actions_t *files, int input, int output)
{
	return posix_spawn_file_actions_adddup2(files, input, STDIN_FILENO) != 0 ||
			       posix_spawn_file_actions_adddup2(files, output, STDOUT_FILENO) !=
				       0 ||
			       posix_spawn_file_actions_adddup2(files, output, STDERR_FILENO) !=
				       0 ||
			       posix_spawn_file_actions_addchdir_np(files, "/") != 0 ||
			       posix_spawn_file_actions_addclosefrom_np(files, 3) != 0
		       ? -ENOMEM
		       : 0;
}

static int spawn_hook(struct supervisor *supervisor, int output)
{
	const struct sw_run *run = supervisor->run;
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attributes;
	int r;

	r = -posix_spawnattr_init(&attributes);
	if (r < 0)
		return r;
	r = -posix_spawn_file_actions_init(&files);
	if (r == 0) {
		r = prepare_attributes(&attributes);
		if (r == 0)
			r = prepare_files(&files, run->input, output);
		/* No PATH is searched, and what has no #! is no program: ENOEXEC, not /bin/sh. */
		if (r == 0)
			r = -posix_spawn(&supervisor->hook, run->path, &files, &attributes,
					 run->argv, run->environment);
		posix_spawn_file_actions_destroy(&files);
	}
	posix_spawnattr_destroy(&attributes);
	return r;
}

static int open_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGCHLD);
	return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

static int start(struct supervisor *supervisor)
{
	int output[2], r;

	supervisor->signals = open_signals();
	if (supervisor->signals < 0 || pipe2(output, O_CLOEXEC) < 0)
		return -errno;
	supervisor->output = output[0];
	/* The reading end alone: hooks expect to be able to write. */
	if (fcntl(output[0], F_SETFL, O_NONBLOCK) < 0)
		return -errno;
	r = spawn_hook(supervisor, output[1]);
	close(output[1]);
	return r;
}

/* Reads once. What is beyond the cap is read too, or the hook would stand still. */
static bool read_output(struct supervisor *supervisor)
{
	char data[8192];
	ssize_t n = read(supervisor->output, data, sizeof(data));
	size_t room = sizeof(supervisor->text) - supervisor->n_text, kept;

	if (n < 0)
		return errno == EINTR;
	if (n == 0) {
		close(supervisor->output);
		supervisor->output = -1;
		return false;
	}
	kept = (size_t)n < room ? (size_t)n : room;
	memcpy(supervisor->text + supervisor->n_text, data, kept);
	supervisor->n_text += kept;
	supervisor->n_discarded += (size_t)n - kept;
	return true;
}

static void enter(struct supervisor *supervisor, enum phase phase)
{
	supervisor->phase = phase;
	supervisor->deadline = now_usec() + SW_HOOK_GRACE;
	if (phase == PHASE_TERM) {
		sw_tree_kill(getpid(), SIGTERM);
		sw_tree_kill(getpid(), SIGCONT); /* what is stopped would not see it */
	}
}

static void set_end(struct supervisor *supervisor, enum sw_run_end end, int code)
{
	if (supervisor->report->end == SW_RUN_LOST)
		*supervisor->report = (struct sw_run_report){ .end = end, .code = code };
}

static void reap(struct supervisor *supervisor)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		if (pid != supervisor->hook)
			continue;
		supervisor->hook_gone = true;
		if (WIFSIGNALED(status))
			set_end(supervisor, SW_RUN_SIGNALLED, WTERMSIG(status));
		else
			set_end(supervisor, SW_RUN_EXITED, WEXITSTATUS(status));
	}
	if (pid < 0 && errno == ECHILD)
		supervisor->phase = PHASE_OVER;
	else if (supervisor->hook_gone && supervisor->phase == PHASE_RUNNING)
		enter(supervisor, PHASE_TERM); /* what it has left behind */
}

static void take_signals(struct supervisor *supervisor)
{
	struct signalfd_siginfo info;

	while (read(supervisor->signals, &info, sizeof(info)) == sizeof(info)) {
		if (info.ssi_signo == SIGCHLD || supervisor->phase != PHASE_RUNNING)
			continue;
		set_end(supervisor, SW_RUN_STOPPED, 0);
		enter(supervisor, PHASE_TERM);
	}
}

static void on_deadline(struct supervisor *supervisor)
{
	switch (supervisor->phase) {
	case PHASE_RUNNING:
		set_end(supervisor, SW_RUN_TIMED_OUT, 0);
		enter(supervisor, PHASE_TERM);
		break;
	case PHASE_TERM:
		enter(supervisor, PHASE_KILL);
		break;
	case PHASE_KILL:
		sw_hook_log(SW_LOG_ERROR, "%s: not all that it has started could be killed",
			    supervisor->run->hook);
		supervisor->phase = PHASE_OVER;
		break;
	case PHASE_OVER:
		break;
	}
}

static void wait_a_while(struct supervisor *supervisor, sw_usec now)
{
	struct pollfd fds[] = {
		{ .fd = supervisor->signals, .events = POLLIN },
		{ .fd = supervisor->output, .events = POLLIN }, /* -1 is passed over */
	};
	sw_usec pause = supervisor->deadline > now ? supervisor->deadline - now : 0;
	struct timespec timeout;

	if (supervisor->phase == PHASE_KILL && pause > KILL_PAUSE)
		pause = KILL_PAUSE;
	timeout.tv_sec = (time_t)(pause / SW_USEC_PER_SEC);
	timeout.tv_nsec = (long)(pause % SW_USEC_PER_SEC) * 1000;
	if (ppoll(fds, 2, &timeout, NULL) > 0 && fds[1].revents != 0)
		(void)read_output(supervisor);
}

static void supervise(struct supervisor *supervisor)
{
	supervisor->deadline = now_usec() + supervisor->run->timeout;
	while (supervisor->phase != PHASE_OVER) {
		sw_usec now = now_usec();

		if (supervisor->phase == PHASE_KILL)
			sw_tree_kill(getpid(), SIGKILL);
		if (now >= supervisor->deadline)
			on_deadline(supervisor);
		else
			wait_a_while(supervisor, now);
		take_signals(supervisor);
		if (supervisor->phase != PHASE_OVER)
			reap(supervisor);
	}
}

static void show_output(struct supervisor *supervisor)
{
	enum { AT_MOST = 128 }; /* a pipe holds no more; who has it open still may go on */

	for (int i = 0; i < AT_MOST && supervisor->output >= 0 && read_output(supervisor); i++)
		;
	sw_hook_log_output(supervisor->run->hook, supervisor->text, supervisor->n_text);
	if (supervisor->n_discarded > 0)
		sw_hook_log(SW_LOG_INFO, "%s: %llu more bytes of its output are left out",
			    supervisor->run->hook, (unsigned long long)supervisor->n_discarded);
}

/* The process of the supervisor. `runner` is whose child it has to be. */
static void run(const struct sw_run *run, struct sw_run_report *report, pid_t runner)
{
	struct supervisor supervisor = {
		.run = run, .report = report, .signals = -1, .output = -1
	};
	int r;

	/* A runner that is gone already cannot be waited for any more. */
	if (prctl(PR_SET_PDEATHSIG, SIGTERM) < 0 || prctl(PR_SET_CHILD_SUBREAPER, 1) < 0 ||
	    getppid() != runner)
		return;
	(void)prctl(PR_SET_NAME, "sockwatch-run");
	r = start(&supervisor);
	if (r < 0) {
		*report = (struct sw_run_report){ .end = SW_RUN_NOT_STARTED, .code = -r };
		return;
	}
	supervise(&supervisor);
	show_output(&supervisor);
}

pid_t sw_supervisor_start(const struct sw_run *what, struct sw_run_report *report)
{
	pid_t runner = getpid(), pid;

	*report = (struct sw_run_report){ .end = SW_RUN_LOST };
	pid = fork();
	if (pid < 0)
		return -errno;
	if (pid == 0) {
		run(what, report, runner);
		_exit(0);
	}
	return pid;
}
