/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Probes: how this kernel behaves where kernels differ. Found by trying: distributions carry
 * changes back, so a version number does not tell. */

#include "selftest/crew.h"

/* For a struct sw_job, without `what`: all that can be found out at once. */
void sw_probe_kernel(const void *what, struct sw_answer *ret);

/* Likewise: at which age a TIME_WAIT is reused where nobody has set a delay. Takes a second or so.
 */
void sw_probe_reuse(const void *what, struct sw_answer *ret);
