/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Numbers as they are in memory, addresses as text. Everything read back is held to the
 * ranges it was written from: a disk forgets, and root edits.
 */

#include "render/state-json.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mask.h"
#include "base/mem.h"
#include "render/json.h"
#include "render/owners.h"

#define SCHEMA "sockwatch.state/1"

void sw_state_deinit(struct sw_state *state)
{
	free(state->alerts);
	free(state->events);
	*state = (struct sw_state){ 0 };
}

static json_t *moment_json(const struct sw_now *now)
{
	return json_pack("[II]", (json_int_t)now->boot, (json_int_t)now->wall);
}

static json_t *tuple_json(const struct sw_tuple *tuple)
{
	char source[SW_ADDR_TEXT_SIZE], destination[SW_ADDR_TEXT_SIZE];

	/* Zones as numbers: names may have changed when this is read. */
	return json_pack("{s:s, s:s, s:i, s:i}", "source",
			 sw_addr_format(&tuple->source, NULL, source), "destination",
			 sw_addr_format(&tuple->destination, NULL, destination), "port",
			 (int)tuple->port, "device", (int)tuple->device);
}

/* Of an endpoint; likewise. */
static json_t *endpoint_json(const struct sw_tuple *tuple)
{
	char text[SW_TUPLE_TEXT_SIZE];

	return json_string(sw_endpoint_format(&tuple->destination, tuple->port, NULL, text));
}

static json_t *owners_json(const struct sw_owners *owners)
{
	return json_pack("{s:o, s:b}", "units", sw_render_units_json(owners), "earlier",
			 owners->earlier);
}

static json_t *facts_json(const struct sw_facts *facts)
{
	return json_pack("[IIffI]", (json_int_t)facts->count, (json_int_t)facts->limit,
			 facts->per_s, facts->share, (json_int_t)facts->span_usec);
}

/* Of the outlook only what a later reading cannot tell of a tuple that is gone by then. */
static json_t *alert_json(const struct sw_alert *alert)
{
	const struct sw_outlook *outlook = &alert->outlook;
	struct sw_json json = sw_json_begin();

	sw_json_put(&json, "rule", json_string(sw_rule_to_string(alert->rule)));
	sw_json_put(&json, "id", json_integer((json_int_t)alert->id));
	sw_json_put(&json, "sequence", json_integer((json_int_t)alert->sequence));
	sw_json_put(&json, "severity", json_integer(alert->severity));
	sw_json_put(&json, "announced", json_integer(alert->announced));
	sw_json_put(&json, "previous", json_integer(alert->previous));
	sw_json_put(&json, "muted_until", json_integer((json_int_t)alert->muted_until));
	sw_json_put(&json, "since", moment_json(&alert->since));
	sw_json_put(&json, "changed", moment_json(&alert->changed));
	sw_json_put(&json, "lasted_usec", json_integer((json_int_t)alert->lasted_usec));
	sw_json_put(&json, "n_grouped", json_integer(alert->n_grouped));
	sw_json_put(&json, "peak_used", json_integer(alert->peak_used));
	sw_json_put(&json, "peak_utilization", json_real(alert->peak_utilization));
	sw_json_put(&json, "slow_usec", json_integer((json_int_t)alert->slow_usec));
	sw_json_put(&json, "exhausted_usec", json_integer((json_int_t)alert->exhausted_usec));
	sw_json_put(&json, "why", sw_json_text(alert->why));
	sw_json_put(&json, "facts", facts_json(&alert->facts));
	switch (sw_subject_kind(alert->rule, &alert->subject)) {
	case SW_SUBJECT_NAME:
		sw_json_put(&json, "subject", sw_json_text(alert->subject.name));
		break;
	case SW_SUBJECT_ENDPOINT:
		sw_json_put(&json, "endpoint", endpoint_json(&alert->subject.tuple));
		sw_json_put(&json, "owners", owners_json(&alert->owners));
		break;
	case SW_SUBJECT_PEER:
		sw_json_put(&json, "tuple", tuple_json(&alert->subject.tuple));
		break;
	case SW_SUBJECT_ADDRESS: /* it has no destination */
	case SW_SUBJECT_TUPLE:
		sw_json_put(&json, "tuple", tuple_json(&alert->subject.tuple));
		sw_json_put(&json, "ports",
			    json_pack("[iiiii]", (int)outlook->range, (int)outlook->reserved,
				      (int)outlook->blocked, (int)outlook->capacity,
				      (int)outlook->used));
		sw_json_put(&json, "owners", owners_json(&alert->owners));
		break;
	}
	return sw_json_end(&json);
}

static json_t *event_json(const struct sw_event *event)
{
	return json_pack("{s:i, s:o}", "state", (int)event->state, "alert",
			 alert_json(&event->alert));
}

int sw_state_render(const struct sw_state *state, char **ret)
{
	json_t *alerts = json_array(), *events = json_array(), *json;
	char *text;

	for (size_t i = 0; i < state->n_alerts; i++)
		json_array_append_new(alerts, alert_json(&state->alerts[i]));
	for (size_t i = 0; i < state->n_events; i++)
		json_array_append_new(events, event_json(&state->events[i]));
	json = json_pack("{s:s, s:s, s:o, s:o}", "schema", SCHEMA, "boot_id", state->boot_id,
			 "alerts", alerts, "events", events);
	/* Whatever could not be made is missing in one of the lists. */
	if (json_array_size(json_object_get(json, "alerts")) != state->n_alerts ||
	    json_array_size(json_object_get(json, "events")) != state->n_events) {
		json_decref(json);
		return -ENOMEM;
	}
	text = json_dumps(json, SW_JSON_FLAGS);
	json_decref(json);
	if (text == NULL)
		return -ENOMEM;
	*ret = text;
	return 0;
}

static int parse_level(json_int_t number, enum sw_level *ret)
{
	if (number < SW_LEVEL_OK || number > SW_LEVEL_CRITICAL)
		return -EBADMSG;
	*ret = (enum sw_level)number;
	return 0;
}

static int parse_moment(json_t *json, struct sw_now *ret)
{
	json_int_t boot, wall;

	if (json_unpack(json, "[II]", &boot, &wall) < 0 || boot < 0 || wall < 0)
		return -EBADMSG;
	*ret = (struct sw_now){ .boot = (sw_usec)boot, .wall = (sw_usec)wall };
	return 0;
}

/* What is no name of a unit is masked: these texts go to journals and terminals. */
static int parse_owners(json_t *json, struct sw_owners *ret)
{
	json_t *units;
	int earlier;

	if (json_unpack(json, "{s:{s:o, s:b}}", "owners", "units", &units, "earlier", &earlier) <
		    0 ||
	    json_array_size(units) > SW_CGROUPS_MAX)
		return -EBADMSG;
	for (size_t i = 0; i < json_array_size(units); i++) {
		const char *unit = json_string_value(json_array_get(units, i));

		if (unit == NULL || strlen(unit) >= SW_UNIT_SIZE)
			return -EBADMSG;
		snprintf(ret->units[ret->n], SW_UNIT_SIZE, "%s", unit);
		sw_mask(ret->units[ret->n++]);
	}
	ret->earlier = earlier && ret->n > 0;
	return 0;
}

static int parse_facts(json_t *json, struct sw_facts *ret)
{
	json_int_t count, limit, span;

	if (json_unpack(json, "[IIFFI]", &count, &limit, &ret->per_s, &ret->share, &span) < 0 ||
	    count < 0 || limit < 0 || !(ret->per_s >= 0) || !(ret->share >= 0) || span < 0)
		return -EBADMSG;
	ret->count = (uint64_t)count;
	ret->limit = (uint64_t)limit;
	ret->span_usec = (sw_usec)span;
	return 0;
}

/* The tuple, or the address that is its source. */
static int parse_tuple(json_t *json, bool of_bind, struct sw_tuple *ret)
{
	const char *source, *destination;
	json_int_t port, device;

	if (json_unpack(json, "{s:{s:s, s:s, s:I, s:I}}", "tuple", "source", &source, "destination",
			&destination, "port", &port, "device", &device) < 0 ||
	    sw_addr_parse(source, NULL, &ret->source) < 0)
		return -EBADMSG;
	if (of_bind)
		return 0;
	if (sw_addr_parse(destination, NULL, &ret->destination) < 0 || port < 1 ||
	    port > UINT16_MAX || device < 0 || device > INT32_MAX)
		return -EBADMSG;
	ret->port = (uint32_t)port;
	ret->device = (uint32_t)device;
	return 0;
}

static int parse_ports(json_t *json, struct sw_outlook *ret)
{
	json_int_t n[5];

	if (parse_tuple(json, ret->of_bind, &ret->tuple) < 0 ||
	    json_unpack(json, "{s:[IIIII]}", "ports", &n[0], &n[1], &n[2], &n[3], &n[4]) < 0)
		return -EBADMSG;
	/* None may be more than the one before it allows. */
	if (n[0] < 0 || n[0] > UINT16_MAX + 1 || n[1] < 0 || n[1] > n[0] || n[2] < 0 ||
	    n[3] != n[0] - n[1] - n[2] || n[4] < 0 || n[4] > n[3])
		return -EBADMSG;
	ret->range = (uint32_t)n[0];
	ret->reserved = (uint32_t)n[1];
	ret->blocked = (uint32_t)n[2];
	ret->capacity = (uint32_t)n[3];
	ret->used = (uint32_t)n[4];
	ret->free = ret->free_low = ret->capacity - ret->used;
	ret->utilization =
		n[0] == n[1] ? 1 : 1 - (double)ret->free / (double)(ret->range - ret->reserved);
	ret->open_per_s = NAN;
	ret->forecast.exhausted_in_s = SW_NEVER;
	ret->forecast.exhausted_in_low_s = SW_NEVER;
	ret->forecast.exhausted_in_sustained_s = SW_NEVER;
	return 0;
}

static int parse_endpoint(json_t *json, struct sw_alert *ret)
{
	struct sw_tuple *tuple = &ret->subject.tuple;
	const char *endpoint;

	if (json_unpack(json, "{s:s}", "endpoint", &endpoint) < 0 ||
	    sw_endpoint_parse(endpoint, NULL, &tuple->destination, &tuple->port) < 0 ||
	    tuple->port == 0)
		return -EBADMSG;
	return parse_owners(json, &ret->owners);
}

static int parse_subject(json_t *json, struct sw_alert *ret)
{
	const char *name;
	enum sw_subject_kind kind = sw_rule_subject(ret->rule);
	int r = 0;

	if (kind == SW_SUBJECT_ENDPOINT && json_object_get(json, "endpoint") != NULL)
		return parse_endpoint(json, ret);
	switch (kind) {
	case SW_SUBJECT_ENDPOINT:
	case SW_SUBJECT_ADDRESS:
	case SW_SUBJECT_TUPLE:
		ret->outlook.of_bind = kind == SW_SUBJECT_ADDRESS;
		r = parse_ports(json, &ret->outlook);
		ret->subject.tuple = ret->outlook.tuple;
		return r < 0 ? r : parse_owners(json, &ret->owners);
	case SW_SUBJECT_PEER:
		return parse_tuple(json, false, &ret->subject.tuple);
	case SW_SUBJECT_NAME:
		if (json_unpack(json, "{s:s}", "subject", &name) < 0)
			return -EBADMSG;
		snprintf(ret->subject.name, sizeof(ret->subject.name), "%s", name);
		return 0;
	}
	abort();
}

static int parse_alert(json_t *json, struct sw_alert *ret)
{
	json_int_t id, sequence, severity, announced, previous, muted_until, lasted, n_grouped,
		peak_used, slow, exhausted;
	json_t *since, *changed, *facts;
	const char *rule, *why;

	*ret = (struct sw_alert){ 0 };
	if (json_unpack(json,
			"{s:s, s:I, s:I, s:I, s:I, s:I, s:I, s:o, s:o, s:I, s:I, s:I, s:F, s:I, "
			"s:I, s:s, s:o}",
			"rule", &rule, "id", &id, "sequence", &sequence, "severity", &severity,
			"announced", &announced, "previous", &previous, "muted_until", &muted_until,
			"since", &since, "changed", &changed, "lasted_usec", &lasted, "n_grouped",
			&n_grouped, "peak_used", &peak_used, "peak_utilization",
			&ret->peak_utilization, "slow_usec", &slow, "exhausted_usec", &exhausted,
			"why", &why, "facts", &facts) < 0)
		return -EBADMSG;
	if (sequence < 0 || muted_until < 0 || lasted < 0 || n_grouped < 0 ||
	    n_grouped > UINT16_MAX || peak_used < 0 || peak_used > UINT16_MAX + 1 || slow < 0 ||
	    exhausted < 0 || !(ret->peak_utilization >= 0 && ret->peak_utilization <= 1))
		return -EBADMSG;
	if (sw_rule_parse(rule, &ret->rule) < 0 || parse_level(severity, &ret->severity) < 0 ||
	    parse_level(announced, &ret->announced) < 0 ||
	    parse_level(previous, &ret->previous) < 0 || parse_moment(since, &ret->since) < 0 ||
	    parse_moment(changed, &ret->changed) < 0 || parse_facts(facts, &ret->facts) < 0)
		return -EBADMSG;
	ret->id = (uint64_t)id;
	ret->sequence = (uint64_t)sequence;
	ret->muted_until = (sw_usec)muted_until;
	ret->lasted_usec = (sw_usec)lasted;
	ret->n_grouped = (uint32_t)n_grouped;
	ret->peak_used = (uint32_t)peak_used;
	ret->slow_usec = (sw_usec)slow;
	ret->exhausted_usec = (sw_usec)exhausted;
	snprintf(ret->why, sizeof(ret->why), "%s", why);
	return parse_subject(json, ret);
}

static int parse_event(json_t *json, struct sw_event *ret)
{
	json_int_t state;
	json_t *alert;

	if (json_unpack(json, "{s:I, s:o}", "state", &state, "alert", &alert) < 0 ||
	    state < SW_EVENT_FIRING || state > SW_EVENT_RESOLVED)
		return -EBADMSG;
	ret->state = (enum sw_event_state)state;
	return parse_alert(alert, &ret->alert);
}

static int parse_lists(struct sw_state *ret, json_t *alerts, json_t *events)
{
	int r = 0;

	ret->alerts = calloc(json_array_size(alerts) + 1, sizeof(*ret->alerts));
	ret->events = calloc(json_array_size(events) + 1, sizeof(*ret->events));
	if (ret->alerts == NULL || ret->events == NULL)
		return -ENOMEM;
	for (; r == 0 && ret->n_alerts < json_array_size(alerts); ret->n_alerts++)
		r = parse_alert(json_array_get(alerts, ret->n_alerts), &ret->alerts[ret->n_alerts]);
	for (; r == 0 && ret->n_events < json_array_size(events); ret->n_events++)
		r = parse_event(json_array_get(events, ret->n_events), &ret->events[ret->n_events]);
	return r;
}

int sw_state_parse(struct sw_state *ret, const char *text, size_t size)
{
	struct sw_state state = { 0 };
	json_t *root, *alerts, *events;
	const char *schema, *boot_id;
	json_error_t error;
	int r = -EBADMSG;

	root = json_loadb(text, size, JSON_REJECT_DUPLICATES, &error);
	if (root == NULL)
		return json_error_code(&error) == json_error_out_of_memory ? -ENOMEM : -EBADMSG;
	if (json_unpack(root, "{s:s, s:s, s:o, s:o}", "schema", &schema, "boot_id", &boot_id,
			"alerts", &alerts, "events", &events) == 0 &&
	    strcmp(schema, SCHEMA) == 0) {
		snprintf(state.boot_id, sizeof(state.boot_id), "%s", boot_id);
		r = parse_lists(&state, alerts, events);
	}
	json_decref(root);
	if (r < 0) {
		sw_state_deinit(&state);
		return r;
	}
	*ret = state;
	return 0;
}
