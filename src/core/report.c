/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Order is part of the judgement: what is worst comes first, and what is cut off at the
 * end is what matters least.
 */

#include "sockwatch/report.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "core/report-inside.h"

/* Tuples below this and with no level are not listed. */
#define LISTED_UTILIZATION 0.01

/* TIME_WAIT on one listening port that is worth a note: a percent of the default
 * tcp_max_tw_buckets. */
enum { NOTEWORTHY_SERVER_TIME_WAIT = 1000 };

static bool is_asked_for(const struct sw_report_filter *filter, const struct sw_tuple *tuple)
{
	if (filter->port != 0 && tuple->port != filter->port)
		return false;
	if (!filter->has_destination)
		return true;
	return sw_addr_equal(&tuple->destination, &filter->destination) &&
	       (filter->destination_port == 0 || tuple->port == filter->destination_port);
}

static bool is_listed(const struct sw_report_filter *filter, const struct sw_outlook *outlook)
{
	return filter->has_destination || outlook->level != SW_LEVEL_OK ||
	       outlook->utilization >= LISTED_UTILIZATION;
}

/* The row made for a destination whose source is not known says nothing where others do. */
static void drop_unknown_source(struct sw_report *report)
{
	struct sw_outlook *rows = report->outlooks;

	for (size_t i = 0; i < report->n_outlooks && report->n_outlooks > 1; i++) {
		if (rows[i].tuple.source.family != 0)
			continue;
		report->n_outlooks--;
		memmove(&rows[i], &rows[i + 1], (report->n_outlooks - i) * sizeof(*rows));
		return;
	}
}

/* How many more TIME_WAIT there can be in the namespace. */
static uint64_t time_wait_room(const struct sw_reading *reading)
{
	const struct sw_figure *limit = &reading->kernel.figures[SW_KERNEL_MAX_TW_BUCKETS];
	const struct sw_totals *totals = sw_tally_totals(reading->tally);
	/* The limit counts FIN_WAIT2 without a process too (inet_twsk_alloc). */
	uint64_t n = totals->n_by_state[SW_TCP_TIME_WAIT] + totals->n_fin_wait2_mini;

	if (!limit->known)
		return UINT64_MAX;
	return limit->value > n ? limit->value - n : 0;
}

/* What holds for one tuple. */
static void set_limits(const struct sw_settings *settings, const struct sw_tuple *tuple,
		       struct sw_ephemeral_limits *ret_limits, enum sw_level *ret_max_severity)
{
	*ret_limits = sw_ephemeral_limits_default;
	*ret_max_severity = SW_LEVEL_CRITICAL;
	if (settings != NULL)
		sw_settings_limits(settings, tuple, ret_limits, ret_max_severity);
}

/*
 * A socket that is bound to a device collides with those bound to none too
 * (inet_match), but not the other way round.
 */
static uint32_t n_used_without_device(const struct sw_tally *tally, const struct sw_tuple *tuple)
{
	struct sw_tuple other = *tuple;
	const struct sw_tuple_tally *row;

	if (tuple->device == 0)
		return 0;
	other.device = 0;
	row = sw_tally_find_tuple(tally, &other);
	return row == NULL ? 0 : row->n_taken - row->n_taken_reusable;
}

/* Of one reading alone there is none. */
static struct sw_trend trend_of(const struct sw_reading *reading, const struct sw_tuple *tuple,
				sw_usec age)
{
	return reading->trends == NULL
		       ? (struct sw_trend){ .slow_share = NAN, .open_per_s = NAN }
		       : sw_trends_of(reading->trends, tuple, reading->began.boot - age);
}

/* Of a reading of hot tuples all others are as old as the rest. */
static sw_usec age_of(const struct sw_reading *reading, const struct sw_tuple *tuple)
{
	bool counted = reading->scope != SW_SCOPE_HOT || sw_hot_has(&reading->hot, tuple);

	return counted ? 0 : reading->rest_age;
}

/* Beyond the horizon nothing is said to be in sight. */
static double within_horizon(const struct sw_settings *settings, double seconds)
{
	return settings != NULL && seconds > (double)settings->alert.horizon / SW_USEC_PER_SEC
		       ? SW_NEVER
		       : seconds;
}

static double time_wait_limit_in(const struct sw_report *report, const struct sw_settings *settings)
{
	const struct sw_reading *reading = report->reading;
	const struct sw_figure *limit = &reading->kernel.figures[SW_KERNEL_MAX_TW_BUCKETS];

	if (!limit->known)
		return NAN;
	return within_horizon(settings, sw_forecast_limit(sw_tally_totals(reading->tally),
							  limit->value, report->wheel));
}

static int list_outlooks(struct sw_report *report, const struct sw_settings *settings,
			 const struct sw_report_filter *filter)
{
	const struct sw_reading *reading = report->reading;
	uint32_t n_tuples = sw_tally_n_tuples(reading->tally);
	struct sw_ephemeral_limits limits;
	struct sw_outlook_input input = {
		.space = &reading->space,
		.reuse = &reading->reuse,
		.limits = &limits,
		.wheel = report->wheel,
		.time_wait_room = time_wait_room(reading),
		.n_bound = (uint32_t)sw_tally_totals(reading->tally)->n_by_state[SW_TCP_BOUND],
		.wide = sw_wide_range_of(&reading->space),
	};

	input.n_suspects = sw_tally_n_suspects(reading->tally);
	report->outlooks = calloc((size_t)n_tuples + 1, sizeof(*report->outlooks));
	if (report->outlooks == NULL)
		return -ENOMEM;
	for (uint32_t i = 0; i < n_tuples; i++) {
		struct sw_outlook *outlook = &report->outlooks[report->n_outlooks];
		sw_usec age;

		input.tally = sw_tally_tuple(reading->tally, i);
		if (!is_asked_for(filter, &input.tally->tuple))
			continue;
		input.n_shared = n_used_without_device(reading->tally, &input.tally->tuple);
		set_limits(settings, &input.tally->tuple, &limits, &input.max_severity);
		age = age_of(reading, &input.tally->tuple);
		input.trend = trend_of(reading, &input.tally->tuple, age);
		input.wall = reading->began.wall - age;
		sw_outlook_compute(&input, outlook);
		outlook->age_s = (double)age / SW_USEC_PER_SEC;
		outlook->ownership =
			sw_units_ownership(reading->units, input.tally, reading->began.boot);
		outlook->forecast.exhausted_in_s =
			within_horizon(settings, outlook->forecast.exhausted_in_s);
		report->n_outlooks++;
	}
	qsort(report->outlooks, report->n_outlooks, sizeof(*report->outlooks), sw_outlook_compare);
	drop_unknown_source(report);
	/* The order is by level and use, so that those to be listed come first. */
	while (report->n_outlooks_listed < SW_MIN(report->n_outlooks, SW_REPORT_MAX_ROWS) &&
	       is_listed(filter, &report->outlooks[report->n_outlooks_listed]))
		report->n_outlooks_listed++;
	return 0;
}

static int compare_ports(const void *a, const void *b)
{
	const struct sw_port_tally *left = *(const struct sw_port_tally *const *)a;
	const struct sw_port_tally *right = *(const struct sw_port_tally *const *)b;

	if (left->role != right->role)
		return left->role < right->role ? -1 : 1;
	if (sw_accept_queue_is_fuller(&left->queue, &right->queue))
		return -1;
	if (sw_accept_queue_is_fuller(&right->queue, &left->queue))
		return 1;
	if (left->n_total != right->n_total)
		return left->n_total > right->n_total ? -1 : 1;
	return left->port < right->port ? -1 : left->port > right->port;
}

static int list_ports(struct sw_report *report, const struct sw_report_filter *filter)
{
	uint32_t n_ports = sw_tally_n_ports(report->reading->tally);

	report->ports = calloc((size_t)n_ports + 1, sizeof(*report->ports));
	if (report->ports == NULL)
		return -ENOMEM;
	for (uint32_t i = 0; i < n_ports; i++) {
		const struct sw_port_tally *port = sw_tally_port(report->reading->tally, i);

		if (filter->port == 0 || port->port == filter->port)
			report->ports[report->n_ports++] = port;
	}
	qsort(report->ports, report->n_ports, sizeof(const struct sw_port_tally *), compare_ports);
	report->n_ports_listed = SW_MIN(report->n_ports, SW_REPORT_MAX_ROWS);
	return 0;
}

/* Whoever is on this host too has a tuple, which knows more. */
static bool has_tuple(const struct sw_tally *tally, const struct sw_tuple *tuple)
{
	const struct sw_tuple_tally *row = sw_tally_find_tuple(tally, tuple);

	return row != NULL && row->n_total > 0;
}

static int list_inbounds(struct sw_report *report, const struct sw_settings *settings,
			 const struct sw_report_filter *filter)
{
	const struct sw_tally *tally = report->reading->tally;
	uint32_t n_peers = sw_tally_n_peers(tally);

	report->inbounds = calloc((size_t)n_peers + 1, sizeof(*report->inbounds));
	if (report->inbounds == NULL)
		return -ENOMEM;
	for (uint32_t i = 0; i < n_peers; i++) {
		const struct sw_peer_tally *peer = sw_tally_peer(tally, i);
		struct sw_inbound *inbound = &report->inbounds[report->n_inbounds];
		enum sw_level max_severity = SW_LEVEL_CRITICAL;
		double notice = sw_inbound_notice_default;

		if ((filter->port != 0 && peer->tuple.port != filter->port) ||
		    has_tuple(tally, &peer->tuple))
			continue;
		if (settings != NULL)
			notice = sw_settings_at(settings, SW_RULE_INBOUND, &peer->tuple.source,
						peer->tuple.port, &max_severity)
					 ->inbound.notice;
		sw_inbound_compute(peer, notice, inbound);
		inbound->max_severity = max_severity;
		report->n_inbounds += inbound->utilization >= SW_INBOUND_MIN_UTILIZATION;
	}
	qsort(report->inbounds, report->n_inbounds, sizeof(*report->inbounds), sw_inbound_compare);
	report->n_inbounds_listed = SW_MIN(report->n_inbounds, SW_REPORT_MAX_ROWS);
	return 0;
}

int sw_report_init(struct sw_report *report, const struct sw_reading *reading,
		   const struct sw_settings *settings, const struct sw_report_filter *filter)
{
	const struct sw_bind_wall *worst_wall;
	const struct sw_totals *totals;
	int r;

	*report = (struct sw_report){
		.reading = reading,
		.filter = *filter,
		.level = SW_LEVEL_UNKNOWN,
	};
	if (reading->tally == NULL)
		return 0;

	totals = sw_tally_totals(reading->tally);
	report->wheel = sw_wheel_at(&reading->jiffies);
	report->time_wait_rate_per_s = sw_forecast_rate(totals->n_by_age);
	report->time_wait_limit_in_s = time_wait_limit_in(report, settings);
	r = list_outlooks(report, settings, filter);
	if (r == 0)
		r = list_ports(report, filter);
	if (r == 0)
		r = sw_report_list_walls(report, settings, time_wait_room(reading));
	if (r == 0)
		r = list_inbounds(report, settings, filter);
	if (r < 0) {
		sw_report_deinit(report);
		return r;
	}
	report->level = report->n_outlooks > 0 ? report->outlooks[0].level : SW_LEVEL_OK;
	worst_wall = sw_report_worst_wall(report);
	if (worst_wall != NULL)
		report->level = worst_wall->level;
	if (reading->space.capacity == 0)
		report->level = SW_LEVEL_EXHAUSTED;
	return 0;
}

void sw_report_keep_onsets(const struct sw_report *report, struct sw_trends *trends)
{
	for (size_t i = 0; i < report->n_outlooks; i++)
		if (report->outlooks[i].age_s == 0)
			sw_trends_keep_onset(trends, &report->outlooks[i].tuple,
					     &report->outlooks[i].forecast.onset);
}

void sw_report_deinit(struct sw_report *report)
{
	free(report->outlooks);
	free(report->ports);
	free(report->walls);
	free(report->inbounds);
	*report = (struct sw_report){ .level = SW_LEVEL_UNKNOWN };
}

enum sw_closer sw_closes_first(const uint32_t n[SW_TCP_N_STATES])
{
	/* Whoever closes first goes through FIN_WAIT or CLOSING to TIME_WAIT; the other through
	 * CLOSE_WAIT to LAST_ACK. */
	uint64_t us = (uint64_t)n[SW_TCP_TIME_WAIT] + n[SW_TCP_FIN_WAIT1] + n[SW_TCP_FIN_WAIT2] +
		      n[SW_TCP_CLOSING];
	uint64_t peer = (uint64_t)n[SW_TCP_CLOSE_WAIT] + n[SW_TCP_LAST_ACK];

	if (us == peer)
		return SW_CLOSER_UNKNOWN;
	return us > peer ? SW_CLOSER_US : SW_CLOSER_PEER;
}

bool sw_report_is_full(const struct sw_report *report, size_t i)
{
	const struct sw_port_tally *port = report->ports[i];

	return port->role == SW_PORT_LISTENING && sw_accept_queue_is_full(&port->queue);
}

const struct sw_port_tally *sw_report_server_closer(const struct sw_report *report)
{
	const struct sw_port_tally *most = NULL;

	for (size_t i = 0; i < report->n_ports; i++) {
		const struct sw_port_tally *port = report->ports[i];

		if (port->role == SW_PORT_LISTENING &&
		    port->n_by_state[SW_TCP_TIME_WAIT] >= NOTEWORTHY_SERVER_TIME_WAIT &&
		    sw_closes_first(port->n_by_state) == SW_CLOSER_US &&
		    (most == NULL ||
		     port->n_by_state[SW_TCP_TIME_WAIT] > most->n_by_state[SW_TCP_TIME_WAIT]))
			most = port;
	}
	return most;
}

const char *sw_closer_to_string(enum sw_closer closer)
{
	switch (closer) {
	case SW_CLOSER_UNKNOWN:
		return "unknown";
	case SW_CLOSER_US:
		return "us";
	case SW_CLOSER_PEER:
		return "peer";
	}
	abort();
}
