/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A text that is no longer the one before is worth a word; the same again is not. */

#include "daemon/trouble.h"

#include <stdio.h>
#include <string.h>

void sw_trouble_note(struct sw_trouble *trouble, struct sw_voice *voice, const char *what,
		     const char *why)
{
	if (strcmp(trouble->text, why) == 0)
		return;
	if (why[0] != '\0')
		sw_voice_say(voice, 4, "%s: %s", what, why);
	else
		sw_voice_say(voice, 6, "%s: works again", what);
	snprintf(trouble->text, sizeof(trouble->text), "%s", why);
}

void sw_trouble_note_errno(struct sw_trouble *trouble, struct sw_voice *voice, const char *what,
			   int r)
{
	sw_trouble_note(trouble, voice, what, r < 0 ? strerror(-r) : "");
}
