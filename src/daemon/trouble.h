/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Trouble: something that fails again and again, and is said only when it begins, changes or ends.
 */

#include "daemon/voice.h"
#include "sockwatch/reading.h"

struct sw_trouble {
	char text[SW_PROBLEM_TEXT_SIZE]; /* "" = all is well */
};

/* Notes how `what` went; `why` is "" when it went well. */
void sw_trouble_note(struct sw_trouble *trouble, struct sw_voice *voice, const char *what,
		     const char *why);

/* The same, with 0 or a negative errno. */
void sw_trouble_note_errno(struct sw_trouble *trouble, struct sw_voice *voice, const char *what,
			   int r);
