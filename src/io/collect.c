/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Everything that can go wrong on the way to the kernel ends here: in a problem of the
 * reading, or in the one reason why it is incomplete.
 */

#include "io/collect.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "io/cgroup-tree.h"
#include "io/collector.h"
#include "sockwatch/ledger.h"

/* A list of every second port, the longest there is, has under 200 KiB. */
enum { TEXT_SIZE = 256 * 1024 };

/* Reads a file that should be there. Says so when it cannot. */
static bool read_text(struct sw_collector *collector, const char *path)
{
	ssize_t n = collector->io->file_read(collector->io, path, collector->text, TEXT_SIZE);

	if (n >= 0)
		return true;
	sw_reading_add_problem(collector->reading, path, "it cannot be read: %s",
			       strerror((int)-n));
	return false;
}

static void complain_of_text(struct sw_collector *collector, const char *path)
{
	sw_reading_add_problem(collector->reading, path,
			       "its text is not what was expected: \"%.40s\"", collector->text);
}

/* Kernels differ in which figures they have: one that is not there is unknown and nothing to speak
 * of. */
static void read_figures(struct sw_collector *collector)
{
	struct sw_kernel *kernel = &collector->reading->kernel;

	for (int i = 0; i < SW_KERNEL_N_FIGURES; i++) {
		const char *path = sw_kernel_path((enum sw_kernel_figure)i);
		ssize_t n =
			collector->io->file_read(collector->io, path, collector->text, TEXT_SIZE);

		if (n == -ENOENT)
			continue;
		if (n < 0)
			sw_reading_add_problem(collector->reading, path, "it cannot be read: %s",
					       strerror((int)-n));
		else if (sw_kernel_parse_figure(kernel, (enum sw_kernel_figure)i, collector->text) <
			 0)
			complain_of_text(collector, path);
	}
}

/* Reads a file without which nothing can be said of any tuple. */
static bool read_indispensable(struct sw_collector *collector, const char *path)
{
	ssize_t n = collector->io->file_read(collector->io, path, collector->text, TEXT_SIZE);

	if (n < 0)
		sw_reading_spoil(collector->reading, path, "it cannot be read: %s",
				 strerror((int)-n));
	return n >= 0;
}

static bool read_range(struct sw_collector *collector)
{
	static const char range[] = "/proc/sys/net/ipv4/ip_local_port_range";
	static const char reserved[] = "/proc/sys/net/ipv4/ip_local_reserved_ports";
	struct sw_kernel *kernel = &collector->reading->kernel;
	const char *wrong = NULL;

	if (!read_indispensable(collector, range))
		return false;
	if (sw_kernel_parse_range(kernel, collector->text) < 0)
		wrong = range;
	else if (!read_indispensable(collector, reserved))
		return false;
	else if (sw_portset_add_list(&kernel->reserved, collector->text) < 0)
		wrong = reserved;
	if (wrong != NULL)
		sw_reading_spoil(collector->reading, wrong,
				 "its text is not what was expected: \"%.40s\"", collector->text);
	return wrong == NULL;
}

/* Copies the first line of the text. */
static void copy_line(char *to, size_t size, const char *text)
{
	size_t length = strcspn(text, "\n");

	if (length >= size)
		length = size - 1;
	memcpy(to, text, length);
	to[length] = '\0';
}

static int read_files(struct sw_collector *collector)
{
	struct sw_reading *reading = collector->reading;
	int r = 0;

	if (read_text(collector, "/proc/sys/kernel/hostname"))
		copy_line(reading->host, sizeof(reading->host), collector->text);
	if (read_text(collector, "/proc/sys/kernel/osrelease"))
		copy_line(reading->kernel.release, sizeof(reading->kernel.release),
			  collector->text);
	if (read_text(collector, "/proc/net/sockstat") &&
	    sw_kernel_parse_sockstat(&reading->kernel, collector->text) < 0)
		complain_of_text(collector, "/proc/net/sockstat");
	/* Recordings of before have none, nor do kernels without counters. */
	if (collector->io->file_read(collector->io, "/proc/net/netstat", collector->text,
				     TEXT_SIZE) >= 0 &&
	    sw_kernel_parse_netstat(&reading->kernel, collector->text) < 0)
		complain_of_text(collector, "/proc/net/netstat");
	read_figures(collector);
	reading->reuse = sw_reuse_rule_of(&reading->kernel);
	sw_ledger_see_timestamps(collector->ledger, reading->began.boot, &reading->reuse);

	reading->range_known = read_range(collector);
	if (reading->range_known) {
		sw_port_space_init(&reading->space, reading->kernel.range_low,
				   reading->kernel.range_high);
		sw_port_space_reserve(&reading->space, &reading->kernel.reserved);
	}
	/* Not there without IPv6; then there are no zones to name. */
	if (collector->io->file_read(collector->io, "/proc/net/if_inet6", collector->text,
				     TEXT_SIZE) >= 0)
		r = sw_ifnames_parse(&reading->ifnames, collector->text);
	return r;
}

/* Who owns the sockets. */
static int name_units(struct sw_collector *collector, struct sw_units *units)
{
	struct sw_reading *reading = collector->reading;
	sw_usec now = reading->began.boot;
	int r;

	reading->units = units;
	if (units == NULL || reading->tally == NULL)
		return 0;
	r = sw_units_update(units, reading->tally, now);
	if (r < 0 || !sw_units_is_search_due(units, now))
		return r;
	r = sw_cgroup_tree_search(collector->io, units);
	sw_units_end_search(units, now);
	return r;
}

/* What cannot be read now was spoken of before. */
static void read_netstat_after(struct sw_collector *collector)
{
	if (collector->io->file_read(collector->io, "/proc/net/netstat", collector->text,
				     TEXT_SIZE) >= 0)
		(void)sw_kernel_parse_netstat_after(&collector->reading->kernel, collector->text);
}

static int collect(struct sw_collector *collector, const struct sw_collect_options *options)
{
	struct sw_reading *reading = collector->reading;
	struct sw_now ended;
	int r;

	r = collector->io->now(collector->io, &reading->began);
	if (r == 0)
		r = collector->io->seed(collector->io, &collector->seed);
	if (r == 0)
		r = read_files(collector);
	if (r < 0)
		return r;
	/* Beside the sockets' own times. What cannot be told is assumed. */
	if (collector->io->jiffies(collector->io, &reading->jiffies) < 0)
		reading->jiffies = (struct sw_jiffies){ 0 };
	if (reading->range_known)
		r = sw_attempt(collector, options);
	read_netstat_after(collector);
	if (r == 0)
		r = name_units(collector, options->units);
	if (r == 0)
		r = collector->io->now(collector->io, &ended);
	if (r == 0)
		reading->duration_usec = ended.boot - reading->began.boot;
	return r;
}

int sw_collect(struct sw_io *io, const struct sw_collect_options *options, struct sw_reading **ret)
{
	struct sw_collector collector = {
		.io = io,
		.text = malloc(TEXT_SIZE),
		.ledger = options->ledger,
	};
	struct sw_ledger *blank = NULL;
	int r = collector.text == NULL ? -ENOMEM : sw_reading_new(&collector.reading);

	if (r == 0 && collector.ledger == NULL) {
		r = sw_ledger_new(&blank);
		collector.ledger = blank;
	}
	if (r == 0)
		r = collect(&collector, options);
	sw_ledger_free(blank);
	free(collector.text);
	if (r < 0) {
		sw_reading_free(collector.reading);
		return r;
	}
	*ret = collector.reading;
	return 0;
}
