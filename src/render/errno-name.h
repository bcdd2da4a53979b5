/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Names of errors, as programmers and their logs know them. */

#define SW_ERRNO_NAME_SIZE 24

/* "EADDRNOTAVAIL" for an errno that connect() and bind() fail with, "errno 5" for another. Returns
 * `buffer`. */
const char *sw_errno_name(int error, char buffer[SW_ERRNO_NAME_SIZE]);
