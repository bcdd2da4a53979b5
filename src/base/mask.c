/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "base/mask.h"

char *sw_mask(char *text)
{
	for (char *at = text; *at != '\0'; at++)
		if (*at < ' ' || *at > '~')
			*at = '?';
	return text;
}
