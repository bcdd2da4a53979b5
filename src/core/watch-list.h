/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The watches of all rules, in room that is there from the start: taking a finding
 * cannot fail. Only subjects that are not quite well have one, so the list is short.
 */

#include "core/watch.h"

struct sw_watch_list {
	struct sw_watch *watches; /* owned; room for SW_ENGINE_MAX_WATCHES */
	size_t n;
};

/* Returns 0 or -ENOMEM. */
int sw_watch_list_init(struct sw_watch_list *list);
void sw_watch_list_deinit(struct sw_watch_list *list);

/* NULL when there is none. */
struct sw_watch *sw_watch_list_find(const struct sw_watch_list *list, enum sw_rule rule,
				    const struct sw_subject *subject);

/*
 * A new watch with nothing in it but its rule and subject. When all places are
 * taken, one makes way that has no events of its own: the best off of the rule
 * with the most, unless it is of the same rule and worse off than `weight`. NULL
 * where none does.
 */
struct sw_watch *sw_watch_list_add(struct sw_watch_list *list, enum sw_rule rule,
				   const struct sw_subject *subject, double weight);

/* Drops what neither fires nor may come to. */
void sw_watch_list_forget_quiet(struct sw_watch_list *list);
