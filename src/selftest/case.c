/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* One case: furnish the stage, play the scene, predict, ask the kernel. */

#include "selftest/case.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "selftest/measure.h"

enum { DEFAULT_LOW = 40000, DEFAULT_HIGH = 40099 };

/*
 * Where the reuse delay can be set, a short one saves time and a long one cannot pass by. Where it
 * cannot, two seconds are past all that kernels ever had (tcp_twsk_unique, net/ipv4/tcp_ipv4.c).
 */
#define SHORT_DELAY "100"
#define LONG_DELAY "60000"
enum { PAST_SHORT_DELAY_MSEC = 160, PAST_ANY_DELAY_MSEC = 2200 };

const char *sw_case_lacks(const struct sw_case *one, const struct sw_selftest_kernel *kernel)
{
	const struct {
		bool is_there;
		const char *missing;
	} needs[] = {
		{ kernel->ipv6, "there is no IPv6 here" },
		{ kernel->lists_bound, "this kernel does not list bound, idle sockets" },
		{ kernel->recomputes_bucket,
		  "this kernel keeps a port blocked until its last socket is gone" },
		{ kernel->reuse_delay_msec.known, "this kernel has no tcp_tw_reuse_delay" },
	};

	for (unsigned int i = 0; i < SW_ARRAY_SIZE(needs); i++)
		if ((one->needs >> i & 1) != 0 && !needs[i].is_there)
			return needs[i].missing;
	return NULL;
}

static uint16_t low_of(const struct sw_case *one)
{
	return one->low == 0 ? DEFAULT_LOW : one->low;
}

static uint16_t high_of(const struct sw_case *one)
{
	return one->high == 0 ? DEFAULT_HIGH : one->high;
}

static const char *or_default(const char *text, const char *instead)
{
	return text == NULL ? instead : text;
}

/* The delay that makes TIME_WAIT of this age; NULL = whatever it is. */
static const char *delay_for(enum sw_case_age age)
{
	if (age == SW_AGE_ANY)
		return NULL;
	return age == SW_AGE_OLD ? SHORT_DELAY : LONG_DELAY;
}

/* The sysctls of the namespace: nothing is left to what it happened to begin with. */
static int set_sysctls(const struct sw_case *one, struct sw_stage *stage, bool has_delay)
{
	const struct {
		const char *key, *value; /* NULL = left alone */
	} sysctls[] = {
		{ "core/somaxconn", "1024" },
		{ "ipv4/ip_local_reserved_ports", one->reserved },
		{ "ipv4/tcp_tw_reuse", or_default(one->reuse, "0") },
		{ "ipv4/tcp_timestamps", one->no_timestamps ? "0" : "1" },
		{ "ipv4/tcp_tw_reuse_delay", has_delay ? delay_for(one->age) : NULL },
	};
	char range[16];
	int r;

	snprintf(range, sizeof(range), "%u %u", low_of(one), high_of(one));
	r = sw_stage_set(stage, "ipv4/ip_local_port_range", range);
	for (size_t i = 0; i < SW_ARRAY_SIZE(sysctls) && r == 0; i++)
		if (sysctls[i].value != NULL)
			r = sw_stage_set(stage, sysctls[i].key, sysctls[i].value);
	return r;
}

static int furnish(const struct sw_case *one, struct sw_stage *stage, bool has_delay)
{
	int r = sw_stage_enter(stage);

	if (r == 0)
		r = set_sysctls(one, stage, has_delay);
	if (r == 0 && one->to != NULL && strchr(one->to, ':') == NULL)
		r = sw_stage_add_address(stage, one->to);
	if (r < 0)
		return r;
	stage->server = sw_stage_listen(stage, or_default(one->server, stage->to), SW_STAGE_PORT);
	return stage->server < 0 ? stage->server : 0;
}

static int measure(const struct sw_case *one, struct sw_stage *stage, struct sw_selftest_case *ret)
{
	const struct sw_way way = {
		.from = one->from,
		.no_port = one->from != NULL,
		.to = stage->to,
		.port = SW_STAGE_PORT,
	};
	int r;

	if (one->figure == SW_SELFTEST_BIND) {
		r = sw_predict_binds(stage, &way, &ret->predicted);
		return r < 0 ? r : sw_observe_binds(stage, &way, &ret->observed);
	}
	r = sw_predict_connects(stage, &way, &ret->predicted);
	return r < 0 ? r : sw_observe_connects(stage, &way, &ret->observed);
}

void sw_case_run(const struct sw_case *one, const struct sw_selftest_kernel *kernel,
		 struct sw_selftest_case *ret)
{
	struct sw_stage stage = { .to = or_default(one->to, "127.0.0.1") };
	bool has_delay = kernel->reuse_delay_msec.known;
	int r;

	r = furnish(one, &stage, has_delay);
	if (r == 0 && one->scene != NULL)
		r = one->scene(&stage, one->n);
	if (r == 0 && one->age == SW_AGE_OLD)
		sw_stage_sleep(has_delay ? PAST_SHORT_DELAY_MSEC : PAST_ANY_DELAY_MSEC);
	if (r == 0)
		r = measure(one, &stage, ret);
	if (r == 0)
		ret->verdict = sw_selftest_judge(ret->predicted, ret->observed, one->n_hidden,
						 high_of(one) - low_of(one) + 1u);
	else
		ret->verdict = SW_VERDICT_FAILED;
	snprintf(ret->why, sizeof(ret->why), "%s", stage.why);
}
