/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The file that the daemon of this machine leaves. */

#include "cli/options.h"
#include "render/status-file.h"
#include "sockwatch/report.h"

/*
 * Without a daemon, or about a recording, there is nothing in it. Of one that runs the report gets
 * the onsets. Says what is wrong with the file.
 */
void sw_daemon_file_read(struct sw_daemon_status *ret, const struct sw_options *options,
			 struct sw_report *report);
