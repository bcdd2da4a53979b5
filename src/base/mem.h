/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Small helpers for arrays. */

#define SW_ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))
#define SW_MIN(a, b) ((a) < (b) ? (a) : (b))
#define SW_MAX(a, b) ((a) > (b) ? (a) : (b))
