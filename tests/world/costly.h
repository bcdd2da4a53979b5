/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A daemon in a scripted world where readings cost CPU time, a tick a second, and the alerts that
 * it raised. */

#include "daemon/tick.h"
#include "support/answer.h"
#include "support/world.h"

extern struct world *world;
extern struct sw_daemon *daemon_;
extern struct sw_settings settings;
extern struct answer *answer; /* of a whole reading; owned */
extern char last_alert[4096];
extern size_t n_alerts;

void costly_set_up(void);
void costly_tear_down(void);

/* One more socket in an answer. */
void costly_add(struct answer *to, uint8_t state, uint16_t local_port, const char *remote,
		uint16_t remote_port);

/* `n` connections to one destination, of the 100 there can be. In CLOSE_WAIT, so that there is
 * nothing to be left out. */
void costly_set_held(uint16_t n);

/* One tick, a second after the one before, in which `n` connects were made. Has it dumped? */
bool costly_tick(uint64_t n);

/* How much later something may be seen, by status.json. */
double costly_delay_told(void);
