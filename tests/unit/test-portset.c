/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <errno.h>
#include <string.h>

#include "base/mem.h"
#include "sockwatch/portset.h"
#include "support/suite.h"

static struct sw_portset set;

static void set_up(void)
{
	memset(&set, 0, sizeof(set));
}

static uint32_t count(void)
{
	uint32_t n = 0;

	for (uint32_t port = 0; port <= UINT16_MAX; port++)
		n += sw_portset_has(&set, (uint16_t)port);
	return n;
}

/* Both ends of the range and of a word. */
static const uint16_t edges[] = { 0, 1, 63, 64, 65, 127, 128, 32767, 32768, 65534, 65535 };

START_TEST(adding_a_port_adds_that_port_alone)
{
	ck_assert(!sw_portset_has(&set, edges[_i]));
	sw_portset_add(&set, edges[_i]);
	ck_assert(sw_portset_has(&set, edges[_i]));
	ck_assert_uint_eq(count(), 1);
	sw_portset_add(&set, edges[_i]);
	ck_assert_uint_eq(count(), 1);
}
END_TEST

static const struct list {
	const char *story;
	const char *text;
	uint32_t n;
	uint16_t low, high; /* lowest and highest port of the list */
} lists[] = {
	{ "a single port", "8080\n", 1, 8080, 8080 },
	{ "without the newline", "8080", 1, 8080, 8080 },
	{ "ports and ranges", "8080,9000-9005\n", 7, 8080, 9005 },
	{ "a range of one", "5-5\n", 1, 5, 5 },
	{ "twice the same", "8080,8080\n", 1, 8080, 8080 },
	{ "ranges that overlap", "10-20,15-25\n", 16, 10, 25 },
	{ "every port", "0-65535\n", 65536, 0, 65535 },
};

START_TEST(a_list_is_ports_and_ranges)
{
	const struct list *c = &lists[_i];

	ck_assert_msg(sw_portset_add_list(&set, c->text) == 0, "%s", c->story);
	ck_assert_msg(count() == c->n, "%s", c->story);
	ck_assert(sw_portset_has(&set, c->low));
	ck_assert(sw_portset_has(&set, c->high));
}
END_TEST

START_TEST(an_empty_list_adds_nothing)
{
	ck_assert_int_eq(sw_portset_add_list(&set, ""), 0);
	ck_assert_int_eq(sw_portset_add_list(&set, "\n"), 0);
	ck_assert_uint_eq(count(), 0);
}
END_TEST

START_TEST(a_list_adds_to_what_was_there)
{
	sw_portset_add(&set, 1);
	ck_assert_int_eq(sw_portset_add_list(&set, "2,3\n"), 0);
	ck_assert_uint_eq(count(), 3);
	ck_assert(sw_portset_has(&set, 1));
}
END_TEST

static const char *const refused[] = {
	",",         "1,,2",  "1;2",   "1 2",     "1, 2", " 1",   "-5",  "5-",
	"9005-9000", "1-2-3", "65536", "1-65536", "http", "1,-2", "1,x", "99999999999999999999",
};

START_TEST(what_is_no_list_leaves_the_set_as_it_was)
{
	sw_portset_add(&set, 7);
	ck_assert_msg(sw_portset_add_list(&set, refused[_i]) == -EINVAL, "%s", refused[_i]);
	ck_assert_uint_eq(count(), 1);
	ck_assert(sw_portset_has(&set, 7));
}
END_TEST

/* Every third port, and every fifth: some words full of neither, none empty of both. */
static void add_every(struct sw_portset *ports, uint32_t step)
{
	for (uint32_t port = 0; port <= UINT16_MAX; port += step)
		sw_portset_add(ports, (uint16_t)port);
}

START_TEST(what_is_done_to_whole_sets_is_done_to_each_port)
{
	static struct sw_portset fifths, united, subtracted, intersected;

	add_every(&set, 3);
	add_every(&fifths, 5);
	united = subtracted = intersected = set;
	sw_portset_unite(&united, &fifths);
	sw_portset_subtract(&subtracted, &fifths);
	sw_portset_intersect(&intersected, &fifths);
	for (uint32_t i = 0; i <= UINT16_MAX; i++) {
		uint16_t port = (uint16_t)i;

		ck_assert(sw_portset_has(&united, port) == (port % 3 == 0 || port % 5 == 0));
		ck_assert(sw_portset_has(&subtracted, port) == (port % 3 == 0 && port % 5 != 0));
		ck_assert(sw_portset_has(&intersected, port) == (port % 15 == 0));
	}
}
END_TEST

START_TEST(a_count_has_both_ends)
{
	add_every(&set, 3);
	for (size_t high = 0; high < SW_ARRAY_SIZE(edges); high++)
		for (size_t low = 0; low <= high; low++) {
			uint32_t n = 0;

			for (uint32_t port = edges[low]; port <= edges[high]; port++)
				n += port % 3 == 0;
			ck_assert_uint_eq(sw_portset_count(&set, edges[low], edges[high]), n);
		}
}
END_TEST

START_TEST(the_next_port_is_this_one_or_the_least_above)
{
	ck_assert_uint_eq(sw_portset_next(&set, 0), SW_PORTSET_END);
	for (size_t i = 0; i < SW_ARRAY_SIZE(edges); i++)
		sw_portset_add(&set, edges[i]);
	for (uint32_t from = 0, i = 0; from < SW_PORTSET_END; from++) {
		i += from > edges[i];
		ck_assert_uint_eq(sw_portset_next(&set, from), edges[i]);
	}
	ck_assert_uint_eq(sw_portset_next(&set, SW_PORTSET_END), SW_PORTSET_END);
}
END_TEST

int main(void)
{
	TCase *tcase = tcase_create("portset");

	tcase_add_checked_fixture(tcase, set_up, NULL);
	tcase_add_loop_test(tcase, adding_a_port_adds_that_port_alone, 0, SW_ARRAY_SIZE(edges));
	tcase_add_loop_test(tcase, a_list_is_ports_and_ranges, 0, SW_ARRAY_SIZE(lists));
	tcase_add_test(tcase, an_empty_list_adds_nothing);
	tcase_add_test(tcase, a_list_adds_to_what_was_there);
	tcase_add_test(tcase, what_is_done_to_whole_sets_is_done_to_each_port);
	tcase_add_test(tcase, a_count_has_both_ends);
	tcase_add_test(tcase, the_next_port_is_this_one_or_the_least_above);
	tcase_add_loop_test(tcase, what_is_no_list_leaves_the_set_as_it_was, 0,
			    SW_ARRAY_SIZE(refused));
	return suite_run("portset", tcase);
}
