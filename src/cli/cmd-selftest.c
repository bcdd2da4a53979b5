/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* sockwatch selftest: the port model, held against this very kernel. */

#include <stdio.h>
#include <string.h>

#include "cli/commands.h"
#include "cli/file.h"
#include "render/selftest-json.h"
#include "render/selftest-text.h"
#include "selftest/selftest.h"

static int show(const struct sw_selftest *selftest, const struct sw_options *options)
{
	if (options->json != SW_JSON_NO)
		return sw_put_json(sw_render_selftest_json(selftest), options->json);
	sw_render_selftest_text(stdout, selftest, options->legend);
	return 0;
}

int sw_cmd_selftest(const struct sw_options *options)
{
	struct sw_selftest selftest;
	char why[SW_SELFTEST_WHY_SIZE];
	bool passed;
	int r;

	if (!sw_selftest_run(&selftest, why)) {
		fprintf(stderr, "sockwatch: the self-test could not be run: %s\n", why);
		return SW_EXIT_FAILED;
	}
	r = show(&selftest, options);
	if (r < 0)
		fprintf(stderr, "sockwatch: the self-test could not be shown: %s\n", strerror(-r));
	passed = sw_selftest_passed(&selftest);
	sw_selftest_deinit(&selftest);
	return sw_flush_output() && r == 0 && passed ? SW_EXIT_DONE : SW_EXIT_FAILED;
}
