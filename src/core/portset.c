/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * The kernel writes reserved ports as a list of ranges; ten thousand of them are no reason
 * to store more than 65536 bits.
 */

#include "sockwatch/portset.h"

#include <errno.h>

#include "base/parse.h"

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
