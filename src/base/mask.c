/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Masking, not escaping: a reader of one line needs to see that something odd was there,
 * not what.
 */

#include "base/mask.h"

char *sw_mask(char *text)
{
	for (char *at = text; *at != '\0'; at++)
		if (*at < ' ' || *at > '~')
			*at = '?';
	return text;
}
