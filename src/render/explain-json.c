/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What is not known is null and never left out, as in the status. */

#include "render/explain-json.h"

#include "render/advice-json.h"
#include "render/errno-name.h"
#include "render/json.h"
#include "render/timestamp.h"
#include "render/tuple-json.h"

static json_t *call_json(const struct sw_call *call)
{
	struct sw_json json = sw_json_begin();
	char name[SW_ERRNO_NAME_SIZE];

	if (!call->known) {
		json_decref(json.object);
		return json_null();
	}
	sw_json_put(&json, "succeeds", json_boolean(call->error == 0));
	sw_json_put(&json, "errno",
		    sw_json_text(call->error == 0 ? NULL : sw_errno_name(call->error, name)));
	sw_json_put(&json, "more", json_integer(call->more));
	sw_json_put(&json, "more_low", json_integer(call->more_low));
	return sw_json_end(&json);
}

/* If the closes stopped now. */
static json_t *drain_json(const struct sw_outlook *outlook)
{
	struct sw_json json = sw_json_begin();

	sw_json_put(&json, "below_half_in_s", sw_json_number(outlook->forecast.halved_in_s, 1));
	sw_json_put(&json, "live_only_in_s", sw_json_number(outlook->forecast.drained_in_s, 1));
	return sw_json_end(&json);
}

static json_t *unseen_json(const struct sw_explanation *explanation)
{
	json_t *list = json_array();

	for (size_t i = 0; i < explanation->n_unseen; i++)
		sw_json_append(&list, json_string(sw_unseen_id(explanation->unseen[i])));
	return list;
}

static void put_tuple(struct sw_json *json, const struct sw_report *report,
		      const struct sw_explanation *explanation)
{
	const struct sw_outlook *outlook = explanation->outlook;
	const struct sw_ifnames *names = &report->reading->ifnames;
	struct sw_owners owners = { 0 };
	char name[SW_TUPLE_TEXT_SIZE];

	if (outlook != NULL)
		sw_units_of_ownership(report->reading->units, &outlook->ownership, &owners);
	sw_json_put(json, "subject",
		    sw_json_text(outlook == NULL || outlook->tuple.source.family == 0
					 ? NULL
					 : sw_tuple_format(&outlook->tuple, names, name)));
	sw_json_put(json, "connect", call_json(&explanation->connect));
	sw_json_put(json, "bind", call_json(&explanation->bind));
	sw_json_put(json, "cause",
		    sw_json_text(outlook == NULL ? NULL
						 : sw_cause_to_string(sw_outlook_cause(outlook))));
	sw_json_put(json, "closes_first",
		    json_string(sw_closer_to_string(explanation->closes_first)));
	sw_json_put(json, "tuple",
		    outlook == NULL ? json_null() : sw_render_tuple_json(outlook, &owners, names));
	sw_json_put(json, "drain", outlook == NULL ? json_null() : drain_json(outlook));
	sw_json_put(json, "advice",
		    outlook == NULL ? json_array() : sw_render_advice_json(outlook, names));
}

json_t *sw_render_explain_json(const struct sw_report *report,
			       const struct sw_explanation *explanation)
{
	const struct sw_reading *reading = report->reading;
	struct sw_json json = sw_json_begin();
	char time[SW_TIMESTAMP_SIZE];

	sw_json_put(&json, "schema", json_string("sockwatch.explain/1"));
	sw_json_put(&json, "version", json_string(SW_VERSION));
	sw_json_put(&json, "host", sw_json_text(reading->host[0] == '\0' ? NULL : reading->host));
	sw_json_put(&json, "time", json_string(sw_timestamp_format(reading->began.wall, time)));
	sw_json_put(&json, "complete", json_boolean(reading->complete));
	sw_json_put(&json, "level", json_string(sw_level_to_string(report->level)));
	put_tuple(&json, report, explanation);
	sw_json_put(&json, "unseen", unseen_json(explanation));
	return sw_json_end(&json);
}
