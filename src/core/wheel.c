/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "sockwatch/wheel.h"

#include <stdbool.h>

#include "sockwatch/tally.h"

/* Levels of the wheel (LVL_SIZE, LVL_CLK_SHIFT): the first has 64 buckets of one jiffy, each
 * further one begins eight times as far ahead and has buckets eight times as long. */
enum {
	FIRST_LEVEL_END = 63,
	LEVEL_FACTOR = 8,
};

/* HZ from 1000 down to 100 is what kernel/Kconfig.hz offers; anything else is no such kernel. */
enum {
	SHORTEST_JIFFY_NSEC = 1000000,
	DEFAULT_JIFFY_NSEC = 4000000,
	LONGEST_JIFFY_NSEC = 10000000,
};

/* Length of a bucket that holds a timer one TIME_WAIT ahead. */
static uint64_t turn_nsec(uint64_t jiffy_nsec)
{
	uint64_t ahead = SW_TIME_WAIT_MSEC * UINT64_C(1000000) / jiffy_nsec;
	uint64_t n_jiffies = 1;

	while (n_jiffies * FIRST_LEVEL_END <= ahead)
		n_jiffies *= LEVEL_FACTOR;
	return n_jiffies * jiffy_nsec;
}

struct sw_wheel sw_wheel_at(const struct sw_jiffies *jiffies)
{
	bool known = jiffies->nsec >= SHORTEST_JIFFY_NSEC && jiffies->nsec <= LONGEST_JIFFY_NSEC;
	uint64_t turn = turn_nsec(known ? jiffies->nsec : DEFAULT_JIFFY_NSEC);
	/* The clock is only known to a hundredth of a second; the middle of that is nearest. */
	uint64_t passed = (jiffies->passed * 1000 + 5000000) % turn;

	if (!known)
		passed = turn / 2;
	return (struct sw_wheel){ .turn_s = (double)turn / 1e9,
				  .left_s = (double)(turn - passed) / 1e9 };
}
