/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The one sentence of an event that an operator can act on: what and where
 * first, its numbers true to each other.
 */

#include <stddef.h>

#include "sockwatch/alert.h"

#define SW_SENTENCE_SIZE 512

const char *sw_render_sentence(const struct sw_event *event, const struct sw_ifnames *names,
			       char buffer[SW_SENTENCE_SIZE]);

/* Share as a whole percent that never says 100 while something is left, nor 0 while something is
 * used. */
unsigned int sw_percent(double share);

/* Seconds as people say them: "0.4 s", "13 s", "3 min". Returns `buffer`. */
const char *sw_seconds_format(double seconds, char buffer[16]);

/* How many connects fail: "1 connect in 4 fails", "7 connects in 10 fail". Returns `buffer`. */
#define SW_FAILING_SIZE 32
const char *sw_failing_format(double share, const char *call, char buffer[SW_FAILING_SIZE]);
