/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What follows from a reading, for everybody who waits for it. */

#include "daemon/daemon.h"
#include "sockwatch/reading.h"

/*
 * Judges one reading, complete or not: lets the engine take its step, delivers
 * the events, replaces status.json and tells the service manager. What fails is
 * said, and the others go on.
 */
void sw_daemon_judge(struct sw_daemon *daemon, const struct sw_reading *reading);
