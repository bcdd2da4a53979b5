/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What every target does with what it got: judge and show it, and hold it to what must always be
 * true. */

#include "sockwatch/reading.h"

void judge(const struct sw_reading *reading);
