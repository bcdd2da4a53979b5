/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The self-test as the schema sockwatch.selftest/1. */

#include <jansson.h>

#include "sockwatch/selftest.h"

/* Owned by the caller; NULL without memory. */
json_t *sw_render_selftest_json(const struct sw_selftest *selftest);
