/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The self-test as a table for people. */

#include <stdio.h>

#include "sockwatch/selftest.h"

void sw_render_selftest_text(FILE *out, const struct sw_selftest *selftest, bool legend);
