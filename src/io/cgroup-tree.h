/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The tree of control groups (v2), whose ids are the inode numbers of its directories. */

#include "io/io.h"
#include "sockwatch/units.h"

/*
 * Goes through the tree, level by level, and shows each group to `units` until
 * those that are sought have been found. It takes no privilege. What cannot be
 * read is passed over. Returns 0 or -ENOMEM.
 */
int sw_cgroup_tree_search(struct sw_io *io, struct sw_units *units);
