/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * 65536 bits, and 64 of them at a time: a reading asks for a dozen figures of all ports, and
 * on a host with few sockets these are most of what it computes.
 *
 * The kernel writes reserved ports as a list of ranges; ten thousand of them are no reason
 * to store more than the bits.
 */

#include "sockwatch/portset.h"

#include <errno.h>
#include <stddef.h>

#include "base/mem.h"
#include "base/parse.h"

#define N_WORDS SW_ARRAY_SIZE(((struct sw_portset *)NULL)->words)

void sw_portset_unite(struct sw_portset *set, const struct sw_portset *other)
{
	for (size_t i = 0; i < N_WORDS; i++)
		set->words[i] |= other->words[i];
}

void sw_portset_subtract(struct sw_portset *set, const struct sw_portset *other)
{
	for (size_t i = 0; i < N_WORDS; i++)
		set->words[i] &= ~other->words[i];
}

void sw_portset_intersect(struct sw_portset *set, const struct sw_portset *other)
{
	for (size_t i = 0; i < N_WORDS; i++)
		set->words[i] &= other->words[i];
}

uint32_t sw_portset_count(const struct sw_portset *set, uint16_t low, uint16_t high)
{
	uint32_t n = 0;

	for (uint32_t i = low / 64; i <= high / 64u; i++) {
		uint64_t word = set->words[i];

		if (i == low / 64u)
			word &= UINT64_MAX << (low % 64);
		if (i == high / 64u)
			word &= UINT64_MAX >> (63 - high % 64);
		n += (uint32_t)__builtin_popcountll(word);
	}
	return n;
}

uint32_t sw_portset_next(const struct sw_portset *set, uint32_t from)
{
	uint64_t mask = UINT64_MAX << (from % 64);

	for (uint32_t i = from / 64; i < N_WORDS; i++, mask = UINT64_MAX)
		if ((set->words[i] & mask) != 0)
			return i * 64 + (uint32_t)__builtin_ctzll(set->words[i] & mask);
	return SW_PORTSET_END;
}

/* One element of the list, PORT or LOW-HIGH. */
static int parse_element(const char **text, struct sw_portset *set)
{
	uint64_t low, high;
	int r;

	r = sw_parse_digits(text, UINT16_MAX, &low);
	if (r < 0)
		return -EINVAL;
	high = low;
	if (**text == '-') {
		(*text)++;
		r = sw_parse_digits(text, UINT16_MAX, &high);
		if (r < 0 || high < low)
			return -EINVAL;
	}
	for (uint64_t port = low; port <= high; port++)
		sw_portset_add(set, (uint16_t)port);
	return 0;
}

int sw_portset_add_list(struct sw_portset *set, const char *text)
{
	struct sw_portset result = *set;
	int r;

	while (*text != '\0' && *text != '\n') {
		r = parse_element(&text, &result);
		if (r < 0)
			return r;
		if (*text == ',')
			text++;
		else if (*text != '\0' && *text != '\n')
			return -EINVAL;
	}
	*set = result;
	return 0;
}
