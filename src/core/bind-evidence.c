/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A guess that lasts as long as what it was made of. */

#include "core/bind-evidence.h"

#include "base/mem.h"

/* Ports in the second pass that there have to be for chance, and for growth. */
enum { ENOUGH_FOR_CHANCE = 50, ENOUGH_FOR_GROWTH = 500 };

/* What is less likely than this has another reason. */
#define NO_CHANCE 1e-6

/* So many more sockets than ever before are a growth, and so many growths evidence. */
enum { GROWTH = 10, ENOUGH_GROWTHS = 3 };

/* Of so many sockets in the second pass one may be in the first: of those who do not bind. */
enum { FIRST_PER_SECOND = 10 };

/* bind(0) has at least half of its ports in the second pass: where fewer are, others matter more.
 */
enum { MOST_PER_SECOND = 4 };

double sw_bind_chance(uint32_t n_arcs, uint32_t n_sockets, uint32_t n_shared, uint32_t n_ports)
{
	/* Arcs that overlap by that much at the most do not when each is that much shorter. */
	double length = n_sockets - (double)n_arcs * n_shared;
	double chance = 1;

	/* Of n - length places between the arcs each takes some: the first may be anywhere, and
	 * each of the others has one choice more than the one before. */
	for (uint32_t i = 1; i < n_arcs && i < length && chance >= NO_CHANCE; i++)
		chance *= 1 - (length - i) / n_ports;
	return chance;
}

static bool shares_too_few(const struct sw_second_pass *second, uint32_t n_ports)
{
	return n_ports >= ENOUGH_FOR_CHANCE && second->n <= n_ports + second->n_shared &&
	       sw_bind_chance(second->n_tuples, second->n, second->n_shared, n_ports) < NO_CHANCE;
}

/* Is the first pass used too little for connect() to be in the second now? */
static bool is_upside_down(const struct sw_second_pass *second)
{
	return !second->half_full && second->n > 0 &&
	       (uint64_t)FIRST_PER_SECOND * second->n_first <= second->n;
}

static void watch_growth(const struct sw_second_pass *second, const struct sw_bind_memory *last,
			 struct sw_bind_memory *memory)
{
	if (!is_upside_down(second))
		return;
	memory->n_most = second->n;
	if (last == NULL || last->n_most == 0)
		return;
	memory->n_growths = last->n_growths;
	if (second->n >= last->n_most + GROWTH)
		memory->n_growths++;
	else
		memory->n_most = last->n_most;
}

bool sw_bind_evidence_step(const struct sw_source_tally *source, uint32_t n_ports,
			   const struct sw_bind_memory *last, struct sw_bind_memory *ret)
{
	const struct sw_second_pass *second = &source->second;
	uint64_t n_seen = (uint64_t)source->n_idle + source->n_bound;
	bool has_grown;

	*ret = (struct sw_bind_memory){ 0 };
	if (n_ports >= ENOUGH_FOR_GROWTH)
		watch_growth(second, last, ret);
	has_grown = ret->n_growths >= ENOUGH_GROWTHS;
	ret->binds = (shares_too_few(second, n_ports) || has_grown ||
		      (last != NULL && last->binds && second->n >= ENOUGH_GROWTHS * GROWTH)) &&
		     (uint64_t)MOST_PER_SECOND * second->n >= source->n_outgoing;
	/* One program among many that binds is a matter of its own few ports. */
	return ret->binds || (n_seen > 0 && 100 * n_seen >= source->n_outgoing);
}
