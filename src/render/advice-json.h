/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Remedies for programs, and what each of them gains as text. */

#include <jansson.h>

#include "sockwatch/advice.h"

/* The remedies of a tuple as an array of advice objects. A new reference, or NULL. */
json_t *sw_render_advice_json(const struct sw_outlook *outlook, const struct sw_ifnames *names);

/* What a remedy gains, for people: "454 -> 28000/s", "no closes at all". Returns `buffer`. */
const char *sw_gain_format(const struct sw_remedy *remedy, double ceiling_per_s, char buffer[48]);
