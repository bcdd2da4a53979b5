/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Most tuples belong to one group, and then the first look finds it. */

#include "sockwatch/cgroups.h"

static void swap(struct sw_cgroups *cgroups, size_t a, size_t b)
{
	uint64_t id = cgroups->ids[a];
	uint32_t n_sockets = cgroups->n_sockets[a];

	cgroups->ids[a] = cgroups->ids[b];
	cgroups->n_sockets[a] = cgroups->n_sockets[b];
	cgroups->ids[b] = id;
	cgroups->n_sockets[b] = n_sockets;
}

void sw_cgroups_add(struct sw_cgroups *cgroups, uint64_t id)
{
	size_t least = 0, i;

	for (i = 0; i < SW_CGROUPS_MAX; i++) {
		if (cgroups->ids[i] == id || cgroups->ids[i] == 0)
			break;
		if (cgroups->n_sockets[i] < cgroups->n_sockets[least])
			least = i;
	}
	if (i == SW_CGROUPS_MAX)
		i = least;
	cgroups->ids[i] = id;
	cgroups->n_sockets[i]++;
}

void sw_cgroups_sort(struct sw_cgroups *cgroups)
{
	for (size_t i = 1; i < SW_CGROUPS_MAX; i++)
		for (size_t at = i; at > 0 && cgroups->n_sockets[at] > cgroups->n_sockets[at - 1];
		     at--)
			swap(cgroups, at, at - 1);
}
