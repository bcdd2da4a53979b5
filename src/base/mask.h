/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Text from outside on its way to a terminal or a line of a log. */

/* Replaces every byte that is not printable ASCII by '?', in place. Returns `text`. */
char *sw_mask(char *text);
