/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Destinations as text: 10.0.0.0/8, 10.0.0.9:5432, [2001:db8::/32]:443. */

#include "sockwatch/settings.h"

/* Room for any of them. */
#define SW_MATCH_TEXT_SIZE 64

/*
 * Reads ADDRESS[/BITS][:PORT]; IPv6 with a port stands in brackets. Returns 0 or
 * -EINVAL; `*ret_why` says why then, in a clause.
 */
int sw_match_parse(const char *text, struct sw_match *ret, const char **ret_why);

/* Returns `buffer`. */
const char *sw_match_format(const struct sw_match *match, char buffer[SW_MATCH_TEXT_SIZE]);

bool sw_matches_contain(const struct sw_matches *matches, const struct sw_addr *addr,
			uint32_t port);
