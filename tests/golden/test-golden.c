/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Whole outputs against files: scripted readings, each shown as text and JSON,
 * and the events they lead to as journal messages and JSON.
 */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "base/mem.h"
#include "golden/golden.h"
#include "golden/others.h"
#include "golden/show.h"
#include "support/answer.h"
#include "support/world.h"

/* In as many chunks as it takes. */
static void add_row(struct answer *answer, const struct row *row)
{
	if (answer_last(answer)->size + 200 > ANSWER_CHUNK_SIZE)
		answer_next_chunk(answer);
	answer_add_row(answer, row);
}

/* `n` connections from one source to one destination, on every second port from 32768 and then the
 * others. */
struct crowd {
	const char *source, *destination;
	uint16_t port;
	uint8_t state;
	unsigned int first, n;
	unsigned int expires_from_ms, expires_to_ms; /* of TIME_WAIT, spread evenly */
	uint64_t cgroup;                             /* of live ones */
};

static uint16_t port_of(unsigned int i)
{
	return (uint16_t)(i < 14116 ? 32768 + 2 * i : 32769 + 2 * (i - 14116));
}

static void add_crowd(struct answer *answer, const struct crowd *crowd)
{
	for (unsigned int i = 0; i < crowd->n; i++) {
		struct row row = {
			.state = crowd->state,
			.local = crowd->source,
			.local_port = port_of(crowd->first + i),
			.remote = crowd->destination,
			.remote_port = crowd->port,
			.cgroup = crowd->cgroup,
		};

		if (crowd->state == 6) {
			row.timer = 3;
			/* Whole jiffies of 4 ms, as at 250 Hz. */
			row.expires_ms =
				(crowd->expires_from_ms +
				 (crowd->expires_to_ms - crowd->expires_from_ms) * i / crowd->n) /
				4 * 4;
		}
		add_row(answer, &row);
	}
}

/* Chunks hold some 370 rows, so scenes are played on a range of 1000 ports. */
static void small_range(struct world *world)
{
	world_set_file(world, "/proc/sys/net/ipv4/ip_local_port_range", "32768\t33767\n");
}

static void healthy_web_server(void)
{
	static const struct row rows[] = {
		{ .state = 10,
		  .local = "",
		  .local_port = 443,
		  .rqueue = 3,
		  .wqueue = 4096,
		  .cgroup = NGINX },
		{ .family = AF_INET6,
		  .state = 10,
		  .local = "",
		  .local_port = 22,
		  .wqueue = 128,
		  .ipv6_only = 1,
		  .cgroup = SSH },
		{ .state = 8,
		  .local = "10.0.0.5",
		  .local_port = 443,
		  .remote = "192.0.2.9",
		  .remote_port = 1025,
		  .cgroup = NGINX },
		{ .state = 10,
		  .local = "127.0.0.1",
		  .local_port = 32801,
		  .wqueue = 16,
		  .cgroup = DOCKER },
		{ .family = AF_INET6,
		  .state = 1,
		  .local = "fe80::1",
		  .local_port = 32802,
		  .remote = "fe80::2",
		  .remote_port = 8301,
		  .interface = 2,
		  .cgroup = USERS },
	};
	struct world *world = world_new();
	struct answer *answer = answer_new();
	const struct sw_report_filter everything = { 0 };

	small_range(world);
	answer_add_row(answer, &rows[0]);
	answer_add_row(answer, &rows[1]);
	answer_add_row(answer, &rows[3]);
	answer_add_row(answer, &rows[2]);
	answer_add_row(answer, &rows[4]);
	add_crowd(answer, &(struct crowd){ "10.0.0.5", "10.0.0.20", 6379, 1, 0, 14, 0, 0, APP });
	add_crowd(answer, &(struct crowd){ "10.0.0.5", "10.0.0.20", 6379, 6, 14, 60, 0, 60000, 0 });
	add_crowd(answer, &(struct crowd){ "10.0.0.5", "10.0.0.9", 5432, 1, 0, 4, 0, 0, APP });
	add_crowd(answer, &(struct crowd){ "10.0.0.5", "10.0.0.9", 5432, 1, 4, 2, 0, 0, NGINX });
	answer_add_done(answer, 0);
	world_set_answer(world, answer);
	world->now_step = 300;
	golden_show("healthy", world, &everything);
	answer_free(answer);
	world_free(world);
}

static void proxy_in_trouble(void)
{
	struct world *world = world_new();
	struct answer *answer = answer_new();
	const struct sw_report_filter everything = { 0 };

	small_range(world);
	world_set_file(world, "/proc/sys/net/ipv4/tcp_tw_reuse", "0\n");
	add_crowd(answer, &(struct crowd){ "10.0.0.5", "10.0.0.9", 5432, 1, 0, 37, 0, 0, NGINX });
	/* 25 closes a second for 30 s; 1000 ports sustain 16. */
	add_crowd(answer,
		  &(struct crowd){ "10.0.0.5", "10.0.0.9", 5432, 6, 37, 463, 30000, 48520, 0 });
	for (unsigned int i = 0; i < 287; i++) {
		struct row row = { .state = 6,
				   .local = "10.0.0.5",
				   .remote = "10.0.0.9",
				   .local_port = (uint16_t)(32769 + 2 * i),
				   .remote_port = 5432,
				   .timer = 3,
				   .expires_ms = (48520 + 11480 * i / 287) / 4 * 4 };

		add_row(answer, &row);
	}
	answer_add_done(answer, 0);
	world_set_answer(world, answer);
	world->now_step = 300;
	golden_show("trouble", world, &everything);
	answer_free(answer);
	world_free(world);
}

/* A leak that takes the ports, and two limits that are near as well. */
static void trouble_on_all_sides(void)
{
	static const struct row listener = {
		.state = 10, .local = "", .local_port = 443, .rqueue = 129, .wqueue = 128
	};
	struct world *world = world_new();
	struct answer *answer = answer_new();
	const struct sw_report_filter everything = { 0 };

	small_range(world);
	world_set_file(world, "/proc/sys/net/netfilter/nf_conntrack_count", "260000\n");
	answer_add_row(answer, &listener);
	add_crowd(answer, &(struct crowd){ "10.0.0.5", "10.0.0.9", 5432, 8, 0, 500, 0, 0, APP });
	add_crowd(answer,
		  &(struct crowd){ "10.0.0.5", "10.0.0.9", 5432, 8, 14116, 400, 0, 0, APP });
	answer_add_done(answer, 0);
	world_set_answer(world, answer);
	golden_show("leak", world, &everything);
	answer_free(answer);
	world_free(world);
}

/* A load balancer that takes its ports where Windows does, and has most of them; another that is
 * well.
 */
static void peer_in_trouble(void)
{
	static const struct row listener = { .state = 10, .local = "", .local_port = 443 };
	struct world *world = world_new();
	struct answer *answer = answer_new();
	const struct sw_report_filter everything = { 0 };

	answer_add_row(answer, &listener);
	for (unsigned int i = 0; i < 15000; i++) {
		const struct row row = { .state = 1,
					 .local = "10.0.0.5",
					 .local_port = 443,
					 .remote = i < 14500 ? "10.0.0.2" : "10.0.0.3",
					 .remote_port = (uint16_t)(49152 + i) };

		add_row(answer, &row);
	}
	answer_add_done(answer, 0);
	world_set_answer(world, answer);
	golden_show("peer", world, &everything);
	answer_free(answer);
	world_free(world);
}

/* Nine destinations whose sockets share no port. 18 closes a second for 45 s, of 1000 ports. */
static void binds_in_trouble(void)
{
	static const char *const destinations[] = {
		"10.0.1.1", "10.0.1.2", "10.0.1.3", "10.0.1.4", "10.0.1.5",
		"10.0.1.6", "10.0.1.7", "10.0.1.8", "10.0.1.9",
	};
	struct world *world = world_new();
	struct answer *answer = answer_new();
	const struct sw_report_filter everything = { 0 };

	small_range(world);
	for (unsigned int i = 0; i < 900; i++) {
		const bool live = i < 90;
		const struct row row = {
			.state = live ? 1 : 6,
			.local = "10.0.0.5",
			/* bind(0) begins with the other half of the ports than connect(). */
			.local_port = (uint16_t)(i < 500 ? 32769 + 2 * i : 32768 + 2 * (i - 500)),
			.remote = destinations[i % SW_ARRAY_SIZE(destinations)],
			.remote_port = 8080,
			.timer = live ? 0 : 3,
			.expires_ms = live ? 0 : (15000 + 45000 * (i - 90) / 810) / 4 * 4,
			.cgroup = live ? APP : 0,
		};

		add_row(answer, &row);
	}
	answer_add_done(answer, 0);
	world_set_answer(world, answer);
	world->now_step = 300;
	golden_show("bind", world, &everything);
	answer_free(answer);
	world_free(world);
}

static void nothing_counted(void)
{
	struct world *world = world_new();
	struct answer *answer = answer_new();
	const struct sw_report_filter everything = { 0 };

	answer_add_error(answer, -ENOENT);
	world_set_answer(world, answer);
	world_add_answer(world, answer);
	golden_show("incomplete", world, &everything);
	answer_free(answer);
	world_free(world);
}

/* What a daemon says fires: one that people know of, one that is mute, one as of an older daemon.
 */
static void alerts(void)
{
	struct sw_daemon_status daemon = {
		.running = true,
		.interval_s = 5,
		.detection_delay_s = 4.26,
		.last_poll = "2026-11-22T03:12:00.250Z",
		.n_dumps = 412,
		.n_dumps_skipped = 1,
		.last_dump_reason = "asked",
		.alerts = json_pack("[{s:s, s:s, s:s, s:s, s:s, s:n}, {s:s, s:s, s:s, s:s, s:s}, "
				    "{s:s, s:s, s:s, s:s}]",
				    "alert_id", "b12d402cfebe472d", "severity", "critical", "rule",
				    "ephemeral-ports", "subject", "10.0.0.5->10.0.0.9:5432",
				    "since", "2026-11-22T03:10:01.250Z", "muted_until", "alert_id",
				    "0123456789abcdef", "severity", "warning", "subject",
				    "10.0.0.5->10.0.0.20:6379", "since", "2026-11-22T02:12:01.250Z",
				    "muted_until", "2026-11-22T05:00:00.000Z", "alert_id",
				    "fedcba9876543210", "severity", "warning", "subject", "self",
				    "since", "2026-11-22T02:12:01.250Z"),
	};
	struct world *world = world_new();
	struct answer *answer = answer_new();
	const struct sw_report_filter everything = { 0 };

	answer_add_done(answer, 0);
	world_set_answer(world, answer);
	golden_show_beside("alerts", world, &everything, &daemon);
	sw_daemon_status_deinit(&daemon);
	answer_free(answer);
	world_free(world);
}

/* Ports are fine, and something else is not: the worst of it that is not mute is the verdict. */
static void alert_of_another_matter(void)
{
	struct sw_daemon_status daemon = {
		.running = true,
		.interval_s = 5,
		.last_poll = "2026-11-22T03:12:00.250Z",
		.alerts = json_pack(
			"[{s:s, s:s, s:s, s:s, s:s, s:n}, {s:s, s:s, s:s, s:s, s:s, s:n}, "
			"{s:s, s:s, s:s, s:s, s:s, s:s}]",
			"alert_id", "0123456789abcdef", "severity", "warning", "rule",
			"connection-leak", "subject", "10.0.0.5->10.0.0.20:6379", "since",
			"2026-11-22T02:12:01.250Z", "muted_until", "alert_id", "b12d402cfebe472d",
			"severity", "critical", "rule", "ephemeral-ports", "subject",
			"10.0.0.5->10.0.0.9:5432", "since", "2026-11-22T03:10:01.250Z",
			"muted_until", "alert_id", "fedcba9876543210", "severity", "critical",
			"rule", "listen-queue", "subject", "10.0.0.5:443", "since",
			"2026-11-22T02:12:01.250Z", "muted_until", "2026-11-22T05:00:00.000Z"),
	};
	struct world *world = world_new();
	struct answer *answer = answer_new();
	const struct sw_report_filter everything = { 0 };

	answer_add_done(answer, 0);
	world_set_answer(world, answer);
	golden_show_beside("another-matter", world, &everything, &daemon);
	sw_daemon_status_deinit(&daemon);
	answer_free(answer);
	world_free(world);
}

static void one_destination(void)
{
	struct sw_report_filter filter = { .has_destination = true, .destination_port = 443 };
	struct world *world = world_new();
	struct answer *answer = answer_new();

	answer_add_done(answer, 0);
	world_set_answer(world, answer);
	world_set_file(world, "/proc/sys/net/ipv4/ip_local_port_range", "40000\t40100\n");
	world_set_file(world, "/proc/sys/net/ipv4/ip_local_reserved_ports", "40010-40019,40050\n");
	if (sw_addr_parse("10.0.0.7", NULL, &filter.destination) < 0)
		abort();
	golden_show("destination", world, &filter);
	answer_free(answer);
	world_free(world);
}

int main(int argc, char **argv)
{
	if (argc != 2) {
		fputs("usage: test-golden DIRECTORY\n", stderr);
		return 2;
	}
	golden_begin(argv[1]);
	healthy_web_server();
	proxy_in_trouble();
	trouble_on_all_sides();
	peer_in_trouble();
	binds_in_trouble();
	nothing_counted();
	alerts();
	alert_of_another_matter();
	one_destination();
	golden_show_others();
	return golden_end();
}
