/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * One event of each rule and state there is, sent to the journal of this host as the
 * daemon does it, so that what the catalog makes of each can be read back. Says of each
 * on a line: rule, state, event id.
 */

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "daemon/post.h"
#include "io/live.h"
#include "render/journal.h"
#include "support/build.h"

/* A tuple in trouble whose connections are closed by this side, or held. */
static struct sw_outlook outlook_of(bool held)
{
	struct sw_outlook outlook = build_outlook(28232);

	outlook.level = SW_LEVEL_EXHAUSTED;
	outlook.held = held ? 28232 : 60;
	outlook.time_wait = 28232 - outlook.held;
	outlook.forecast.present_per_s = held ? 0 : 612;
	outlook.forecast.ceiling_per_s = 454;
	outlook.forecast.exhausted_in_s = 0;
	return outlook;
}

static struct sw_event event_of(enum sw_rule rule, enum sw_event_state state, bool held)
{
	struct sw_event event = {
		.state = state,
		.alert = {
			.rule = rule,
			.id = 0x1234 + (unsigned int)rule,
			.severity = SW_LEVEL_CRITICAL,
			.announced = SW_LEVEL_CRITICAL,
			.previous = state == SW_EVENT_FIRING ? SW_LEVEL_OK : SW_LEVEL_WARNING,
			.since = { .boot = SW_USEC_PER_SEC, .wall = 1795317121250000 },
			.changed = { .boot = SW_USEC_PER_SEC, .wall = 1795317121250000 },
			.lasted_usec = 388 * SW_USEC_PER_SEC,
			.outlook = outlook_of(held),
			.peak_used = 28232,
			.peak_utilization = 1,
			.exhausted_usec = 48 * SW_USEC_PER_SEC,
			.why = "the kernel module tcp_diag is missing",
		},
	};

	switch (sw_rule_subject(rule)) {
	case SW_SUBJECT_TUPLE:
	case SW_SUBJECT_PEER:
		event.alert.subject.tuple = event.alert.outlook.tuple;
		break;
	case SW_SUBJECT_ENDPOINT:
		event.alert.subject.tuple = event.alert.outlook.tuple;
		/* What its peer has closed may go out as well, and is a tuple then. */
		if (rule != SW_RULE_CLOSE_WAIT || !held)
			event.alert.subject.tuple.source = (struct sw_addr){ 0 };
		break;
	case SW_SUBJECT_ADDRESS:
		event.alert.subject.tuple.source = event.alert.outlook.tuple.source;
		event.alert.outlook.of_bind = true;
		break;
	case SW_SUBJECT_NAME:
		snprintf(event.alert.subject.name, sizeof(event.alert.subject.name), "self");
		break;
	}
	return event;
}

/* Waits for journald where it does not keep up: its socket takes ten messages, or some more. */
static int send_patiently(struct sw_io *io, const char *text, size_t size)
{
	const struct timespec pause = { .tv_nsec = 10 * 1000 * 1000 };
	int r = -EAGAIN;

	for (int i = 0; i < 500 && r == -EAGAIN; i++) {
		r = io->send(io, SW_JOURNAL_SOCKET, text, size);
		if (r == -EAGAIN)
			nanosleep(&pause, NULL);
	}
	return r;
}

static int raise_event(struct sw_io *io, const struct sw_event *event)
{
	const struct sw_event_origin origin = { .host = "host",
						.netns = "self",
						.boot_id = "raise" };
	char event_id[SW_EVENT_ID_SIZE], *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);
	int r;

	if (out == NULL)
		return -errno;
	sw_render_journal(out, event, &origin);
	r = fclose(out) == 0 ? send_patiently(io, text, size) : -ENOMEM;
	free(text);
	printf("%s %s %s\n", sw_rule_to_string(event->alert.rule),
	       sw_event_state_to_string(event->state),
	       sw_event_id_format(&event->alert, &origin, event_id));
	return r;
}

int main(void)
{
	struct sw_io *io;
	uint64_t sequence = 0;
	int r = sw_live_new(&io);

	if (r < 0)
		return EXIT_FAILURE;
	for (int rule = 0; rule < SW_N_RULES; rule++)
		for (int state = SW_EVENT_FIRING; state <= SW_EVENT_RESOLVED; state++)
			for (int held = 0; held < 2 && r == 0; held++) {
				struct sw_event event = event_of((enum sw_rule)rule,
								 (enum sw_event_state)state, held);

				event.alert.sequence = ++sequence;
				r = raise_event(io, &event);
			}
	sw_live_free(io);
	if (r < 0)
		fprintf(stderr, "raise-all: %s\n", strerror(-r));
	return r < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
