/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The configuration as sockwatch.config/1. */

#include <jansson.h>

#include "sockwatch/config.h"

/* A new reference, or NULL when there is no memory. */
json_t *sw_render_config_json(const struct sw_config *config);
