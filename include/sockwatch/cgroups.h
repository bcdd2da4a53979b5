/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The control groups that made the sockets of one tuple or port: a few ids,
 * with most of the sockets. Whoever may make groups may make any number of them,
 * so the list is bounded.
 */

#include <stddef.h>
#include <stdint.h>

#define SW_CGROUPS_MAX 4

struct sw_cgroups {
	uint64_t ids[SW_CGROUPS_MAX]; /* 0 = none from here on */
	uint32_t n_sockets[SW_CGROUPS_MAX];
};

/*
 * Counts a socket of the group `id`, which is not 0. When the list is full the
 * smallest makes way and leaves its count to the new one, so that a group which
 * has more than a quarter of all sockets is always in it.
 */
void sw_cgroups_add(struct sw_cgroups *cgroups, uint64_t id);

/* Puts the group with most sockets first. */
void sw_cgroups_sort(struct sw_cgroups *cgroups);
