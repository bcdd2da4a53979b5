/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The gain of a remedy is one text for JSON and screen alike, so that the two cannot differ. */

#include "render/advice-json.h"

#include <math.h>
#include <stdio.h>

#include "render/json.h"

/* What the reuse gives is an order of magnitude: the delay is not all that connect() waits for. */
static const char *format_rate(double per_s, char buffer[24])
{
	double step = pow(10, fmax(floor(log10(fmax(per_s, 1))) - 1, 0));

	if (per_s < 10000)
		snprintf(buffer, 24, "%.0f", per_s);
	else
		snprintf(buffer, 24, "~%.0f", floor(per_s / step) * step);
	return buffer;
}

const char *sw_gain_format(const struct sw_remedy *remedy, double ceiling_per_s, char buffer[48])
{
	char rate[24];

	if (remedy->kind == SW_REMEDY_POOL)
		snprintf(buffer, 48, "a port for each");
	else if (remedy->more_ports > 0)
		snprintf(buffer, 48, "%u more port%s", remedy->more_ports,
			 remedy->more_ports == 1 ? "" : "s");
	else if (isfinite(remedy->sustains_per_s))
		snprintf(buffer, 48, "%.0f -> %s/s", ceiling_per_s,
			 format_rate(remedy->sustains_per_s, rate));
	else
		snprintf(buffer, 48, "no closes at all");
	return buffer;
}

static json_t *remedy_json(const struct sw_remedy *remedy, const struct sw_outlook *outlook,
			   const struct sw_ifnames *names)
{
	struct sw_json json = sw_json_begin();
	char subject[SW_TUPLE_TEXT_SIZE], why[160], gain[48], text[SW_REMEDY_TEXT_SIZE];

	snprintf(why, sizeof(why), "%u of %u ports are gone: %u in TIME_WAIT, %u live",
		 outlook->used, outlook->capacity, outlook->time_wait, outlook->held);
	sw_json_put(&json, "id", json_string(sw_remedy_id(remedy->kind)));
	sw_json_put(&json, "severity",
		    json_string(sw_level_to_string(outlook->level == SW_LEVEL_EXHAUSTED
							   ? SW_LEVEL_CRITICAL
							   : outlook->level)));
	sw_json_put(&json, "subject",
		    sw_json_text(outlook->of_bind
					 ? sw_addr_format(&outlook->tuple.source, names, subject)
					 : sw_tuple_format(&outlook->tuple, names, subject)));
	sw_json_put(&json, "why", json_string(why));
	sw_json_put(&json, "do", json_string(sw_remedy_format(remedy, text)));
	sw_json_put(&json, "gain",
		    json_string(sw_gain_format(remedy, outlook->forecast.ceiling_per_s, gain)));
	return sw_json_end(&json);
}

json_t *sw_render_advice_json(const struct sw_outlook *outlook, const struct sw_ifnames *names)
{
	struct sw_remedy remedies[SW_MAX_REMEDIES];
	size_t n = sw_advice_remedies(outlook, remedies);
	json_t *list = json_array();

	for (size_t i = 0; i < n; i++)
		if (list == NULL ||
		    json_array_append_new(list, remedy_json(&remedies[i], outlook, names)) < 0) {
			json_decref(list);
			return NULL;
		}
	return list;
}
