/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * A child dies with its parent (PR_SET_PDEATHSIG) and, if something holds it up, by its own
 * alarm; with it go its sockets and, being the only process in there, its namespace.
 */

#include "selftest/crew.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mem.h"

enum {
	AT_ONCE = 8, /* most of those that take long only wait */
	LIMIT_SEC = 60,
};
_Static_assert(sizeof(struct sw_answer) <= PIPE_BUF, "an answer is written in one piece");

/* A job in progress; no job: the place is free. */
struct place {
	struct sw_job *job;
	pid_t pid;
	int fd;
};

static void fail(struct sw_job *job, int error, const char *what)
{
	job->answer = (struct sw_answer){ 0 };
	snprintf(job->answer.why, sizeof(job->answer.why), "%s: %s", what, strerror(error));
}

static _Noreturn void work(const struct sw_job *job, int fd, pid_t parent)
{
	struct sw_answer answer = { 0 };

	/* Whoever started us may ignore the alarm, or may be gone already. */
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || getppid() != parent ||
	    signal(SIGALRM, SIG_DFL) == SIG_ERR)
		_exit(1);
	alarm(LIMIT_SEC);
	job->run(job->what, &answer);
	_exit(write(fd, &answer, sizeof(answer)) == (ssize_t)sizeof(answer) ? 0 : 1);
}

static void start(struct sw_job *job, struct place *place)
{
	pid_t parent = getpid(), pid;
	int fds[2];

	if (pipe2(fds, O_CLOEXEC) < 0) {
		fail(job, errno, "no pipe");
		return;
	}
	pid = fork();
	if (pid == 0)
		work(job, fds[1], parent);
	if (pid < 0) {
		fail(job, errno, "no process");
		close(fds[0]);
	} else {
		*place = (struct place){ .job = job, .pid = pid, .fd = fds[0] };
	}
	close(fds[1]);
}

/* Takes the answer, or finds out why there is none. */
static void finish(struct place *place)
{
	struct sw_job *job = place->job;
	ssize_t n = read(place->fd, &job->answer, sizeof(job->answer));
	int status = 0;
	pid_t reaped;

	if (n < 0 && errno == EINTR)
		return; /* it is still there */
	close(place->fd);
	do
		reaped = waitpid(place->pid, &status, 0);
	while (reaped < 0 && errno == EINTR);
	place->job = NULL;
	if (n == (ssize_t)sizeof(job->answer))
		return;
	job->answer = (struct sw_answer){ 0 };
	if (reaped > 0 && WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM)
		snprintf(job->answer.why, sizeof(job->answer.why), "not done after %d s",
			 LIMIT_SEC);
	else if (reaped > 0 && WIFSIGNALED(status))
		snprintf(job->answer.why, sizeof(job->answer.why), "ended by signal %d",
			 WTERMSIG(status));
	else
		snprintf(job->answer.why, sizeof(job->answer.why), "ended without an answer");
}

/* Waits until one of the jobs in progress has an answer. False when there is none. */
static bool wait_for_one(struct place places[AT_ONCE])
{
	struct pollfd poll_fds[AT_ONCE];
	bool any = false;

	for (int i = 0; i < AT_ONCE; i++) {
		poll_fds[i] = (struct pollfd){ .fd = places[i].job == NULL ? -1 : places[i].fd,
					       .events = POLLIN };
		any |= places[i].job != NULL;
	}
	/* Each of them ends by its alarm, so there is nothing to give up for. */
	if (any && poll(poll_fds, AT_ONCE, -1) > 0)
		for (int i = 0; i < AT_ONCE; i++)
			if (poll_fds[i].revents != 0)
				finish(&places[i]);
	return any;
}

void sw_crew_run(struct sw_job *jobs, size_t n)
{
	struct place places[AT_ONCE] = { 0 };
	size_t next = 0;

	do {
		for (int i = 0; i < AT_ONCE && next < n; i++)
			if (places[i].job == NULL)
				start(&jobs[next++], &places[i]);
	} while (wait_for_one(places) || next < n);
}
