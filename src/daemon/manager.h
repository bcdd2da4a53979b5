/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The event loop: a timer that ticks, two signals that end it. */

#include "daemon/options.h"

/*
 * Runs until SIGTERM or SIGINT. Returns 0, -EBADMSG when there is an error in
 * the configuration (and has said which), or another negative errno when it
 * could not start or go on.
 */
int sw_manager_run(const struct sw_daemon_options *options);
