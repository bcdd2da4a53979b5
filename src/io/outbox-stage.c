/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* How far the runner of hooks is with what lies in the outbox. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "io/outbox-inside.h"

static int compare_names(const void *key, const void *element)
{
	return strcmp(key, *(char *const *)element);
}

/* Has the runner left its mark on this event, in either place? The lists are sorted. */
static bool is_claimed(char **const claimed[SW_OUTBOX_N_PLACES], const size_t n[SW_OUTBOX_N_PLACES],
		       const struct sw_outbox_name *name)
{
	char file[SW_OUTBOX_NAME_SIZE];

	if (sw_outbox_name_format(name, file) < 0)
		return true;
	for (unsigned int place = 0; place < SW_OUTBOX_N_PLACES; place++)
		if (n[place] > 0 && bsearch(file, claimed[place], n[place],
					    sizeof(claimed[place][0]), compare_names) != NULL)
			return true;
	return false;
}

/* Which of the events that wait nobody has claimed: marked in `ret`, an array of `n`. */
static void mark_unclaimed(struct sw_outbox *outbox, const struct sw_outbox_waiting *waiting,
			   size_t n, bool *ret)
{
	char **claimed[SW_OUTBOX_N_PLACES];
	size_t n_claimed[SW_OUTBOX_N_PLACES];

	for (unsigned int place = 0; place < SW_OUTBOX_N_PLACES; place++)
		claimed[place] = sw_outbox_list(outbox, place, "claimed", &n_claimed[place]);
	for (size_t i = 0; i < n; i++)
		ret[i] = !is_claimed(claimed, n_claimed, &waiting[i].name);
	for (unsigned int place = 0; place < SW_OUTBOX_N_PLACES; place++)
		sw_outbox_free_names(claimed[place], n_claimed[place]);
}

/* What waits, and which of it is unclaimed; both are the caller's. */
static int list_stages(struct sw_outbox *outbox, struct sw_outbox_waiting **ret,
		       bool **ret_unclaimed, size_t *ret_n)
{
	bool *unclaimed;
	int r = sw_outbox_list_waiting(outbox, ret, ret_n);

	if (r < 0)
		return r;
	unclaimed = calloc(*ret_n + 1, sizeof(*unclaimed));
	if (unclaimed == NULL) {
		free(*ret);
		return -ENOMEM;
	}
	mark_unclaimed(outbox, *ret, *ret_n, unclaimed);
	*ret_unclaimed = unclaimed;
	return 0;
}

enum sw_outbox_stage sw_outbox_look(struct sw_outbox *outbox, const char *event_id)
{
	enum sw_outbox_stage stage = SW_OUTBOX_GONE;
	struct sw_outbox_waiting *waiting;
	bool *unclaimed;
	size_t n;

	if (list_stages(outbox, &waiting, &unclaimed, &n) < 0)
		return SW_OUTBOX_WAITING;
	for (size_t i = 0; i < n; i++)
		if (strcmp(waiting[i].name.event_id, event_id) == 0)
			stage = unclaimed[i] ? SW_OUTBOX_WAITING : SW_OUTBOX_CLAIMED;
	free(waiting);
	free(unclaimed);
	return stage;
}

/* The first event that nobody has claimed; false when there is none. */
static bool find_unclaimed(struct sw_outbox *outbox, struct sw_outbox_name *ret)
{
	struct sw_outbox_waiting *waiting;
	bool *unclaimed;
	size_t n, first = 0;

	if (list_stages(outbox, &waiting, &unclaimed, &n) < 0)
		return false;
	while (first < n && !unclaimed[first])
		first++;
	if (first < n)
		*ret = waiting[first].name;
	free(waiting);
	free(unclaimed);
	return first < n;
}

enum sw_outbox_course sw_outbox_course(struct sw_outbox *outbox, sw_usec now_boot, sw_usec patience,
				       char ret_event_id[64])
{
	struct sw_outbox_name first;

	if (!find_unclaimed(outbox, &first)) {
		outbox->stuck.number = 0;
		return SW_OUTBOX_FLOWS;
	}
	if (outbox->stuck.number != first.number ||
	    strcmp(outbox->stuck.event_id, first.event_id) != 0) {
		outbox->stuck = first;
		outbox->stuck_since = now_boot;
	}
	memcpy(ret_event_id, first.event_id, sizeof(first.event_id));
	return now_boot - outbox->stuck_since < patience ? SW_OUTBOX_WAITS : SW_OUTBOX_STUCK;
}
