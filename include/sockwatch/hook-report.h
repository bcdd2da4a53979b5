/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What is known of a hook, for the rule hook-failed. */

#include <stdbool.h>

#include "sockwatch/alert.h"

/* Stands for the runner itself. No hook can be called so. */
#define SW_HOOK_REPORT_RUNNER "the runner"

struct sw_hook_report {
	char name[SW_SUBJECT_NAME_SIZE];
	bool failing;                                  /* by its latest results */
	bool gone;                                     /* there is no such hook any more */
	char why[sizeof(((struct sw_alert *)0)->why)]; /* as long as it fails */
};
