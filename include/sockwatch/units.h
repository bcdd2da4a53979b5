/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Units: what is known of who owns sockets, beyond one reading. The kernel tells
 * the id of a control group; which unit that is has to be looked for in the tree
 * of groups, once. And a tuple that has nothing but TIME_WAIT left tells no group
 * at all: then it is remembered who owned it a while ago.
 *
 * Bounded, because containers come and go and peers choose tuples: what does not
 * fit has no name.
 */

#include <stdbool.h>

#include "sockwatch/tally.h"
#include "sockwatch/time.h"

/* A longer name is cut, and ends with "..." then. */
#define SW_UNIT_SIZE 96

/* Who owns the live sockets of a tuple or port: names of units, plain ASCII, most sockets first. */
struct sw_owners {
	char units[SW_CGROUPS_MAX][SW_UNIT_SIZE];
	uint32_t n;   /* 0 = not known */
	bool earlier; /* they owned live sockets in an earlier reading; in this one there are none
		       */
};

/* The same as the kernel tells it, in a tenth of the room. */
struct sw_ownership {
	struct sw_cgroups cgroups;
	bool earlier;
};

/* A tuple without live sockets is said to be its last owners' for as long. */
#define SW_UNITS_MEMORY (UINT64_C(600) * SW_USEC_PER_SEC)

/* The tree is not searched more often, however many new groups there are. */
#define SW_UNITS_PAUSE (UINT64_C(10) * SW_USEC_PER_SEC)

/* Groups and tuples that are remembered. */
#define SW_UNITS_MAX 4096

struct sw_units;

/* `seed` keys the hashes. Returns 0 or -ENOMEM. */
int sw_units_new(struct sw_units **ret, uint64_t seed);
void sw_units_free(struct sw_units *units);

/* Takes what a complete reading at `now` tells of groups. Returns 0 or -ENOMEM. */
int sw_units_update(struct sw_units *units, const struct sw_tally *tally, sw_usec now);

/* Are there groups that nobody has looked for, and is it time to? */
bool sw_units_is_search_due(const struct sw_units *units, sw_usec now);

/*
 * Shows a group that the search came by, with its path from the root of the
 * hierarchy, "/" in front. Returns whether there are others yet to be found.
 */
bool sw_units_show(struct sw_units *units, uint64_t id, const char *path);

/* Ends a search: what has not been found has no name, for good. */
void sw_units_end_search(struct sw_units *units, sw_usec now);

/* Who owns a tuple, as of `now`. `units` may be NULL: then nobody knows who owned it earlier. */
struct sw_ownership sw_units_ownership(const struct sw_units *units,
				       const struct sw_tuple_tally *tally, sw_usec now);

/* The same by name. `units` may be NULL: then nobody has one. */
void sw_units_of_ownership(const struct sw_units *units, const struct sw_ownership *ownership,
			   struct sw_owners *ret);

/* Who owns the sockets of these groups; likewise. */
void sw_units_of_cgroups(const struct sw_units *units, const struct sw_cgroups *cgroups,
			 struct sw_owners *ret);
