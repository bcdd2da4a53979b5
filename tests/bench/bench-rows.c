/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * What decoding and tallying cost per row, in this process and with no kernel:
 * the same chunks once only walked and decoded, once tallied into one tuple,
 * once into as many tuples as there are rows; and live sockets, which tell their
 * control groups. Ratios within one run mean something, times do not.
 *
 *     bench-rows ROUNDS      over the chunks in each run
 */

#include <arpa/inet.h>
#include <linux/inet_diag.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "sockwatch/stream.h"
#include "sockwatch/tally.h"
#include "support/answer.h"

enum { CHUNKS = 8, RUNS = 9 };

static void ignore(void *userdata, const struct sw_sock *sock)
{
	*(uint64_t *)userdata += sock->local_port;
}

static void count(void *userdata, const struct sw_sock *sock)
{
	sw_tally_add(userdata, sock);
}

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
	return (double)time.tv_sec * 1e9 + (double)time.tv_nsec;
}

/*
 * Sockets towards one destination, or one destination each. Without control
 * groups TIME_WAIT, else live ones of `n_cgroups` groups; or of `n_peers` that have
 * connected to port 443.
 */
static struct answer *make(bool one_tuple, uint64_t n_cgroups, uint32_t n_peers,
			   uint64_t *ret_n_rows)
{
	struct answer *answer = answer_new();
	char peer[INET_ADDRSTRLEN];
	struct row row = { .state = n_cgroups == 0 ? 6 : 1,
			   .local = "10.0.0.5",
			   .remote = "10.0.0.9",
			   .timer = n_cgroups == 0 ? 3 : 0 };

	for (uint32_t i = 0; answer->n_chunks < CHUNKS; i++) {
		if (answer_last(answer)->size + 120 > ANSWER_CHUNK_SIZE) {
			answer_next_chunk(answer);
			continue;
		}
		row.local_port = (uint16_t)(32768 + i);
		row.remote_port = one_tuple ? 80 : (uint16_t)(1 + i);
		row.expires_ms = n_cgroups == 0 ? i * 4 % 60000 : 0;
		row.cgroup = n_cgroups == 0 ? 0 : 1000 + i % n_cgroups;
		if (n_peers > 0) {
			snprintf(peer, sizeof(peer), "10.1.%u.%u", i % n_peers / 256 % 256,
				 i % n_peers % 256);
			row.local_port = 443;
			row.remote = peer;
			row.remote_port = (uint16_t)(1 + i);
		}
		answer_add_row(answer, &row);
		++*ret_n_rows;
	}
	answer_last(answer)->size = 0;
	answer->n_chunks--;
	return answer;
}

static double nsec_per_row(const struct answer *answer, int n_rounds, uint64_t n_rows,
			   sw_stream_sink sink, void *userdata)
{
	double began = now();

	for (int round = 0; round < n_rounds; round++) {
		struct sw_stream stream = {
			.sequence = 1, .type = TCPDIAG_GETSOCK, .sink = sink, .userdata = userdata
		};

		for (size_t i = 0; i < answer->n_chunks; i++)
			sw_stream_feed(&stream, answer->chunks[i].data, answer->chunks[i].size);
		if (stream.n_rows != n_rows)
			abort();
	}
	return (now() - began) / n_rounds / (double)n_rows;
}

static double tallied(const struct answer *answer, int n_rounds, uint64_t n_rows)
{
	static struct sw_port_space space;
	const struct sw_reuse_rule reuse = { .loopback = true,
					     .timestamps = true,
					     .delay_msec = 1000 };
	const struct sw_sock listener = { .local = { .family = SW_IPV4 },
					  .local_port = 443,
					  .state = SW_TCP_LISTEN };
	struct sw_tally *tally;
	double nsec;

	sw_port_space_init(&space, 32768, 60999);
	if (sw_tally_new(&tally, &space, &reuse, 1) < 0)
		abort();
	sw_tally_add(tally, &listener);
	nsec = nsec_per_row(answer, n_rounds, n_rows, count, tally);
	sw_tally_free(tally);
	return nsec;
}

static int compare(const void *a, const void *b)
{
	double left = *(const double *)a, right = *(const double *)b;

	return left < right ? -1 : left > right;
}

static double median(double *values)
{
	qsort(values, RUNS, sizeof(*values), compare);
	return values[RUNS / 2];
}

int main(int argc, char **argv)
{
	static const struct {
		const char *what;
		bool one_tuple;
		uint64_t n_cgroups;
		uint32_t n_peers; /* that have connected to a listener; 0 = this side has */
	} kinds[] = {
		{ "TIME_WAIT, one tuple", true, 0, 0 },
		{ "TIME_WAIT, a tuple each", false, 0, 0 },
		{ "live, one tuple, one control group", true, 1, 0 },
		{ "live, one tuple, 1000 control groups", true, 1000, 0 },
		{ "live, accepted from one peer", true, 1, 1 },
		{ "live, accepted from a peer each", true, 1, 4000 },
	};
	int n_rounds = argc == 2 ? atoi(argv[1]) : 0;
	uint64_t sum = 0;

	if (n_rounds <= 0)
		return EXIT_FAILURE;
	printf("medians of %d runs, ns per row:    decoded  and tallied\n", RUNS);
	for (size_t kind = 0; kind < sizeof(kinds) / sizeof(kinds[0]); kind++) {
		uint64_t n_rows = 0;
		struct answer *answer = make(kinds[kind].one_tuple, kinds[kind].n_cgroups,
					     kinds[kind].n_peers, &n_rows);
		double decoded[RUNS], both[RUNS];

		for (int i = 0; i < RUNS; i++) {
			decoded[i] = nsec_per_row(answer, n_rounds, n_rows, ignore, &sum);
			both[i] = tallied(answer, n_rounds, n_rows);
		}
		printf("  %-36s  %8.1f  %8.1f  %.2f x\n", kinds[kind].what, median(decoded),
		       median(both), median(both) / median(decoded));
		answer_free(answer);
	}
	return sum > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
