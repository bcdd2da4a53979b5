/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Strict numbers from text: digits only, no sign, no locale, no surprise at
 * overflow.
 */

#include <stdint.h>

/*
 * Reads the decimal number at `*text`, at most `max`, and moves `*text` behind
 * it. Returns 0, -EINVAL when no digit stands there, -ERANGE when it is larger.
 */
int sw_parse_digits(const char **text, uint64_t max, uint64_t *ret);

/* Reads a text that is one such number and nothing else but a trailing newline. */
int sw_parse_number(const char *text, uint64_t max, uint64_t *ret);

/* The longest duration that is read. */
#define SW_PARSE_YEAR_USEC (UINT64_C(366) * 86400 * 1000000)

/*
 * Reads a duration as systemd.time(7) has them: numbers with an optional
 * fraction and a unit (us, ms, s, min, h, d, w), added up: "1min 30s", "1.5h".
 * A number that stands alone may do without and is in seconds. Into
 * microseconds. Returns 0, -EINVAL, -ERANGE beyond a year.
 */
int sw_parse_duration(const char *text, uint64_t *ret_usec);

/* Reads "97.25%", with at most two decimals, as 9725. Returns 0, -EINVAL, -ERANGE. */
int sw_parse_percent(const char *text, uint32_t *ret_hundredths);
