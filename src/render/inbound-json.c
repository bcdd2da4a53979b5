/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "render/inbound-json.h"

#include <stdio.h>

#include "render/json.h"

void sw_render_inbounds_json(struct sw_json_stream *stream, const struct sw_report *report)
{
	const struct sw_ifnames *names = &report->reading->ifnames;

	sw_json_stream_open(stream, "inbound", '[');
	for (size_t i = 0; i < report->n_inbounds_listed; i++) {
		const struct sw_inbound *inbound = &report->inbounds[i];
		const struct sw_tuple *tuple = &inbound->tuple;
		struct sw_json json = sw_json_begin();
		char text[SW_ADDR_TEXT_SIZE];

		sw_json_put(&json, "address",
			    sw_json_text(sw_addr_format(&tuple->destination, names, text)));
		sw_json_put(&json, "port", json_integer(tuple->port));
		sw_json_put(&json, "peer",
			    sw_json_text(sw_addr_format(&tuple->source, names, text)));
		sw_json_put(&json, "ports_held", json_integer(inbound->n_held));
		sw_json_put(&json, "range", json_integer(inbound->range));
		sw_json_put(&json, "utilization", sw_json_number(inbound->utilization, 6));
		sw_json_put(&json, "level", json_string(sw_level_to_string(inbound->level)));
		sw_json_stream_put(stream, NULL, sw_json_end(&json));
	}
	sw_json_stream_close(stream, ']');
}

/* A peer in trouble: what helps is mostly done over there. */
static json_t *peer_json(const struct sw_report *report, const struct sw_inbound *inbound)
{
	struct sw_json json = sw_json_begin();
	char subject[SW_TUPLE_TEXT_SIZE], why[SW_TUPLE_TEXT_SIZE];

	snprintf(why, sizeof(why), "it holds %u of about %u ports and runs out of them",
		 inbound->n_held, inbound->range);
	sw_json_put(&json, "id", json_string("peer-runs-out"));
	sw_json_put(&json, "severity", json_string(sw_level_to_string(inbound->level)));
	sw_json_put(
		&json, "subject",
		sw_json_text(sw_tuple_format(&inbound->tuple, &report->reading->ifnames, subject)));
	sw_json_put(&json, "why", json_string(why));
	sw_json_put(&json, "do",
		    json_string("a second address or port of ours for it, or one of its own"));
	sw_json_put(&json, "gain", json_string("as many ports again"));
	return sw_json_end(&json);
}

void sw_render_inbound_advice(struct sw_json_stream *stream, const struct sw_report *report)
{
	for (size_t i = 0; i < report->n_inbounds_listed; i++)
		if (report->inbounds[i].level > SW_LEVEL_OK)
			sw_json_stream_put(stream, NULL, peer_json(report, &report->inbounds[i]));
}
