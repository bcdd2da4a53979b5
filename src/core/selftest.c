/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The judge is apart from those who make the sockets, so that it can be shown a wrong prediction.
 */

#include "sockwatch/selftest.h"

#include <stdlib.h>

enum { TOLERATED_PERCENT = 2 };

enum sw_verdict sw_selftest_judge(struct sw_selftest_interval predicted, uint32_t observed,
				  uint32_t n_hidden, uint32_t n_range)
{
	uint32_t width = n_hidden == 0 ? 0 : n_hidden + n_range * TOLERATED_PERCENT / 100;

	if (observed < predicted.low || observed > predicted.high ||
	    predicted.high - predicted.low > width)
		return SW_VERDICT_WRONG;
	return predicted.low == predicted.high ? SW_VERDICT_EQUAL : SW_VERDICT_WITHIN;
}

size_t sw_selftest_count(const struct sw_selftest *selftest, enum sw_verdict verdict)
{
	size_t n = 0;

	for (size_t i = 0; i < selftest->n_cases; i++)
		n += selftest->cases[i].verdict == verdict;
	return n;
}

bool sw_selftest_passed(const struct sw_selftest *selftest)
{
	return sw_selftest_count(selftest, SW_VERDICT_WRONG) == 0 &&
	       sw_selftest_count(selftest, SW_VERDICT_FAILED) == 0 &&
	       sw_selftest_count(selftest, SW_VERDICT_EQUAL) > 0;
}

const char *sw_verdict_to_string(enum sw_verdict verdict)
{
	switch (verdict) {
	case SW_VERDICT_EQUAL:
		return "equal";
	case SW_VERDICT_WITHIN:
		return "within";
	case SW_VERDICT_WRONG:
		return "wrong";
	case SW_VERDICT_FAILED:
		return "failed";
	case SW_VERDICT_LEFT_OUT:
		return "left-out";
	}
	abort();
}
