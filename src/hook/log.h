/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Lines for people on standard error, with the priority in front that journald
 * takes off (sd-daemon(3)). Where nobody reads them they are dropped: hooks do
 * not wait for a journal.
 */

#include <stddef.h>

enum {
	SW_LOG_ERROR = 3,
	SW_LOG_WARNING = 4,
	SW_LOG_INFO = 6,
};

/* To be called before the first line, or a reader that stands still may hold it up. */
void sw_hook_log_open(void);

void sw_hook_log(int priority, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* What a hook has printed, line by line, everything but printable ASCII as \xNN. */
void sw_hook_log_output(const char *hook, const char *data, size_t size);
