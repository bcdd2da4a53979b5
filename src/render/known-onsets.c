/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Row by row: never more than one of them is in memory. */

#include "render/known-onsets.h"

#include <jansson.h>
#include <string.h>

#include "render/timestamp.h"

/* As a daemon decides it: that of the reading, unless the rate is what it was before it again. */
static bool shows_onset(const struct sw_outlook *outlook)
{
	return outlook->rate_since != 0 && sw_onset_is_between(outlook->forecast.onset.before_per_s,
							       outlook->forecast.present_per_s);
}

static bool is_on(const struct sw_outlook *outlook, const struct sw_ifnames *names,
		  const char *device)
{
	char text[16];

	if (outlook->tuple.device == 0 || device == NULL)
		return outlook->tuple.device == 0 && device == NULL;
	return strcmp(sw_ifname_format(outlook->tuple.device, names, text), device) == 0;
}

static struct sw_outlook *find(struct sw_report *report, const struct sw_tuple *tuple,
			       const char *device)
{
	for (size_t i = 0; i < report->n_outlooks_listed; i++) {
		struct sw_outlook *outlook = &report->outlooks[i];

		if (outlook->tuple.port == tuple->port &&
		    sw_addr_equal(&outlook->tuple.destination, &tuple->destination) &&
		    sw_addr_equal(&outlook->tuple.source, &tuple->source) &&
		    is_on(outlook, &report->reading->ifnames, device))
			return outlook;
	}
	return NULL;
}

static const char *text_of(const json_t *row, const char *key)
{
	const char *text = json_string_value(json_object_get(row, key));

	return text != NULL ? text : "";
}

static void add(const json_t *row, struct sw_report *report)
{
	const struct sw_ifnames *names = &report->reading->ifnames;
	const json_t *port = json_object_get(row, "port");
	const json_t *before = json_object_get(row, "rate_before_per_s");
	struct sw_tuple tuple = { .port = (uint32_t)json_integer_value(port) };
	sw_usec since, now = report->reading->began.wall;
	struct sw_outlook *outlook;

	if (!json_is_number(before) || sw_timestamp_parse(text_of(row, "rate_since"), &since) < 0 ||
	    since > now || sw_addr_parse(text_of(row, "source"), names, &tuple.source) < 0 ||
	    sw_addr_parse(text_of(row, "destination"), names, &tuple.destination) < 0)
		return;
	outlook = find(report, &tuple, json_string_value(json_object_get(row, "device")));
	if (outlook == NULL || shows_onset(outlook) ||
	    !sw_onset_is_between(json_number_value(before), outlook->forecast.present_per_s))
		return;
	outlook->rate_since = since;
	outlook->forecast.onset = (struct sw_onset){
		.known = true,
		.ago_s = (double)(now - since) / SW_USEC_PER_SEC,
		.before_per_s = json_number_value(before),
	};
}

/* Within strings quotes are escaped, so these bytes are the key itself. */
void sw_known_onsets_add(const char *text, size_t size, struct sw_report *report)
{
	static const char key[] = "\"tuples\":[";
	const char *end = text + size, *at = memmem(text, size, key, strlen(key));
	json_error_t error;

	if (at == NULL)
		return;
	for (at += strlen(key);; at += error.position + 1) {
		json_t *row = json_loadb(at, (size_t)(end - at), JSON_DISABLE_EOF_CHECK, &error);

		if (row == NULL)
			return;
		add(row, report);
		json_decref(row);
		if (end - at <= error.position || at[error.position] != ',')
			return;
	}
}
