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

/*
 * Reads a duration: a number with an optional fraction and a unit (ms, s, min,
 * h; s when none stands there), into microseconds. Returns 0, -EINVAL, -ERANGE
 * beyond a year.
 */
int sw_parse_duration(const char *text, uint64_t *ret_usec);
