/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Two descriptors and a time are waited for; each time all is looked at anew. */

#include "hook/runner.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/mem.h"
#include "hook/work.h"
#include "io/live.h"

/* While it stops there is nothing to be done but to wait for what still runs. */
#define STOP_INTERVAL (10 * SW_USEC_PER_SEC)

struct runner {
	struct sw_work work;
	int signals;
	sw_usec idle_since;
};

static int update_now(struct sw_work *work)
{
	struct sw_now now;
	int r = work->io->now(work->io, &now);

	if (r == 0)
		work->now = now.boot;
	return r;
}

static void take_signals(struct runner *runner)
{
	struct signalfd_siginfo info;

	while (read(runner->signals, &info, sizeof(info)) == sizeof(info))
		if (info.ssi_signo != SIGCHLD)
			sw_work_stop(&runner->work);
}

/* What changed does not matter: it is looked for all of it. True when something did. */
static bool take_changes(struct sw_work *work)
{
	char buffer[4096] __attribute__((aligned(__alignof__(struct inotify_event))));
	bool any = false;

	while (read(work->inotify, buffer, sizeof(buffer)) > 0)
		any = true;
	return any;
}

static int wait_until(struct runner *runner, sw_usec wake)
{
	struct sw_work *work = &runner->work;
	struct pollfd fds[] = {
		{ .fd = runner->signals, .events = POLLIN },
		{ .fd = work->inotify, .events = POLLIN },
	};
	sw_usec pause = wake > work->now ? wake - work->now : 0;
	struct timespec timeout = {
		.tv_sec = (time_t)(pause / SW_USEC_PER_SEC),
		.tv_nsec = (long)(pause % SW_USEC_PER_SEC) * 1000,
	};
	int r;

	if (ppoll(fds, SW_ARRAY_SIZE(fds), &timeout, NULL) < 0 && errno != EINTR)
		return -errno;
	r = update_now(work);
	take_signals(runner);
	if (take_changes(work))
		work->next_scan = work->now;
	return r;
}

/* Has it been idle for as long as it lingers? */
static bool is_over(struct runner *runner)
{
	const struct sw_work *work = &runner->work;

	if (work->queue.n > 0 || work->locked_out) {
		runner->idle_since = work->now;
		return false;
	}
	return work->options->linger != SW_HOOK_LINGER_FOREVER &&
	       work->now - runner->idle_since >= work->options->linger;
}

/* When to go on without being told. `turn` is when a hook is to be tried again. */
static sw_usec next_wake(const struct runner *runner, sw_usec turn)
{
	const struct sw_work *work = &runner->work;
	sw_usec wake = SW_MIN(turn, work->next_scan);

	if (work->stopping)
		return work->now + STOP_INTERVAL;
	if (work->queue.n == 0 && work->options->linger != SW_HOOK_LINGER_FOREVER)
		wake = SW_MIN(wake, runner->idle_since + work->options->linger);
	return wake;
}

static int loop(struct runner *runner)
{
	struct sw_work *work = &runner->work;
	int r = update_now(work);

	runner->idle_since = work->now;
	while (r == 0) {
		sw_usec wake;

		/* Before it goes it looks once more: who starts it anew would find the same. */
		if (!work->stopping && (work->now >= work->next_scan || is_over(runner)))
			sw_work_scan(work);
		wake = sw_work_dispatch(work);
		if (work->stopping ? !sw_work_is_running(work) : is_over(runner))
			break;
		r = wait_until(runner, next_wake(runner, wake));
		sw_work_collect(work);
	}
	return r;
}

/*
 * In a service, which knows that it is one by the id it is told (systemd.exec(5)),
 * only root's hooks run; by hand one's own do, too. Whether it may execute them
 * shows when it does.
 */
static struct sw_hook_judge make_judge(void)
{
	const char *service = getenv("SYSTEMD_EXEC_PID");
	bool is_service = service != NULL && strtol(service, NULL, 10) == getpid();

	return (struct sw_hook_judge){ .owner = is_service ? 0 : geteuid() };
}

static int share_reports(struct sw_work *work)
{
	void *shared = mmap(NULL, SW_WORK_N_SLOTS * sizeof(*work->reports), PROT_READ | PROT_WRITE,
			    MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (shared == MAP_FAILED)
		return -errno;
	work->reports = shared;
	return 0;
}

static int prepare(struct runner *runner)
{
	struct sw_work *work = &runner->work;
	sigset_t signals;
	int r;

	r = sw_live_new(&work->io);
	if (r < 0)
		return r;
	work->judge = make_judge();
	sigemptyset(&signals);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGCHLD);
	runner->signals = signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
	work->inotify = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	if (runner->signals < 0 || work->inotify < 0)
		return -errno;
	r = share_reports(work);
	for (size_t i = 0; i < work->options->n_boxes; i++)
		sw_box_init(&work->boxes[i], work->options->boxes[i]);
	work->ledger = (struct sw_ledger){
		.io = work->io,
		.boxes = work->boxes,
		.n_boxes = r == 0 ? work->options->n_boxes : 0,
	};
	return r;
}

static void clean_up(struct runner *runner)
{
	struct sw_work *work = &runner->work;

	for (size_t i = 0; i < work->ledger.n_boxes; i++)
		sw_box_close(&work->boxes[i]);
	sw_queue_deinit(&work->queue);
	sw_live_free(work->io);
	if (runner->signals >= 0)
		close(runner->signals);
	if (work->inotify >= 0)
		close(work->inotify);
	if (work->reports != NULL)
		munmap(work->reports, SW_WORK_N_SLOTS * sizeof(*work->reports));
}

int sw_runner_run(struct sw_hook_options *options)
{
	struct runner *runner = calloc(1, sizeof(*runner));
	int r;

	if (runner == NULL)
		return -ENOMEM;
	runner->work.options = options;
	runner->signals = runner->work.inotify = -1;
	r = prepare(runner);
	if (r == 0)
		r = loop(runner);
	clean_up(runner);
	free(runner);
	return r;
}
