/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <assert.h>
#include <errno.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sockwatch/request.h"
#include "support/world-inside.h"

static int world_now(struct sw_io *io, struct sw_now *ret)
{
	struct world *world = world_of(io);

	*ret = world->now;
	world->now.boot += world->now_step;
	world->now.wall += world->now_step;
	return 0;
}

static int world_jiffies(struct sw_io *io, struct sw_jiffies *ret)
{
	*ret = world_of(io)->jiffies;
	return 0;
}

static int world_cpu_used(struct sw_io *io, sw_usec *ret)
{
	*ret = world_of(io)->cpu_used;
	return 0;
}

static int world_seed(struct sw_io *io, uint64_t *ret)
{
	(void)io;
	*ret = 1;
	return 0;
}

static int world_netlink_open(struct sw_io *io, struct sw_netns *ret_netns)
{
	struct world *world = world_of(io);

	if (world->open_error < 0)
		return world->open_error;
	assert(!world->is_open);
	world->is_open = 1;
	world->n_requests_special = world->n_requests_here = 0;
	world->n_opened++;
	*ret_netns = (struct sw_netns){ .inode = 4026531840, .cookie = 1 };
	return 0;
}

/* A filter stands behind the request proper; that of locked sockets has two operations. */
enum filter { NO_FILTER, FILTER_LOCKED, FILTER_OTHER };

static enum filter filter_of(const struct nlmsghdr *header, size_t size)
{
	size_t without = NLMSG_LENGTH(header->nlmsg_type == TCPDIAG_GETSOCK
					      ? sizeof(struct inet_diag_req)
					      : sizeof(struct inet_diag_req_v2));

	if (size == without)
		return NO_FILTER;
	return size <= without + NLA_HDRLEN + 2 * sizeof(struct inet_diag_bc_op) ? FILTER_LOCKED
										 : FILTER_OTHER;
}

/* What a request gets that is not for all sockets. `*ret_cost` is what it costs. */
static const struct answer *special_answer(struct world *world, const struct nlmsghdr *header,
					   enum filter filter, uint32_t states, sw_usec *ret_cost)
{
	const struct answer *answer = NULL;

	*ret_cost = world->narrow_cost;
	if (filter == FILTER_OTHER && states == SW_STATES_ESTABLISHED) {
		answer = world->towards;
	} else if (filter == FILTER_OTHER) {
		answer = world->narrow;
	} else if (filter == FILTER_LOCKED) {
		answer = world->locked;
		*ret_cost = world->request_cost;
	} else if (header->nlmsg_type == TCPDIAG_GETSOCK && states == SW_STATES_LISTEN) {
		answer = world->listeners;
		*ret_cost = 0;
	} else if (header->nlmsg_type == TCPDIAG_GETSOCK && !(states & SW_STATES_ESTABLISHED)) {
		answer = world->others;
	} else {
		*ret_cost = world->request_cost;
		return NULL;
	}
	return answer == NULL ? &world->none : answer;
}

static int world_netlink_send(struct sw_io *io, const void *request, size_t size)
{
	struct world *world = world_of(io);
	struct nlmsghdr header;
	struct inet_diag_req old = { .idiag_states = 0 };
	enum filter filter;
	sw_usec cost;

	assert(world->is_open && size > sizeof(header));
	memcpy(&header, request, sizeof(header));
	if (header.nlmsg_type == TCPDIAG_GETSOCK)
		memcpy(&old, (const char *)request + sizeof(header), sizeof(old));
	filter = filter_of(&header, size);
	world->special = special_answer(world, &header, filter, old.idiag_states, &cost);
	world->cpu_used += cost;
	world->n_narrow += filter == FILTER_OTHER;
	world->n_requests_here++;
	world->n_requests_special += world->special != NULL;
	world->n_requests += world->special == NULL;
	world->next_chunk = 0;
	return 0;
}

/* Answers are written as if nobody had asked for anything special before. */
static void number_messages(char *bytes, size_t size, uint32_t n_before)
{
	struct nlmsghdr header;

	while (size >= sizeof(header)) {
		memcpy(&header, bytes, sizeof(header));
		header.nlmsg_seq += n_before;
		memcpy(bytes, &header, sizeof(header));
		if (header.nlmsg_len < sizeof(header) || NLMSG_ALIGN(header.nlmsg_len) >= size)
			break;
		bytes += NLMSG_ALIGN(header.nlmsg_len);
		size -= NLMSG_ALIGN(header.nlmsg_len);
	}
}

/* What the request is answered with: NULL where the script ends. */
static const struct answer *next_answer(struct world *world)
{
	if (world->special != NULL)
		return world->special;
	if (world->n_requests == 0 || world->n_requests > world->n_answers)
		return NULL;
	return world->answers[world->n_requests - 1];
}

static ssize_t world_netlink_receive(struct sw_io *io, void *buffer, size_t size, sw_usec timeout)
{
	struct world *world = world_of(io);
	const struct answer *answer = next_answer(world);
	const struct chunk *chunk;

	assert(world->is_open && timeout > 0);
	/* The clock moves to the deadline where the script has nothing more to say. */
	if (answer == NULL || world->next_chunk == answer->n_chunks)
		return -ETIMEDOUT;
	chunk = &answer->chunks[world->next_chunk++];
	if (chunk->error < 0)
		return chunk->error;
	assert(chunk->size <= size);
	memcpy(buffer, chunk->data, chunk->size);
	/* One for special requests is written as if it were to the first. */
	number_messages(buffer, chunk->size,
			(uint32_t)(world->special == NULL ? world->n_requests_special
							  : world->n_requests_here - 1));
	return (ssize_t)chunk->size;
}

static void world_netlink_close(struct sw_io *io)
{
	world_of(io)->is_open = 0;
}

static int world_route(struct sw_io *io, const struct sw_addr *destination,
		       struct sw_addr *ret_source)
{
	(void)io;
	if (destination->family != SW_IPV4)
		return -ENETUNREACH;
	*ret_source = sw_addr_ipv4((const uint8_t[]){ 10, 0, 0, 5 });
	return 0;
}

static int world_spawn(struct sw_io *io, char *const argv[], char *const environment[], pid_t *ret)
{
	(void)io;
	(void)argv;
	(void)environment;
	(void)ret;
	return -EPERM;
}

static int world_signal_child(struct sw_io *io, pid_t pid, int signal)
{
	(void)io;
	(void)pid;
	(void)signal;
	return -ESRCH;
}

static int world_send(struct sw_io *io, const char *address, const void *data, size_t size)
{
	struct world *world = world_of(io);

	if (world->send_error < 0)
		return world->send_error;
	assert(world->n_sent < WORLD_MAX_SENT);
	snprintf(world->sent[world->n_sent].address, sizeof(world->sent[0].address), "%s", address);
	world->sent[world->n_sent].text = strndup(data, size);
	world->sent[world->n_sent].size = size;
	world->n_sent++;
	return 0;
}

static int world_log(struct sw_io *io, const char *line, size_t size)
{
	struct world *world = world_of(io);
	size_t used = strlen(world->log);

	assert(used + size < sizeof(world->log));
	memcpy(world->log + used, line, size);
	world->log[used + size] = '\0';
	return 0;
}

void world_add_answer(struct world *world, const struct answer *answer)
{
	assert(world->n_answers < WORLD_MAX_ANSWERS);
	world->answers[world->n_answers++] = answer;
}

void world_set_answer(struct world *world, const struct answer *answer)
{
	world->n_answers = 0;
	world->n_requests = 0;
	world_add_answer(world, answer);
}

static void set_ordinary_files(struct world *world)
{
	static const char *const files[][2] = {
		{ "/proc/sys/kernel/hostname", "web-17\n" },
		{ "/proc/sys/kernel/osrelease", "6.18.0\n" },
		{ "/proc/sys/kernel/random/boot_id", "0a1b2c3d-0000-4000-8000-00000000beef\n" },
		{ "/etc/machine-id", "00112233445566778899aabbccddeeff\n" },
		{ "/proc/net/sockstat", "sockets: used 5\nTCP: inuse 4 orphan 3 tw 2 alloc 9 mem "
					"1\nUDP: inuse 0 mem 0\n" },
		{ "/proc/net/if_inet6", "fe800000000000000000000000000001 02 40 20 80     eth0\n"
					"00000000000000000000000000000001 01 80 10 80       lo\n" },
		{ "/proc/sys/net/ipv4/ip_local_port_range", "32768\t60999\n" },
		{ "/proc/sys/net/ipv4/ip_local_reserved_ports", "\n" },
		{ "/proc/sys/net/ipv4/tcp_tw_reuse", "2\n" },
		{ "/proc/sys/net/ipv4/tcp_tw_reuse_delay", "1000\n" },
		{ "/proc/sys/net/ipv4/tcp_timestamps", "1\n" },
		{ "/proc/sys/net/ipv4/tcp_fin_timeout", "60\n" },
		{ "/proc/sys/net/ipv4/tcp_max_tw_buckets", "131072\n" },
		{ "/proc/sys/net/core/somaxconn", "4096\n" },
		{ "/proc/sys/net/netfilter/nf_conntrack_count", "31273\n" },
		{ "/proc/sys/net/netfilter/nf_conntrack_max", "262144\n" },
	};

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		world_set_file(world, files[i][0], files[i][1]);
}

struct world *world_new(void)
{
	struct world *world = calloc(1, sizeof(*world));

	assert(world != NULL);
	world->none = (struct answer){ .n_chunks = 1, .sequence = 1 };
	answer_add_done(&world->none, 0);
	world->io = (struct sw_io){
		.now = world_now,
		.jiffies = world_jiffies,
		.cpu_used = world_cpu_used,
		.seed = world_seed,
		.netlink_open = world_netlink_open,
		.netlink_send = world_netlink_send,
		.netlink_receive = world_netlink_receive,
		.netlink_close = world_netlink_close,
		.route = world_route,
		.spawn = world_spawn,
		.signal_child = world_signal_child,
		.send = world_send,
		.log = world_log,
	};
	world_bind_files(&world->io);
	/* 2026-11-22T03:12:01.250Z, three hours after boot. */
	world->now = (struct sw_now){ .boot = 3 * 3600 * SW_USEC_PER_SEC,
				      .wall = UINT64_C(1795317121250000) };
	/* 250 Hz; 0.256 s after a turn. */
	world->jiffies = (struct sw_jiffies){ 4000000, 3 * 3600 * SW_USEC_PER_SEC };
	set_ordinary_files(world);
	return world;
}

void world_free(struct world *world)
{
	for (size_t i = 0; i < world->n_files; i++)
		free(world->files[i].text);
	for (size_t i = 0; i < world->n_sent; i++)
		free(world->sent[i].text);
	free(world->persisted);
	free(world);
}
