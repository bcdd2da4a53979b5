/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The files of sysctl.d(5), in systemd's order and with its masks, and behind
 * them /etc/sysctl.conf, which sysctl(8) reads last.
 */

#include "io/io.h"
#include "sockwatch/sysctl.h"

/* What they say of `key`. What cannot be read says nothing. Returns 0 or -ENOMEM. */
int sw_sysctl_files_find(struct sw_io *io, const char *key, struct sw_sysctl_setting *ret);
