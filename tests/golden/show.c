/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "golden/show.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "golden/golden.h"
#include "io/collect.h"
#include "render/event-json.h"
#include "render/explain-json.h"
#include "render/explain-text.h"
#include "render/journal.h"
#include "render/json.h"
#include "render/status-text.h"
#include "sockwatch/engine.h"

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

void golden_show_beside(const char *scene, struct world *world,
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

void golden_show(const char *scene, struct world *world, const struct sw_report_filter *filter)
{
	const struct sw_daemon_status none = { 0 };

	golden_show_beside(scene, world, filter, &none);
}
