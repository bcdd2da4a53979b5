/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Who holds the sockets of a tuple: processes, by the descriptors they have open. */

#include <stdint.h>

struct sw_process {
	uint32_t pid;
	char comm[16];      /* of TASK_COMM_LEN; anybody's choice */
	uint32_t n_sockets; /* of the tuple; one that is shared counts for each */
};

/* More are counted, not listed. */
#define SW_HOLDERS_MAX 8

struct sw_holders {
	struct sw_process list[SW_HOLDERS_MAX]; /* most sockets first */
	uint32_t n, n_more;
	uint32_t n_sockets; /* of the tuple, that some process could hold: not TIME_WAIT */
};
