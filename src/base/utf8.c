/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Strict, since two readers of one file must not see two things: a text that this takes is
 * UTF-8 to everybody.
 */
#include "base/utf8.h"

#include <string.h>

/* Length and payload of a leading byte, and the least that takes this length. */
static size_t lead(uint8_t byte, uint32_t *ret_bits, uint32_t *ret_least)
{
	static const struct {
		uint8_t mask, value;
		uint32_t least;
	} forms[] = {
		{ 0x80, 0x00, 0 },
		{ 0xe0, 0xc0, 0x80 },
		{ 0xf0, 0xe0, 0x800 },
		{ 0xf8, 0xf0, 0x10000 },
	};

	for (size_t i = 0; i < 4; i++)
		if ((byte & forms[i].mask) == forms[i].value) {
			*ret_bits = byte & (uint8_t)~forms[i].mask;
			*ret_least = forms[i].least;
			return i + 1;
		}
	return 0;
}

size_t sw_utf8_decode(const char *text, size_t size, uint32_t *ret)
{
	uint32_t character = 0, least = 0;
	size_t length = size == 0 ? 0 : lead((uint8_t)text[0], &character, &least);

	if (length > size)
		return 0;
	for (size_t i = 1; i < length; i++) {
		if (((uint8_t)text[i] & 0xc0) != 0x80)
			return 0;
		character = character << 6 | ((uint8_t)text[i] & 0x3f);
	}
	if (character < least || character > 0x10ffff || (character & 0xfffff800) == 0xd800)
		return 0;
	*ret = character;
	return length;
}

bool sw_utf8_is_control(uint32_t character)
{
	return character < 0x20 || (character >= 0x7f && character < 0xa0) ||
	       (character >= 0x2028 && character <= 0x202e) ||
	       (character >= 0x2066 && character <= 0x2069);
}

char *sw_utf8_mask(char *text)
{
	uint32_t character;
	size_t length;

	for (char *at = text; *at != '\0'; at += length) {
		length = sw_utf8_decode(at, strlen(at), &character);
		if (length == 0 || sw_utf8_is_control(character)) {
			length = length == 0 ? 1 : length;
			memset(at, '?', length);
		}
	}
	return text;
}
