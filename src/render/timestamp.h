/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Moments and durations as text. */

#include "sockwatch/time.h"

#define SW_TIMESTAMP_SIZE 32

/* "2026-11-22T03:12:01.250Z". Returns `buffer`. */
const char *sw_timestamp_format(sw_usec wall, char buffer[SW_TIMESTAMP_SIZE]);

/*
 * Reads such a moment, with milliseconds or without. Returns 0, or -EINVAL for
 * anything else, other time zones and days that no month has included.
 */
int sw_timestamp_parse(const char *text, sw_usec *ret);

/* "2026-11-22 03:12:01 UTC", for people. Returns `buffer`. */
const char *sw_timestamp_format_human(sw_usec wall, char buffer[SW_TIMESTAMP_SIZE]);

/* "03:12:01": the time of day, UTC, where the day is plain. Returns `buffer`. */
const char *sw_clock_format(sw_usec wall, char buffer[SW_TIMESTAMP_SIZE]);

/* "48 s", "6 min 28 s", "3 h 5 min", "12 d 4 h". Returns `buffer`. */
const char *sw_duration_format(sw_usec duration, char buffer[SW_TIMESTAMP_SIZE]);
