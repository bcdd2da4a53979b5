/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Bind evidence: does somebody bind((address, 0)) before connecting? Once such a socket is
 * connected, no row tells. Three things may:
 *
 *   Sockets seen bound and idle, and those the ledger knows to have been so.
 *
 *   Sockets in the second pass that share no port, though they go to several
 *   destinations. connect() starts at another place for each of them, a hash with a
 *   secret (inet_sk_port_offset), while bind(0) takes no port twice on one address.
 *   What connect() leaves shares by chance, and this chance is a number.
 *
 *   Ever more sockets in the second pass while the first is hardly used:
 *   connect() turns to the second only when all of the first is taken
 *   (__inet_hash_connect), bind(0) begins with it (inet_csk_find_open_port). That
 *   is no evidence in a tuple that was over half full, whose first pass may have
 *   closed since: so it takes a witness, and not of one moment.
 *
 * Few ports are no evidence of the latter two: there chance, or a burst between two
 * readings, can do anything.
 */

#include "sockwatch/ledger.h"
#include "sockwatch/tally.h"

/*
 * The chance that arcs of `n_arcs` tuples, `n_sockets` in all, share at most `n_shared` of
 * `n_ports` ports, when each begins anywhere. Exact where none is shared and ports are taken one
 * after the other; with gaps between them (the kernel leaves some) they share sooner.
 */
double sw_bind_chance(uint32_t n_arcs, uint32_t n_sockets, uint32_t n_shared, uint32_t n_ports);

/*
 * Does somebody bind to this address? `n_ports` are those of the second pass. `last`
 * is what the last reading left of it, NULL = it left nothing; `ret` is for the
 * next one.
 */
bool sw_bind_evidence_step(const struct sw_source_tally *source, uint32_t n_ports,
			   const struct sw_bind_memory *last, struct sw_bind_memory *ret);
