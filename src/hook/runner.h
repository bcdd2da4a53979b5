/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The runner: empties the outboxes by running the hooks, a few at a time. */

#include "hook/options.h"

/*
 * Runs until nothing waits any more, and then as long as it is to linger, or
 * until SIGTERM or SIGINT. Goes by `options` and refreshes them with each event.
 * Returns 0, or a negative errno when it could not start or go on.
 */
int sw_runner_run(struct sw_hook_options *options);
