/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "cli/daemon-file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/file.h"
#include "render/known-onsets.h"

void sw_daemon_file_read(struct sw_daemon_status *ret, const struct sw_options *options,
			 struct sw_report *report)
{
	sw_usec now = report->reading->began.wall;
	struct sw_file file = { 0 };
	char *path;
	int r;

	*ret = (struct sw_daemon_status){ 0 };
	if (options->from != NULL || asprintf(&path, "%s/status.json", options->runtime_dir) < 0)
		return;
	r = sw_file_map(&file, path);
	if (r == 0)
		r = sw_daemon_status_parse(ret, file.data, file.size,
					   now > file.modified ? now - file.modified : 0);
	if (r == 0 && ret->running)
		sw_known_onsets_add(file.data, file.size, report);
	if (r < 0 && r != -ENOENT)
		fprintf(stderr, "sockwatch: %s is left aside: %s\n", path,
			r == -EBADMSG ? "it is no status of sockwatchd" : strerror(-r));
	sw_file_unmap(&file);
	free(path);
}
