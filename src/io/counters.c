/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Sysctls are not understood here, only told apart: their texts go into one hash. */

#include "io/counters.h"

#include <errno.h>

#include "base/hash.h"
#include "base/mem.h"
#include "sockwatch/kernel.h"

/* netstat may have 8 KiB. A list of reserved ports that is longer is not held against itself: every
 * tick dumps then. */
enum { TEXT_SIZE = 12 * 1024 };

static int read_text(struct sw_io *io, const char *path, char *text)
{
	ssize_t n = io->file_reread(io, path, text, TEXT_SIZE);

	return (int)(n < 0 ? n : 0);
}

/* What decides which ports connect() can have, and how soon it has them again. */
static int read_settings(struct sw_io *io, char *text, uint64_t *ret)
{
	const char *const paths[] = {
		"/proc/sys/net/ipv4/ip_local_port_range",
		"/proc/sys/net/ipv4/ip_local_reserved_ports",
		sw_kernel_path(SW_KERNEL_TW_REUSE),
		sw_kernel_path(SW_KERNEL_TW_REUSE_DELAY),
		sw_kernel_path(SW_KERNEL_TIMESTAMPS),
		sw_kernel_path(SW_KERNEL_MAX_TW_BUCKETS),
	};
	uint64_t hash = 0;

	for (size_t i = 0; i < SW_ARRAY_SIZE(paths); i++) {
		ssize_t n = io->file_reread(io, paths[i], text, TEXT_SIZE);

		/* Kernels differ in which they have. */
		if (n < 0 && n != -ENOENT)
			return (int)n;
		hash = sw_hash(text, n < 0 ? 0 : (size_t)n, hash + i);
	}
	*ret = hash;
	return 0;
}

/* Kernels may be built without. */
static int read_overflows(struct sw_io *io, char *text, struct sw_counters *counters)
{
	int r = read_text(io, "/proc/net/netstat", text);

	if (r == -ENOENT)
		return 0;
	return r < 0 ? r : sw_counters_parse_netstat(counters, text);
}

static int add_ipv6(struct sw_io *io, char *text, struct sw_counters *counters)
{
	int r = read_text(io, "/proc/net/sockstat6", text);

	if (r == -ENOENT)
		return 0;
	return r < 0 ? r : sw_counters_parse_sockstat6(counters, text);
}

int sw_counters_read(struct sw_io *io, struct sw_counters *ret)
{
	struct sw_counters counters = { 0 };
	char text[TEXT_SIZE];
	int r;

	r = read_text(io, "/proc/net/snmp", text);
	if (r == 0)
		r = sw_counters_parse_snmp(&counters, text);
	if (r == 0)
		r = read_overflows(io, text, &counters);
	if (r == 0)
		r = read_text(io, "/proc/net/sockstat", text);
	if (r == 0)
		r = sw_counters_parse_sockstat(&counters, text);
	if (r == 0)
		r = add_ipv6(io, text, &counters);
	if (r == 0)
		r = read_settings(io, text, &counters.settings);
	if (r == 0)
		*ret = counters;
	return r;
}
