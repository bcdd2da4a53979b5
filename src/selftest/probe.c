/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "selftest/probe.h"

#include <errno.h>
#include <math.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "selftest/measure.h"
#include "selftest/stage.h"
#include "sockwatch/wheel.h"

static const char loopback[] = "127.0.0.1", second_source[] = "127.0.0.2";

static const struct sw_way to_server = { .to = loopback, .port = SW_STAGE_PORT };
static const struct sw_way to_other = { .to = loopback, .port = SW_STAGE_OTHER_PORT };

static int furnish(struct sw_stage *stage, const char *range)
{
	int r = sw_stage_enter(stage);

	if (r == 0)
		r = sw_stage_set(stage, "ipv4/ip_local_port_range", range);
	if (r < 0)
		return r;
	stage->to = loopback;
	stage->server = sw_stage_listen(stage, loopback, SW_STAGE_PORT);
	return stage->server < 0 ? stage->server : 0;
}

/*
 * Two fresh ports, both taken by connect(); one of them also by an explicit bind on another address
 * that is closed again. Can connect() to another destination have both?
 */
static int probe_bucket(struct sw_stage *stage, struct sw_selftest_kernel *ret)
{
	uint32_t n_free;
	int r, fd;

	r = sw_stage_set(stage, "ipv4/ip_local_port_range", "41000 41001");
	if (r == 0)
		r = sw_stage_connect_many(stage, 2, &to_server, stage->server);
	if (r < 0)
		return r;
	fd = sw_stage_bind(stage, second_source, 41000);
	if (fd < 0)
		return fd;
	close(fd);
	r = sw_stage_listen(stage, loopback, SW_STAGE_OTHER_PORT);
	if (r >= 0)
		r = sw_observe_connects(stage, &to_other, &n_free);
	if (r == 0)
		ret->recomputes_bucket = n_free == 2;
	return r < 0 ? r : 0;
}

/* Has a bound, idle socket on the stage; then a reading tells. */
static int probe_reading(struct sw_stage *stage, struct sw_selftest_kernel *ret)
{
	struct sw_reading *reading;
	struct sw_wheel wheel;
	int r = sw_stage_bind(stage, second_source, 0);

	if (r >= 0)
		r = sw_stage_read(stage, &to_server, &reading);
	if (r < 0)
		return r;
	wheel = sw_wheel_at(&reading->jiffies);
	ret->lists_bound = sw_tally_totals(reading->tally)->n_by_state[SW_TCP_BOUND] > 0;
	if (reading->jiffies.nsec > 0)
		ret->hz = (uint32_t)lround(1e9 / (double)reading->jiffies.nsec);
	ret->wheel_msec = (uint32_t)lround(wheel.turn_s * 1000);
	ret->reuse_delay_msec = reading->kernel.figures[SW_KERNEL_TW_REUSE_DELAY];
	memcpy(ret->release, reading->kernel.release, sizeof(ret->release));
	sw_reading_free(reading);
	return 0;
}

static void probe_ipv6(struct sw_selftest_kernel *ret)
{
	int fd = sw_way_bind("::1");

	ret->ipv6 = fd >= 0;
	if (fd >= 0)
		close(fd);
}

void sw_probe_kernel(const void *what, struct sw_answer *ret)
{
	struct sw_stage stage = { 0 };
	int r = furnish(&stage, "40000 40099");

	(void)what;
	if (r == 0)
		r = probe_reading(&stage, &ret->of.kernel);
	if (r == 0)
		r = probe_bucket(&stage, &ret->of.kernel);
	if (r == 0)
		probe_ipv6(&ret->of.kernel);
	memcpy(ret->why, stage.why, sizeof(ret->why));
}

static uint64_t now_msec(void)
{
	struct timespec now;

	return clock_gettime(CLOCK_MONOTONIC, &now) < 0
		       ? 0
		       : (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

/* One port, in TIME_WAIT, asked for again and again. */
static int time_reuse(struct sw_stage *stage, struct sw_figure *ret)
{
	enum { N_TRIES = 3000 };
	struct sw_pair pair;
	uint64_t began;
	int r, fd;

	r = sw_stage_connect(stage, &to_server, stage->server, &pair);
	/* On a machine that is busy the age comes out too high, never too low. */
	began = now_msec();
	if (r == 0)
		r = sw_stage_end(stage, pair.near, pair.far);
	for (int i = 0; i < N_TRIES && r == 0; i++) {
		fd = sw_way_connect(&to_server);
		if (fd >= 0) {
			*ret = (struct sw_figure){ .known = true, .value = now_msec() - began };
			return 0;
		}
		if (fd != -EADDRNOTAVAIL)
			r = sw_stage_fail(stage, fd, "connect()");
		sw_stage_sleep(1);
	}
	return r;
}

void sw_probe_reuse(const void *what, struct sw_answer *ret)
{
	struct sw_stage stage = { 0 };
	int r = furnish(&stage, "40000 40000");

	(void)what;
	if (r == 0)
		r = sw_stage_set(&stage, "ipv4/tcp_tw_reuse", "1");
	if (r == 0)
		r = sw_stage_set(&stage, "ipv4/tcp_timestamps", "1");
	if (r == 0)
		(void)time_reuse(&stage, &ret->of.reuse_msec);
	memcpy(ret->why, stage.why, sizeof(ret->why));
}
