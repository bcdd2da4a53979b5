/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "io/sysctl-files.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "io/drop-ins.h"

static const char *const places[] = {
	"/etc/sysctl.d",
	"/run/sysctl.d",
	"/usr/local/lib/sysctl.d",
	"/usr/lib/sysctl.d",
};

static void read_file(struct sw_io *io, const char *key, const char *path, char *text,
		      struct sw_sysctl_setting *setting)
{
	if (io->file_read(io, path, text, SW_SYSCTL_MAX_FILE_SIZE) >= 0)
		sw_sysctl_read(setting, key, path, text);
}

int sw_sysctl_files_find(struct sw_io *io, const char *key, struct sw_sysctl_setting *ret)
{
	char *text = malloc(SW_SYSCTL_MAX_FILE_SIZE), *path;
	struct sw_drop_ins drop_ins = { 0 };
	int r = text == NULL ? -ENOMEM : 0;

	*ret = (struct sw_sysctl_setting){ 0 };
	for (size_t i = 0; i < SW_ARRAY_SIZE(places) && r != -ENOMEM; i++)
		r = sw_drop_ins_add(&drop_ins, io, places[i], i);
	sw_drop_ins_arrange(&drop_ins);
	for (size_t i = 0; i < SW_MIN(drop_ins.n, SW_SYSCTL_MAX_FILES) && r != -ENOMEM; i++) {
		const struct sw_drop_in *drop_in = &drop_ins.list[i];

		r = 0;
		if (asprintf(&path, "%s/%s", places[drop_in->place], drop_in->name) < 0) {
			r = -ENOMEM;
			break;
		}
		read_file(io, key, path, text, ret);
		free(path);
	}
	if (r != -ENOMEM)
		read_file(io, key, "/etc/sysctl.conf", text, ret);
	sw_drop_ins_deinit(&drop_ins);
	free(text);
	return r == -ENOMEM ? r : 0;
}
