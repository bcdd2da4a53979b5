/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <sys/types.h>

/*
 * Sends a signal to all that descend from a process, but not to itself. What has
 * left its session or process group, or lost its parent to a subreaper, is found
 * all the same. What is started while this goes on may be missed: call it again.
 */
void sw_tree_kill(pid_t pid, int signal);
