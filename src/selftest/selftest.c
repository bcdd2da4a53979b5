/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* First what the kernel can do, since that decides which cases there are; then all cases, those
 * that have to wait first. */

#include "selftest/selftest.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "selftest/case.h"
#include "selftest/crew.h"
#include "selftest/probe.h"

/* What a job is about. */
struct task {
	const struct sw_case *one;
	const struct sw_selftest_kernel *kernel;
};

static void run_case(const void *what, struct sw_answer *ret)
{
	const struct task *task = what;

	sw_case_run(task->one, task->kernel, &ret->of.one);
}

static sw_usec now_usec(void)
{
	struct timespec now;

	return clock_gettime(CLOCK_MONOTONIC, &now) < 0
		       ? 0
		       : (sw_usec)now.tv_sec * SW_USEC_PER_SEC + (sw_usec)now.tv_nsec / 1000;
}

/* False when nothing can be tried here at all. */
static bool probe(struct sw_selftest_kernel *ret, char why[SW_SELFTEST_WHY_SIZE])
{
	struct sw_job job = { .run = sw_probe_kernel };

	sw_crew_run(&job, 1);
	if (job.answer.why[0] != '\0') {
		memcpy(why, job.answer.why, SW_SELFTEST_WHY_SIZE);
		return false;
	}
	*ret = job.answer.of.kernel;
	return true;
}

/* All cases as they are before they are run: left out, or about to be. */
static void list_cases(struct sw_selftest *selftest)
{
	for (size_t i = 0; i < sw_n_cases; i++) {
		struct sw_selftest_case *one = &selftest->cases[i];
		const char *lacks = sw_case_lacks(&sw_cases[i], &selftest->kernel);

		*one = (struct sw_selftest_case){
			.name = sw_cases[i].name,
			.figure = sw_cases[i].figure,
			.verdict = lacks == NULL ? SW_VERDICT_FAILED : SW_VERDICT_LEFT_OUT,
		};
		if (lacks != NULL)
			snprintf(one->why, sizeof(one->why), "%s", lacks);
	}
	selftest->n_cases = sw_n_cases;
}

/* Appends the jobs of those cases that have to wait for something, or of the others. */
static size_t add_jobs(struct sw_job *jobs, size_t n, struct task *tasks,
		       const struct sw_selftest *selftest, bool waiting)
{
	for (size_t i = 0; i < sw_n_cases; i++) {
		if ((sw_cases[i].age == SW_AGE_OLD) != waiting ||
		    selftest->cases[i].verdict == SW_VERDICT_LEFT_OUT)
			continue;
		tasks[i] = (struct task){ .one = &sw_cases[i], .kernel = &selftest->kernel };
		jobs[n++] = (struct sw_job){ .run = run_case, .what = &tasks[i] };
	}
	return n;
}

static void take_answer(struct sw_selftest_case *one, const struct sw_answer *answer)
{
	if (answer->why[0] != '\0') {
		memcpy(one->why, answer->why, sizeof(one->why));
		return;
	}
	one->predicted = answer->of.one.predicted;
	one->observed = answer->of.one.observed;
	one->verdict = answer->of.one.verdict;
	memcpy(one->why, answer->of.one.why, sizeof(one->why));
}

static void run_all(struct sw_selftest *selftest, struct sw_job *jobs, struct task *tasks)
{
	size_t n = 1;

	jobs[0] = (struct sw_job){ .run = sw_probe_reuse };
	n = add_jobs(jobs, n, tasks, selftest, true);
	n = add_jobs(jobs, n, tasks, selftest, false);
	sw_crew_run(jobs, n);
	/* One that could not be measured is not known. */
	if (jobs[0].answer.why[0] == '\0')
		selftest->kernel.reuse_msec = jobs[0].answer.of.reuse_msec;
	for (size_t i = 1; i < n; i++) {
		const struct task *task = jobs[i].what;

		take_answer(&selftest->cases[task - tasks], &jobs[i].answer);
	}
}

bool sw_selftest_run(struct sw_selftest *ret, char why[SW_SELFTEST_WHY_SIZE])
{
	struct sw_selftest selftest = { .cases = calloc(sw_n_cases, sizeof(*selftest.cases)) };
	struct sw_job *jobs = calloc(sw_n_cases + 1, sizeof(*jobs));
	struct task *tasks = calloc(sw_n_cases, sizeof(*tasks));
	sw_usec began = now_usec();
	bool able = false;

	if (selftest.cases == NULL || jobs == NULL || tasks == NULL)
		snprintf(why, SW_SELFTEST_WHY_SIZE, "%s", strerror(ENOMEM));
	else
		able = probe(&selftest.kernel, why);
	if (able) {
		list_cases(&selftest);
		run_all(&selftest, jobs, tasks);
		selftest.duration_usec = now_usec() - began;
		*ret = selftest;
	} else {
		free(selftest.cases);
	}
	free(jobs);
	free(tasks);
	return able;
}

void sw_selftest_deinit(struct sw_selftest *selftest)
{
	free(selftest->cases);
	*selftest = (struct sw_selftest){ 0 };
}
