/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Whole outputs against files: scripted readings, each shown as text and JSON,
 * and the events they lead to as journal messages and JSON.
 */

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/mem.h"
#include "golden/golden.h"
#include "io/collect.h"
#include "io/settings-files.h"
#include "render/config-json.h"
#include "render/config-text.h"
#include "render/explain-json.h"
#include "render/explain-text.h"
#include "render/journal.h"
#include "render/json.h"
#include "render/plan.h"
#include "render/selftest-json.h"
#include "render/selftest-text.h"
#include "render/status-json.h"
#include "render/status-text.h"
#include "sockwatch/engine.h"
#include "support/world.h"

static void compare_events(const char *scene, const struct sw_report *report)
{
	struct sw_engine_config config = { .max_blind_severity = SW_LEVEL_CRITICAL,
					   .machine_id = "00112233445566778899aabbccddeeff",
					   .netns = "self" };
	const struct sw_event_origin origin = {
		.host = report->reading->host,
		.netns = "self",
		.boot_id = "0a1b2c3d-0000-4000-8000-00000000beef",
		.names = &report->reading->ifnames,
	};
	const struct sw_evidence evidence = { .report = report };
	const struct sw_event *events;
	struct sw_engine *engine;
	size_t n;

	if (sw_engine_new(&engine, &config) < 0)
		abort();
	sw_engine_step(engine, report->reading->began, &evidence, &events, &n);
	for (size_t i = 0; i < n; i++) {
		struct golden_memory memory = { 0 };
		char name[64];

		golden_open(&memory);
		sw_render_journal(memory.file, &events[i], &origin);
		fclose(memory.file);
		snprintf(name, sizeof(name), "%s.journal.txt", scene);
		golden_compare(name, memory.text);
		free(memory.text);
		snprintf(name, sizeof(name), "%s.event.json", scene);
		golden_compare_json(name, sw_render_event_json(&events[i], &origin));
	}
	sw_engine_free(engine);
}

/* The number behind `label`, at the beginning of a line. */
static long figure(const char *text, const char *label)
{
	const char *at = strstr(text, label);

	return at == NULL ? 0 : strtol(at + strlen(label), NULL, 10);
}

/* Whoever adds up what stands on the screen gets what stands on the screen. */
static void check_arithmetic(const char *name, const char *text, const struct sw_outlook *outlook)
{
	const char *gone = strstr(text, "]  "), *sustains = strstr(text, "sustains ");
	long percent = 0, left = 0, of = 0, reserved = figure(text, "\n  reserved"),
	     blocked = figure(text, "\n  listeners"), used = figure(text, "\n  this tuple");
	double ceiling = sustains == NULL ? 0 : strtod(sustains + strlen("sustains "), NULL);

	golden_expect(name, "no bar",
		      gone != NULL &&
			      sscanf(gone, "]  %ld %% %ld of %ld left", &percent, &left, &of) == 3);
	golden_expect(name, "gone and left",
		      of > 0 && labs(percent - (100 - 100 * left / of)) <= 1);
	golden_expect(name, "left and free",
		      left == figure(text, "\n  free   ") || left == figure(text, " to "));
	golden_expect(name, "who has the ports",
		      outlook->range - reserved - blocked - used == left &&
			      of == outlook->range - reserved);
	golden_expect(name, "ceiling and capacity",
		      ceiling == 0 ||
			      fabs(ceiling - (outlook->capacity - outlook->held) / 62.048) < 1);
	golden_expect(name, "closes are of this side",
		      strstr(text, "This side closes first") == NULL ||
			      outlook->time_wait > outlook->n_by_state[SW_TCP_CLOSE_WAIT]);
}

static void compare_explanation(const char *scene, const struct sw_report *report)
{
	const struct sw_text_style style = { .rows = 5, .legend = true };
	struct sw_explanation explanation;
	struct golden_memory memory = { 0 };
	char name[64];

	sw_explain(report, &explanation);
	golden_open(&memory);
	sw_render_explain_text(memory.file, report, &explanation, &style);
	fclose(memory.file);
	snprintf(name, sizeof(name), "%s.explain.txt", scene);
	golden_compare(name, memory.text);
	golden_check_screen(name, memory.text);
	/* A wall of bind() before it has numbers of its own. */
	if (explanation.outlook != NULL)
		check_arithmetic(name, strstr(memory.text, "\nPorts towards "),
				 explanation.outlook);
	free(memory.text);
	snprintf(name, sizeof(name), "%s.explain.json", scene);
	golden_compare_json(name, sw_render_explain_json(report, &explanation));
}

/* The control groups of the host. */
enum { NGINX = 101, SSH, APP, USERS, DOCKER };

static void grow_cgroups(struct world *world)
{
	world_set_file(world, "/sys/fs/cgroup/cgroup.controllers", "cpu io memory pids\n");
	world_add_dir(world, "/sys/fs/cgroup/system.slice", 10);
	world_add_dir(world, "/sys/fs/cgroup/system.slice/nginx.service", NGINX);
	world_add_dir(world, "/sys/fs/cgroup/system.slice/ssh.service", SSH);
	world_add_dir(world, "/sys/fs/cgroup/system.slice/app.service", APP);
	world_add_dir(world,
		      "/sys/fs/cgroup/system.slice/docker-0123456789abcdef0123456789abcdef"
		      "0123456789abcdef0123456789abcdef.scope",
		      DOCKER);
	world_add_dir(world, "/sys/fs/cgroup/user.slice", 11);
	world_add_dir(world, "/sys/fs/cgroup/user.slice/user@1000.service", 12);
	world_add_dir(world, "/sys/fs/cgroup/user.slice/user@1000.service/app.slice", 13);
	world_add_dir(world,
		      "/sys/fs/cgroup/user.slice/user@1000.service/app.slice/synchronize.service",
		      USERS);
}

static void show_beside(const char *scene, struct world *world,
			const struct sw_report_filter *filter,
			const struct sw_daemon_status *daemon)
{
	struct sw_collect_options options = {
		.has_destination = filter->has_destination,
		.destination = filter->destination,
		.port = filter->destination_port,
	};
	const struct sw_text_style style = { .rows = 5, .legend = true };
	struct sw_reading *reading;
	struct sw_report report;
	struct golden_memory memory = { 0 };
	char name[64];

	grow_cgroups(world);
	if (sw_units_new(&options.units, 1) < 0 || sw_collect(&world->io, &options, &reading) < 0 ||
	    sw_report_init(&report, reading, NULL, filter) < 0)
		abort();
	golden_open(&memory);
	sw_render_status_text(memory.file, &report, daemon, &style);
	fclose(memory.file);
	snprintf(name, sizeof(name), "%s.txt", scene);
	golden_compare(name, memory.text);
	golden_check_screen(name, memory.text);
	free(memory.text);
	snprintf(name, sizeof(name), "%s.json", scene);
	golden_open(&memory);
	if (sw_render_status_json(memory.file, SW_JSON_FLAGS_PRETTY, &report, daemon, NULL, 0) < 0)
		abort();
	fputc('\n', memory.file);
	fclose(memory.file);
	golden_compare(name, memory.text);
	free(memory.text);
	if (reading->complete) {
		compare_explanation(scene, &report);
		compare_events(scene, &report);
	}
	sw_report_deinit(&report);
	sw_reading_free(reading);
	sw_units_free(options.units);
}

/* Without a daemon. */
static void show(const char *scene, struct world *world, const struct sw_report_filter *filter)
{
	const struct sw_daemon_status none = { 0 };

	show_beside(scene, world, filter, &none);
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
		if (answer_last(answer)->size + 200 > ANSWER_CHUNK_SIZE)
			answer_next_chunk(answer);
		answer_add_row(answer, &row);
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
	show("healthy", world, &everything);
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

		if (answer_last(answer)->size + 200 > ANSWER_CHUNK_SIZE)
			answer_next_chunk(answer);
		answer_add_row(answer, &row);
	}
	answer_add_done(answer, 0);
	world_set_answer(world, answer);
	world->now_step = 300;
	show("trouble", world, &everything);
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
	show("leak", world, &everything);
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

		if (answer_last(answer)->size + 200 > ANSWER_CHUNK_SIZE)
			answer_next_chunk(answer);
		answer_add_row(answer, &row);
	}
	answer_add_done(answer, 0);
	world_set_answer(world, answer);
	show("peer", world, &everything);
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

		if (answer_last(answer)->size + 200 > ANSWER_CHUNK_SIZE)
			answer_next_chunk(answer);
		answer_add_row(answer, &row);
	}
	answer_add_done(answer, 0);
	world_set_answer(world, answer);
	world->now_step = 300;
	show("bind", world, &everything);
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
	show("incomplete", world, &everything);
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
	show_beside("alerts", world, &everything, &daemon);
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
	show_beside("another-matter", world, &everything, &daemon);
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
	show("destination", world, &filter);
	answer_free(answer);
	world_free(world);
}

/* What `plan` says of a load that is too much for one pair. */
static void a_plan(void)
{
	struct sw_plan_result plan = {
		.input = { .rate_per_s = 612,
			   .n_pairs = 1,
			   .capacity = 28228,
			   .n_held = 37,
			   .hold_s = 0.5,
			   .life_s = 62.048,
			   .enough = 0.8 },
		.n_sources = 1,
		.n_destinations = 1,
		.range_low = 32768,
		.range_high = 60999,
		.reuse_ceiling_per_s = 28191,
		.level = SW_LEVEL_EXHAUSTED,
	};
	struct golden_memory memory = { 0 };

	sw_sizing_compute(&plan.input, &plan.sizing);
	golden_open(&memory);
	sw_render_plan_text(memory.file, &plan);
	fclose(memory.file);
	golden_compare("plan.txt", memory.text);
	golden_check_screen("plan.txt", memory.text);
	free(memory.text);
	golden_compare_json("plan.json", sw_render_plan_json(&plan));
}

/* `config show` in both forms, and `config check`. */
static void a_configuration(void)
{
	struct world *world = world_new();
	struct sw_config *config;
	char *text;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	world_set_file(world, "/etc/sockwatch/sockwatch.conf",
		       "[Poll]\nInterval=2s\n\n[EphemeralPorts]\nNotice=40%\n"
		       "Ignore=192.0.2.0/24 [2001:db8::/32]:443\n");
	world_set_file(world, "/usr/lib/sockwatch/sockwatch.conf.d/50-database.conf",
		       "[Override \"database\"]\nDestination=10.0.0.9:5432\nWarning=85%\n"
		       "MaxSeverity=warning\n[Alert]\nRepeat=infinity\n");
	world_set_file(world, "/etc/sockwatch/sockwatch.conf.d/60-newer.conf",
		       "[CloseWait]\nCount=100\n[Log]\nColour=yes\n");
	if (sw_settings_load(&world->io, NULL, 0, &config) < 0)
		abort();
	sw_render_config_text(out, config);
	fclose(out);
	golden_compare("config.txt", text);
	free(text);

	golden_compare_json("config.json", sw_render_config_json(config));

	out = open_memstream(&text, &size);
	for (size_t i = 0; i < sw_config_n_complaints(config); i++)
		fprintf(out, "%s\n", sw_config_complaint(config, i).text);
	fclose(out);
	golden_compare("config.complaints.txt", text);
	free(text);
	sw_config_free(config);
	world_free(world);
}

/* A self-test in which each verdict comes up once. */
static void a_selftest(void)
{
	struct sw_selftest_case cases[] = {
		{ .name = "ESTABLISHED, half of the range",
		  .predicted = { 50, 50 },
		  .observed = 50,
		  .verdict = SW_VERDICT_EQUAL },
		{ .name = "range of three ports",
		  .predicted = { 2, 3 },
		  .observed = 2,
		  .verdict = SW_VERDICT_WITHIN },
		{ .name = "bind(0): TIME_WAIT, tw_reuse 1",
		  .figure = SW_SELFTEST_BIND,
		  .predicted = { 70, 70 },
		  .observed = 71,
		  .verdict = SW_VERDICT_WRONG },
		{ .name = "TIME_WAIT, tw_reuse 1",
		  .verdict = SW_VERDICT_FAILED,
		  .why = "/proc/sys/net/ipv4/tcp_tw_reuse: Read-only file system" },
		{ .name = "bind(port), idle",
		  .verdict = SW_VERDICT_LEFT_OUT,
		  .why = "this kernel does not list bound, idle sockets" },
	};
	struct sw_selftest selftest = {
		.kernel = { .release = "6.1.0-18-amd64",
			    .reuse_msec = { .known = true, .value = 402 },
			    .hz = 250,
			    .wheel_msec = 2048 },
		.cases = cases,
		.n_cases = SW_ARRAY_SIZE(cases),
		.duration_usec = 1374200,
	};
	struct golden_memory memory = { 0 };

	golden_open(&memory);
	sw_render_selftest_text(memory.file, &selftest, true);
	fclose(memory.file);
	golden_compare("selftest.txt", memory.text);
	golden_check_screen("selftest.txt", memory.text);
	free(memory.text);
	golden_compare_json("selftest.json", sw_render_selftest_json(&selftest));
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
	a_plan();
	a_configuration();
	a_selftest();
	return golden_end();
}
