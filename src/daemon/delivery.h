/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Delivery: events on their way to hooks and journal. They are written down,
 * delivered and crossed out, so that none is lost in between, however long
 * the journal takes. A disk that takes nothing is said once and tried again on
 * every tick; it keeps nothing from being delivered.
 */

#include "daemon/hooks.h"
#include "daemon/voice.h"
#include "sockwatch/engine.h"

struct sw_delivery_config {
	struct sw_voice *voice;
	struct sw_hooks *hooks;   /* NULL without a state directory */
	struct sw_engine *engine; /* what fires is remembered over a restart */
	const char *state_dir;    /* state.json goes there, NULL for none */
	const char *boot_id;      /* of this boot */
};

struct sw_delivery;

/* All of `config` is borrowed. Returns 0 or -ENOMEM. */
int sw_delivery_new(struct sw_delivery **ret, struct sw_io *io,
		    const struct sw_delivery_config *config);
void sw_delivery_free(struct sw_delivery *delivery);

/* Hands the engine what fired in an earlier daemon. Returns 0, -ENOMEM, or what the clock says. */
int sw_delivery_recollect(struct sw_delivery *delivery);

/*
 * What an earlier daemon had written down but perhaps not delivered: again,
 * under its old ids. To be called on every tick: what could not be written down
 * or crossed out on the one before is tried again.
 */
void sw_delivery_catch_up(struct sw_delivery *delivery, const struct sw_event_origin *origin);

/* Is all delivered and written down? */
bool sw_delivery_is_idle(const struct sw_delivery *delivery);

/* Writes down for the next daemon how far what fires has come. */
void sw_delivery_stop(struct sw_delivery *delivery);

/* Delivers the events of one tick. */
void sw_delivery_take(struct sw_delivery *delivery, const struct sw_event *events, size_t n_events,
		      const struct sw_event_origin *origin);
