/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What the daemon does on every tick: collect, judge, deliver, leave the status. */

#include "daemon/daemon.h"

/*
 * One tick. Whatever fails in it is logged once and tried again on the next:
 * the daemon goes on. Returns how long to wait from this tick's start to the
 * next one's.
 */
sw_usec sw_daemon_tick(struct sw_daemon *daemon);
