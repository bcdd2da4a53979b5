/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "core/watch-list.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int sw_watch_list_init(struct sw_watch_list *list)
{
	/* What is not used is never touched, and costs no memory. */
	list->watches = calloc(SW_ENGINE_MAX_WATCHES, sizeof(*list->watches));
	list->n = 0;
	return list->watches != NULL ? 0 : -ENOMEM;
}

void sw_watch_list_deinit(struct sw_watch_list *list)
{
	free(list->watches);
	*list = (struct sw_watch_list){ 0 };
}

struct sw_watch *sw_watch_list_find(const struct sw_watch_list *list, enum sw_rule rule,
				    const struct sw_subject *subject)
{
	for (size_t i = 0; i < list->n; i++)
		if (list->watches[i].alert.rule == rule &&
		    memcmp(&list->watches[i].alert.subject, subject, sizeof(*subject)) == 0)
			return &list->watches[i];
	return NULL;
}

static enum sw_rule rule_with_the_most(const struct sw_watch_list *list)
{
	size_t n[SW_N_RULES] = { 0 };
	int most = 0;

	for (size_t i = 0; i < list->n; i++)
		n[list->watches[i].alert.rule]++;
	for (int rule = 1; rule < SW_N_RULES; rule++)
		if (n[rule] > n[most])
			most = rule;
	return (enum sw_rule)most;
}

static struct sw_watch *best_off(const struct sw_watch_list *list, enum sw_rule rule)
{
	struct sw_watch *best = NULL;

	for (size_t i = 0; i < list->n; i++) {
		struct sw_watch *watch = &list->watches[i];

		if (watch->alert.rule == rule && (!watch->firing || watch->grouped) &&
		    (best == NULL ||
		     sw_watch_compare(watch, best->weight, &best->alert.subject) > 0))
			best = watch;
	}
	return best;
}

static struct sw_watch *place_for(struct sw_watch_list *list, enum sw_rule rule,
				  const struct sw_subject *subject, double weight)
{
	enum sw_rule giver = rule_with_the_most(list);
	struct sw_watch *best;

	if (list->n < SW_ENGINE_MAX_WATCHES)
		return &list->watches[list->n++];
	best = best_off(list, giver);
	if (best != NULL && giver == rule && sw_watch_compare(best, weight, subject) < 0)
		return NULL;
	return best;
}

struct sw_watch *sw_watch_list_add(struct sw_watch_list *list, enum sw_rule rule,
				   const struct sw_subject *subject, double weight)
{
	struct sw_watch *watch = place_for(list, rule, subject, weight);

	if (watch != NULL)
		*watch = (struct sw_watch){ .alert = { .rule = rule, .subject = *subject } };
	return watch;
}

void sw_watch_list_forget_quiet(struct sw_watch_list *list)
{
	size_t kept = 0;

	for (size_t i = 0; i < list->n; i++)
		if (list->watches[i].firing || list->watches[i].signs.wanted)
			list->watches[kept++] = list->watches[i];
	list->n = kept;
}
