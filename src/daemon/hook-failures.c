/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "daemon/hook-failures.h"

#include <stdio.h>
#include <string.h>

static struct sw_hook_report *find(struct sw_hook_failures *failures, const char *name)
{
	for (size_t i = 0; i < failures->n; i++)
		if (strcmp(failures->reports[i].name, name) == 0)
			return &failures->reports[i];
	return NULL;
}

void sw_hook_failures_put(struct sw_hook_failures *failures, const char *name, const char *why)
{
	struct sw_hook_report *report = find(failures, name);

	if (report == NULL && failures->n < SW_HOOK_FAILURES_MAX)
		report = &failures->reports[failures->n++];
	if (report == NULL)
		return;
	*report = (struct sw_hook_report){ .failing = true };
	snprintf(report->name, sizeof(report->name), "%s", name);
	snprintf(report->why, sizeof(report->why), "%s", why);
}

void sw_hook_failures_clear(struct sw_hook_failures *failures, const char *name)
{
	struct sw_hook_report *report = find(failures, name);

	if (report != NULL)
		report->failing = false;
}

static bool is_among(const char *name, char *const *names, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(names[i], name) == 0)
			return true;
	return false;
}

void sw_hook_failures_keep(struct sw_hook_failures *failures, char *const *names, size_t n)
{
	for (size_t i = 0; i < failures->n; i++) {
		struct sw_hook_report *report = &failures->reports[i];

		if (strcmp(report->name, SW_HOOK_REPORT_RUNNER) != 0 &&
		    !is_among(report->name, names, n))
			report->gone = true;
	}
}

void sw_hook_failures_forget(struct sw_hook_failures *failures)
{
	size_t kept = 0;

	for (size_t i = 0; i < failures->n; i++)
		if (failures->reports[i].failing && !failures->reports[i].gone)
			failures->reports[kept++] = failures->reports[i];
	failures->n = kept;
}
