/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * For hooks first: that is on the disk. What journald has not taken waits in our memory only,
 * so it stays written down until it has.
 */

#include "daemon/delivery.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/memory.h"
#include "daemon/trouble.h"

/* More than the post has room for; beyond, the oldest are crossed out nevertheless. */
enum { MAX_WRITTEN = 1024 };

#define REFRESH_EVERY (60 * SW_USEC_PER_SEC)

struct sw_delivery {
	struct sw_io *io;
	struct sw_delivery_config config;
	char *what;                /* is in trouble when nothing can be written down */
	struct sw_state left_over; /* by an earlier daemon: events to deliver again */

	/* Of this daemon: written down and not crossed out, oldest first. */
	struct sw_event *written;
	size_t n_written;
	bool stale;        /* state.json says something else */
	size_t n_firing;   /* alerts in it */
	sw_usec refreshed; /* when it was last written for its own sake */
	struct sw_trouble journal, memory, disk;
};

int sw_delivery_new(struct sw_delivery **ret, struct sw_io *io,
		    const struct sw_delivery_config *config)
{
	struct sw_delivery *delivery = calloc(1, sizeof(*delivery));

	if (delivery == NULL)
		return -ENOMEM;
	delivery->io = io;
	delivery->config = *config;
	if (asprintf(&delivery->what, "keeping alerts and events in %s",
		     config->state_dir == NULL ? "" : config->state_dir) < 0) {
		free(delivery);
		return -ENOMEM;
	}
	*ret = delivery;
	return 0;
}

void sw_delivery_free(struct sw_delivery *delivery)
{
	if (delivery == NULL)
		return;
	sw_state_deinit(&delivery->left_over);
	free(delivery->written);
	free(delivery->what);
	free(delivery);
}

/* After a reboot the clock that durations go by begins anew; the one on the wall goes on. */
static void carry_over_reboot(struct sw_alert *alert, struct sw_now now)
{
	if (now.wall > alert->changed.wall)
		alert->lasted_usec += now.wall - alert->changed.wall;
	alert->changed.boot = now.boot;
}

int sw_delivery_recollect(struct sw_delivery *delivery)
{
	const struct sw_delivery_config *config = &delivery->config;
	struct sw_state *left_over = &delivery->left_over;
	struct sw_now now;
	int r;

	if (config->state_dir == NULL)
		return 0;
	r = sw_memory_load(delivery->io, config->state_dir, left_over);
	if (r == -EBADMSG)
		sw_voice_say(config->voice, 4,
			     "state.json makes no sense to this version and was set aside; alerts "
			     "that still hold fire anew");
	else
		sw_trouble_note_errno(&delivery->memory, config->voice,
				      "what an earlier daemon left cannot be read", r);
	if (r < 0)
		return r == -ENOMEM ? r : 0;
	r = delivery->io->now(delivery->io, &now);
	for (size_t i = 0; r == 0 && i < left_over->n_alerts; i++)
		if (strcmp(left_over->boot_id, config->boot_id) != 0)
			carry_over_reboot(&left_over->alerts[i], now);
	if (r == 0)
		sw_engine_take_over(config->engine, left_over->alerts, left_over->n_alerts, now);
	if (r == 0 && config->hooks != NULL)
		sw_hooks_remember(config->hooks, left_over->alerts, left_over->n_alerts);
	return r;
}

/* Returns 0, or why the state directory took no event for hooks. */
static int deliver(struct sw_delivery *delivery, const struct sw_event *event,
		   const struct sw_event_origin *origin)
{
	struct sw_voice *voice = delivery->config.voice;
	int r, disk = 0;

	if (delivery->config.hooks != NULL)
		disk = sw_hooks_leave(delivery->config.hooks, event, origin);
	r = sw_voice_raise(voice, event, origin);

	/* Where there is no journal, standard error has the alert, and that is how it is. */
	if (r != -ENOENT)
		sw_trouble_note_errno(&delivery->journal, voice,
				      "an alert did not reach the journal", r);
	return disk;
}

/* The state with copies of what it is made of. Returns 0 or -ENOMEM; to be deinitialized either
 * way. */
static int make_state(const struct sw_delivery *delivery, struct sw_state *ret)
{
	size_t n = delivery->n_written;

	*ret = (struct sw_state){ .events = calloc(n + 1, sizeof(*ret->events)) };
	if (ret->events == NULL)
		return -ENOMEM;
	if (n > 0)
		memcpy(ret->events, delivery->written, n * sizeof(*ret->events));
	ret->n_events = n;
	snprintf(ret->boot_id, sizeof(ret->boot_id), "%s", delivery->config.boot_id);
	return sw_engine_firing(delivery->config.engine, &ret->alerts, &ret->n_alerts);
}

/* Writes down what fires, and the events that are yet to be delivered. Returns 0 or why not. */
static int remember(struct sw_delivery *delivery)
{
	struct sw_state state;
	int r;

	if (delivery->config.state_dir == NULL)
		return 0;
	r = make_state(delivery, &state);
	if (r == 0)
		r = sw_memory_save(delivery->io, delivery->config.state_dir, &state);
	delivery->n_firing = state.n_alerts;
	sw_state_deinit(&state);
	delivery->stale = r < 0;
	return r;
}

/* Crosses out what is delivered. Returns 0, or why that could not be written. */
static int cross_out(struct sw_delivery *delivery)
{
	if (sw_voice_is_waiting(delivery->config.voice))
		return 0;
	delivery->n_written = 0;
	return remember(delivery);
}

/* A disk that takes nothing is one trouble, whatever is to be written to it. */
static void note_disk(struct sw_delivery *delivery, int r)
{
	char why[SW_PROBLEM_TEXT_SIZE] = "";

	if (r < 0)
		snprintf(why, sizeof(why),
			 "%s; hooks run all the same, but a restart may fire again", strerror(-r));
	sw_trouble_note(&delivery->disk, delivery->config.voice, delivery->what, why);
}

/* Adds to what is written down. Without memory for it nothing is, as with a disk that is full. */
static int add_written(struct sw_delivery *delivery, const struct sw_event *events, size_t n)
{
	size_t n_kept = delivery->n_written;
	struct sw_event *more;

	if (n > MAX_WRITTEN) {
		events += n - MAX_WRITTEN;
		n = MAX_WRITTEN;
	}
	if (n_kept > MAX_WRITTEN - n)
		n_kept = MAX_WRITTEN - n;
	more = calloc(n_kept + n, sizeof(*more));
	if (more == NULL)
		return -ENOMEM;
	if (n_kept > 0)
		memcpy(more, delivery->written + delivery->n_written - n_kept,
		       n_kept * sizeof(*more));
	memcpy(more + n_kept, events, n * sizeof(*more));
	free(delivery->written);
	delivery->written = more;
	delivery->n_written = n_kept + n;
	return 0;
}

/* All of them; returns the first complaint about the state directory, or `disk`. */
static int deliver_all(struct sw_delivery *delivery, const struct sw_event *events, size_t n,
		       const struct sw_event_origin *origin, int disk)
{
	for (size_t i = 0; i < n; i++) {
		int r = deliver(delivery, &events[i], origin);

		disk = disk < 0 ? disk : r;
	}
	return disk;
}

/*
 * Delivers what is left over and crosses it out, unless it has to wait and is of this boot:
 * what is written down has one boot id.
 */
static int deliver_left_over(struct sw_delivery *delivery, const struct sw_event_origin *origin)
{
	struct sw_state *left_over = &delivery->left_over;
	struct sw_event_origin then = *origin;
	size_t n = left_over->n_events;
	int disk, r;

	then.boot_id = left_over->boot_id;
	disk = strcmp(then.boot_id, delivery->config.boot_id) == 0
		       ? add_written(delivery, left_over->events, n)
		       : 0;
	disk = deliver_all(delivery, left_over->events, n, &then, disk);
	left_over->n_events = 0;
	r = cross_out(delivery);
	return disk < 0 ? disk : r;
}

/*
 * How long what fires has failed, and its peak, are known to nobody else: once a
 * minute, and at the end, they are written down for the next daemon.
 */
static bool is_due(struct sw_delivery *delivery)
{
	struct sw_now now;

	if (delivery->n_firing == 0 || delivery->io->now(delivery->io, &now) < 0 ||
	    now.boot - delivery->refreshed < REFRESH_EVERY)
		return false;
	delivery->refreshed = now.boot;
	return true;
}

void sw_delivery_stop(struct sw_delivery *delivery)
{
	if (delivery->n_firing > 0)
		(void)remember(delivery);
}

bool sw_delivery_is_idle(const struct sw_delivery *delivery)
{
	return delivery->left_over.n_events == 0 && delivery->n_written == 0 && !delivery->stale &&
	       !sw_voice_is_waiting(delivery->config.voice);
}

void sw_delivery_catch_up(struct sw_delivery *delivery, const struct sw_event_origin *origin)
{
	if (delivery->left_over.n_events > 0)
		note_disk(delivery, deliver_left_over(delivery, origin));
	else if (delivery->n_written > 0 && !sw_voice_is_waiting(delivery->config.voice))
		note_disk(delivery, cross_out(delivery));
	else if (delivery->stale || is_due(delivery))
		note_disk(delivery, remember(delivery));
}

void sw_delivery_take(struct sw_delivery *delivery, const struct sw_event *events, size_t n_events,
		      const struct sw_event_origin *origin)
{
	int disk, r;

	if (n_events == 0) {
		if (sw_engine_has_moved(delivery->config.engine))
			note_disk(delivery, remember(delivery));
		return;
	}
	disk = add_written(delivery, events, n_events);
	if (disk == 0)
		disk = remember(delivery);
	disk = deliver_all(delivery, events, n_events, origin, disk);
	r = cross_out(delivery);
	note_disk(delivery, disk < 0 ? disk : r);
}
