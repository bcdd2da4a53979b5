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

/*
 * A tick whose reading has to wait: what needs none goes on, and how late something may be
 * seen is told. There was a reading before, as for sw_daemon_rest().
 */
void sw_daemon_bide(struct sw_daemon *daemon);

/*
 * A tick on which there is nothing to count. What has been said stays true, and it is said that it
 * does. Returns false when that cannot be.
 */
bool sw_daemon_rest(struct sw_daemon *daemon);
