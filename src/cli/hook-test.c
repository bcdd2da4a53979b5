/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The event says of itself what it is in its summary, too: that is what people get to read. */

#include "cli/hook-test.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "base/mem.h"
#include "cli/commands.h"
#include "cli/file.h"
#include "cli/rule.h"
#include "io/live.h"
#include "io/outbox.h"
#include "render/event-json.h"
#include "render/json.h"
#include "render/sentence.h"

/* How long it is waited for a runner to take it up. */
enum { PATIENCE_MSEC = 2000, LOOK_MSEC = 20 };

/* What fails would fail again, of that: sockwatchd gives it to no hook. */
static bool find_rule(const char *name, enum sw_rule *ret)
{
	enum sw_rule rule;

	if (!sw_rule_find(name, &rule))
		return false;
	if (rule == SW_RULE_HOOK_FAILED) {
		fprintf(stderr,
			"sockwatch: %s is never given to hooks, it is in the journal only; "
			"name another rule\n",
			name);
		return false;
	}
	*ret = rule;
	return true;
}

static bool find_severity(const char *name, enum sw_level *ret)
{
	static const enum sw_level levels[] = { SW_LEVEL_NOTICE, SW_LEVEL_WARNING,
						SW_LEVEL_CRITICAL };

	for (size_t i = 0; i < SW_ARRAY_SIZE(levels); i++)
		if (strcmp(name, sw_level_to_string(levels[i])) == 0) {
			*ret = levels[i];
			return true;
		}
	fprintf(stderr,
		"sockwatch: --severity does not take \"%s\": give notice, warning or critical\n",
		name);
	return false;
}

/* Towards an address that is nobody's (RFC 5737), 95 % of an ordinary range in use. */
static struct sw_outlook example_outlook(enum sw_level level)
{
	const uint32_t range = 28232, used = 26820;
	struct sw_outlook outlook = {
		.tuple = { .source = sw_addr_ipv4((const uint8_t[]){ 192, 0, 2, 1 }),
			   .destination = sw_addr_ipv4((const uint8_t[]){ 192, 0, 2, 2 }),
			   .port = 443 },
		.range = range,
		.capacity = range,
		.used = used,
		.free = range - used,
		.free_low = range - used,
		.utilization = (double)used / range,
		.time_wait = used,
		.reuse_possible = true,
		.slow_connects = true,
		.wheel_s = 2.048,
		.reuse_delay_s = 1,
		.slow_share = 1,
		.open_per_s = 500,
		.wide = { .low = SW_WIDE_RANGE_LOW, .high = UINT16_MAX, .capacity = 55296 },
		.forecast = { .rate_per_s = 500,
			      .present_per_s = 500,
			      .ceiling_per_s = 455,
			      .heading_to = 1.09,
			      .heading_known = true,
			      .exhausted_in_s = 30,
			      .exhausted_in_low_s = 35,
			      .exhausted_in_sustained_s = 35 },
		.level = level,
	};

	outlook.n_by_state[SW_TCP_TIME_WAIT] = used;
	return outlook;
}

/* Reads the boot id; "" where there is none. */
static void read_boot_id(struct sw_io *io, char ret[64])
{
	if (io->file_read(io, "/proc/sys/kernel/random/boot_id", ret, 64) < 0)
		ret[0] = '\0';
	ret[strcspn(ret, "\n")] = '\0';
}

static void set_subject(struct sw_alert *alert)
{
	switch (sw_rule_subject(alert->rule)) {
	case SW_SUBJECT_TUPLE:
	case SW_SUBJECT_ENDPOINT:
	case SW_SUBJECT_PEER:
		alert->subject.tuple = alert->outlook.tuple;
		return;
	case SW_SUBJECT_ADDRESS:
		alert->subject.tuple.source = alert->outlook.tuple.source;
		alert->outlook.of_bind = true;
		alert->outlook.n_fullest = alert->outlook.used;
		return;
	case SW_SUBJECT_NAME:
		snprintf(alert->subject.name, sizeof(alert->subject.name), "self");
		return;
	}
}

/* An alert of its own each time: it waits for no other one. */
static int make_event(struct sw_io *io, enum sw_rule rule, enum sw_level severity,
		      struct sw_event *ret)
{
	struct sw_alert alert = {
		.rule = rule,
		.severity = severity,
		.outlook = example_outlook(severity),
		.facts = { 13410, 28232, 0.5, 0.5, 3600 * SW_USEC_PER_SEC },
		.why = "this is a test",
	};
	int r;

	set_subject(&alert);
	r = io->now(io, &alert.changed);
	if (r == 0)
		r = io->seed(io, &alert.id);
	alert.since = alert.changed;
	alert.sequence = alert.changed.boot;
	alert.peak_used = alert.outlook.used;
	alert.peak_utilization = alert.outlook.utilization;
	*ret = (struct sw_event){ .state = SW_EVENT_FIRING, .alert = alert };
	return r;
}

/* The event as text, owned by the caller; NULL without memory. */
static char *event_text(const struct sw_event *event, const struct sw_event_origin *origin)
{
	char sentence[SW_SENTENCE_SIZE], *summary = NULL, *text = NULL;
	json_t *json = sw_render_event_json(event, origin);

	sw_render_sentence(event, origin->names, sentence);
	if (json != NULL &&
	    asprintf(&summary, "Test of the hooks, nothing is wrong: %s", sentence) < 0)
		summary = NULL;
	if (summary != NULL && json_object_set_new(json, "summary", sw_json_text(summary)) == 0 &&
	    json_object_set_new(json, "test", json_true()) == 0)
		text = json_dumps(json, SW_JSON_FLAGS);
	free(summary);
	json_decref(json);
	return text;
}

static int put(struct sw_io *io, struct sw_outbox *outbox, const struct sw_event *event,
	       char ret_event_id[SW_EVENT_ID_SIZE], int *ret_detour)
{
	const struct sw_ifnames no_names = { 0 };
	struct sw_event_origin origin = { .netns = "self", .names = &no_names };
	struct sw_outbox_event letter = { .alert_id = event->alert.id };
	char boot_id[64], *text;
	struct utsname host;
	int r = -ENOMEM;

	read_boot_id(io, boot_id);
	origin.boot_id = boot_id;
	origin.host = uname(&host) == 0 ? host.nodename : "";
	text = event_text(event, &origin);
	letter.event_id = sw_event_id_format(&event->alert, &origin, ret_event_id);
	letter.state = sw_event_state_to_string(event->state);
	letter.text = text;
	if (text != NULL)
		r = sw_outbox_put(outbox, &letter, ret_detour);
	free(text);
	return r;
}

/* Waits until somebody has taken the event up. */
static bool is_taken_up(struct sw_outbox *outbox, const char *event_id)
{
	const struct timespec pause = { .tv_nsec = LOOK_MSEC * 1000000L };

	for (int waited = 0; waited < PATIENCE_MSEC; waited += LOOK_MSEC) {
		if (sw_outbox_look(outbox, event_id) != SW_OUTBOX_WAITING)
			return true;
		nanosleep(&pause, NULL);
	}
	return false;
}

static void tell_what_next(const struct sw_options *options, const char *hooks_dir,
			   struct sw_outbox *outbox, const char *event_id)
{
	printf("Event %s is in the outbox.\n", event_id);
	fflush(stdout);
	if (is_taken_up(outbox, event_id))
		puts("It was taken up. What became of it: journalctl -u sockwatch-hook");
	else
		printf("Nobody has taken it up. Either let the service do it:\n"
		       "  systemctl enable --now sockwatch-hook.path\n"
		       "or run the hooks once by hand:\n"
		       "  " SW_HOOK_RUNNER " --linger 0 --hooks %s \\\n"
		       "    --outbox %s/outbox --outbox %s/outbox\n",
		       hooks_dir, options->state_dir, options->runtime_dir);
}

static int explain(const struct sw_options *options, int r)
{
	fprintf(stderr, "sockwatch: no event could be left in %s/outbox: %s%s\n",
		options->state_dir, strerror(-r),
		r == -ENOENT   ? "; sockwatchd makes it when it starts"
		: r == -EACCES ? "; try as root"
			       : "");
	return SW_EXIT_FAILED;
}

int sw_hook_test(const struct sw_options *options, const char *hooks_dir)
{
	char event_id[SW_EVENT_ID_SIZE];
	enum sw_rule rule = SW_RULE_EPHEMERAL_PORTS;
	enum sw_level severity = SW_LEVEL_CRITICAL;
	struct sw_outbox *outbox = NULL;
	struct sw_io *io = NULL;
	struct sw_event event;
	int detour = 0, r;

	if ((options->rule != NULL && !find_rule(options->rule, &rule)) ||
	    (options->severity != NULL && !find_severity(options->severity, &severity)))
		return SW_EXIT_USAGE;
	r = sw_live_new(&io);
	if (r == 0)
		r = sw_outbox_new(&outbox, io, options->state_dir, options->runtime_dir);
	if (r == 0)
		r = make_event(io, rule, severity, &event);
	if (r == 0)
		r = put(io, outbox, &event, event_id, &detour);
	if (r < 0)
		r = explain(options, r);
	else
		tell_what_next(options, hooks_dir, outbox, event_id);
	if (r == 0 && detour < 0)
		fprintf(stderr, "sockwatch: it lies in %s, since %s takes nothing: %s\n",
			options->runtime_dir, options->state_dir, strerror(-detour));
	sw_outbox_free(outbox);
	sw_live_free(io);
	return sw_flush_output() && r == 0 ? SW_EXIT_DONE : SW_EXIT_FAILED;
}
