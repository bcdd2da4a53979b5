/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A destination from the command line, as a filter. */

#include "io/io.h"
#include "sockwatch/report.h"

/*
 * Reads `value` into `filter`, with the interfaces of the world that is looked
 * at; NULL is any destination. False, and said on stderr, for what connect()
 * could never reach or what contradicts filter->port. `name` is what it was
 * given to: "--destination".
 */
bool sw_destination_parse(const char *name, const char *value, struct sw_io *io,
			  struct sw_report_filter *filter);

/* The interfaces that zones may name, none where the world does not tell. `ret->list` is the
 * caller's to free. */
void sw_destination_ifnames(struct sw_io *io, struct sw_ifnames *ret);
