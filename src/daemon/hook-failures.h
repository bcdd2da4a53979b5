/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Hooks that fail: the latest result of each that did not run well. A result is told
 * once, an alert lasts; this is what lies between. A failure fails for one look at
 * least, also when the next result, which may come with it, is well: somebody was not
 * told of an alert.
 */

#include "io/hook-dir.h"
#include "sockwatch/hook-report.h"

/* All the hooks there can be at a time, and the runner. Beyond, none is remembered. */
#define SW_HOOK_FAILURES_MAX (SW_HOOK_DIR_MAX + 1)

enum sw_hook_failure_age {
	SW_HOOK_FAILURE_OLD,
	SW_HOOK_FAILURE_NEW, /* nobody has looked at it */
	SW_HOOK_FAILURE_NEW_AND_OVER,
};

struct sw_hook_failures {
	struct sw_hook_report reports[SW_HOOK_FAILURES_MAX];
	enum sw_hook_failure_age ages[SW_HOOK_FAILURES_MAX];
	size_t n;
};

/* It has failed, and why; or else it is well, if it failed before. */
void sw_hook_failures_put(struct sw_hook_failures *failures, const char *name, const char *why);
void sw_hook_failures_clear(struct sw_hook_failures *failures, const char *name);

/* Those that are not among these names are gone. The runner has none and stays. */
void sw_hook_failures_keep(struct sw_hook_failures *failures, char *const *names, size_t n);

/* Forgets what does not fail any more. To be called when all was looked at. */
void sw_hook_failures_forget(struct sw_hook_failures *failures);
