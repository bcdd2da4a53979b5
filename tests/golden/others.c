/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "golden/others.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "golden/golden.h"
#include "io/settings-files.h"
#include "render/config-json.h"
#include "render/config-text.h"
#include "render/plan.h"
#include "render/selftest-json.h"
#include "render/selftest-text.h"
#include "support/world.h"

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

void golden_show_others(void)
{
	a_plan();
	a_configuration();
	a_selftest();
}
