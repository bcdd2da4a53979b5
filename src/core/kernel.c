/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* One table of figures: name in JSON and file. */

#include "sockwatch/kernel.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#include "base/parse.h"

static const struct {
	const char *key;
	const char *path;
} figures[SW_KERNEL_N_FIGURES] = {
	[SW_KERNEL_TW_REUSE] = { "tcp_tw_reuse", "/proc/sys/net/ipv4/tcp_tw_reuse" },
	[SW_KERNEL_TW_REUSE_DELAY] = { "tcp_tw_reuse_delay_ms",
				       "/proc/sys/net/ipv4/tcp_tw_reuse_delay" },
	[SW_KERNEL_TW_RECYCLE] = { "tcp_tw_recycle", "/proc/sys/net/ipv4/tcp_tw_recycle" },
	[SW_KERNEL_TIMESTAMPS] = { "tcp_timestamps", "/proc/sys/net/ipv4/tcp_timestamps" },
	[SW_KERNEL_FIN_TIMEOUT] = { "tcp_fin_timeout", "/proc/sys/net/ipv4/tcp_fin_timeout" },
	[SW_KERNEL_MAX_TW_BUCKETS] = { "tcp_max_tw_buckets",
				       "/proc/sys/net/ipv4/tcp_max_tw_buckets" },
	[SW_KERNEL_SOMAXCONN] = { "somaxconn", "/proc/sys/net/core/somaxconn" },
	[SW_KERNEL_CONNTRACK_COUNT] = { "nf_conntrack_count",
					"/proc/sys/net/netfilter/nf_conntrack_count" },
	[SW_KERNEL_CONNTRACK_MAX] = { "nf_conntrack_max",
				      "/proc/sys/net/netfilter/nf_conntrack_max" },
};

const char *sw_kernel_key(enum sw_kernel_figure figure)
{
	assert((unsigned int)figure < SW_KERNEL_N_FIGURES);
	return figures[figure].key;
}

const char *sw_kernel_path(enum sw_kernel_figure figure)
{
	assert((unsigned int)figure < SW_KERNEL_N_FIGURES);
	return figures[figure].path;
}

int sw_kernel_parse_figure(struct sw_kernel *kernel, enum sw_kernel_figure figure, const char *text)
{
	uint64_t value;

	kernel->figures[figure].known = false;
	if (sw_parse_number(text, UINT32_MAX, &value) < 0)
		return -EINVAL;
	/* The kernel takes 1 to 60000 (tcp_tw_reuse_delay_max, net/ipv4/sysctl_net_ipv4.c). */
	if (figure == SW_KERNEL_TW_REUSE_DELAY && (value < 1 || value > SW_TW_REUSE_DELAY_MAX_MSEC))
		return -EINVAL;
	kernel->figures[figure] = (struct sw_figure){ .known = true, .value = value };
	return 0;
}

int sw_kernel_parse_range(struct sw_kernel *kernel, const char *text)
{
	uint64_t low, high;

	if (sw_parse_digits(&text, UINT16_MAX, &low) < 0)
		return -EINVAL;
	if (*text != '\t' && *text != ' ')
		return -EINVAL;
	text += strspn(text, "\t ");
	if (sw_parse_number(text, UINT16_MAX, &high) < 0 || low > high)
		return -EINVAL;
	kernel->range_low = (uint16_t)low;
	kernel->range_high = (uint16_t)high;
	return 0;
}

int sw_kernel_parse_sockstat(struct sw_kernel *kernel, const char *text)
{
	static const char name[] = " orphan ";
	const char *line = strstr(text, "TCP: "), *at;
	uint64_t value;

	kernel->orphans.known = false;
	if (line == NULL)
		return -EINVAL;
	at = strstr(line, name);
	if (at == NULL)
		return -EINVAL;
	at += sizeof(name) - 1;
	if (sw_parse_digits(&at, UINT32_MAX, &value) < 0)
		return -EINVAL;
	kernel->orphans = (struct sw_figure){ .known = true, .value = value };
	return 0;
}

/* The text after the `n`-th blank of a line. NULL where the line has fewer. */
static const char *word(const char *line, size_t n)
{
	for (; n > 0; n--) {
		line += strcspn(line, " \n");
		if (*line != ' ')
			return NULL;
		line++;
	}
	return line;
}

/* A figure of TcpExt by its name: in one line of names, and one of values in the same order. */
static int find_figure(const char *text, const char *name, struct sw_figure *ret)
{
	const char *names = strstr(text, "TcpExt: "), *values, *at;
	size_t length = strlen(name), n = 1;
	uint64_t value;

	ret->known = false;
	values = names == NULL ? NULL : strstr(names + 1, "\nTcpExt: ");
	if (values == NULL)
		return -EINVAL;
	values++;
	while ((at = word(names, n)) != NULL &&
	       (strncmp(at, name, length) != 0 || strchr(" \n", at[length]) == NULL))
		n++;
	at = at == NULL ? NULL : word(values, n);
	if (at == NULL || sw_parse_digits(&at, UINT64_MAX, &value) < 0)
		return -EINVAL;
	*ret = (struct sw_figure){ .known = true, .value = value };
	return 0;
}

int sw_kernel_parse_netstat(struct sw_kernel *kernel, const char *text)
{
	int r = find_figure(text, "TCPTimeWaitOverflow", &kernel->time_wait_overflows);

	return find_figure(text, "ListenOverflows", &kernel->listen_overflows) < 0 ? -EINVAL : r;
}

int sw_kernel_parse_netstat_after(struct sw_kernel *kernel, const char *text)
{
	return find_figure(text, "ListenOverflows", &kernel->listen_overflows_after);
}
