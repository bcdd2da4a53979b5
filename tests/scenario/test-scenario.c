/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * test-scenario [--trace] FILE...: plays timelines of traffic through the pure
 * core, from sockets to events, as the daemon would see them, and compares the
 * events with those the file expects. Exits 0 when all is as expected, 1 when
 * it is not, 2 when a file cannot be read. --trace shows every reading.
 *
 * A file is lines of words; # begins a comment. First the setting, each line at
 * most once:
 *
 *     range LOW-HIGH      ip_local_port_range (32768-60999)
 *     tw_reuse 0|1|2      (2)
 *     max_tw_buckets N    (131072) exact where there is one tuple
 *     interval TIME       between readings while all is well (5s)
 *     start TIME          of the daemon: its first reading (0s)
 *     rule NAME|all       whose events these are (ephemeral-ports); the others are off; all but
 *                         kernel-setting, as ranges are tiny on purpose
 *     noise N             play it N times more, with connects at random (Poisson),
 *                         and the phases of readings and timer wheel too; with
 *                         SW_TEST_FULL=1 ten times as often, and ten times where
 *                         nothing is said of it
 *
 * Then who talks to whom. `tuples` is a row of COUNT of them, whose destination
 * addresses count up; what is said of its name is said of each. `here` at the end of the line: the
 * destination is on this host too, listens, and has the other ends of the connections. `inbound`:
 * only the destination is; who connects is a peer of ours. `binds`: each connection binds its
 * address to any port first, that is nobody else's then. Only one address of a timeline does.
 *
 *     tuple NAME SOURCE->DESTINATION:PORT
 *     tuples NAME COUNT SOURCE->DESTINATION:PORT
 *
 * Then what happens, in order of time:
 *
 *     at TIME NAME rate R        connects per second from now on
 *     at TIME NAME lasts TIME    how long each stays open until we close it (0s)
 *     at TIME NAME held N        connections that stay open, at once
 *     at TIME NAME forgotten N   so many of them the peer has closed; of inbound
 *                                ones, the client
 *     at TIME NAME peer up       it answers, all that wait as well
 *     at TIME NAME peer silent   connects wait for an answer
 *     at TIME NAME peer down     they are refused, and what there is is reset
 *     at TIME NAME accepts R|all connects per second, here or inbound (all)
 *     at TIME NAME backlog N     of the listener (4096)
 *     at TIME NAME strays R      segments per second that the listener gets and
 *                                that belong to no connection
 *     at TIME tw_reuse 0|1|2
 *     at TIME range LOW-HIGH     connections keep the ports they have
 *     at TIME readings fail|work
 *     at TIME daemon restarts    the alerts that fired are handed on
 *     at TIME clock forward|back TIME    that of the wall
 *     at TIME machine sleeps TIME        suspended: jiffies stand still, the
 *                                        clocks go on
 *     at TIME counters N         the kernel's go on from there: they wrapped, or
 *                                began anew
 *     at TIME hook fails|works|leaves    the only one there is
 *     end TIME
 *
 * Each of these may be repeated: at TIME every TIME [until TIME] ...
 *
 * And what is expected. Events of one name come in this order, and no others
 * come; no connect fails unless it says so. Times are inclusive. Four names are there by
 * themselves: `group` is the alert of the tuples beyond MaxActive, `blind` that of readings that
 * fail, `hook` of the hook, `host` of rules about the whole host, and of every
 * bind() that fails. Behind the name may stand the
 * rule, with `rule all` ephemeral-ports where it does not; 20x before what is expected: that often.
 *
 *     expect nothing
 *     expect NAME firing|changed notice|warning|critical [after TIME] [by TIME]
 *     expect NAME repeat|resolved [after TIME] [by TIME]
 *     expect NAME fails [after TIME] [by TIME]      the first connect to find no port
 *     expect NAME critical [TIME] before failure    first critical, so long before that
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scenario/run.h"

static int play_file(const char *path, bool with_trace)
{
	const char *full = getenv("SW_TEST_FULL");
	struct timeline *timeline = malloc(sizeof(*timeline));
	unsigned int n_runs, n_failed = 0;

	if (timeline == NULL)
		abort();
	if (!timeline_read(timeline, path)) {
		free(timeline);
		return 2;
	}
	n_runs = 1 + (full != NULL && strcmp(full, "1") == 0 ? timeline->n_noisy_full
							     : timeline->n_noisy);
	for (unsigned int seed = 0; seed < n_runs; seed++)
		n_failed += !run_play(timeline, seed, with_trace);
	printf("%s: %u of %u runs went as expected\n", path, n_runs - n_failed, n_runs);
	free(timeline);
	return n_failed == 0 ? 0 : 1;
}

int main(int argc, char **argv)
{
	bool with_trace = argc > 1 && strcmp(argv[1], "--trace") == 0;
	int first = with_trace ? 2 : 1, worst = 0, result;

	if (first >= argc) {
		fprintf(stderr, "Usage: %s [--trace] FILE...\n", argv[0]);
		return 2;
	}
	for (int i = first; i < argc; i++) {
		result = play_file(argv[i], with_trace);
		worst = result > worst ? result : worst;
	}
	return worst;
}
