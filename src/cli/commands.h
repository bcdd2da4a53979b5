/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The commands, each in its file. They return the exit code. */

#include "cli/options.h"

/* Exit codes. */
enum {
	SW_EXIT_DONE = 0,
	SW_EXIT_FAILED = 1,
	SW_EXIT_USAGE = 2,
};

int sw_cmd_status(const struct sw_options *options);
int sw_cmd_explain(const struct sw_options *options);
int sw_cmd_plan(const struct sw_options *options);
int sw_cmd_wait(const struct sw_options *options);
int sw_cmd_record(const struct sw_options *options);
int sw_cmd_config(const struct sw_options *options);
int sw_cmd_hook(const struct sw_options *options);
int sw_cmd_mute(const struct sw_options *options);
int sw_cmd_unmute(const struct sw_options *options);
int sw_cmd_selftest(const struct sw_options *options);
