/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The pause between two readings. */

#include <stdbool.h>

#include "sockwatch/time.h"

/* From here on an interrupt ends the pause, not the program. */
void sw_pace_begin(void);

/* Pauses. False when there is no point in going on: an interrupt came, or whoever read standard
 * output is gone. */
bool sw_pace_wait(sw_usec pause);
