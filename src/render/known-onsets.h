/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Known onsets: since when rates are what they are, where a daemon saw it and one reading cannot.
 */

#include "sockwatch/report.h"

/*
 * Gives each tuple listed the onset that the status.json of a daemon has of it, where the reading
 * shows none and its rate is still clearly another than before that. Nothing else is taken from
 * there: how old the other figures of a daemon that rests are, its file does not tell.
 */
void sw_known_onsets_add(const char *text, size_t size, struct sw_report *report);
