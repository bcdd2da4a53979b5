/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* UTF-8, character by character. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Takes the character that begins at `text`, of which `size` bytes are there.
 * Returns its length in bytes; 0 when it is not well-formed (RFC 3629: no
 * overlong form, no surrogate, nothing above U+10FFFF).
 */
size_t sw_utf8_decode(const char *text, size_t size, uint32_t *ret);

/* Could it steer a terminal? C0 with tab and newline, DEL, C1, and what turns the direction of
 * writing. */
bool sw_utf8_is_control(uint32_t character);

/* Puts '?' in the place of every byte of what is no UTF-8 or could steer a terminal. Returns
 * `text`. */
char *sw_utf8_mask(char *text);
