/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Settings files: where the configuration lies, in the order of systemd.
 *
 *     /etc/sockwatch/sockwatch.conf, or that of /run, or of /usr/lib: the first
 *     *.conf in sockwatch.conf.d of all three, by name; of one name the first
 *
 * An empty file, or a link to /dev/null, hides those of its name in the folders
 * behind; drop-ins are read also when the main file is hidden, or there is none.
 */

#include "io/io.h"
#include "sockwatch/config.h"

/*
 * Reads the whole configuration: the files named, one over the other, or those
 * in their places where none is (`n_paths` 0). A file that cannot be read is a
 * complaint like any other. Returns 0, and a configuration that has settings or
 * says why not; or -ENOMEM.
 */
int sw_settings_load(struct sw_io *io, const char *const paths[], size_t n_paths,
		     struct sw_config **ret);
