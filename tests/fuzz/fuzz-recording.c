/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A whole recording, as somebody may send one with a bug report: read, replayed, judged and shown.
 */

#include <stdlib.h>
#include <string.h>

#include "io/collect.h"
#include "io/replay.h"
#include "judge.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sw_collect_options everything = { 0 };
	struct sw_reading *reading;
	struct sw_io *replay;
	char *exact = malloc(size + (size == 0));
	size_t offset;

	if (exact == NULL || sw_units_new(&everything.units, 0) < 0)
		abort();
	memcpy(exact, data, size);
	if (sw_replay_new(&replay, exact, size, &offset) == 0) {
		if (sw_collect(replay, &everything, &reading) == 0) {
			judge(reading);
			sw_reading_free(reading);
		}
		sw_replay_free(replay);
	} else if (offset > size) {
		abort();
	}
	sw_units_free(everything.units);
	free(exact);
	return 0;
}
