/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Two tuples that share a mark by chance make an interval a port narrower or wider, no more. */

#include "core/suspicion.h"

#include "base/hash.h"

uint16_t sw_tuple_mark(const struct sw_tuple *tuple)
{
	uint16_t mark = (uint16_t)sw_hash(tuple, sizeof(*tuple), 0);

	return mark == 0 ? 1 : mark;
}

void sw_suspicion_add(struct sw_suspicion *suspicion, uint16_t port, uint16_t mark)
{
	suspicion->marks[port][suspicion->marks[port][0] != 0] = mark;
}

void sw_suspicion_judge(const struct sw_suspicion *suspicion, const struct sw_portset *occupied,
			const struct sw_portset *half_full, struct sw_portset *suspects)
{
	for (uint32_t port = sw_portset_next(occupied, 0); port < SW_PORTSET_END;
	     port = sw_portset_next(occupied, port + 1))
		for (int i = 0; i < 2; i++) {
			uint16_t mark = suspicion->marks[port][i];

			if (mark != 0 && !sw_portset_has(half_full, mark))
				sw_portset_add(suspects, (uint16_t)port);
		}
}
