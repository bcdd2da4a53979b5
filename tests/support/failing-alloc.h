/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Running out of memory at a chosen moment. The linker leads every allocation
 * of a test program through here (--wrap); sanitizers see the real ones.
 */

#include <stdbool.h>

/* Lets the next `n` allocations succeed and refuses all that follow. */
void failing_alloc_after(unsigned int n);

/* Back to normal. Returns whether anything was refused. */
bool failing_alloc_stop(void);
