/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The self-test: the port model against connect() and bind() of the running
 * kernel. Each case has a process and a network namespace of its own, where it
 * makes its sockets, predicts as `status` does, and then asks the kernel until
 * that refuses. Nothing of the caller's namespace is changed, and all is gone
 * when the caller is, however it ends.
 */

#include "sockwatch/selftest.h"

#define SW_SELFTEST_WHY_SIZE sizeof(((struct sw_selftest_case *)0)->why)

/*
 * Runs all cases, some of them at the same time; takes a second or two. False
 * when none can be run here: `why` then says in one clause what failed. Else
 * to be released with sw_selftest_deinit().
 */
bool sw_selftest_run(struct sw_selftest *ret, char why[SW_SELFTEST_WHY_SIZE]);
void sw_selftest_deinit(struct sw_selftest *selftest);
