/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The range of a case begins at an even port, which is what connect() tries first: ports here are
 * of both kinds. */

#include "selftest/scenes.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/mem.h"

static const char near_loopback[] = "127.0.0.1", second_source[] = "127.0.0.2",
		  third_address[] = "127.0.0.3";

/* To the destination that the case is about, from where the route has it. */
static struct sw_way way_of(const struct sw_stage *stage)
{
	return (struct sw_way){ .to = stage->to, .port = SW_STAGE_PORT };
}

/* `n` connections to a listener of their own. */
static int connect_elsewhere(struct sw_stage *stage, unsigned int n, const struct sw_way *way)
{
	int server = sw_stage_listen(stage, way->to, way->port);

	return server < 0 ? server : sw_stage_connect_many(stage, n, way, server);
}

int sw_scene_established(struct sw_stage *stage, unsigned int n)
{
	struct sw_way way = way_of(stage);

	return sw_stage_connect_many(stage, n, &way, stage->server);
}

int sw_scene_other_port(struct sw_stage *stage, unsigned int n)
{
	const struct sw_way way = { .to = stage->to, .port = SW_STAGE_OTHER_PORT };

	return connect_elsewhere(stage, n, &way);
}

int sw_scene_other_address(struct sw_stage *stage, unsigned int n)
{
	const struct sw_way way = {
		.from = near_loopback, .no_port = true, .to = third_address, .port = SW_STAGE_PORT
	};

	return connect_elsewhere(stage, n, &way);
}

int sw_scene_other_source(struct sw_stage *stage, unsigned int n)
{
	struct sw_way way = way_of(stage);

	way.from = second_source;
	way.no_port = true;
	return sw_stage_connect_many(stage, n, &way, stage->server);
}

int sw_scene_two_sources(struct sw_stage *stage, unsigned int n)
{
	enum { FROM_SECOND = 30 };
	int r = sw_scene_established(stage, n - FROM_SECOND);

	return r < 0 ? r : sw_scene_other_source(stage, FROM_SECOND);
}

int sw_scene_ipv4(struct sw_stage *stage, unsigned int n)
{
	const struct sw_way way = { .to = near_loopback, .port = SW_STAGE_PORT };

	return sw_stage_connect_many(stage, n, &way, stage->server);
}

int sw_scene_other_family(struct sw_stage *stage, unsigned int n)
{
	const struct sw_way way = { .to = near_loopback, .port = SW_STAGE_PORT };

	return connect_elsewhere(stage, n, &way);
}

int sw_scene_device_bound(struct sw_stage *stage, unsigned int n)
{
	struct sw_way way = way_of(stage);

	way.by_device = true;
	return sw_stage_connect_many(stage, n, &way, stage->server);
}

int sw_scene_syn_sent(struct sw_stage *stage, unsigned int n)
{
	int r;

	/* A queue that is full after the first: the other SYNs are dropped, and sent again after a
	 * second. */
	if (listen(stage->server, 0) < 0)
		return sw_stage_fail(stage, -errno, "listen()");
	r = sw_stage_begin_to_connect(stage, n, stage->to, SW_STAGE_PORT);
	if (r == 0 && listen(stage->server, SW_STAGE_BACKLOG) < 0)
		r = sw_stage_fail(stage, -errno, "listen()");
	return r;
}

int sw_scene_close_wait(struct sw_stage *stage, unsigned int n)
{
	struct sw_way way = way_of(stage);
	struct sw_pair pair;
	int r = 0;

	for (unsigned int i = 0; i < n && r == 0; i++) {
		r = sw_stage_connect(stage, &way, stage->server, &pair);
		if (r == 0)
			close(pair.far);
	}
	return r;
}

/* `n` connections by `way`, each ended before the next begins; `far_first`: by the server. */
static int end_many(struct sw_stage *stage, unsigned int n, const struct sw_way *way, int server,
		    bool far_first)
{
	struct sw_pair pair;
	int r = 0;

	for (unsigned int i = 0; i < n && r == 0; i++) {
		r = sw_stage_connect(stage, way, server, &pair);
		if (r == 0)
			r = far_first ? sw_stage_end(stage, pair.far, pair.near)
				      : sw_stage_end(stage, pair.near, pair.far);
	}
	return r;
}

int sw_scene_server_closed_first(struct sw_stage *stage, unsigned int n)
{
	struct sw_way way = way_of(stage);

	return end_many(stage, n, &way, stage->server, true);
}

int sw_scene_fin_wait2(struct sw_stage *stage, unsigned int n)
{
	struct sw_way way = way_of(stage);
	struct sw_pair pair;
	int r = 0;

	/* The server keeps its end open. */
	for (unsigned int i = 0; i < n && r == 0; i++) {
		r = sw_stage_connect(stage, &way, stage->server, &pair);
		if (r == 0)
			close(pair.near);
	}
	return r;
}

int sw_scene_time_wait(struct sw_stage *stage, unsigned int n)
{
	struct sw_way way = way_of(stage);

	return end_many(stage, n, &way, stage->server, false);
}

int sw_scene_time_wait_other_port(struct sw_stage *stage, unsigned int n)
{
	const struct sw_way way = { .to = stage->to, .port = SW_STAGE_OTHER_PORT };
	int server = sw_stage_listen(stage, way.to, way.port);

	return server < 0 ? server : end_many(stage, n, &way, server, false);
}

int sw_scene_time_wait_and_established(struct sw_stage *stage, unsigned int n)
{
	int r = sw_scene_time_wait(stage, n / 2);

	return r < 0 ? r : sw_scene_established(stage, n - n / 2);
}

/* A socket that is bound or listens, once only: 0 or a negative errno. */
static int made(int fd)
{
	return fd < 0 ? fd : 0;
}

int sw_scene_listener(struct sw_stage *stage, unsigned int n)
{
	(void)n;
	return made(sw_stage_listen(stage, "0.0.0.0", 40010));
}

int sw_scene_listener_other_address(struct sw_stage *stage, unsigned int n)
{
	(void)n;
	return made(sw_stage_listen(stage, third_address, 40011));
}

int sw_scene_listener_ipv6(struct sw_stage *stage, unsigned int n)
{
	(void)n;
	return made(sw_stage_listen(stage, "::1", 40012));
}

/* Every third port from 40020 on, so of both kinds. */
static int bind_ports(struct sw_stage *stage, const char *address, unsigned int n)
{
	int fd = 0;

	for (unsigned int i = 0; i < n && fd >= 0; i++)
		fd = sw_stage_bind(stage, address, (uint16_t)(40020 + 3 * i));
	return made(fd);
}

static int bind_any(struct sw_stage *stage, const char *address, unsigned int n)
{
	int fd = 0;

	for (unsigned int i = 0; i < n && fd >= 0; i++)
		fd = sw_stage_bind(stage, address, 0);
	return made(fd);
}

int sw_scene_bound(struct sw_stage *stage, unsigned int n)
{
	return bind_ports(stage, near_loopback, n);
}

int sw_scene_bound_wildcard(struct sw_stage *stage, unsigned int n)
{
	return bind_ports(stage, "0.0.0.0", n);
}

int sw_scene_bound_any(struct sw_stage *stage, unsigned int n)
{
	return bind_any(stage, near_loopback, n);
}

int sw_scene_bound_other_address(struct sw_stage *stage, unsigned int n)
{
	return bind_any(stage, second_source, n);
}

int sw_scene_bound_then_closed(struct sw_stage *stage, unsigned int n)
{
	int r = sw_scene_other_port(stage, n), fd;

	if (r < 0)
		return r;
	fd = sw_stage_bind(stage, second_source, 40030);
	if (fd >= 0)
		close(fd);
	return made(fd);
}

int sw_scene_bound_then_connected(struct sw_stage *stage, unsigned int n)
{
	struct sw_way way = { .from = near_loopback, .to = stage->to, .port = SW_STAGE_OTHER_PORT };
	int server = sw_stage_listen(stage, way.to, way.port), r = made(server);
	struct sw_pair pair;

	for (unsigned int i = 0; i < n && r == 0; i++) {
		way.from_port = (uint16_t)(40020 + 3 * i);
		r = sw_stage_connect(stage, &way, server, &pair);
	}
	return r;
}

int sw_scene_bound_then_time_wait(struct sw_stage *stage, unsigned int n)
{
	struct sw_way way = { .from = near_loopback, .to = stage->to, .port = SW_STAGE_OTHER_PORT };
	int server = sw_stage_listen(stage, way.to, way.port), r = made(server);

	/* Odd ones: the pass that connect() makes second. */
	for (unsigned int i = 0; i < n && r == 0; i++) {
		way.from_port = (uint16_t)(40021 + 2 * i);
		r = end_many(stage, 1, &way, server, false);
	}
	return r;
}

int sw_scene_bound_any_then_connected(struct sw_stage *stage, unsigned int n)
{
	const struct sw_way way = { .from = near_loopback,
				    .to = stage->to,
				    .port = SW_STAGE_OTHER_PORT };

	return connect_elsewhere(stage, n, &way);
}

int sw_scene_no_port(struct sw_stage *stage, unsigned int n)
{
	const struct sw_way way = {
		.from = near_loopback, .no_port = true, .to = stage->to, .port = SW_STAGE_OTHER_PORT
	};

	return connect_elsewhere(stage, n, &way);
}

int sw_scene_orphaned_children(struct sw_stage *stage, unsigned int n)
{
	const struct sw_way way = { .to = near_loopback, .port = 40010 };
	int server = sw_stage_listen(stage, way.to, way.port), r;

	if (server < 0)
		return server;
	r = sw_stage_connect_many(stage, n, &way, server);
	close(server);
	return r;
}

int sw_scene_mixed(struct sw_stage *stage, unsigned int n)
{
	/* Listeners and binds come first: connect() would have taken some of their ports. */
	static int (*const parts[])(struct sw_stage *, unsigned int) = {
		sw_scene_listener,    sw_scene_listener_other_address,
		sw_scene_established, sw_scene_other_port,
		sw_scene_time_wait,   sw_scene_other_source,
		sw_scene_fin_wait2,   sw_scene_other_address,
	};
	int r = 0;

	for (size_t i = 0; i < SW_ARRAY_SIZE(parts) && r == 0; i++)
		r = parts[i](stage, n);
	return r;
}
