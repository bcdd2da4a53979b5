/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* For hooks first: that is on the disk, the journal may yet lose it. */

#include "daemon/delivery.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/memory.h"
#include "daemon/trouble.h"

struct sw_delivery {
	struct sw_io *io;
	struct sw_delivery_config config;
	struct sw_state left_over; /* by an earlier daemon: events to deliver again */
	struct sw_trouble journal, memory;
};

int sw_delivery_new(struct sw_delivery **ret, struct sw_io *io,
		    const struct sw_delivery_config *config)
{
	struct sw_delivery *delivery = calloc(1, sizeof(*delivery));

	if (delivery == NULL)
		return -ENOMEM;
	delivery->io = io;
	delivery->config = *config;
	*ret = delivery;
	return 0;
}

void sw_delivery_free(struct sw_delivery *delivery)
{
	if (delivery == NULL)
		return;
	sw_state_deinit(&delivery->left_over);
	free(delivery);
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
	return r < 0 ? r
		     : sw_engine_take_over(config->engine, left_over->alerts, left_over->n_alerts,
					   now);
}

static void deliver(struct sw_delivery *delivery, const struct sw_event *event,
		    const struct sw_event_origin *origin, bool to_hooks)
{
	struct sw_voice *voice = delivery->config.voice;
	int r;

	if (delivery->config.hooks != NULL && to_hooks)
		sw_hooks_leave(delivery->config.hooks, event, origin);
	r = sw_voice_raise(voice, event, origin);

	/* Where there is no journal, standard error has the alert, and that is how it is. */
	if (r != -ENOENT)
		sw_trouble_note_errno(&delivery->journal, voice,
				      "an alert did not reach the journal", r);
}

/* The state with copies of what it is made of. Returns 0 or -ENOMEM; to be deinitialized either
 * way. */
static int make_state(const struct sw_delivery *delivery, const struct sw_event *events,
		      size_t n_events, struct sw_state *ret)
{
	*ret = (struct sw_state){ .events = calloc(n_events + 1, sizeof(*events)) };
	if (ret->events == NULL)
		return -ENOMEM;
	if (n_events > 0)
		memcpy(ret->events, events, n_events * sizeof(*events));
	ret->n_events = n_events;
	snprintf(ret->boot_id, sizeof(ret->boot_id), "%s", delivery->config.boot_id);
	return sw_engine_firing(delivery->config.engine, &ret->alerts, &ret->n_alerts);
}

/* Writes down what fires, and the events that are yet to be delivered. */
static void remember(struct sw_delivery *delivery, const struct sw_event *events, size_t n_events)
{
	struct sw_state state;
	int r;

	if (delivery->config.state_dir == NULL)
		return;
	r = make_state(delivery, events, n_events, &state);
	if (r == 0)
		r = sw_memory_save(delivery->io, delivery->config.state_dir, &state);
	sw_state_deinit(&state);
	sw_trouble_note_errno(&delivery->memory, delivery->config.voice,
			      "state.json cannot be kept: a restart may fire again", r);
}

void sw_delivery_catch_up(struct sw_delivery *delivery, const struct sw_event_origin *origin,
			  bool to_hooks)
{
	struct sw_state *left_over = &delivery->left_over;
	struct sw_event_origin then = *origin;

	then.boot_id = left_over->boot_id;
	for (size_t i = 0; i < left_over->n_events; i++)
		deliver(delivery, &left_over->events[i], &then, to_hooks);
	if (left_over->n_events > 0)
		remember(delivery, NULL, 0);
	left_over->n_events = 0;
}

void sw_delivery_take(struct sw_delivery *delivery, const struct sw_event *events, size_t n_events,
		      const struct sw_event_origin *origin, bool to_hooks)
{
	if (n_events == 0 && !sw_engine_has_moved(delivery->config.engine))
		return;
	remember(delivery, events, n_events);
	if (n_events == 0)
		return;
	for (size_t i = 0; i < n_events; i++)
		deliver(delivery, &events[i], origin, to_hooks);
	remember(delivery, NULL, 0);
}
