/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * What decoding and tallying cost per row, in this process and with no kernel:
 * the same chunks once only walked and decoded, once tallied into one tuple,
 * once into as many tuples as there are rows. Ratios within one run mean
 * something, times do not.
 */

#include <linux/inet_diag.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "sockwatch/stream.h"
#include "sockwatch/tally.h"
#include "support/answer.h"

enum { CHUNKS = ANSWER_MAX_CHUNKS, ROUNDS = 400, RUNS = 9 };

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

/* TIME_WAIT towards one destination, or one destination each. */
static struct answer *make(bool one_tuple, uint64_t *ret_n_rows)
{
	struct answer *answer = answer_new();
	struct row row = { .state = 6, .local = "10.0.0.5", .remote = "10.0.0.9", .timer = 3 };

	for (uint32_t i = 0; answer->n_chunks < CHUNKS; i++) {
		if (answer_last(answer)->size + 100 > ANSWER_CHUNK_SIZE) {
			answer_next_chunk(answer);
			continue;
		}
		row.local_port = (uint16_t)(32768 + i);
		row.remote_port = one_tuple ? 80 : (uint16_t)(1 + i);
		row.expires_ms = i * 4 % 60000;
		answer_add_row(answer, &row);
		++*ret_n_rows;
	}
	answer_last(answer)->size = 0;
	answer->n_chunks--;
	return answer;
}

static double nsec_per_row(const struct answer *answer, uint64_t n_rows, sw_stream_sink sink,
			   void *userdata)
{
	double began = now();

	for (int round = 0; round < ROUNDS; round++) {
		struct sw_stream stream = {
			.sequence = 1, .type = TCPDIAG_GETSOCK, .sink = sink, .userdata = userdata
		};

		for (size_t i = 0; i < answer->n_chunks; i++)
			sw_stream_feed(&stream, answer->chunks[i].data, answer->chunks[i].size);
		if (stream.n_rows != n_rows)
			abort();
	}
	return (now() - began) / ROUNDS / (double)n_rows;
}

static double tallied(const struct answer *answer, uint64_t n_rows)
{
	static struct sw_port_space space;
	const struct sw_reuse_rule reuse = { .loopback = true,
					     .timestamps = true,
					     .delay_msec = 1000 };
	struct sw_tally *tally;
	double nsec;

	sw_port_space_init(&space, 32768, 60999);
	if (sw_tally_new(&tally, &space, &reuse, 1) < 0)
		abort();
	nsec = nsec_per_row(answer, n_rows, count, tally);
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

int main(void)
{
	uint64_t n_one = 0, n_many = 0, sum = 0;
	struct answer *one = make(true, &n_one), *many = make(false, &n_many);
	double decoded[RUNS], one_tuple[RUNS], many_tuples[RUNS];

	for (int i = 0; i < RUNS; i++) {
		decoded[i] = nsec_per_row(one, n_one, ignore, &sum);
		one_tuple[i] = tallied(one, n_one);
		many_tuples[i] = tallied(many, n_many);
	}
	printf("%llu rows, medians of %d runs, ns per row\n", (unsigned long long)n_one, RUNS);
	printf("  walked and decoded        %6.1f\n", median(decoded));
	printf("  tallied into one tuple    %6.1f  %.2f x\n", median(one_tuple),
	       median(one_tuple) / median(decoded));
	printf("  tallied into %4llu tuples  %6.1f  %.2f x\n", (unsigned long long)n_many,
	       median(many_tuples), median(many_tuples) / median(decoded));
	answer_free(one);
	answer_free(many);
	return sum > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
