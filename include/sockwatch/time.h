/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Time: microseconds as plain numbers. Nothing here reads a clock; whoever
 * needs the time is given it.
 */

#include <stdint.h>

typedef uint64_t sw_usec;

#define SW_USEC_PER_MSEC ((sw_usec)1000)
#define SW_USEC_PER_SEC ((sw_usec)1000000)

/* One moment on both clocks. */
struct sw_now {
	sw_usec boot; /* CLOCK_BOOTTIME: for durations; goes on during suspend, never jumps */
	sw_usec wall; /* CLOCK_REALTIME: for display only */
};
