/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The destination of --destination, as a filter. */

#include "cli/options.h"
#include "io/io.h"
#include "sockwatch/report.h"

/*
 * Reads options->destination into `filter`, with the interfaces of the world
 * that is looked at. False, and said on stderr, for what connect() could never
 * reach or what contradicts --port.
 */
bool sw_destination_parse(const struct sw_options *options, struct sw_io *io,
			  struct sw_report_filter *filter);

/* The interfaces that zones may name, none where the world does not tell. `ret->list` is the
 * caller's to free. */
void sw_destination_ifnames(struct sw_io *io, struct sw_ifnames *ret);
