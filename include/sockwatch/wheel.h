/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Wheel: the kernel's timer wheel, as far as it decides when a TIME_WAIT gives its
 * port back. A timer a minute ahead is rounded up to the wheel's granularity there
 * (calc_index, kernel/time/timer.c), so ports come back in bursts, one each turn, and
 * up to a whole turn late.
 */

#include "sockwatch/time.h"

/* The kernel's own clock. All zero = unknown. */
struct sw_jiffies {
	uint64_t nsec;  /* length of one: 4000000 where HZ is 250 */
	sw_usec passed; /* since jiffy 0, to a hundredth of a second */
};

struct sw_wheel {
	double turn_s; /* from one turn to the next */
	double left_s; /* until the next one: more than 0, at most turn_s */
};

/* The wheel at that moment. Of an unknown clock 250 Hz is assumed, and that half a turn is left. */
struct sw_wheel sw_wheel_at(const struct sw_jiffies *jiffies);
