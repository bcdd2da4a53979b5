/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "daemon/hook-failures.h"

#include <stdio.h>
#include <string.h>

/* Its index, or where it would be. */
static size_t find(const struct sw_hook_failures *failures, const char *name)
{
	size_t i = 0;

	while (i < failures->n && strcmp(failures->reports[i].name, name) != 0)
		i++;
	return i;
}

void sw_hook_failures_put(struct sw_hook_failures *failures, const char *name, const char *why)
{
	size_t at = find(failures, name);
	struct sw_hook_report *report = &failures->reports[at];

	if (at == SW_HOOK_FAILURES_MAX)
		return;
	if (at == failures->n)
		failures->n++;
	failures->ages[at] = SW_HOOK_FAILURE_NEW;
	*report = (struct sw_hook_report){ .failing = true };
	snprintf(report->name, sizeof(report->name), "%s", name);
	snprintf(report->why, sizeof(report->why), "%s", why);
}

void sw_hook_failures_clear(struct sw_hook_failures *failures, const char *name)
{
	size_t at = find(failures, name);

	if (at == failures->n)
		return;
	if (failures->ages[at] == SW_HOOK_FAILURE_OLD)
		failures->reports[at].failing = false;
	else
		failures->ages[at] = SW_HOOK_FAILURE_NEW_AND_OVER;
}

static bool is_among(const char *name, char *const *names, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		char word[SW_HOOK_NAME_SIZE];

		sw_hook_name_to_word(names[i], word);
		if (strcmp(word, name) == 0)
			return true;
	}
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
	size_t n_kept = 0;

	for (size_t i = 0; i < failures->n; i++) {
		struct sw_hook_report *kept = &failures->reports[n_kept];

		if (!failures->reports[i].failing || failures->reports[i].gone)
			continue;
		*kept = failures->reports[i];
		kept->failing = failures->ages[i] != SW_HOOK_FAILURE_NEW_AND_OVER;
		failures->ages[n_kept++] = SW_HOOK_FAILURE_OLD;
	}
	failures->n = n_kept;
}
