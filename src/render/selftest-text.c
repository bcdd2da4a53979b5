/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What is not right is marked in the first column; what every kernel does alike is not told. */

#include "render/selftest-text.h"

#include <inttypes.h>

enum { NAME_WIDTH = 43 };

static void put_case(FILE *out, const struct sw_selftest_case *one)
{
	bool bad = one->verdict == SW_VERDICT_WRONG || one->verdict == SW_VERDICT_FAILED;
	struct sw_selftest_interval predicted = one->predicted;
	char text[32];

	fprintf(out, "%c %-*s", bad ? '!' : ' ', NAME_WIDTH, one->name);
	if (one->verdict == SW_VERDICT_FAILED || one->verdict == SW_VERDICT_LEFT_OUT) {
		fprintf(out, " %10s %9s  %s\n    %s\n", "-", "-",
			sw_verdict_to_string(one->verdict), one->why);
		return;
	}
	if (predicted.low == predicted.high)
		snprintf(text, sizeof(text), "%" PRIu32, predicted.high);
	else
		snprintf(text, sizeof(text), "%" PRIu32 "..%" PRIu32, predicted.low,
			 predicted.high);
	fprintf(out, " %10s %9" PRIu32 "  %s\n", text, one->observed,
		sw_verdict_to_string(one->verdict));
}

static void put_reuse_delay(FILE *out, const struct sw_selftest_kernel *kernel)
{
	if (kernel->reuse_msec.known)
		fprintf(out, "  reuse delay    %" PRIu64 " ms measured, ",
			kernel->reuse_msec.value);
	else
		fputs("  reuse delay    not measured, ", out);
	if (kernel->reuse_delay_msec.known)
		fprintf(out, "tcp_tw_reuse_delay is %" PRIu64 "\n", kernel->reuse_delay_msec.value);
	else
		fputs("no tcp_tw_reuse_delay: whole seconds count\n", out);
}

static void put_kernel(FILE *out, const struct sw_selftest_kernel *kernel)
{
	fprintf(out, "\nLinux %s, found by trying:\n", kernel->release);
	fprintf(out, "  bind bucket    %s\n",
		kernel->recomputes_bucket ? "recomputed when a socket leaves it"
					  : "blocked until the last socket leaves it");
	fprintf(out, "  bound, idle    %s\n",
		kernel->lists_bound ? "listed by sock_diag" : "not listed by sock_diag");
	put_reuse_delay(out, kernel);
	if (kernel->hz > 0)
		fprintf(out, "  timer wheel    HZ %" PRIu32 "; TIME_WAIT ends up to %.1f s late\n",
			kernel->hz, kernel->wheel_msec / 1000.0);
}

void sw_render_selftest_text(FILE *out, const struct sw_selftest *selftest, bool legend)
{
	size_t n_failed = sw_selftest_count(selftest, SW_VERDICT_FAILED);
	size_t n_left_out = sw_selftest_count(selftest, SW_VERDICT_LEFT_OUT);

	if (legend)
		fprintf(out, "  %-*s %10s %9s  %s\n", NAME_WIDTH, "CASE", "predicted", "observed",
			"verdict");
	for (size_t i = 0; i < selftest->n_cases; i++)
		put_case(out, &selftest->cases[i]);
	put_kernel(out, &selftest->kernel);
	fprintf(out, "\n%zu cases: %zu equal, %zu within the interval, %zu wrong",
		selftest->n_cases, sw_selftest_count(selftest, SW_VERDICT_EQUAL),
		sw_selftest_count(selftest, SW_VERDICT_WITHIN),
		sw_selftest_count(selftest, SW_VERDICT_WRONG));
	if (n_failed > 0)
		fprintf(out, ", %zu failed", n_failed);
	if (n_left_out > 0)
		fprintf(out, ", %zu left out", n_left_out);
	fprintf(out, " (%.1f s)\n", (double)selftest->duration_usec / SW_USEC_PER_SEC);
}
