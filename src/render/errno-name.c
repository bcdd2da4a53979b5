/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* By hand: strerrorname_np() is not in every libc. */

#include "render/errno-name.h"

#include <errno.h>
#include <stdio.h>

#include "base/mem.h"

const char *sw_errno_name(int error, char buffer[SW_ERRNO_NAME_SIZE])
{
	static const struct {
		int error;
		const char *name;
	} names[] = {
		{ EADDRNOTAVAIL, "EADDRNOTAVAIL" },
		{ EADDRINUSE, "EADDRINUSE" },
		{ ENETUNREACH, "ENETUNREACH" },
		{ EHOSTUNREACH, "EHOSTUNREACH" },
		{ EACCES, "EACCES" },
		{ EPERM, "EPERM" },
		{ EINVAL, "EINVAL" },
		{ ENETDOWN, "ENETDOWN" },
		{ EAFNOSUPPORT, "EAFNOSUPPORT" },
		{ ENODEV, "ENODEV" },
	};

	for (size_t i = 0; i < SW_ARRAY_SIZE(names); i++)
		if (names[i].error == error) {
			snprintf(buffer, SW_ERRNO_NAME_SIZE, "%s", names[i].name);
			return buffer;
		}
	snprintf(buffer, SW_ERRNO_NAME_SIZE, "errno %d", error);
	return buffer;
}
