/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* How standard output is written to: by the options, and by what it is. */

#include "cli/options.h"
#include "render/status-text.h"

struct sw_text_style sw_style_of(const struct sw_options *options);
