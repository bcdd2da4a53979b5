/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Report: one reading judged and put in order, for every output to read. It
 * borrows the reading, which must outlive it.
 */

#include "sockwatch/bind-wall.h"
#include "sockwatch/inbound.h"
#include "sockwatch/outlook.h"
#include "sockwatch/reading.h"
#include "sockwatch/settings.h"

/* Rows beyond are counted, not listed. */
#define SW_REPORT_MAX_ROWS 1000

/* What is asked for. All zero asks for everything. */
struct sw_report_filter {
	bool has_destination;
	struct sw_addr destination;
	uint32_t destination_port; /* 0 = any */
	uint32_t port;             /* 0 = any: listening, or remote */
};

enum sw_closer {
	SW_CLOSER_UNKNOWN,
	SW_CLOSER_US,
	SW_CLOSER_PEER,
};

struct sw_report {
	const struct sw_reading *reading;
	struct sw_report_filter filter; /* what was asked for */
	enum sw_level level;
	struct sw_wheel wheel;
	double time_wait_rate_per_s; /* entries into TIME_WAIT, both sides */
	/* Until tcp_max_tw_buckets is met: SW_NEVER, or NAN where that is not known. */
	double time_wait_limit_in_s;

	struct sw_outlook *outlooks; /* owned; of every tuple, worst first */
	size_t n_outlooks;
	size_t n_outlooks_listed; /* the first ones: with a level, or from 1 % utilization on */
	const struct sw_port_tally *
		*ports; /* owned list of borrowed rows; listening first, the fullest accept queue
			   before others, then the largest */
	size_t n_ports;
	size_t n_ports_listed;
	struct sw_bind_wall *walls; /* owned; of every source address, worst first */
	size_t n_walls;
	/* Owned; of every peer from SW_INBOUND_MIN_UTILIZATION on, worst first. */
	struct sw_inbound *inbounds;
	size_t n_inbounds;
	size_t n_inbounds_listed;
};

/*
 * Judges `reading` by `settings`; NULL is every key at its default. Of an incomplete one the lists
 * are empty and the level is unknown. Returns 0 or -ENOMEM.
 */
int sw_report_init(struct sw_report *report, const struct sw_reading *reading,
		   const struct sw_settings *settings, const struct sw_report_filter *filter);

/* Has `trends` keep for the next readings what this one tells of rates. */
void sw_report_keep_onsets(const struct sw_report *report, struct sw_trends *trends);

void sw_report_deinit(struct sw_report *report);

/* Who closed first, by what the closes of some sockets left behind. */
enum sw_closer sw_closes_first(const uint32_t n_by_state[SW_TCP_N_STATES]);

/* "us", "peer", "unknown". */
const char *sw_closer_to_string(enum sw_closer closer);

/* One of its walls as an outlook (sw_bind_wall_outlook), with the owners of the fullest tuple. */
void sw_report_wall_outlook(const struct sw_report *report, const struct sw_bind_wall *wall,
			    struct sw_outlook *ret);

/* The wall that is worse than every tuple; NULL when none is. Borrowed. */
const struct sw_bind_wall *sw_report_worst_wall(const struct sw_report *report);

/* Ports that bind((source, 0)) can still get. */
uint32_t sw_report_bind_free(const struct sw_report *report, const struct sw_addr *source);

/* Is port number `i` of the list listened on with a full accept queue? Those come first. */
bool sw_report_is_full(const struct sw_report *report, size_t i);

/*
 * The listening port with the most TIME_WAIT that this side made by closing
 * first, when that is enough to be worth a word: NULL when not.
 */
const struct sw_port_tally *sw_report_server_closer(const struct sw_report *report);
