/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Two tables of cookies: what the last complete reading left, and what this one has
 * found so far. A socket that is gone is in neither after the next commit, so nothing
 * has to be removed and nothing ages.
 */

#include "sockwatch/ledger.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/table.h"

struct known {
	uint64_t cookie; /* the key */
	uint16_t port;
	uint16_t origin; /* enum sw_port_origin */
};

struct known_source {
	struct sw_addr addr; /* the key */
	struct sw_bind_memory binds;
};

/* What one reading leaves. */
struct page {
	struct sw_table sockets;
	struct sw_table sources;
	struct sw_portset ports; /* of `sockets` */
	bool full;
};

struct sw_ledger {
	struct page last, next;
	struct sw_port_space space; /* of the last reading */
	struct sw_portset listened;
	struct sw_portset sticky;
	struct sw_portset half_full;
	bool timestamps_known, timestamps, timestamps_before;
	sw_usec timestamps_changed; /* when a reading first saw it; 0 = never */
};

static void page_init(struct page *page)
{
	sw_table_deinit(&page->sockets);
	sw_table_deinit(&page->sources);
	memset(page, 0, sizeof(*page));
	/* The kernel counts cookies up: nobody chooses them, so there is nothing to hide. */
	sw_table_init(&page->sockets, sizeof(struct known), sizeof(uint64_t), SW_LEDGER_MAX_SOCKETS,
		      0);
	sw_table_init(&page->sources, sizeof(struct known_source), sizeof(struct sw_addr),
		      SW_TALLY_MAX_SOURCES, 0);
}

int sw_ledger_new(struct sw_ledger **ret)
{
	struct sw_ledger *ledger = calloc(1, sizeof(*ledger));

	if (ledger == NULL)
		return -ENOMEM;
	page_init(&ledger->last);
	page_init(&ledger->next);
	*ret = ledger;
	return 0;
}

void sw_ledger_free(struct sw_ledger *ledger)
{
	if (ledger == NULL)
		return;
	sw_table_deinit(&ledger->last.sockets);
	sw_table_deinit(&ledger->last.sources);
	sw_table_deinit(&ledger->next.sockets);
	sw_table_deinit(&ledger->next.sources);
	free(ledger);
}

void sw_ledger_begin(struct sw_ledger *ledger)
{
	page_init(&ledger->next);
}

void sw_ledger_note(struct sw_ledger *ledger, uint64_t cookie, uint16_t port,
		    enum sw_port_origin origin)
{
	struct page *page = &ledger->next;
	struct known *known;
	void *row;

	sw_portset_add(&page->ports, port);
	/* Without memory it is as if there were no room. */
	if (sw_table_obtain(&page->sockets, &cookie, &row) < 0) {
		page->full = true;
		return;
	}
	known = row;
	if (known->origin != SW_PORT_BY_CONNECT)
		return;
	known->port = port;
	known->origin = (uint16_t)origin;
}

bool sw_ledger_has_port(const struct sw_ledger *ledger, uint16_t port)
{
	return sw_portset_has(&ledger->last.ports, port);
}

enum sw_port_origin sw_ledger_origin(const struct sw_ledger *ledger, uint64_t cookie)
{
	const struct known *known = sw_table_find(&ledger->next.sockets, &cookie);

	if (known == NULL)
		known = sw_table_find(&ledger->last.sockets, &cookie);
	return known == NULL ? SW_PORT_BY_CONNECT : (enum sw_port_origin)known->origin;
}

bool sw_ledger_listened(const struct sw_ledger *ledger, uint16_t port)
{
	return sw_portset_has(&ledger->listened, port);
}

bool sw_ledger_keeps_children(const struct sw_ledger *ledger, uint16_t port)
{
	return !ledger->last.full && sw_port_space_may_have(&ledger->space, port);
}

const struct sw_portset *sw_ledger_sticky(const struct sw_ledger *ledger)
{
	return &ledger->sticky;
}

/* What was in `set` and still has a socket, and what is in `now`. */
static void carry(struct sw_portset *set, const struct sw_portset *now,
		  const struct sw_portset *occupied)
{
	for (size_t i = 0; i < sizeof(set->words) / sizeof(set->words[0]); i++)
		set->words[i] = (set->words[i] & occupied->words[i]) | now->words[i];
}

void sw_ledger_commit(struct sw_ledger *ledger, const struct sw_portset *listening,
		      const struct sw_port_space *space, const struct sw_portset *occupied)
{
	struct page last = ledger->last;

	carry(&ledger->listened, listening, occupied);
	carry(&ledger->sticky, &space->blocked, occupied);
	ledger->space = *space;
	ledger->last = ledger->next;
	ledger->next = last;
	page_init(&ledger->next);
}

void sw_ledger_see_timestamps(struct sw_ledger *ledger, sw_usec now, struct sw_reuse_rule *rule)
{
	if (ledger->timestamps_known && ledger->timestamps != rule->timestamps) {
		ledger->timestamps_before = ledger->timestamps;
		ledger->timestamps_changed = now;
	}
	ledger->timestamps_known = true;
	ledger->timestamps = rule->timestamps;
	if (ledger->timestamps_changed == 0)
		return;
	rule->timestamps_changed = true;
	rule->timestamps_before = ledger->timestamps_before;
	rule->changed_ago_msec = (now - ledger->timestamps_changed) / SW_USEC_PER_MSEC;
}

struct sw_portset *sw_ledger_half_full(struct sw_ledger *ledger)
{
	return &ledger->half_full;
}

const struct sw_bind_memory *sw_ledger_binds(const struct sw_ledger *ledger,
					     const struct sw_addr *source)
{
	const struct known_source *known = sw_table_find(&ledger->last.sources, source);

	return known == NULL ? NULL : &known->binds;
}

void sw_ledger_note_binds(struct sw_ledger *ledger, const struct sw_addr *source,
			  const struct sw_bind_memory *memory)
{
	void *row;

	/* As many as a tally has; without memory it is as if nothing had been seen. */
	if (sw_table_obtain(&ledger->next.sources, source, &row) == 0)
		((struct known_source *)row)->binds = *memory;
}
