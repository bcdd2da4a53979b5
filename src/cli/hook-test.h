/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* sockwatch hook test: an event that goes the way of a real one, marked as a test. */

#include "cli/options.h"

/* `hooks_dir` is where hooks are. Returns the exit code. */
int sw_hook_test(const struct sw_options *options, const char *hooks_dir);
