/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Mute: what an administrator does not want to hear of for a while. It is over
 * by the wall clock, as whoever set it meant it. Plain values.
 */

#include <stdbool.h>
#include <stddef.h>

#include "sockwatch/rule.h"
#include "sockwatch/time.h"
#include "sockwatch/tuple.h"

/*
 * Where they are, if no state directory is given. What root decided for a while
 * is root's to keep: the state directory belongs to the daemon's user, who
 * could replace any file in it, and for whom root would have to write there.
 */
#define SW_MUTES_DIRECTORY "/etc/sockwatch"
#define SW_MUTES_FILE "mutes.json"

#define SW_MUTES_MAX 256
#define SW_MUTE_BY_SIZE 64
#define SW_MUTE_REASON_SIZE 256

/* Shorter is a slip of the pen ("--for 30"), longer is for the configuration. */
#define SW_MUTE_MIN (SW_USEC_PER_SEC * 60)
#define SW_MUTE_MAX (SW_USEC_PER_SEC * 86400 * 30)

struct sw_mute {
	enum sw_rule rule;
	char subject[SW_TUPLE_TEXT_SIZE]; /* as sw_mute_subject() has it; "" = the whole rule */
	sw_usec since, until;             /* on the wall clock */
	char by[SW_MUTE_BY_SIZE];         /* the user who set it; "" = unknown */
	char reason[SW_MUTE_REASON_SIZE]; /* foreign text; "" = none was given */
};

/* All of them; also those that are over, until they are dropped. */
struct sw_mutes {
	struct sw_mute list[SW_MUTES_MAX];
	size_t n;
};

/*
 * Reads what a mute is about: of rules about tuples one of these, a destination
 * address with or without its port; of bind-ports an address; of others the
 * namespace "self", a sysctl, or what can be a hook; "more" for the group.
 * Addresses come as this program writes them. Returns 0; -EINVAL for what no
 * alert of this rule can be about; -ENODEV for an unknown zone.
 */
int sw_mute_subject(enum sw_rule rule, const char *text, const struct sw_ifnames *names,
		    char ret[SW_TUPLE_TEXT_SIZE]);

/* Until when an alert with this subject is mute, if it is at `wall`: the latest end. 0 = it is not.
 */
sw_usec sw_mutes_until(const struct sw_mutes *mutes, enum sw_rule rule, const char *subject,
		       sw_usec wall);

/* Adds a mute, in the place of one with the same rule and subject. Returns 0 or -ENOSPC. */
int sw_mutes_set(struct sw_mutes *mutes, const struct sw_mute *mute);

/* Removes the mute with just this rule and subject. Returns 0 or -ENOENT. */
int sw_mutes_remove(struct sw_mutes *mutes, enum sw_rule rule, const char *subject);

/* Drops those that are over at `wall`. */
void sw_mutes_drop_over(struct sw_mutes *mutes, sw_usec wall);
