/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Readings in a scripted world: whole ones, and each way in which one can fail. */

#include <errno.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <string.h>
#include <sys/socket.h>

#include "io/collect.h"
#include "support/suite.h"
#include "support/world.h"

static const struct sw_collect_options everything;

static const struct row listener = { .state = 10, .local = "", .local_port = 40000 };
static const struct row client = {
	.state = 1,
	.local = "10.0.0.5",
	.local_port = 40002,
	.remote = "10.0.0.9",
	.remote_port = 5432,
};

static struct sw_reading *collect(struct world *world)
{
	struct sw_reading *reading;

	ck_assert_int_eq(sw_collect(&world->io, &everything, &reading), 0);
	ck_assert(!world->is_open);
	return reading;
}

static void assert_incomplete(const struct sw_reading *reading, const char *what, const char *why)
{
	ck_assert(!reading->complete);
	ck_assert_ptr_null(reading->tally);
	ck_assert_uint_ge(reading->n_problems, 1);
	ck_assert_str_eq(reading->problems[0].what, what);
	ck_assert_msg(strstr(reading->problems[0].why, why) != NULL, "\"%s\" does not say \"%s\"",
		      reading->problems[0].why, why);
}

START_TEST(a_whole_answer_is_a_complete_reading)
{
	struct world *world = world_new();
	struct answer *answer = answer_new();
	struct sw_reading *reading;

	answer_add_row(answer, &listener);
	answer_add_row(answer, &client);
	answer_add_done(answer, 0);
	world_set_answer(world, answer);
	world->now_step = 500;
	reading = collect(world);
	ck_assert(reading->complete);
	ck_assert_uint_eq(reading->n_problems, 0);
	ck_assert_uint_eq(sw_tally_totals(reading->tally)->n_sockets, 2);
	ck_assert_uint_eq(reading->space.n_blocked, 1);
	ck_assert_uint_eq(reading->space.capacity, 28231);
	ck_assert_str_eq(reading->host, "web-17");
	ck_assert_uint_eq(reading->netns.cookie, 1);
	ck_assert_uint_gt(reading->duration_usec, 0);
	ck_assert(reading->reuse.loopback && !reading->reuse.always);
	sw_reading_free(reading);
	answer_free(answer);
	world_free(world);
}
END_TEST

static void nothing_more(struct answer *answer)
{
	(void)answer; /* no DONE: the deadline */
}

static void cut(struct answer *answer)
{
	answer_add_bytes(answer, "\x40\0\0\0", 4);
}

static void aborted(struct answer *answer)
{
	answer_add_done(answer, -ENOMEM);
}

static void failure(struct answer *answer)
{
	answer_add_failure(answer, -ENOBUFS);
}

static void truncated(struct answer *answer)
{
	answer_add_failure(answer, -EMSGSIZE);
}

static void wrong_sequence(struct answer *answer)
{
	answer->sequence = 7;
	answer_add_done(answer, 0);
}

static const struct {
	const char *story;
	void (*end)(struct answer *answer);
	const char *why;
} endings[] = {
	{ "the DONE never comes", nothing_more, "did not finish its answer in time" },
	{ "a message is cut", cut, "cut in the middle" },
	{ "DONE carries an errno", aborted, "broke the dump off: Cannot allocate memory" },
	{ "receiving fails", failure, "could not be received: No buffer space available" },
	{ "a chunk is larger than the buffer", truncated,
	  "could not be received: Message too long" },
	{ "a message of another request comes", wrong_sequence, "another request" },
};

START_TEST(an_answer_that_ends_badly_is_no_number)
{
	struct world *world = world_new();
	struct answer *answer = answer_new();
	struct sw_reading *reading;

	answer_add_row(answer, &client);
	endings[_i].end(answer);
	world_set_answer(world, answer);
	reading = collect(world);
	assert_incomplete(reading, "sock_diag", endings[_i].why);
	ck_assert_uint_eq(world->n_opened, 1);
	sw_reading_free(reading);
	answer_free(answer);
	world_free(world);
}
END_TEST

START_TEST(a_disturbed_dump_is_tried_once_more)
{
	struct world *world = world_new();
	struct answer *disturbed = answer_new(), *whole = answer_new();
	struct sw_reading *reading;

	disturbed->flags = NLM_F_DUMP_INTR;
	answer_add_row(disturbed, &client);
	answer_add_done(disturbed, 0);
	answer_add_row(whole, &client);
	answer_add_done(whole, 0);

	world_set_answer(world, disturbed);
	world_add_answer(world, whole);
	reading = collect(world);
	ck_assert(reading->complete);
	ck_assert_uint_eq(sw_tally_totals(reading->tally)->n_sockets, 1);
	ck_assert_uint_eq(world->n_opened, 2);
	sw_reading_free(reading);

	world_set_answer(world, disturbed);
	world_add_answer(world, disturbed);
	reading = collect(world);
	assert_incomplete(reading, "sock_diag", "NLM_F_DUMP_INTR");
	ck_assert_uint_eq(world->n_opened, 4);
	sw_reading_free(reading);
	answer_free(disturbed);
	answer_free(whole);
	world_free(world);
}
END_TEST

START_TEST(ebusy_is_tried_once_more)
{
	struct world *world = world_new();
	struct answer *busy = answer_new();
	struct sw_reading *reading;

	answer_add_error(busy, -EBUSY);
	world_set_answer(world, busy);
	world_add_answer(world, busy);
	reading = collect(world);
	assert_incomplete(reading, "sock_diag", "Device or resource busy");
	ck_assert_uint_eq(world->n_opened, 2);
	sw_reading_free(reading);
	answer_free(busy);
	world_free(world);
}
END_TEST

/* An answer to the request number `sequence` of the plan by family. */
static struct answer *by_family(uint32_t sequence, const struct row *row)
{
	struct answer *answer = answer_new();

	answer->type = SOCK_DIAG_BY_FAMILY;
	answer->sequence = sequence;
	if (row != NULL)
		answer_add_row(answer, row);
	answer_add_done(answer, 0);
	return answer;
}

START_TEST(a_kernel_that_refuses_one_walk_is_asked_by_family)
{
	static const struct row ipv6 = { .family = AF_INET6,
					 .state = 1,
					 .local = "2001:db8::5",
					 .local_port = 40000,
					 .remote = "2001:db8::9",
					 .remote_port = 443 };
	struct world *world = world_new();
	struct answer *answers[] = {
		answer_new(),          by_family(1, &listener), by_family(2, NULL),
		by_family(3, &client), by_family(4, &ipv6),
	};
	struct sw_reading *reading;

	answer_add_error(answers[0], -EOPNOTSUPP);
	for (size_t i = 0; i < 5; i++)
		world_add_answer(world, answers[i]);
	reading = collect(world);
	ck_assert(reading->complete);
	ck_assert_uint_eq(world->n_requests, 5);
	ck_assert_uint_eq(sw_tally_totals(reading->tally)->n_ipv4, 2);
	ck_assert_uint_eq(sw_tally_totals(reading->tally)->n_ipv6, 1);
	/* The IPv6 connection sits on the port of the IPv4 listener, known from the first request.
	 */
	ck_assert_uint_eq(sw_tally_n_tuples(reading->tally), 1);
	sw_reading_free(reading);
	for (size_t i = 0; i < 5; i++)
		answer_free(answers[i]);
	world_free(world);
}
END_TEST

START_TEST(a_kernel_without_sock_diag_is_no_quiet_host)
{
	struct world *world = world_new();
	struct answer *refused = answer_new(), *aborted_at_once = answer_new();
	struct sw_reading *reading;

	/* inet_diag not loaded: both requests are refused. */
	answer_add_error(refused, -ENOENT);
	world_set_answer(world, refused);
	world_add_answer(world, refused);
	reading = collect(world);
	assert_incomplete(reading, "sock_diag", "modprobe tcp_diag");
	sw_reading_free(reading);

	/* tcp_diag not loaded: the error hides in DONE. */
	answer_add_done(aborted_at_once, -ENOENT);
	world_set_answer(world, aborted_at_once);
	reading = collect(world);
	assert_incomplete(reading, "sock_diag", "modprobe tcp_diag");
	sw_reading_free(reading);

	/* No netlink family at all. */
	world->open_error = -EPROTONOSUPPORT;
	reading = collect(world);
	assert_incomplete(reading, "sock_diag", "Protocol not supported");
	sw_reading_free(reading);
	answer_free(refused);
	answer_free(aborted_at_once);
	world_free(world);
}
END_TEST

START_TEST(a_range_that_cannot_be_read_is_not_guessed)
{
	static const char path[] = "/proc/sys/net/ipv4/ip_local_port_range";
	struct world *world = world_new();
	struct sw_reading *reading;

	world_fail_file(world, path, -EACCES);
	reading = collect(world);
	assert_incomplete(reading, path, "Permission denied");
	ck_assert(!reading->range_known);
	sw_reading_free(reading);

	world_set_file(world, path, "60999 32768\n");
	reading = collect(world);
	assert_incomplete(reading, path, "60999 32768");
	sw_reading_free(reading);
	world_free(world);
}
END_TEST

START_TEST(a_kernel_may_lack_a_sysctl)
{
	struct world *world = world_new();
	struct answer *answer = answer_new();
	struct sw_reading *reading;

	answer_add_done(answer, 0);
	world_set_answer(world, answer);
	world_fail_file(world, "/proc/sys/net/ipv4/tcp_tw_reuse_delay", -ENOENT);
	world_fail_file(world, "/proc/sys/net/netfilter/nf_conntrack_max", -ENOENT);
	reading = collect(world);
	ck_assert(reading->complete);
	ck_assert_uint_eq(reading->n_problems, 0);
	ck_assert(!reading->kernel.figures[SW_KERNEL_TW_REUSE_DELAY].known);
	ck_assert_uint_eq(reading->reuse.delay_msec, 1000);
	sw_reading_free(reading);

	/* One that is there and cannot be understood is said. */
	world_set_answer(world, answer);
	world_set_file(world, "/proc/sys/net/ipv4/tcp_tw_reuse", "yes\n");
	reading = collect(world);
	ck_assert(reading->complete);
	ck_assert_uint_eq(reading->n_problems, 1);
	ck_assert_str_eq(reading->problems[0].what, "/proc/sys/net/ipv4/tcp_tw_reuse");
	ck_assert(!reading->reuse.loopback && !reading->reuse.always);
	sw_reading_free(reading);
	answer_free(answer);
	world_free(world);
}
END_TEST

START_TEST(a_destination_nobody_talks_to_has_a_row)
{
	struct sw_collect_options options = { .has_destination = true, .port = 443 };
	struct world *world = world_new();
	struct answer *answer = answer_new();
	struct sw_reading *reading;
	char text[SW_TUPLE_TEXT_SIZE];

	answer_add_done(answer, 0);
	world_set_answer(world, answer);
	ck_assert_int_eq(sw_addr_parse("10.0.0.7", NULL, &options.destination), 0);
	ck_assert_int_eq(sw_collect(&world->io, &options, &reading), 0);
	ck_assert_uint_eq(sw_tally_n_tuples(reading->tally), 1);
	ck_assert_str_eq(sw_tuple_format(&sw_tally_tuple(reading->tally, 0)->tuple, NULL, text),
			 "10.0.0.5->10.0.0.7:443");
	sw_reading_free(reading);
	answer_free(answer);
	world_free(world);
}
END_TEST

int main(void)
{
	TCase *tcase = tcase_create("collect");

	tcase_add_test(tcase, a_whole_answer_is_a_complete_reading);
	tcase_add_loop_test(tcase, an_answer_that_ends_badly_is_no_number, 0,
			    sizeof(endings) / sizeof(endings[0]));
	tcase_add_test(tcase, a_disturbed_dump_is_tried_once_more);
	tcase_add_test(tcase, ebusy_is_tried_once_more);
	tcase_add_test(tcase, a_kernel_that_refuses_one_walk_is_asked_by_family);
	tcase_add_test(tcase, a_kernel_without_sock_diag_is_no_quiet_host);
	tcase_add_test(tcase, a_range_that_cannot_be_read_is_not_guessed);
	tcase_add_test(tcase, a_kernel_may_lack_a_sysctl);
	tcase_add_test(tcase, a_destination_nobody_talks_to_has_a_row);
	return suite_run("collect", tcase);
}
