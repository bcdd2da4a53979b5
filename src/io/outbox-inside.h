/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What the files of the outbox share, and nobody else knows. */

#include "io/outbox.h"

enum { SW_OUTBOX_N_PLACES = 2 };

struct sw_outbox {
	struct sw_io *io;
	char *places[SW_OUTBOX_N_PLACES];
	char *results[SW_OUTBOX_N_PLACES]; /* below them */
	uint64_t last;                     /* the highest number given so far */
	bool makes;                        /* folders that are missing */

	/* The event that has been the first unclaimed one since `since`. */
	struct sw_outbox_name stuck;
	sw_usec stuck_since;
};

struct sw_outbox_waiting {
	struct sw_outbox_name name;
	unsigned int place;
};

/* The names in a folder of one place, NULL without memory or when it cannot be listed. */
char **sw_outbox_list(struct sw_outbox *outbox, unsigned int place, const char *folder,
		      size_t *ret_n);
void sw_outbox_free_names(char **names, size_t n);

/*
 * The events that wait in both places, in order. A place that cannot be listed
 * has none: numbers given since the start are remembered, so order holds.
 */
int sw_outbox_list_waiting(struct sw_outbox *outbox, struct sw_outbox_waiting **ret, size_t *ret_n);
