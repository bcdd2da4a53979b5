/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The configuration as text: every key with its value, and where that is from. */

#include <stdio.h>

#include "sockwatch/config.h"

void sw_render_config_text(FILE *out, const struct sw_config *config);
