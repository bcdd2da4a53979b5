/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <errno.h>
#include <string.h>

#include "base/mem.h"
#include "sockwatch/tally.h"
#include "support/build.h"
#include "support/failing-alloc.h"
#include "support/suite.h"

/* Ports 40000 to 40099; 40010 to 40019 are reserved. */
static struct sw_port_space space;
static const struct sw_reuse_rule no_reuse = { .timestamps = true, .delay_msec = 1000 };
static const struct sw_reuse_rule reuse = { .always = true,
					    .timestamps = true,
					    .delay_msec = 1000 };
static struct sw_tally *tally;

static void begin(const struct sw_reuse_rule *rule, uint64_t seed)
{
	static struct sw_portset reserved;

	ck_assert_int_eq(sw_portset_add_list(&reserved, "40010-40019"), 0);
	sw_port_space_init(&space, 40000, 40099);
	sw_port_space_reserve(&space, &reserved);
	sw_tally_free(tally);
	ck_assert_int_eq(sw_tally_new(&tally, &space, rule, seed), 0);
}

static void set_up(void)
{
	begin(&no_reuse, 1);
}

static void tear_down(void)
{
	sw_tally_free(tally);
	tally = NULL;
}

static void add(struct sw_sock sock)
{
	sw_tally_add(tally, &sock);
}

/* One socket of 10.0.0.5->10.0.0.9:5432. */
static void add_own(enum sw_tcp_state state, uint16_t local_port)
{
	add(build_sock(state, "10.0.0.5", local_port, "10.0.0.9", 5432));
}

static void add_own_time_wait(uint16_t local_port, uint32_t expires_ms)
{
	add(build_time_wait("10.0.0.5", local_port, "10.0.0.9", 5432, expires_ms));
}

static const struct sw_tuple_tally *only_tuple(void)
{
	ck_assert_uint_eq(sw_tally_n_tuples(tally), 1);
	return sw_tally_tuple(tally, 0);
}

static const struct sw_port_tally *only_port(void)
{
	ck_assert_uint_eq(sw_tally_n_ports(tally), 1);
	return sw_tally_port(tally, 0);
}

static const struct sw_source_tally *source_of(const char *address)
{
	struct sw_addr addr = build_addr(address);

	for (uint32_t i = 0; i < sw_tally_n_sources(tally); i++)
		if (sw_addr_equal(&sw_tally_source(tally, i)->addr, &addr))
			return sw_tally_source(tally, i);
	ck_abort_msg("%s is no source", address);
}

START_TEST(an_empty_tally_has_no_rows)
{
	ck_assert_uint_eq(sw_tally_n_tuples(tally), 0);
	ck_assert_uint_eq(sw_tally_n_ports(tally), 0);
	ck_assert_uint_eq(sw_tally_n_sources(tally), 0);
	ck_assert_uint_eq(sw_tally_totals(tally)->n_sockets, 0);
	ck_assert_int_eq(sw_tally_error(tally), 0);
}
END_TEST

/* The states of connections; each takes its port away. */
static const enum sw_tcp_state connected[] = {
	SW_TCP_ESTABLISHED, SW_TCP_SYN_SENT,  SW_TCP_SYN_RECV, SW_TCP_FIN_WAIT1,
	SW_TCP_FIN_WAIT2,   SW_TCP_TIME_WAIT, SW_TCP_CLOSE,    SW_TCP_CLOSE_WAIT,
	SW_TCP_LAST_ACK,    SW_TCP_CLOSING,   SW_TCP_OTHER,
};

START_TEST(a_connection_holds_its_port_in_every_state)
{
	enum sw_tcp_state state = connected[_i];
	struct sw_tuple tuple = build_tuple("10.0.0.5", "10.0.0.9", 5432);

	add_own(state, 40000);
	ck_assert_mem_eq(&only_tuple()->tuple, &tuple, sizeof(tuple));
	ck_assert_uint_eq(only_tuple()->n_total, 1);
	ck_assert_uint_eq(only_tuple()->n_by_state[state], 1);
	ck_assert_uint_eq(only_tuple()->n_taken, 1);
	ck_assert_uint_eq(only_tuple()->n_taken_time_wait, state == SW_TCP_TIME_WAIT);
	ck_assert_uint_eq(only_tuple()->n_used_first, 1);
	ck_assert_uint_eq(only_port()->role, SW_PORT_OUTGOING);
	ck_assert_uint_eq(only_port()->port, 5432);
	ck_assert_uint_eq(only_port()->n_by_state[state], 1);
	ck_assert_uint_eq(sw_tally_totals(tally)->n_by_state[state], 1);
	ck_assert_uint_eq(sw_tally_totals(tally)->n_sockets, 1);
}
END_TEST

START_TEST(ports_of_the_other_parity_are_not_of_the_first_pass)
{
	add_own(SW_TCP_ESTABLISHED, 40000);
	add_own(SW_TCP_ESTABLISHED, 40001);
	add_own(SW_TCP_TIME_WAIT, 40002);
	ck_assert_uint_eq(only_tuple()->n_taken, 3);
	ck_assert_uint_eq(only_tuple()->n_used_first, 2);
}
END_TEST

/* Ports that connect() would not choose anyway. */
static const uint16_t elsewhere[] = { 39999, 40100, 40010, 40019, 40050 };

START_TEST(a_port_that_connect_would_not_choose_takes_nothing_away)
{
	add(build_sock(SW_TCP_BOUND, "10.0.0.7", 40050, "0.0.0.0", 0));
	add_own(SW_TCP_ESTABLISHED, elsewhere[_i]);
	add_own_time_wait(elsewhere[_i], 30000);
	ck_assert_uint_eq(only_tuple()->n_total, 2);
	ck_assert_uint_eq(only_tuple()->n_taken, 0);
	ck_assert_uint_eq(only_tuple()->n_taken_time_wait, 0);
	ck_assert_uint_eq(only_tuple()->n_used_first, 0);
	ck_assert_uint_eq(only_tuple()->elsewhere, 61);
}
END_TEST

START_TEST(a_locked_socket_blocks_its_port_and_is_counted_once)
{
	struct sw_sock locked = build_sock(SW_TCP_ESTABLISHED, "10.0.0.5", 40050, "10.0.0.8", 80);

	sw_tally_add_locked(tally, &locked);
	add(locked);
	add_own(SW_TCP_ESTABLISHED, 40050);
	add_own(SW_TCP_ESTABLISHED, 40052);
	ck_assert_uint_eq(space.n_blocked, 1);
	ck_assert_uint_eq(sw_tally_totals(tally)->n_sockets, 3);
	for (uint32_t i = 0; i < sw_tally_n_tuples(tally); i++)
		ck_assert_uint_eq(sw_tally_tuple(tally, i)->n_taken, i);
}
END_TEST

START_TEST(tuples_differ_by_source_destination_port_and_device)
{
	struct sw_sock sock = build_sock(SW_TCP_ESTABLISHED, "10.0.0.5", 40000, "10.0.0.9", 5432);

	add(sock);
	add(build_sock(SW_TCP_ESTABLISHED, "10.0.0.6", 40000, "10.0.0.9", 5432));
	add(build_sock(SW_TCP_ESTABLISHED, "10.0.0.5", 40000, "10.0.0.8", 5432));
	add(build_sock(SW_TCP_ESTABLISHED, "10.0.0.5", 40000, "10.0.0.9", 5433));
	sock.device = 2;
	add(sock);
	sock.local_port = 40001;
	add(sock);
	ck_assert_uint_eq(sw_tally_n_tuples(tally), 5);
	for (uint32_t i = 0; i < 5; i++)
		ck_assert_uint_eq(sw_tally_tuple(tally, i)->n_total, i == 4 ? 2 : 1);
	ck_assert_uint_eq(sw_tally_tuple(tally, 4)->tuple.device, 2);
}
END_TEST

START_TEST(ipv4_and_mapped_ipv6_are_one_tuple)
{
	add_own(SW_TCP_ESTABLISHED, 40000);
	add(build_sock(SW_TCP_ESTABLISHED, "::ffff:10.0.0.5", 40001, "::ffff:10.0.0.9", 5432));
	ck_assert_uint_eq(only_tuple()->n_total, 2);
	ck_assert_uint_eq(sw_tally_totals(tally)->n_ipv4, 2);
	ck_assert_uint_eq(sw_tally_totals(tally)->n_ipv6, 0);
	add(build_sock(SW_TCP_ESTABLISHED, "fd00::5", 40000, "fd00::9", 5432));
	ck_assert_uint_eq(sw_tally_totals(tally)->n_ipv6, 1);
}
END_TEST

START_TEST(sockets_of_a_listening_port_cost_no_ephemeral_port)
{
	add(build_listener("0.0.0.0", 40020));
	add(build_sock(SW_TCP_ESTABLISHED, "10.0.0.5", 40020, "10.0.0.2", 40001));
	add(build_sock(SW_TCP_TIME_WAIT, "10.0.0.5", 40020, "10.0.0.2", 40002));
	ck_assert_uint_eq(sw_tally_n_tuples(tally), 0);
	ck_assert_uint_eq(only_port()->role, SW_PORT_LISTENING);
	ck_assert_uint_eq(only_port()->port, 40020);
	ck_assert_uint_eq(only_port()->n_total, 3);
	ck_assert_uint_eq(only_port()->n_by_state[SW_TCP_LISTEN], 1);
	ck_assert_uint_eq(only_port()->n_by_state[SW_TCP_TIME_WAIT], 1);
	ck_assert_uint_eq(sw_tally_totals(tally)->n_time_wait_server, 1);
}
END_TEST

START_TEST(live_sockets_tell_whose_they_are)
{
	struct sw_sock listener = build_listener("0.0.0.0", 80);
	struct sw_sock child = build_sock(SW_TCP_ESTABLISHED, "10.0.0.5", 80, "10.0.0.9", 5432);
	struct sw_sock own = build_sock(SW_TCP_ESTABLISHED, "10.0.0.5", 40001, "10.0.0.9", 5432);
	const struct sw_port_tally *port;

	listener.cgroup = child.cgroup = 80;
	own.cgroup = 11;
	add(listener);
	add(child);
	add(own);
	add_own_time_wait(40002, 30000);
	ck_assert_uint_eq(only_tuple()->cgroups.ids[0], 11);
	ck_assert_uint_eq(only_tuple()->cgroups.n_sockets[0], 1);
	ck_assert_uint_eq(only_tuple()->cgroups.ids[1], 0);
	port = sw_tally_port(tally, 0);
	ck_assert_uint_eq(port->port, 80);
	ck_assert_uint_eq(port->cgroups.ids[0], 80);
	ck_assert_uint_eq(port->cgroups.n_sockets[0], 2);
	/* Of a remote port it would say nothing: many share it. */
	ck_assert_uint_eq(sw_tally_port(tally, 1)->role, SW_PORT_OUTGOING);
	ck_assert_uint_eq(sw_tally_port(tally, 1)->cgroups.ids[0], 0);
}
END_TEST

START_TEST(one_number_may_be_a_listening_and_a_remote_port)
{
	add(build_listener("0.0.0.0", 80));
	add(build_sock(SW_TCP_ESTABLISHED, "10.0.0.5", 40000, "10.0.0.9", 80));
	ck_assert_uint_eq(sw_tally_n_ports(tally), 2);
	ck_assert_uint_eq(sw_tally_port(tally, 0)->role, SW_PORT_LISTENING);
	ck_assert_uint_eq(sw_tally_port(tally, 1)->role, SW_PORT_OUTGOING);
	ck_assert_uint_eq(sw_tally_n_tuples(tally), 1);
	ck_assert_uint_eq(sw_tally_totals(tally)->n_time_wait_server, 0);
}
END_TEST

/* Of 90 ports each of these takes one away from every connect(). */
static const struct blocker {
	const char *story;
	enum sw_tcp_state state;
	const char *local;
	bool ipv6_only;
} blockers[] = {
	{ "a listener on the wildcard", SW_TCP_LISTEN, "0.0.0.0", false },
	{ "a listener on another address", SW_TCP_LISTEN, "127.0.0.2", false },
	{ "a listener of IPv6 alone", SW_TCP_LISTEN, "::1", true },
	{ "an idle socket", SW_TCP_BOUND, "10.0.0.7", false },
	{ "an idle socket of IPv6", SW_TCP_BOUND, "::", true },
};

START_TEST(who_owns_a_port_blocks_it_for_everyone)
{
	struct sw_sock sock = build_listener(blockers[_i].local, 40050);

	sock.state = blockers[_i].state;
	sock.ipv6_only = blockers[_i].ipv6_only;
	add(sock);
	ck_assert_msg(space.capacity == 89, "%s", blockers[_i].story);
	ck_assert_msg(space.n_blocked == 1, "%s", blockers[_i].story);
	ck_assert_uint_eq(sw_tally_n_tuples(tally), 0);
}
END_TEST

START_TEST(an_idle_socket_is_no_connection_of_any_port)
{
	add(build_sock(SW_TCP_BOUND, "10.0.0.5", 40050, "0.0.0.0", 0));
	ck_assert_uint_eq(sw_tally_n_ports(tally), 0);
	ck_assert_uint_eq(sw_tally_totals(tally)->n_by_state[SW_TCP_BOUND], 1);
}
END_TEST

START_TEST(the_youngest_time_wait_elsewhere_is_known)
{
	add_own_time_wait(39999, 30000);
	add_own_time_wait(39999, 45000);
	add_own_time_wait(39999, 20000);
	add_own(SW_TCP_ESTABLISHED, 39999);
	add_own_time_wait(40000, 59000);
	ck_assert_uint_eq(only_tuple()->elsewhere, 31);
}
END_TEST

/* Remaining milliseconds and the slot of half seconds they mean. */
static const struct {
	uint32_t expires_ms, slot;
} ages[] = {
	{ 60000, 0 },  { 59501, 0 },      { 59500, 1 }, { 59001, 1 }, { 59000, 2 },
	{ 30000, 60 }, { 500, 119 },      { 1, 119 },   { 0, 120 }, /* overdue */
	{ 60001, 0 },  { UINT32_MAX, 0 },
};

START_TEST(the_remaining_time_tells_the_age)
{
	add_own_time_wait(40000, ages[_i].expires_ms);
	for (uint32_t slot = 0; slot <= SW_AGE_N_SLOTS; slot++) {
		uint32_t n = slot == ages[_i].slot;

		ck_assert_uint_eq(only_tuple()->n_by_age[slot], n);
		ck_assert_uint_eq(sw_tally_totals(tally)->n_by_age[slot], n);
	}
}
END_TEST

START_TEST(only_time_wait_has_an_age)
{
	struct sw_sock mini = build_sock(SW_TCP_FIN_WAIT2, "10.0.0.5", 40000, "10.0.0.9", 5432);

	mini.mini = true;
	mini.expires_ms = 30000;
	add(mini);
	add_own(SW_TCP_ESTABLISHED, 40001);
	for (uint32_t slot = 0; slot <= SW_AGE_N_SLOTS; slot++)
		ck_assert_uint_eq(only_tuple()->n_by_age[slot], 0);
}
END_TEST

START_TEST(a_full_slot_of_age_stays_full)
{
	for (uint32_t i = 0; i <= UINT16_MAX; i++)
		add_own_time_wait(40000, 30000);
	ck_assert_uint_eq(only_tuple()->n_by_age[60], UINT16_MAX);
	ck_assert_uint_eq(only_tuple()->n_total, UINT16_MAX + 1);
	ck_assert_uint_eq(sw_tally_totals(tally)->n_by_age[60], UINT16_MAX + 1);
}
END_TEST

START_TEST(fin_wait2_without_a_process_is_counted_apart)
{
	struct sw_sock sock = build_sock(SW_TCP_FIN_WAIT2, "10.0.0.5", 40000, "10.0.0.9", 5432);

	add(sock);
	sock.mini = true;
	add(sock);
	add_own(SW_TCP_TIME_WAIT, 40001); /* mini as well */
	add_own(SW_TCP_TIME_WAIT, 40002);
	ck_assert_uint_eq(sw_tally_totals(tally)->n_by_state[SW_TCP_FIN_WAIT2], 2);
	ck_assert_uint_eq(sw_tally_totals(tally)->n_fin_wait2_mini, 1);
}
END_TEST

/* With a delay of 1000 ms. */
static const struct reuse_case {
	const char *story;
	enum sw_tcp_state state;
	uint32_t expires_ms;
	bool reusable;
} reuse_cases[] = {
	{ "new-born", SW_TCP_TIME_WAIT, 60000, false },
	{ "as old as the delay", SW_TCP_TIME_WAIT, 59000, false },
	{ "a millisecond older", SW_TCP_TIME_WAIT, 58999, true },
	{ "almost over", SW_TCP_TIME_WAIT, 1, true },
	{ "overdue", SW_TCP_TIME_WAIT, 0, true },
	{ "with more than a minute left", SW_TCP_TIME_WAIT, 61000, false },
	{ "FIN_WAIT2 that no process holds", SW_TCP_FIN_WAIT2, 30000, false },
	{ "live", SW_TCP_ESTABLISHED, 0, false },
};

START_TEST(connect_reuses_what_is_older_than_the_delay)
{
	const struct reuse_case *c = &reuse_cases[_i];
	struct sw_sock sock = build_sock(c->state, "10.0.0.5", 40000, "10.0.0.9", 5432);

	begin(&reuse, 1);
	sock.expires_ms = c->expires_ms;
	add(sock);
	ck_assert_msg(only_tuple()->n_reusable == c->reusable, "%s", c->story);
	ck_assert_uint_eq(only_tuple()->n_taken, 1);
	ck_assert_uint_eq(only_tuple()->n_taken_reusable, c->reusable);
	ck_assert_uint_eq(only_tuple()->n_used_first, !c->reusable);
	ck_assert_uint_eq(sw_tally_totals(tally)->n_reusable, c->reusable);
}
END_TEST

START_TEST(what_is_reusable_elsewhere_frees_no_port_of_the_range)
{
	begin(&reuse, 1);
	add_own_time_wait(40010, 30000);
	ck_assert_uint_eq(only_tuple()->n_reusable, 1);
	ck_assert_uint_eq(only_tuple()->n_taken_reusable, 0);
}
END_TEST

START_TEST(the_longest_delay_outlasts_even_the_overdue)
{
	struct sw_reuse_rule longest = reuse;

	longest.delay_msec = SW_TIME_WAIT_MSEC;
	begin(&longest, 1);
	add_own_time_wait(40000, 0);
	ck_assert_uint_eq(only_tuple()->n_reusable, 0);
}
END_TEST

START_TEST(without_reuse_nothing_is_reusable)
{
	add_own_time_wait(40000, 1);
	ck_assert_uint_eq(only_tuple()->n_reusable, 0);
	ck_assert_uint_eq(only_tuple()->n_used_first, 1);
}
END_TEST

static const struct {
	const char *source, *destination;
	enum sw_reuse with_loopback;
	uint32_t device;
} loopbacks[] = {
	{ "127.0.0.1", "127.0.0.1", SW_REUSE_LOOPBACK, 0 },
	{ "127.0.0.1", "10.0.0.5", SW_REUSE_LOOPBACK, 0 },
	{ "10.0.0.5", "127.0.0.2", SW_REUSE_LOOPBACK, 0 },
	{ "::1", "::1", SW_REUSE_LOOPBACK, 0 },
	{ "10.0.0.5", "10.0.0.5", SW_REUSE_NONE, 0 },     /* own address, though over lo */
	{ "10.0.0.5", "10.0.0.5", SW_REUSE_LOOPBACK, 1 }, /* bound to lo */
	{ "10.0.0.5", "10.0.0.9", SW_REUSE_NONE, 2 },
	{ "fd00::5", "fd00::9", SW_REUSE_NONE, 0 },
};

START_TEST(reuse_is_off_or_on_or_for_loopback)
{
	struct sw_tuple tuple = build_tuple(loopbacks[_i].source, loopbacks[_i].destination, 80);
	struct sw_reuse_rule loopback = { .loopback = true, .timestamps = true };

	tuple.device = loopbacks[_i].device;
	ck_assert_int_eq(sw_reuse_of(&no_reuse, &tuple), SW_REUSE_NONE);
	ck_assert_int_eq(sw_reuse_of(&reuse, &tuple), SW_REUSE_YES);
	ck_assert_int_eq(sw_reuse_of(&loopback, &tuple), loopbacks[_i].with_loopback);
}
END_TEST

struct queue {
	uint32_t queued, limit;
};

static const struct {
	const char *story;
	struct queue listeners[2];
	struct queue fullest;
} queues[] = {
	{ "the fuller one comes first", { { 100, 128 }, { 10, 128 } }, { 100, 128 } },
	{ "the fuller one comes last", { { 10, 128 }, { 100, 128 } }, { 100, 128 } },
	{ "fuller is a matter of shares", { { 100, 4096 }, { 50, 64 } }, { 50, 64 } },
	{ "and not of numbers", { { 50, 64 }, { 100, 4096 } }, { 50, 64 } },
	{ "both are empty", { { 0, 128 }, { 0, 64 } }, { 0, 128 } },
	{ "a limit of zero comes first", { { 1, 0 }, { 1, 128 } }, { 1, 0 } },
	{ "a limit of zero comes last", { { 1, 128 }, { 1, 0 } }, { 1, 0 } },
	{ "as large as numbers go",
	  { { UINT32_MAX - 1, UINT32_MAX }, { UINT32_MAX, UINT32_MAX } },
	  { UINT32_MAX, UINT32_MAX } },
};

START_TEST(a_port_shows_its_fullest_listener)
{
	for (size_t i = 0; i < 2; i++) {
		struct sw_sock sock = build_listener("0.0.0.0", 80);

		sock.queued = queues[_i].listeners[i].queued;
		sock.queue_limit = queues[_i].listeners[i].limit;
		add(sock);
	}
	ck_assert_msg(only_port()->queue.queued == queues[_i].fullest.queued, "%s",
		      queues[_i].story);
	ck_assert_msg(only_port()->queue.limit == queues[_i].fullest.limit, "%s", queues[_i].story);
}
END_TEST

START_TEST(listeners_that_share_an_address_are_one)
{
	struct sw_sock sock = build_listener("0.0.0.0", 80);
	const struct sw_listener_tally *first, *second;

	sock.local = build_addr("::");
	add(sock);
	sock.local = build_addr("0.0.0.0");
	sock.drops_known = true;
	sock.drops = 3;
	sock.queued = 5;
	add(sock);
	sock.drops = 4;
	sock.queued = 2;
	add(sock);
	ck_assert_uint_eq(sw_tally_n_listeners(tally), 2);
	first = sw_tally_listener(tally, 1);
	second = sw_tally_listener(tally, 0);
	ck_assert_uint_eq(first->port, 80);
	ck_assert_uint_eq(first->queue.n_listeners, 2);
	ck_assert(first->queue.drops_known && !second->queue.drops_known);
	ck_assert_uint_eq(first->queue.drops, 7);
	ck_assert_uint_eq(first->queue.queued, 5);
	/* Of the port they are all. */
	ck_assert(!only_port()->queue.drops_known);
	ck_assert_uint_eq(only_port()->queue.n_listeners, 3);
	ck_assert_ptr_eq(sw_tally_find_port(tally, 80, SW_PORT_LISTENING), only_port());
	ck_assert_ptr_null(sw_tally_find_port(tally, 80, SW_PORT_OUTGOING));
}
END_TEST

static uint64_t waiting(enum sw_tcp_state state, uint64_t cookie, uint32_t inode)
{
	uint64_t before = only_port()->waiting;
	struct sw_sock sock = build_sock(state, "10.0.0.5", 80, "10.0.0.9", 5432);

	sock.cookie = cookie;
	sock.inode = inode;
	add(sock);
	return only_port()->waiting - before;
}

START_TEST(a_port_tells_which_connections_wait)
{
	uint64_t first;

	add(build_listener("0.0.0.0", 80));
	first = waiting(SW_TCP_ESTABLISHED, 1, 0);
	ck_assert(first != 0);
	/* The peer may close meanwhile. */
	ck_assert(waiting(SW_TCP_CLOSE_WAIT, 1, 0) == first);
	ck_assert(waiting(SW_TCP_ESTABLISHED, 2, 0) != first);
	ck_assert(waiting(SW_TCP_ESTABLISHED, 3, 4711) == 0);
	ck_assert(waiting(SW_TCP_FIN_WAIT2, 4, 0) == 0);
	ck_assert(waiting(SW_TCP_LAST_ACK, 5, 0) == 0);
	ck_assert(waiting(SW_TCP_SYN_RECV, 6, 0) == 0);
}
END_TEST

START_TEST(a_source_knows_what_goes_out_from_it)
{
	add(build_listener("10.0.0.5", 80));
	add(build_sock(SW_TCP_BOUND, "10.0.0.5", 40050, "0.0.0.0", 0));
	add(build_sock(SW_TCP_ESTABLISHED, "10.0.0.5", 80, "10.0.0.2", 40000));
	add_own(SW_TCP_ESTABLISHED, 40000);
	add_own(SW_TCP_TIME_WAIT, 40001);
	ck_assert_uint_eq(sw_tally_n_sources(tally), 1);
	ck_assert_uint_eq(source_of("10.0.0.5")->n_sockets, 5);
	ck_assert_uint_eq(source_of("10.0.0.5")->n_outgoing, 2);
}
END_TEST

START_TEST(a_wildcard_is_no_source)
{
	add(build_listener("0.0.0.0", 80));
	add(build_listener("::", 80));
	ck_assert_uint_eq(sw_tally_n_sources(tally), 0);
}
END_TEST

/* One socket more, and what bind() then finds for 10.0.0.5 and fd00::5 of 90 unreserved ports. */
static const struct bind_case {
	const char *story;
	enum sw_tcp_state state;
	const char *local;
	uint16_t port;
	bool ipv6_only;
	uint32_t ipv4, ipv6;
} bind_cases[] = {
	{ "a TIME_WAIT of the address", SW_TCP_TIME_WAIT, "10.0.0.5", 40001, false, 88, 89 },
	{ "the same port again", SW_TCP_ESTABLISHED, "10.0.0.5", 40000, false, 89, 89 },
	{ "another address", SW_TCP_BOUND, "10.0.0.6", 40001, false, 89, 89 },
	{ "the IPv4 wildcard", SW_TCP_BOUND, "0.0.0.0", 40001, false, 88, 89 },
	{ "the wildcard of both", SW_TCP_LISTEN, "::", 40001, false, 88, 88 },
	{ "the wildcard of IPv6 alone", SW_TCP_LISTEN, "::", 40001, true, 89, 88 },
	{ "a reserved port", SW_TCP_BOUND, "10.0.0.5", 40010, false, 89, 89 },
	{ "a port behind the range", SW_TCP_BOUND, "10.0.0.5", 40100, false, 89, 89 },
	{ "the last port of the range", SW_TCP_BOUND, "10.0.0.5", 40099, false, 88, 89 },
};

START_TEST(bind_finds_ports_that_neither_its_address_nor_a_wildcard_has)
{
	const struct bind_case *c = &bind_cases[_i];
	struct sw_sock sock = build_sock(c->state, c->local, c->port, "10.0.0.8", 80);

	sock.ipv6_only = c->ipv6_only;
	add(sock);
	add_own(SW_TCP_ESTABLISHED, 40000);
	add(build_sock(SW_TCP_ESTABLISHED, "fd00::5", 40000, "fd00::9", 5432));
	ck_assert_msg(sw_tally_bind_free(tally, source_of("10.0.0.5")) == c->ipv4, "%s", c->story);
	ck_assert_msg(sw_tally_bind_free(tally, source_of("fd00::5")) == c->ipv6, "%s", c->story);
}
END_TEST

START_TEST(bind_may_run_out)
{
	for (uint16_t port = 40000; port <= 40099; port++)
		add(build_sock(SW_TCP_BOUND, "10.0.0.5", port, "0.0.0.0", 0));
	ck_assert_uint_eq(sw_tally_bind_free(tally, source_of("10.0.0.5")), 0);
	ck_assert_uint_eq(space.capacity, 0);
}
END_TEST

/* One of a million peers; all of one port. */
static struct sw_sock peer(uint32_t i)
{
	struct sw_sock sock = build_sock(SW_TCP_ESTABLISHED, "10.0.0.5", 40000, "10.0.0.9", 80);

	sock.remote.bytes[1] = (uint8_t)(i >> 16);
	sock.remote.bytes[2] = (uint8_t)(i >> 8);
	sock.remote.bytes[3] = (uint8_t)i;
	return sock;
}

START_TEST(where_tuples_are_too_many_the_lighter_half_makes_way)
{
	struct sw_tuple heavy = build_tuple("10.0.0.5", "10.0.0.9", 5432), light;
	const struct sw_totals *totals = sw_tally_totals(tally);
	uint64_t n = 0;

	add_own(SW_TCP_ESTABLISHED, 40000);
	add_own(SW_TCP_ESTABLISHED, 40001);
	for (uint32_t i = 0; i < SW_TALLY_MAX_TUPLES; i++)
		add(peer(i));
	ck_assert_uint_eq(sw_tally_n_tuples(tally), 2);
	ck_assert_uint_eq(sw_tally_find_tuple(tally, &heavy)->n_total, 2);
	ck_assert_uint_eq(sw_tally_find_tuple(tally, &heavy)->n_missed_max, 0);
	light = (struct sw_tuple){ .source = peer(0).local,
				   .destination = peer(SW_TALLY_MAX_TUPLES - 1).remote,
				   .port = 80 };
	ck_assert_uint_eq(sw_tally_find_tuple(tally, &light)->n_missed_max, 1);
	for (uint32_t i = 0; i < sw_tally_n_tuples(tally); i++)
		n += sw_tally_tuple(tally, i)->n_total;
	ck_assert_uint_eq(n + totals->n_tuple_overflow, totals->n_sockets);
	ck_assert_int_eq(sw_tally_error(tally), 0);
}
END_TEST

/* What a row says, and what it may have missed, holds the truth: in each of them. */
START_TEST(a_million_peers_hide_no_heavy_tuple)
{
	enum { PEERS = 1000000, HEAVY = 8 };
	uint32_t n_truly[HEAVY] = { 0 };
	uint64_t random = 1 + (uint64_t)_i;

	for (uint32_t i = 0; i < PEERS; i++) {
		struct sw_sock sock;

		add(peer(i));
		/* Each comes half as often as the one before it: the last with one in 2048. */
		for (uint32_t h = 0; h < HEAVY; h++) {
			if (build_random(&random) >> 32 >= UINT32_MAX >> (h + 4))
				continue;
			sock = build_sock(SW_TCP_ESTABLISHED, "10.0.0.5", 40000, "10.1.0.1",
					  (uint16_t)(1 + h));
			add(sock);
			n_truly[h]++;
		}
	}
	for (uint32_t h = 0; h < HEAVY; h++) {
		struct sw_tuple tuple = build_tuple("10.0.0.5", "10.1.0.1", 1 + h);
		const struct sw_tuple_tally *row = sw_tally_find_tuple(tally, &tuple);

		ck_assert_ptr_nonnull(row);
		ck_assert_uint_le(row->n_total, n_truly[h]);
		ck_assert_uint_ge(row->n_total + row->n_missed_max, n_truly[h]);
		/* Known to a hundredth. */
		ck_assert_uint_le(100 * row->n_missed_max, n_truly[h]);
	}
}
END_TEST

/* A connection of a peer to 10.0.0.5:443. */
static void add_from(enum sw_tcp_state state, const char *peer, uint16_t port)
{
	add(build_sock(state, "10.0.0.5", 443, peer, port));
}

static const struct sw_peer_tally *peer_row(const char *peer)
{
	struct sw_tuple tuple = build_tuple(peer, "10.0.0.5", 443);

	for (uint32_t i = 0; i < sw_tally_n_peers(tally); i++)
		if (memcmp(&sw_tally_peer(tally, i)->tuple, &tuple, sizeof(tuple)) == 0)
			return sw_tally_peer(tally, i);
	return NULL;
}

/* Whether the peer's port is in use over there, by RFC 9293 figure 5 seen from this side. */
static const struct {
	enum sw_tcp_state state;
	bool holds;
} at_the_peer[] = {
	{ SW_TCP_ESTABLISHED, true }, { SW_TCP_FIN_WAIT1, true }, { SW_TCP_FIN_WAIT2, true },
	{ SW_TCP_CLOSE_WAIT, true },  { SW_TCP_LAST_ACK, true },  { SW_TCP_CLOSING, true },
	{ SW_TCP_TIME_WAIT, false },  { SW_TCP_SYN_RECV, false },
};

START_TEST(a_connection_holds_a_port_of_the_peer_until_he_has_closed)
{
	add(build_listener("0.0.0.0", 443));
	add_from(at_the_peer[_i].state, "10.0.0.2", 50000);
	ck_assert_uint_eq(sw_tally_n_peers(tally), at_the_peer[_i].holds);
	if (at_the_peer[_i].holds)
		ck_assert_uint_eq(peer_row("10.0.0.2")->n_held, 1);
}
END_TEST

START_TEST(a_peer_has_a_row_for_each_address_and_port_he_comes_to)
{
	add(build_listener("0.0.0.0", 443));
	add(build_listener("0.0.0.0", 80));
	add_from(SW_TCP_ESTABLISHED, "10.0.0.2", 50001);
	add_from(SW_TCP_ESTABLISHED, "::ffff:10.0.0.2", 50000);
	add_from(SW_TCP_ESTABLISHED, "10.0.0.2", 50002);
	add_from(SW_TCP_ESTABLISHED, "10.0.0.3", 50000);
	add(build_sock(SW_TCP_ESTABLISHED, "10.0.0.6", 443, "10.0.0.2", 50000));
	add(build_sock(SW_TCP_ESTABLISHED, "10.0.0.5", 80, "10.0.0.2", 50000));
	ck_assert_uint_eq(sw_tally_n_peers(tally), 4);
	ck_assert_uint_eq(peer_row("10.0.0.2")->n_held, 3);
	ck_assert_uint_eq(peer_row("10.0.0.2")->lowest, 50000);
	ck_assert_uint_eq(peer_row("10.0.0.2")->highest, 50002);
	ck_assert_uint_eq(peer_row("10.0.0.3")->n_held, 1);
}
END_TEST

START_TEST(who_is_no_stranger_and_who_is_called_is_no_peer)
{
	add(build_listener("0.0.0.0", 443));
	add_from(SW_TCP_ESTABLISHED, "10.0.0.5", 50000);
	add(build_sock(SW_TCP_ESTABLISHED, "127.0.0.1", 443, "127.0.0.2", 50000));
	add(build_sock(SW_TCP_ESTABLISHED, "::1", 443, "::1", 50000));
	add_own(SW_TCP_ESTABLISHED, 40000);
	ck_assert_uint_eq(sw_tally_n_peers(tally), 0);
}
END_TEST

START_TEST(a_million_light_peers_hide_no_heavy_one)
{
	uint64_t n = 0;

	add(build_listener("0.0.0.0", 40000));
	for (uint32_t i = 0; i < 1000000; i++) {
		struct sw_sock sock = peer(i);

		sock.remote_port = (uint16_t)(1 + i / 40);
		add(sock);
		if (i % 40 != 0)
			continue;
		sock.remote = build_addr("11.0.0.1");
		add(sock);
	}
	for (uint32_t i = 0; i < sw_tally_n_peers(tally); i++) {
		const struct sw_peer_tally *row = sw_tally_peer(tally, i);

		n += row->n_held;
		if (row->n_held < 2)
			continue;
		/* The only one, and none of his is missing. */
		ck_assert_uint_eq(row->n_held, 25000);
		ck_assert_uint_eq(row->highest, 25000);
	}
	ck_assert_uint_le(sw_tally_n_peers(tally), SW_TALLY_MAX_PEERS);
	/* One of them is 10.0.0.5 itself. */
	ck_assert_uint_eq(n + sw_tally_totals(tally)->n_peer_overflow, 1025000 - 1);
	ck_assert_uint_ge(n, 25000);
}
END_TEST

START_TEST(without_memory_for_peers_the_tally_is_none)
{
	add(build_listener("0.0.0.0", 443));
	add_from(SW_TCP_TIME_WAIT, "10.0.0.2", 50000);
	failing_alloc_after((unsigned int)_i);
	add_from(SW_TCP_ESTABLISHED, "10.0.0.2", 50001);
	ck_assert(failing_alloc_stop());
	ck_assert_int_eq(sw_tally_error(tally), -ENOMEM);
}
END_TEST

START_TEST(a_flood_of_remote_ports_leaves_what_is_listened_on)
{
	add(build_listener("0.0.0.0", 443));
	for (uint32_t port = 1; port <= UINT16_MAX; port++)
		add(build_sock(SW_TCP_ESTABLISHED, "10.0.0.5", 40000, "10.0.0.9", (uint16_t)port));
	ck_assert_uint_eq(sw_tally_port(tally, 0)->role, SW_PORT_LISTENING);
	ck_assert_uint_eq(sw_tally_port(tally, 0)->port, 443);
	ck_assert_uint_gt(sw_tally_totals(tally)->n_port_overflow, 0);
}
END_TEST

START_TEST(ports_beyond_the_bound_are_counted_in_the_totals)
{
	for (uint32_t port = 1; port <= SW_TALLY_MAX_PORTS + 3; port++)
		add(build_listener("0.0.0.0", (uint16_t)port));
	ck_assert_uint_eq(sw_tally_n_ports(tally), SW_TALLY_MAX_PORTS);
	ck_assert_uint_eq(sw_tally_totals(tally)->n_port_overflow, 3);
	/* It listens all the same. */
	add(build_sock(SW_TCP_TIME_WAIT, "10.0.0.5", SW_TALLY_MAX_PORTS + 3, "10.0.0.2", 40000));
	ck_assert_uint_eq(sw_tally_n_tuples(tally), 0);
	ck_assert_uint_eq(sw_tally_totals(tally)->n_time_wait_server, 1);
}
END_TEST

START_TEST(sources_beyond_the_bound_are_counted_in_the_totals)
{
	struct sw_sock sock = build_sock(SW_TCP_ESTABLISHED, "10.0.0.1", 40000, "10.0.0.9", 80);

	for (uint32_t i = 0; i < SW_TALLY_MAX_SOURCES + 1; i++) {
		sock.local.bytes[3] = (uint8_t)i;
		add(sock);
	}
	ck_assert_uint_eq(sw_tally_n_sources(tally), SW_TALLY_MAX_SOURCES);
	ck_assert_uint_eq(sw_tally_totals(tally)->n_source_overflow, 1);
	ck_assert_uint_eq(sw_tally_n_tuples(tally), SW_TALLY_MAX_SOURCES + 1);
}
END_TEST

START_TEST(a_tracked_tuple_has_a_row_without_sockets)
{
	struct sw_tuple tuple = build_tuple("10.0.0.5", "10.0.0.9", 5432);

	ck_assert_int_eq(sw_tally_track(tally, &tuple), 0);
	ck_assert_int_eq(sw_tally_track(tally, &tuple), 0);
	ck_assert_uint_eq(only_tuple()->n_total, 0);
	add_own(SW_TCP_ESTABLISHED, 40000);
	ck_assert_uint_eq(only_tuple()->n_total, 1);
}
END_TEST

/* A first connection needs two allocations in each of three tables. */
START_TEST(running_out_of_memory_sticks)
{
	failing_alloc_after((unsigned int)_i);
	add_own(SW_TCP_ESTABLISHED, 40000);
	ck_assert(failing_alloc_stop());
	ck_assert_int_eq(sw_tally_error(tally), -ENOMEM);
	add_own(SW_TCP_ESTABLISHED, 40001);
	ck_assert_int_eq(sw_tally_error(tally), -ENOMEM);
}
END_TEST

START_TEST(out_of_memory_gives_no_tally)
{
	struct sw_tuple tuple = build_tuple("10.0.0.5", "10.0.0.9", 5432);
	struct sw_tally *none = NULL;
	int r;

	failing_alloc_after(0);
	r = sw_tally_new(&none, &space, &no_reuse, 1);
	ck_assert(failing_alloc_stop());
	ck_assert_int_eq(r, -ENOMEM);
	ck_assert_ptr_null(none);
	failing_alloc_after(0);
	r = sw_tally_track(tally, &tuple);
	ck_assert(failing_alloc_stop());
	ck_assert_int_eq(r, -ENOMEM);
	sw_tally_free(NULL);
}
END_TEST

enum { N_SOCKETS = 3000 };

/* Listeners and idle sockets first, as the kernel sends them, then connections of all kinds. */
static void make_population(struct sw_sock *socks, uint64_t *state)
{
	static const char *const locals[] = { "10.0.0.5", "10.0.0.6", "fd00::5", "127.0.0.1" };
	static const char *const remotes[] = { "10.0.0.9", "10.0.0.8", "fd00::9", "127.0.0.1" };

	for (uint32_t i = 0; i < N_SOCKETS; i++) {
		uint64_t random = build_random(state);
		uint16_t local_port = (uint16_t)(39990 + random % 120);

		random >>= 8;
		socks[i] = build_sock(connected[random % SW_ARRAY_SIZE(connected)],
				      locals[random / 16 % 4], local_port, remotes[random / 64 % 4],
				      (uint16_t)(80 + random / 256 % 5));
		if (socks[i].state == SW_TCP_TIME_WAIT)
			socks[i].expires_ms = (uint32_t)(random / 4096 % 60100);
		if (i < 5)
			socks[i] = build_listener(locals[i % 4], local_port);
		else if (i < 10)
			socks[i].state = SW_TCP_BOUND;
	}
}

static void shuffle(struct sw_sock *socks, size_t n, uint64_t *state)
{
	for (size_t i = n; i > 1; i--) {
		size_t j = build_random(state) % i;
		struct sw_sock other = socks[j];

		socks[j] = socks[i - 1];
		socks[i - 1] = other;
	}
}

static int compare_tuples(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct sw_tuple));
}

/* All tuples by address, so that two tallies can be compared byte by byte. */
static struct sw_tuple_tally *sorted_tuples(uint32_t *ret_n)
{
	uint32_t n = sw_tally_n_tuples(tally);
	struct sw_tuple_tally *rows = calloc(n, sizeof(*rows));

	for (uint32_t i = 0; i < n; i++)
		rows[i] = *sw_tally_tuple(tally, i);
	qsort(rows, n, sizeof(*rows), compare_tuples);
	*ret_n = n;
	return rows;
}

START_TEST(the_order_of_connections_does_not_matter)
{
	static struct sw_sock socks[N_SOCKETS];
	struct sw_tuple_tally *before, *after;
	struct sw_totals totals;
	uint32_t n_before, n_after;
	uint64_t state = 4;

	begin(&reuse, 1);
	make_population(socks, &state);
	for (size_t i = 0; i < N_SOCKETS; i++)
		add(socks[i]);
	before = sorted_tuples(&n_before);
	totals = *sw_tally_totals(tally);
	begin(&reuse, 2);
	shuffle(socks + 10, N_SOCKETS - 10, &state);
	for (size_t i = 0; i < N_SOCKETS; i++)
		add(socks[i]);
	after = sorted_tuples(&n_after);
	ck_assert_uint_gt(n_before, 50);
	ck_assert_uint_eq(n_after, n_before);
	ck_assert_mem_eq(after, before, n_before * sizeof(*before));
	ck_assert_mem_eq(&totals, sw_tally_totals(tally), sizeof(totals));
	free(before);
	free(after);
}
END_TEST

START_TEST(states_add_up_to_totals)
{
	static struct sw_sock socks[N_SOCKETS];
	const struct sw_totals *totals = sw_tally_totals(tally);
	uint64_t state = 5, n_states = 0, n_tuples = 0, n_ports = 0;

	make_population(socks, &state);
	for (size_t i = 0; i < N_SOCKETS; i++)
		add(socks[i]);
	for (int i = 0; i < SW_TCP_N_STATES; i++)
		n_states += totals->n_by_state[i];
	ck_assert_uint_eq(n_states, N_SOCKETS);
	ck_assert_uint_eq(totals->n_ipv4 + totals->n_ipv6, N_SOCKETS);
	for (uint32_t i = 0; i < sw_tally_n_tuples(tally); i++) {
		uint64_t n = 0;

		for (int j = 0; j < SW_TCP_N_STATES; j++)
			n += sw_tally_tuple(tally, i)->n_by_state[j];
		ck_assert_uint_eq(n, sw_tally_tuple(tally, i)->n_total);
		n_tuples += n;
	}
	for (uint32_t i = 0; i < sw_tally_n_ports(tally); i++) {
		const struct sw_port_tally *port = sw_tally_port(tally, i);

		n_ports += port->n_total;
		if (port->role == SW_PORT_OUTGOING)
			n_tuples -= port->n_total;
	}
	ck_assert_uint_eq(n_tuples, 0);
	ck_assert_uint_eq(n_ports + totals->n_by_state[SW_TCP_BOUND], N_SOCKETS);
}
END_TEST

static const struct {
	const char *listeners[2];
	const char *name;
} named[] = {
	{ { "10.0.0.5", "10.0.0.4" }, "10.0.0.4" },
	{ { "10.0.0.5", "0.0.0.0" }, "0.0.0.0" },
	{ { "::", "0.0.0.0" }, "0.0.0.0" },
	{ { "::", "10.0.0.5" }, "::" },
};

START_TEST(of_several_listeners_one_gives_the_port_its_address)
{
	const struct sw_addr expected = build_addr(named[_i / 2].name);

	add(build_listener(named[_i / 2].listeners[_i % 2], 80));
	add(build_listener(named[_i / 2].listeners[1 - _i % 2], 80));
	ck_assert(sw_addr_equal(&sw_tally_port(tally, 0)->listener, &expected));
}
END_TEST

START_TEST(unanswered_connects_are_told_apart_by_their_retransmits)
{
	struct sw_sock sock = build_sock(SW_TCP_SYN_SENT, "10.0.0.5", 40000, "10.0.0.9", 5432);

	add(sock);
	sock.retransmits = 3;
	add(sock);
	sock.retransmits = SW_SYN_N_SLOTS + 5;
	add(sock);
	/* What an established connection sends again is no unanswered connect. */
	sock.state = SW_TCP_ESTABLISHED;
	add(sock);
	ck_assert_uint_eq(only_tuple()->n_by_retransmits[0], 1);
	ck_assert_uint_eq(only_tuple()->n_by_retransmits[3], 1);
	ck_assert_uint_eq(only_tuple()->n_by_retransmits[SW_SYN_N_SLOTS - 1], 1);
	ck_assert_uint_eq(only_tuple()->n_by_state[SW_TCP_SYN_SENT], 3);
}
END_TEST

int main(void)
{
	TCase *tcase = tcase_create("tally");

	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_add_test(tcase, an_empty_tally_has_no_rows);
	tcase_add_loop_test(tcase, a_connection_holds_its_port_in_every_state, 0,
			    SW_ARRAY_SIZE(connected));
	tcase_add_test(tcase, ports_of_the_other_parity_are_not_of_the_first_pass);
	tcase_add_loop_test(tcase, a_port_that_connect_would_not_choose_takes_nothing_away, 0,
			    SW_ARRAY_SIZE(elsewhere));
	tcase_add_test(tcase, a_locked_socket_blocks_its_port_and_is_counted_once);
	tcase_add_test(tcase, tuples_differ_by_source_destination_port_and_device);
	tcase_add_test(tcase, ipv4_and_mapped_ipv6_are_one_tuple);
	tcase_add_test(tcase, sockets_of_a_listening_port_cost_no_ephemeral_port);
	tcase_add_test(tcase, live_sockets_tell_whose_they_are);
	tcase_add_test(tcase, one_number_may_be_a_listening_and_a_remote_port);
	tcase_add_loop_test(tcase, who_owns_a_port_blocks_it_for_everyone, 0,
			    SW_ARRAY_SIZE(blockers));
	tcase_add_test(tcase, an_idle_socket_is_no_connection_of_any_port);
	tcase_add_test(tcase, the_youngest_time_wait_elsewhere_is_known);
	tcase_add_loop_test(tcase, the_remaining_time_tells_the_age, 0, SW_ARRAY_SIZE(ages));
	tcase_add_test(tcase, only_time_wait_has_an_age);
	tcase_add_test(tcase, a_full_slot_of_age_stays_full);
	tcase_add_test(tcase, fin_wait2_without_a_process_is_counted_apart);
	tcase_add_loop_test(tcase, connect_reuses_what_is_older_than_the_delay, 0,
			    SW_ARRAY_SIZE(reuse_cases));
	tcase_add_test(tcase, what_is_reusable_elsewhere_frees_no_port_of_the_range);
	tcase_add_test(tcase, the_longest_delay_outlasts_even_the_overdue);
	tcase_add_test(tcase, without_reuse_nothing_is_reusable);
	tcase_add_loop_test(tcase, reuse_is_off_or_on_or_for_loopback, 0, SW_ARRAY_SIZE(loopbacks));
	tcase_add_loop_test(tcase, a_port_shows_its_fullest_listener, 0, SW_ARRAY_SIZE(queues));
	tcase_add_test(tcase, listeners_that_share_an_address_are_one);
	tcase_add_test(tcase, a_port_tells_which_connections_wait);
	tcase_add_test(tcase, a_source_knows_what_goes_out_from_it);
	tcase_add_test(tcase, a_wildcard_is_no_source);
	tcase_add_loop_test(tcase, bind_finds_ports_that_neither_its_address_nor_a_wildcard_has, 0,
			    SW_ARRAY_SIZE(bind_cases));
	tcase_add_test(tcase, bind_may_run_out);
	tcase_add_test(tcase, where_tuples_are_too_many_the_lighter_half_makes_way);
	tcase_add_loop_test(tcase, a_million_peers_hide_no_heavy_tuple, 0, 3);
	tcase_add_loop_test(tcase, a_connection_holds_a_port_of_the_peer_until_he_has_closed, 0,
			    SW_ARRAY_SIZE(at_the_peer));
	tcase_add_test(tcase, a_peer_has_a_row_for_each_address_and_port_he_comes_to);
	tcase_add_test(tcase, who_is_no_stranger_and_who_is_called_is_no_peer);
	tcase_add_test(tcase, a_million_light_peers_hide_no_heavy_one);
	tcase_add_loop_test(tcase, without_memory_for_peers_the_tally_is_none, 0, 2);
	tcase_add_test(tcase, a_flood_of_remote_ports_leaves_what_is_listened_on);
	tcase_add_test(tcase, ports_beyond_the_bound_are_counted_in_the_totals);
	tcase_add_test(tcase, sources_beyond_the_bound_are_counted_in_the_totals);
	tcase_add_test(tcase, a_tracked_tuple_has_a_row_without_sockets);
	tcase_add_loop_test(tcase, running_out_of_memory_sticks, 0, 6);
	tcase_add_test(tcase, out_of_memory_gives_no_tally);
	tcase_add_test(tcase, the_order_of_connections_does_not_matter);
	tcase_add_test(tcase, states_add_up_to_totals);
	tcase_add_loop_test(tcase, of_several_listeners_one_gives_the_port_its_address, 0, 8);
	tcase_add_test(tcase, unanswered_connects_are_told_apart_by_their_retransmits);
	return suite_run("tally", tcase);
}
