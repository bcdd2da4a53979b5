/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The kernel's settings for programs. */

#include <jansson.h>

#include "sockwatch/reading.h"

/* `kernel` of sockwatch.status/1. A new reference, or NULL without memory. */
json_t *sw_render_kernel_json(const struct sw_reading *reading);
