/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What a case did not come to is null, as everywhere. */

#include "render/selftest-json.h"

#include "render/json.h"

/* A count, or null where there is none. */
static json_t *count_json(bool known, uint32_t count)
{
	return known ? json_integer(count) : json_null();
}

static json_t *kernel_json(const struct sw_selftest_kernel *kernel)
{
	struct sw_json json = sw_json_begin();

	sw_json_put(&json, "release", sw_json_text(kernel->release));
	sw_json_put(&json, "bind_bucket",
		    json_string(kernel->recomputes_bucket ? "recomputed" : "sticky"));
	sw_json_put(&json, "bound_listed", json_boolean(kernel->lists_bound));
	sw_json_put(&json, "reuse_ms", sw_json_figure(&kernel->reuse_msec));
	sw_json_put(&json, "tcp_tw_reuse_delay_ms", sw_json_figure(&kernel->reuse_delay_msec));
	sw_json_put(&json, "hz", count_json(kernel->hz > 0, kernel->hz));
	sw_json_put(&json, "timer_wheel_ms", count_json(kernel->hz > 0, kernel->wheel_msec));
	return sw_json_end(&json);
}

static json_t *case_json(const struct sw_selftest_case *one)
{
	bool ran = one->verdict != SW_VERDICT_FAILED && one->verdict != SW_VERDICT_LEFT_OUT;
	struct sw_json json = sw_json_begin();

	sw_json_put(&json, "name", json_string(one->name));
	sw_json_put(&json, "call",
		    json_string(one->figure == SW_SELFTEST_BIND ? "bind" : "connect"));
	sw_json_put(&json, "predicted_low", count_json(ran, one->predicted.low));
	sw_json_put(&json, "predicted", count_json(ran, one->predicted.high));
	sw_json_put(&json, "observed", count_json(ran, one->observed));
	sw_json_put(&json, "verdict", json_string(sw_verdict_to_string(one->verdict)));
	sw_json_put(&json, "why", ran ? json_null() : sw_json_text(one->why));
	return sw_json_end(&json);
}

static json_t *cases_json(const struct sw_selftest *selftest)
{
	json_t *list = json_array();

	for (size_t i = 0; i < selftest->n_cases; i++)
		sw_json_append(&list, case_json(&selftest->cases[i]));
	return list;
}

json_t *sw_render_selftest_json(const struct sw_selftest *selftest)
{
	static const char *const counts[SW_N_VERDICTS] = {
		[SW_VERDICT_EQUAL] = "equal",       [SW_VERDICT_WITHIN] = "within",
		[SW_VERDICT_WRONG] = "wrong",       [SW_VERDICT_FAILED] = "failed",
		[SW_VERDICT_LEFT_OUT] = "left_out",
	};
	struct sw_json json = sw_json_begin();

	sw_json_put(&json, "schema", json_string("sockwatch.selftest/1"));
	sw_json_put(&json, "version", json_string(SW_VERSION));
	sw_json_put(&json, "passed", json_boolean(sw_selftest_passed(selftest)));
	sw_json_put(&json, "duration_ms",
		    sw_json_number((double)selftest->duration_usec / SW_USEC_PER_MSEC, 1));
	sw_json_put(&json, "kernel", kernel_json(&selftest->kernel));
	sw_json_put(&json, "cases", cases_json(selftest));
	for (int i = 0; i < SW_N_VERDICTS; i++)
		sw_json_put(
			&json, counts[i],
			json_integer((json_int_t)sw_selftest_count(selftest, (enum sw_verdict)i)));
	return sw_json_end(&json);
}
