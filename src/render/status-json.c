/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * In the order of the contract, a function for each object. What is not known is null and
 * never left out.
 */

#include "render/status-json.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "render/advice-json.h"
#include "render/event-json.h"
#include "render/inbound-json.h"
#include "render/json-stream.h"
#include "render/json.h"
#include "render/kernel-json.h"
#include "render/owners.h"
#include "render/processes.h"
#include "render/queue-advice.h"
#include "render/setting-json.h"
#include "render/timestamp.h"
#include "render/tuple-json.h"

/* Ids are strings: they do not fit into the numbers of every JSON reader. */
static json_t *id_json(uint64_t id)
{
	char text[24];

	snprintf(text, sizeof(text), "%" PRIu64, id);
	return id == 0 ? json_null() : json_string(text);
}

static json_t *problems_json(const struct sw_reading *reading)
{
	json_t *list = json_array();

	for (size_t i = 0; i < reading->n_problems; i++) {
		struct sw_json json = sw_json_begin();

		sw_json_put(&json, "what", sw_json_text(reading->problems[i].what));
		sw_json_put(&json, "why", sw_json_text(reading->problems[i].why));
		sw_json_append(&list, sw_json_end(&json));
	}
	return list;
}

static json_t *sockets_json(const struct sw_totals *totals)
{
	struct sw_json json = sw_json_begin();

	sw_json_put(&json, "total", json_integer((json_int_t)totals->n_sockets));
	sw_json_put(&json, "ipv4", json_integer((json_int_t)totals->n_ipv4));
	sw_json_put(&json, "ipv6", json_integer((json_int_t)totals->n_ipv6));
	return sw_json_end(&json);
}

static json_t *states_json(const struct sw_totals *totals)
{
	struct sw_json json = sw_json_begin();

	for (int i = 0; i < SW_TCP_N_STATES; i++)
		sw_json_put(&json, sw_tcp_state_key((enum sw_tcp_state)i),
			    json_integer((json_int_t)totals->n_by_state[i]));
	return sw_json_end(&json);
}

static json_t *ephemeral_json(const struct sw_port_space *space)
{
	struct sw_json json = sw_json_begin();

	sw_json_put(&json, "range", json_integer(space->n_range));
	sw_json_put(&json, "reserved", json_integer(space->n_reserved));
	sw_json_put(&json, "blocked", json_integer(space->n_blocked));
	sw_json_put(&json, "capacity", json_integer(space->capacity));
	sw_json_put(&json, "free_new_destination", json_integer(space->capacity));
	return sw_json_end(&json);
}

static json_t *time_wait_json(const struct sw_report *report)
{
	const struct sw_totals *totals = sw_tally_totals(report->reading->tally);
	uint64_t count = totals->n_by_state[SW_TCP_TIME_WAIT];
	struct sw_json json = sw_json_begin();

	sw_json_put(&json, "count", json_integer((json_int_t)count));
	sw_json_put(&json, "limit",
		    sw_json_figure(&report->reading->kernel.figures[SW_KERNEL_MAX_TW_BUCKETS]));
	sw_json_put(&json, "client_side",
		    json_integer((json_int_t)(count - totals->n_time_wait_server)));
	sw_json_put(&json, "server_side", json_integer((json_int_t)totals->n_time_wait_server));
	sw_json_put(&json, "reusable", json_integer((json_int_t)totals->n_reusable));
	sw_json_put(&json, "arrivals_per_s", sw_json_number(report->time_wait_rate_per_s, 2));
	sw_json_put(&json, "limit_reached_in_s", sw_json_number(report->time_wait_limit_in_s, 1));
	return sw_json_end(&json);
}

static void put_omitted(struct sw_json_stream *stream, const char *key, size_t n, size_t n_listed)
{
	if (n > n_listed)
		sw_json_stream_put(stream, key, json_integer((json_int_t)(n - n_listed)));
}

static json_t *port_json(const struct sw_report *report, const struct sw_port_tally *port)
{
	struct sw_owners owners;
	bool listening = port->role == SW_PORT_LISTENING;
	struct sw_json json = sw_json_begin();

	sw_json_put(&json, "port", json_integer(port->port));
	sw_json_put(&json, "role", json_string(listening ? "listening" : "outgoing"));
	sw_json_put(&json, "total", json_integer(port->n_total));
	sw_json_put(&json, "states", sw_render_states_json(port->n_by_state));
	sw_json_put(&json, "accept_queue",
		    listening ? json_integer(port->queue.queued) : json_null());
	sw_json_put(&json, "accept_limit",
		    listening ? json_integer(port->queue.limit) : json_null());
	sw_json_put(&json, "accept_drops",
		    listening && port->queue.drops_known
			    ? json_integer((json_int_t)port->queue.drops)
			    : json_null());
	sw_json_put(&json, "closes_first",
		    json_string(sw_closer_to_string(sw_closes_first(port->n_by_state))));
	sw_units_of_cgroups(report->reading->units, &port->cgroups, &owners);
	sw_json_put(&json, "units", sw_render_units_json(&owners));
	return sw_json_end(&json);
}

static void put_ports(struct sw_json_stream *stream, const struct sw_report *report)
{
	sw_json_stream_open(stream, "ports", '[');
	for (size_t i = 0; i < report->n_ports_listed; i++)
		sw_json_stream_put(stream, NULL, port_json(report, report->ports[i]));
	sw_json_stream_close(stream, ']');
	put_omitted(stream, "ports_omitted", report->n_ports, report->n_ports_listed);
}

/* Of the first `n` it is known who holds them. */
static void put_tuples(struct sw_json_stream *stream, const struct sw_report *report,
		       const struct sw_holders *holders, size_t n)
{
	const struct sw_reading *reading = report->reading;
	struct sw_owners owners;

	sw_json_stream_open(stream, "tuples", '[');
	for (size_t i = 0; i < report->n_outlooks_listed; i++) {
		const struct sw_outlook *outlook = &report->outlooks[i];
		struct sw_json json = { 0 };

		sw_units_of_ownership(reading->units, &outlook->ownership, &owners);
		json.object = sw_render_tuple_json(outlook, &owners, &reading->ifnames);
		json.failed = json.object == NULL;
		if (i < n)
			sw_json_put(&json, "processes", sw_render_processes_json(&holders[i]));
		sw_json_stream_put(stream, NULL, sw_json_end(&json));
	}
	sw_json_stream_close(stream, ']');
	put_omitted(stream, "tuples_omitted", report->n_outlooks, report->n_outlooks_listed);
}

static void put_sources(struct sw_json_stream *stream, const struct sw_report *report)
{
	const struct sw_reading *reading = report->reading;

	sw_json_stream_open(stream, "sources", '[');
	for (size_t i = 0; i < report->n_walls; i++) {
		const struct sw_bind_wall *wall = &report->walls[i];
		struct sw_json json = sw_json_begin();
		char text[SW_ADDR_TEXT_SIZE];

		sw_json_put(&json, "address",
			    sw_json_text(sw_addr_format(&wall->source, &reading->ifnames, text)));
		sw_json_put(&json, "bind_capacity", json_integer(wall->capacity));
		sw_json_put(&json, "bind_free", json_integer(wall->free));
		sw_json_put(&json, "in_use", json_boolean(wall->in_use));
		sw_json_put(&json, "exhausted_in_s",
			    sw_json_number(wall->in_use ? wall->forecast.exhausted_in_s : NAN, 1));
		sw_json_put(&json, "level", json_string(sw_level_to_string(wall->level)));
		sw_json_stream_put(stream, NULL, sw_json_end(&json));
	}
	sw_json_stream_close(stream, ']');
}

/* A server that closes first: harmless here, and worth knowing. */
static json_t *server_closes_json(const struct sw_report *report, const struct sw_port_tally *port)
{
	struct sw_json json = sw_json_begin();
	char subject[16], why[160 + SW_OWNERS_TEXT_SIZE], who[SW_OWNERS_TEXT_SIZE];
	struct sw_owners owners;

	sw_units_of_cgroups(report->reading->units, &port->cgroups, &owners);

	snprintf(subject, sizeof(subject), "*:%u", port->port);
	snprintf(why, sizeof(why),
		 "%s closes first on port %u: %u in TIME_WAIT there; it costs no outgoing port",
		 sw_owners_format_side(&owners, SW_UNIT_SIZE, who), port->port,
		 port->n_by_state[SW_TCP_TIME_WAIT]);
	sw_json_put(&json, "id", json_string("server-closes-first"));
	sw_json_put(&json, "severity", json_string("info"));
	sw_json_put(&json, "subject", json_string(subject));
	sw_json_put(&json, "why", json_string(why));
	sw_json_put(&json, "do", json_string("longer keepalive"));
	sw_json_put(&json, "gain", json_string("spares clients the handshakes"));
	return sw_json_end(&json);
}

static json_t *full_queue_json(const struct sw_port_tally *port)
{
	char subject[16];

	snprintf(subject, sizeof(subject), "*:%u", port->port);
	return sw_render_queue_advice_json(subject, SW_LEVEL_WARNING, port->queue.queued,
					   port->queue.limit, false);
}

static void put_advice(struct sw_json_stream *stream, const struct sw_report *report)
{
	const struct sw_port_tally *server = sw_report_server_closer(report);

	sw_json_stream_open(stream, "advice", '[');
	for (size_t i = 0; i < report->n_outlooks_listed; i++)
		sw_json_stream_put_all(stream, sw_render_advice_json(&report->outlooks[i],
								     &report->reading->ifnames));
	sw_render_inbound_advice(stream, report);
	sw_render_setting_advice(stream, report);
	for (size_t i = 0; i < report->n_ports_listed && sw_report_is_full(report, i); i++)
		sw_json_stream_put(stream, NULL, full_queue_json(report->ports[i]));
	if (server != NULL)
		sw_json_stream_put(stream, NULL, server_closes_json(report, server));
	sw_json_stream_close(stream, ']');
}

/* Everything that comes from sockets: null, not zero, where they could not be counted. */
static void put_counted(struct sw_json_stream *stream, const struct sw_report *report,
			const struct sw_holders *holders, size_t n_holders)
{
	const struct sw_reading *reading = report->reading;
	const struct sw_totals *totals;

	if (reading->tally == NULL) {
		static const char *const unknown[] = { "rest_age_s", "sockets",   "states",
						       "ephemeral",  "time_wait", "ports",
						       "tuples",     "sources",   "inbound",
						       "advice" };

		for (size_t i = 0; i < SW_ARRAY_SIZE(unknown); i++)
			sw_json_stream_put(stream, unknown[i], json_null());
		return;
	}
	totals = sw_tally_totals(reading->tally);
	sw_json_stream_put(stream, "rest_age_s",
			   sw_json_number((double)reading->rest_age / SW_USEC_PER_SEC, 1));
	sw_json_stream_put(stream, "sockets", sockets_json(totals));
	sw_json_stream_put(stream, "states", states_json(totals));
	sw_json_stream_put(stream, "ephemeral", ephemeral_json(&reading->space));
	sw_json_stream_put(stream, "time_wait", time_wait_json(report));
	put_ports(stream, report);
	put_tuples(stream, report, holders, n_holders);
	/* Sockets in the totals above that found no room in the table of their tuple, port or
	 * source. */
	put_omitted(stream, "tuples_overflow_sockets", totals->n_tuple_overflow, 0);
	put_omitted(stream, "ports_overflow_sockets", totals->n_port_overflow, 0);
	put_omitted(stream, "sources_overflow_sockets", totals->n_source_overflow, 0);
	put_sources(stream, report);
	sw_render_inbounds_json(stream, report);
	put_omitted(stream, "inbound_omitted", report->n_inbounds, report->n_inbounds_listed);
	put_omitted(stream, "inbound_overflow_sockets", totals->n_peer_overflow, 0);
	put_advice(stream, report);
}

static void put_namespace(struct sw_json_stream *stream, const struct sw_report *report,
			  const struct sw_holders *holders, size_t n_holders)
{
	const struct sw_reading *reading = report->reading;

	sw_json_stream_open(stream, NULL, '{');
	sw_json_stream_put(stream, "name", json_string("self"));
	sw_json_stream_put(stream, "inode",
			   reading->netns.inode == 0
				   ? json_null()
				   : json_integer((json_int_t)reading->netns.inode));
	sw_json_stream_put(stream, "cookie", id_json(reading->netns.cookie));
	sw_json_stream_put(stream, "complete", json_boolean(reading->complete));
	sw_json_stream_put(stream, "problems", problems_json(reading));
	sw_json_stream_put(stream, "level", json_string(sw_level_to_string(report->level)));
	sw_json_stream_put(stream, "kernel", sw_render_kernel_json(reading));
	put_counted(stream, report, holders, n_holders);
	sw_json_stream_close(stream, '}');
}

/* Those that the daemon has itself, or those that its file told of. */
static void put_alerts(struct sw_json_stream *stream, const struct sw_daemon_status *daemon)
{
	sw_json_stream_open(stream, "alerts", '[');
	for (size_t i = 0; i < daemon->n_firing; i++) {
		/* Its latest event: worse than it was, or the first. */
		const struct sw_alert *alert = &daemon->firing[i];
		const struct sw_event event = {
			.state = alert->previous == SW_LEVEL_OK       ? SW_EVENT_FIRING
				 : alert->previous == alert->severity ? SW_EVENT_REPEAT
								      : SW_EVENT_CHANGED,
			.alert = *alert,
		};

		sw_json_stream_put(stream, NULL, sw_render_event_json(&event, daemon->origin));
	}
	if (daemon->alerts != NULL)
		sw_json_stream_put_all(stream, json_incref(daemon->alerts));
	sw_json_stream_close(stream, ']');
}

static json_t *limits_json(const struct sw_kernel *kernel)
{
	struct sw_json conntrack = sw_json_begin(), json = sw_json_begin();

	sw_json_put(&conntrack, "count",
		    sw_json_figure(&kernel->figures[SW_KERNEL_CONNTRACK_COUNT]));
	sw_json_put(&conntrack, "max", sw_json_figure(&kernel->figures[SW_KERNEL_CONNTRACK_MAX]));
	sw_json_put(&json, "conntrack", sw_json_end(&conntrack));
	sw_json_put(&json, "orphans", sw_json_figure(&kernel->orphans));
	return sw_json_end(&json);
}

static void put_dumps(struct sw_json *json, const struct sw_daemon_status *daemon)
{
	bool known = daemon->last_dump_reason[0] != '\0';

	sw_json_put(json, "dumps", known ? json_integer(daemon->n_dumps) : json_null());
	sw_json_put(json, "dumps_skipped",
		    known ? json_integer(daemon->n_dumps_skipped) : json_null());
	sw_json_put(json, "last_dump_reason",
		    sw_json_text(known ? daemon->last_dump_reason : NULL));
}

static json_t *daemon_json(const struct sw_daemon_status *daemon)
{
	struct sw_json json = sw_json_begin();

	sw_json_put(&json, "running", json_boolean(daemon->running));
	sw_json_put(&json, "interval_s",
		    daemon->interval_s > 0 ? sw_json_number(daemon->interval_s, 3) : json_null());
	sw_json_put(&json, "last_poll",
		    sw_json_text(daemon->last_poll[0] == '\0' ? NULL : daemon->last_poll));
	sw_json_put(&json, "detection_delay_s",
		    daemon->running ? sw_json_number(daemon->detection_delay_s, 1) : json_null());
	sw_json_put(&json, "hooks", sw_json_text(daemon->hooks[0] == '\0' ? NULL : daemon->hooks));
	put_dumps(&json, daemon);
	return sw_json_end(&json);
}

int sw_render_status_json(FILE *out, size_t flags, const struct sw_report *report,
			  const struct sw_daemon_status *daemon, const struct sw_holders *holders,
			  size_t n_holders)
{
	struct sw_json_stream stream = { .out = out, .flags = flags };
	const struct sw_reading *reading = report->reading;
	char time[SW_TIMESTAMP_SIZE];

	sw_json_stream_open(&stream, NULL, '{');
	sw_json_stream_put(&stream, "schema", json_string("sockwatch.status/1"));
	sw_json_stream_put(&stream, "version", json_string(SW_VERSION));
	sw_json_stream_put(&stream, "host",
			   sw_json_text(reading->host[0] == '\0' ? NULL : reading->host));
	sw_json_stream_put(&stream, "time",
			   json_string(sw_timestamp_format(reading->began.wall, time)));
	sw_json_stream_put(&stream, "duration_ms",
			   sw_json_number((double)reading->duration_usec / SW_USEC_PER_MSEC, 3));
	sw_json_stream_put(&stream, "complete", json_boolean(reading->complete));
	sw_json_stream_put(&stream, "problems", problems_json(reading));
	sw_json_stream_put(&stream, "level", json_string(sw_level_to_string(report->level)));
	sw_json_stream_open(&stream, "namespaces", '[');
	put_namespace(&stream, report, holders, n_holders);
	sw_json_stream_close(&stream, ']');
	put_alerts(&stream, daemon);
	sw_json_stream_put(&stream, "limits", limits_json(&reading->kernel));
	sw_json_stream_put(&stream, "daemon", daemon_json(daemon));
	sw_json_stream_close(&stream, '}');
	return stream.error;
}
