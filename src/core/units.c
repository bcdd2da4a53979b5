/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Ids of groups are not given twice within a boot, so a name once found is right for ever,
 * and a group that was looked for in vain, because it is gone or in another namespace,
 * need not be looked for again.
 */

#include "sockwatch/units.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/table.h"
#include "core/unit-name.h"

/* The root of all groups has this id (cgroup_init), and is in no unit. */
enum { ROOT = 1 };

struct named_cgroup {
	uint64_t id;             /* the key */
	bool sought;             /* its name has not been looked for yet */
	char unit[SW_UNIT_SIZE]; /* "" = none that could be found */
};

struct last_owners {
	struct sw_tuple tuple; /* the key */
	struct sw_cgroups cgroups;
	sw_usec seen;
};

struct sw_units {
	struct sw_table cgroups; /* of struct named_cgroup */
	struct sw_table tuples;  /* of struct last_owners */
	size_t n_sought;
	bool searched;
	sw_usec last_search;
};

int sw_units_new(struct sw_units **ret, uint64_t seed)
{
	struct sw_units *units = calloc(1, sizeof(*units));

	if (units == NULL)
		return -ENOMEM;
	sw_table_init(&units->cgroups, sizeof(struct named_cgroup), sizeof(uint64_t), SW_UNITS_MAX,
		      seed);
	sw_table_init(&units->tuples, sizeof(struct last_owners), sizeof(struct sw_tuple),
		      SW_UNITS_MAX, seed);
	*ret = units;
	return 0;
}

void sw_units_free(struct sw_units *units)
{
	if (units == NULL)
		return;
	sw_table_deinit(&units->cgroups);
	sw_table_deinit(&units->tuples);
	free(units);
}

/* Makes rows of groups that have none yet. Returns 0, -ENOSPC or -ENOMEM. */
static int take_cgroups(struct sw_units *units, const struct sw_cgroups *cgroups)
{
	for (size_t i = 0; i < SW_CGROUPS_MAX && cgroups->ids[i] != 0; i++) {
		struct named_cgroup *row;
		void *new_row;
		int r;

		if (cgroups->ids[i] == ROOT ||
		    sw_table_find(&units->cgroups, &cgroups->ids[i]) != NULL)
			continue;
		r = sw_table_obtain(&units->cgroups, &cgroups->ids[i], &new_row);
		if (r < 0)
			return r;
		row = new_row;
		row->sought = true;
		units->n_sought++;
	}
	return 0;
}

/* All groups of a tally. */
static int take_all(struct sw_units *units, const struct sw_tally *tally)
{
	int r = 0;

	for (uint32_t i = 0; r == 0 && i < sw_tally_n_tuples(tally); i++)
		r = take_cgroups(units, &sw_tally_tuple(tally, i)->cgroups);
	for (uint32_t i = 0; r == 0 && i < sw_tally_n_ports(tally); i++)
		r = take_cgroups(units, &sw_tally_port(tally, i)->cgroups);
	return r;
}

/* Who owns which tuple now, for when it has no live socket any more. */
static int remember(struct sw_units *units, const struct sw_tuple_tally *tally, sw_usec now)
{
	struct last_owners *row;
	void *new_row;
	int r;

	if (tally->cgroups.ids[0] == 0)
		return 0;
	r = sw_table_obtain(&units->tuples, &tally->tuple, &new_row);
	if (r == -ENOSPC) {
		sw_table_deinit(&units->tuples);
		r = sw_table_obtain(&units->tuples, &tally->tuple, &new_row);
	}
	if (r < 0)
		return r;
	row = new_row;
	row->cgroups = tally->cgroups;
	row->seen = now;
	return 0;
}

int sw_units_update(struct sw_units *units, const struct sw_tally *tally, sw_usec now)
{
	int r = take_all(units, tally);

	/* Where there is no room they begin anew, and those that matter are found again. */
	if (r == -ENOSPC) {
		sw_table_deinit(&units->cgroups);
		units->n_sought = 0;
		r = take_all(units, tally);
	}
	if (r == -ENOMEM)
		return r;
	r = 0;
	for (uint32_t i = 0; r == 0 && i < sw_tally_n_tuples(tally); i++)
		r = remember(units, sw_tally_tuple(tally, i), now);
	return r;
}

bool sw_units_is_search_due(const struct sw_units *units, sw_usec now)
{
	return units->n_sought > 0 &&
	       (!units->searched || now - units->last_search >= SW_UNITS_PAUSE);
}

bool sw_units_show(struct sw_units *units, uint64_t id, const char *path)
{
	struct named_cgroup *row = sw_table_find(&units->cgroups, &id);

	if (row != NULL && row->sought) {
		row->sought = false;
		units->n_sought--;
		if (!sw_unit_of_path(path, row->unit))
			row->unit[0] = '\0';
	}
	return units->n_sought > 0;
}

void sw_units_end_search(struct sw_units *units, sw_usec now)
{
	for (uint32_t i = 0; i < units->cgroups.n_rows; i++) {
		struct named_cgroup *row = sw_table_row(&units->cgroups, i);

		row->sought = false;
	}
	units->n_sought = 0;
	units->searched = true;
	units->last_search = now;
}

/* A unit may have more than one group: it is named once. */
static bool has(const struct sw_owners *owners, const char *unit)
{
	for (uint32_t i = 0; i < owners->n; i++)
		if (strcmp(owners->units[i], unit) == 0)
			return true;
	return false;
}

void sw_units_of_cgroups(const struct sw_units *units, const struct sw_cgroups *cgroups,
			 struct sw_owners *ret)
{
	struct sw_cgroups sorted = *cgroups;

	*ret = (struct sw_owners){ 0 };
	sw_cgroups_sort(&sorted);
	for (size_t i = 0; units != NULL && i < SW_CGROUPS_MAX && sorted.ids[i] != 0; i++) {
		const struct named_cgroup *row = sw_table_find(&units->cgroups, &sorted.ids[i]);

		if (row != NULL && row->unit[0] != '\0' && !has(ret, row->unit))
			memcpy(ret->units[ret->n++], row->unit, SW_UNIT_SIZE);
	}
}

void sw_units_of_ownership(const struct sw_units *units, const struct sw_ownership *ownership,
			   struct sw_owners *ret)
{
	sw_units_of_cgroups(units, &ownership->cgroups, ret);
	ret->earlier = ownership->earlier && ret->n > 0;
}

struct sw_ownership sw_units_ownership(const struct sw_units *units,
				       const struct sw_tuple_tally *tally, sw_usec now)
{
	struct sw_ownership ownership = { .cgroups = tally->cgroups };
	const struct last_owners *last;

	if (units == NULL || tally->cgroups.ids[0] != 0)
		return ownership;
	last = sw_table_find(&units->tuples, &tally->tuple);
	if (last != NULL && now - last->seen <= SW_UNITS_MEMORY)
		ownership = (struct sw_ownership){ .cgroups = last->cgroups, .earlier = true };
	return ownership;
}
