/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The outbox: where the daemon leaves events for sockwatch-hook, on disk, so
 * that an alert outlives both of them. Each of its two places, one in the state
 * directory and one in the runtime directory for when the first has no room or
 * cannot be written to, has the same folders:
 *
 *     tmp/      the daemon's: events being written
 *     new/      finished events, named as io/outbox-name.h says, until they are done
 *     claimed/  the runner's: one file per event it has seen, with what was done so far
 *     results/  the runner's: one line per file (io/hook-result.h), for the daemon to take
 *     bad/      the runner's: what was no event of ours
 *
 * The daemon owns all of them, the runner's group may write to all but tmp/.
 */

#include "io/hook-result.h"
#include "io/io.h"
#include "io/outbox-name.h"

/* Events that may wait at a time. */
#define SW_OUTBOX_MAX_WAITING 4096

/* An event is no larger. */
#define SW_OUTBOX_EVENT_SIZE ((size_t)64 * 1024)

struct sw_outbox;

/* The outboxes below these two directories. Returns 0 or -ENOMEM. */
int sw_outbox_new(struct sw_outbox **ret, struct sw_io *io, const char *state_dir,
		  const char *runtime_dir);
void sw_outbox_free(struct sw_outbox *outbox);

/*
 * Makes the folders of both places where they are missing, now and from now on
 * whenever an event needs them. For the daemon alone: they belong to who made
 * them. Returns 0 or what the state directory said.
 */
int sw_outbox_make(struct sw_outbox *outbox);

struct sw_outbox_event {
	const char *event_id;
	uint64_t alert_id;
	const char *state; /* "firing", ... */
	const char *text;  /* sockwatch.event/1 */
};

/*
 * Leaves an event for the hooks: when this returns 0, it is on the disk. One
 * that waits already under this event_id is not left twice. A `changed` or
 * `repeat` takes the place of those of the same alert that wait right before it;
 * others never go.
 *
 * `*ret_detour` is 0, or why the event could not go into the state directory and
 * lies in the runtime directory instead, where it would not survive a reboot.
 * Otherwise why it went nowhere: -ENOBUFS when too many wait, -EFBIG, -EINVAL
 * for an id that makes no name, or what the state directory said.
 */
int sw_outbox_put(struct sw_outbox *outbox, const struct sw_outbox_event *event, int *ret_detour);

/*
 * Takes results that the runner has left, oldest first and at most `max`: they
 * are removed. What is none is removed too, and counted in `*ret_n_bad`. Returns
 * their number; what cannot be read now is left for the next time.
 */
size_t sw_outbox_take_results(struct sw_outbox *outbox, struct sw_hook_result *ret, size_t max,
			      size_t *ret_n_bad);

/* Another number once results have come or gone. Reads none, and allocates nothing. */
uint64_t sw_outbox_results_stamp(const struct sw_outbox *outbox);

enum sw_outbox_stage {
	SW_OUTBOX_WAITING,
	SW_OUTBOX_CLAIMED,
	SW_OUTBOX_GONE, /* done, or never there */
};

/* How far an event has come. */
enum sw_outbox_stage sw_outbox_look(struct sw_outbox *outbox, const char *event_id);

enum sw_outbox_course {
	SW_OUTBOX_FLOWS, /* all that waits has been taken up */
	SW_OUTBOX_WAITS, /* something has not, and not for long; it may have been so before us */
	SW_OUTBOX_STUCK, /* nobody has taken the first of it up for `patience` */
};

/* Does the runner take up what waits? If not, the first event's id is left in `ret_event_id`. To be
 * called now and then. */
enum sw_outbox_course sw_outbox_course(struct sw_outbox *outbox, sw_usec now_boot, sw_usec patience,
				       char ret_event_id[64]);
