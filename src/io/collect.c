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
#include "io/dump.h"
#include "sockwatch/ledger.h"

/* A list of every second port, the longest there is, has under 200 KiB. */
enum { TEXT_SIZE = 256 * 1024 };

struct collector {
	struct sw_io *io;
	struct sw_reading *reading;
	char *text; /* of TEXT_SIZE */
	uint64_t seed;
	struct sw_ledger *ledger;
};

/* Reads a file that should be there. Says so when it cannot. */
static bool read_text(struct collector *collector, const char *path)
{
	ssize_t n = collector->io->file_read(collector->io, path, collector->text, TEXT_SIZE);

	if (n >= 0)
		return true;
	sw_reading_add_problem(collector->reading, path, "it cannot be read: %s",
			       strerror((int)-n));
	return false;
}

static void complain_of_text(struct collector *collector, const char *path)
{
	sw_reading_add_problem(collector->reading, path,
			       "its text is not what was expected: \"%.40s\"", collector->text);
}

/* Kernels differ in which figures they have: one that is not there is unknown and nothing to speak
 * of. */
static void read_figures(struct collector *collector)
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
static bool read_indispensable(struct collector *collector, const char *path)
{
	ssize_t n = collector->io->file_read(collector->io, path, collector->text, TEXT_SIZE);

	if (n < 0)
		sw_reading_spoil(collector->reading, path, "it cannot be read: %s",
				 strerror((int)-n));
	return n >= 0;
}

static bool read_range(struct collector *collector)
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

static int read_files(struct collector *collector)
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

static void count(void *userdata, const struct sw_sock *sock)
{
	sw_tally_add(userdata, sock);
}

static void count_locked(void *userdata, const struct sw_sock *sock)
{
	sw_tally_add_locked(userdata, sock);
}

/* A tally with nothing in it but the destination asked for. The port space is laid anew too: it may
 * have been used. */
static int new_tally(struct collector *collector, const struct sw_collect_options *options)
{
	struct sw_reading *reading = collector->reading;
	struct sw_tuple tuple = { .destination = options->destination, .port = options->port };
	int r;

	sw_tally_free(reading->tally);
	reading->tally = NULL;
	sw_port_space_init(&reading->space, reading->kernel.range_low, reading->kernel.range_high);
	sw_port_space_reserve(&reading->space, &reading->kernel.reserved);
	r = sw_tally_new(&reading->tally, &reading->space, &reading->reuse, collector->seed);
	if (r < 0)
		return r;
	sw_tally_set_ledger(reading->tally, collector->ledger);
	if (!options->has_destination || options->port == 0)
		return 0;
	/* A recording does not know the routes: there the source stays unknown. */
	if (collector->io->route != NULL) {
		r = collector->io->route(collector->io, &options->destination, &tuple.source);
		reading->route_error = r;
	}
	return sw_tally_track(reading->tally, &tuple);
}

/* One attempt: a fresh socket, a fresh tally, one plan. */
static int attempt(struct collector *collector, const struct sw_collect_options *options,
		   const struct sw_plan *plan, struct sw_dump_result *ret)
{
	struct sw_dump dump = {
		.io = collector->io,
		.buffer = collector->text,
		.timeout = SW_COLLECT_TIMEOUT,
		.sink = count,
		.locked_sink = count_locked,
	};
	int r;

	*ret = (struct sw_dump_result){ 0 };
	r = new_tally(collector, options);
	if (r < 0)
		return r;
	r = collector->io->netlink_open(collector->io, &collector->reading->netns);
	if (r < 0) {
		snprintf(ret->why, sizeof(ret->why), "no netlink socket: %s", strerror(-r));
		return 0;
	}
	dump.userdata = collector->reading->tally;
	sw_dump_run(&dump, plan, ret);
	collector->io->netlink_close(collector->io);
	r = sw_tally_error(collector->reading->tally);
	if (r < 0 || !ret->complete)
		return r;
	if (options->narrow != NULL)
		sw_tally_finish_narrow(collector->reading->tally, options->before->tally);
	else
		sw_tally_finish(collector->reading->tally);
	return 0;
}

/* What was not counted anew is as old as it was before, and the time since. */
static void note_scope(struct sw_reading *reading, enum sw_scope scope,
		       const struct sw_reading *before)
{
	reading->scope = scope;
	reading->rest_age = before->rest_age + reading->began.boot - before->began.boot;
}

/* Bound sockets are asked for where there were any: that walks through all ports in use. */
static int attempt_narrow(struct collector *collector, const struct sw_collect_options *options,
			  struct sw_dump_result *ret)
{
	const struct sw_narrow *narrow = options->narrow;
	struct sw_reading *reading = collector->reading, *before = options->before;
	uint32_t bound = narrow->has_bound ? 0 : SW_STATES_BOUND;
	const struct sw_request requests[] = {
		{ .states = SW_STATES_LISTEN, .memory = true },
		{ .states = SW_STATES_ALL & ~SW_STATES_LISTEN & ~bound,
		  .without = narrow->ports,
		  .n_without = narrow->n_ports },
	};
	const struct sw_plan plan = { requests, SW_ARRAY_SIZE(requests) };
	int r;

	sw_tally_drop_tuples(before->tally);
	r = attempt(collector, options, &plan, ret);
	if (r == 0 && ret->complete)
		note_scope(reading, SW_SCOPE_TUPLES, before);
	return r;
}

/* The dump, with the older request, or the newer ones where it is refused; once more when it was
 * disturbed. */
static int dump(struct collector *collector, const struct sw_collect_options *options)
{
	struct sw_dump_result result;
	int r;

	if (options->narrow != NULL)
		r = attempt_narrow(collector, options, &result);
	else
		r = attempt(collector, options, &sw_plan_one_walk, &result);
	if (r == 0 && options->narrow != NULL && !result.complete) {
		struct sw_collect_options whole = *options;

		whole.narrow = NULL;
		return dump(collector, &whole);
	}
	if (r == 0 && result.refused)
		r = attempt(collector, options, &sw_plan_by_family, &result);
	else if (r == 0 && result.interrupted)
		r = attempt(collector, options, &sw_plan_one_walk, &result);
	if (r < 0 || result.complete)
		return r;
	sw_reading_spoil(
		collector->reading, "sock_diag", "%s%s", result.why,
		result.no_module ? " (is the module tcp_diag there? try: modprobe tcp_diag)" : "");
	return 0;
}

/* Who owns the sockets. */
static int name_units(struct collector *collector, struct sw_units *units)
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
static void read_netstat_after(struct collector *collector)
{
	if (collector->io->file_read(collector->io, "/proc/net/netstat", collector->text,
				     TEXT_SIZE) >= 0)
		(void)sw_kernel_parse_netstat_after(&collector->reading->kernel, collector->text);
}

static int collect(struct collector *collector, const struct sw_collect_options *options)
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
		r = dump(collector, options);
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
	struct collector collector = {
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
