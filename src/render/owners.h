/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Who owns a tuple's or a port's sockets, in words and for programs. */

#include <jansson.h>

#include "sockwatch/units.h"

#define SW_OWNERS_TEXT_SIZE 160

/*
 * "nginx.service", "nginx.service +1", "was nginx.service" where only an
 * earlier reading saw them; "" when not known. Cut to `width`, at least 16 and
 * below SW_OWNERS_TEXT_SIZE, with ".." at the end then. Returns `buffer`.
 */
const char *sw_owners_format(const struct sw_owners *owners, size_t width,
			     char buffer[SW_OWNERS_TEXT_SIZE]);

/*
 * Who is on this side of the connections, to begin a sentence with: the unit if
 * there is but one, "this side (nginx.service +1)", "this side". Cut likewise,
 * to at least 21.
 */
const char *sw_owners_format_side(const struct sw_owners *owners, size_t width,
				  char buffer[SW_OWNERS_TEXT_SIZE]);

/* The units as a list; null when not known. A new reference, or NULL. */
json_t *sw_render_units_json(const struct sw_owners *owners);
