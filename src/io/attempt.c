/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Attempts to count the sockets: each has a fresh netlink socket and a fresh tally. */

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "io/collector.h"
#include "io/dump.h"
#include "sockwatch/ledger.h"

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
static int new_tally(struct sw_collector *collector, const struct sw_collect_options *options)
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

/* Returns 1, or 0 where there is no netlink socket to be had, or a negative errno. */
static int begin(struct sw_collector *collector, const struct sw_collect_options *options,
		 struct sw_dump *ret_dump, struct sw_dump_result *ret)
{
	int r = new_tally(collector, options);

	*ret = (struct sw_dump_result){ 0 };
	*ret_dump = (struct sw_dump){
		.io = collector->io,
		.buffer = collector->text,
		.timeout = SW_COLLECT_TIMEOUT,
		.sink = count,
		.locked_sink = count_locked,
		.userdata = collector->reading->tally,
	};
	if (r < 0)
		return r;
	r = collector->io->netlink_open(collector->io, &collector->reading->netns);
	if (r < 0)
		snprintf(ret->why, sizeof(ret->why), "no netlink socket: %s", strerror(-r));
	return r == 0;
}

/* One plan, whose answers are all that the tally is to have. */
static int attempt(struct sw_collector *collector, const struct sw_collect_options *options,
		   const struct sw_plan *plan, struct sw_dump_result *ret)
{
	struct sw_dump dump;
	int r = begin(collector, options, &dump, ret);

	if (r <= 0)
		return r;
	sw_dump_run(&dump, plan, ret);
	collector->io->netlink_close(collector->io);
	return sw_tally_error(collector->reading->tally);
}

static int attempt_whole(struct sw_collector *collector, const struct sw_collect_options *options,
			 const struct sw_plan *plan, struct sw_dump_result *ret)
{
	int r = attempt(collector, options, plan, ret);

	if (r == 0 && ret->complete)
		sw_tally_finish(collector->reading->tally);
	return r;
}

/* What was not counted anew is as old as it was before, and the time since. */
static void note_scope(struct sw_reading *reading, enum sw_scope scope,
		       const struct sw_reading *before)
{
	reading->scope = scope;
	reading->rest_age = before->rest_age + reading->began.boot - before->began.boot;
}

/* Bound sockets are asked for where there were any: that walks through all ports in use. */
static uint32_t states_of_others(const struct sw_narrow *narrow)
{
	return SW_STATES_ALL & ~SW_STATES_LISTEN & ~(narrow->has_bound ? 0 : SW_STATES_BOUND);
}

/* All tuples. */
static int attempt_tuples(struct sw_collector *collector, const struct sw_collect_options *options,
			  struct sw_dump_result *ret)
{
	const struct sw_narrow *narrow = options->narrow;
	struct sw_reading *reading = collector->reading, *before = options->before;
	const struct sw_request requests[] = {
		{ .states = SW_STATES_LISTEN, .memory = true },
		{ .states = states_of_others(narrow),
		  .without = narrow->ports,
		  .n_without = narrow->n_ports },
	};
	const struct sw_plan plan = { requests, SW_ARRAY_SIZE(requests) };
	int r;

	sw_tally_drop_tuples(before->tally);
	r = attempt(collector, options, &plan, ret);
	if (r < 0 || !ret->complete)
		return r;
	sw_tally_finish_narrow(reading->tally, before->tally);
	note_scope(reading, SW_SCOPE_TUPLES, before);
	return 0;
}

/* Asks for what is not ESTABLISHED, and knows then what is hot. */
static int run_hot(struct sw_dump *dump, const struct sw_collect_options *options,
		   struct sw_reading *reading, struct sw_dump_result *ret)
{
	const struct sw_request first[] = {
		{ .states = SW_STATES_LISTEN, .memory = true },
		{ .states = states_of_others(options->narrow) & ~SW_STATES_ESTABLISHED },
	};
	struct sw_request established = { .states = SW_STATES_ESTABLISHED,
					  .towards = reading->hot.destinations };
	int r;

	sw_dump_run(dump, &(struct sw_plan){ first, SW_ARRAY_SIZE(first) }, ret);
	if (!ret->complete)
		return 0;
	r = sw_hot_widen(&reading->hot, reading, options->before->tally, options->settings);
	established.n_towards = reading->hot.n;
	if (reading->hot.more)
		ret->complete = false;
	else if (r == 0 && established.n_towards > 0)
		sw_dump_run(dump, &(struct sw_plan){ &established, 1 }, ret);
	return r;
}

/* Hot tuples. The ports that others block are those of before, and what is bound now. */
static int attempt_hot(struct sw_collector *collector, const struct sw_collect_options *options,
		       struct sw_dump_result *ret)
{
	struct sw_reading *reading = collector->reading, *before = options->before;
	struct sw_dump dump;
	int r = begin(collector, options, &dump, ret), error;

	if (r <= 0)
		return r;
	r = 0;
	reading->hot = options->narrow->hot;
	if (sw_port_space_is_like(&reading->space, &before->space)) {
		reading->space = before->space;
		r = run_hot(&dump, options, reading, ret);
	}
	collector->io->netlink_close(collector->io);
	error = sw_tally_error(reading->tally);
	if (r < 0 || error < 0 || !ret->complete)
		return r < 0 ? r : error;
	sw_tally_finish_hot(reading->tally, before->tally, &reading->hot);
	sw_hot_end(&reading->hot, reading);
	ret->complete = !reading->hot.more;
	if (ret->complete)
		note_scope(reading, SW_SCOPE_HOT, before);
	return sw_tally_error(reading->tally);
}

/* With the older request, or the newer ones where it is refused; once more when it was disturbed.
 */
static int attempt_all(struct sw_collector *collector, const struct sw_collect_options *options,
		       struct sw_dump_result *ret)
{
	int r = attempt_whole(collector, options, &sw_plan_one_walk, ret);

	if (r == 0 && ret->refused)
		r = attempt_whole(collector, options, &sw_plan_by_family, ret);
	else if (r == 0 && ret->interrupted)
		r = attempt_whole(collector, options, &sw_plan_one_walk, ret);
	return r;
}

int sw_attempt(struct sw_collector *collector, const struct sw_collect_options *options)
{
	enum sw_scope scope = options->narrow == NULL ? SW_SCOPE_WHOLE : options->narrow->scope;
	struct sw_dump_result result = { 0 };
	int r = 0;

	if (scope == SW_SCOPE_TUPLES)
		r = attempt_tuples(collector, options, &result);
	else if (scope == SW_SCOPE_HOT)
		r = attempt_hot(collector, options, &result);
	/* What there is no narrow way to is asked for as a whole. */
	if (r == 0 && !result.complete)
		r = attempt_all(collector, options, &result);
	if (r < 0 || result.complete)
		return r;
	sw_reading_spoil(
		collector->reading, "sock_diag", "%s%s", result.why,
		result.no_module ? " (is the module tcp_diag there? try: modprobe tcp_diag)" : "");
	return 0;
}
