/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* One value of a key: from text, to text, and as a number to compare. */

#include "settings/keys.h"

/* Room for the longest value: a full list of matches. */
#define SW_VALUE_TEXT_SIZE 4096
/* Room for what a key takes, in words. */
#define SW_VALUE_RANGE_SIZE 160

/*
 * Reads `text`, which is not empty, into `target`; to a list it adds. Returns 0
 * or -EINVAL; `*ret_why` says why then, or is NULL where sw_value_range() does.
 */
int sw_value_parse(const struct sw_key *key, const char *text, void *target, const char **ret_why);

/* A text that sw_value_parse() would read as the same. Returns `buffer`. */
const char *sw_value_format(const struct sw_key *key, const void *target,
			    char buffer[SW_VALUE_TEXT_SIZE]);

/* What the key takes: "a duration from 100ms to 1min". Returns `buffer`. */
const char *sw_value_range(const struct sw_key *key, char buffer[SW_VALUE_RANGE_SIZE]);

/* A duration or a share as a number, in the unit of the key's range. */
uint64_t sw_value_number(const struct sw_key *key, const void *target);

/* Sets a value to the default of its key. */
void sw_value_reset(const struct sw_key *key, void *target);

/* Sets a value as another target has it. */
void sw_value_copy(const struct sw_key *key, void *target, const void *from);
