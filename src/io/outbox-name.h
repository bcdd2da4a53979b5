/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Names of the files in which events wait for their hooks:
 *
 *     NUMBER-ALERTID-STATE-EVENTID.json
 *
 * NUMBER has twelve digits, so names sort in the order of the events, also
 * over a reboot. The rest lets whoever empties the outbox keep the events of
 * one alert in order without opening any.
 */

#include <stdbool.h>
#include <stdint.h>

#define SW_OUTBOX_NAME_SIZE 128
#define SW_OUTBOX_MAX_NUMBER UINT64_C(999999999999)

struct sw_outbox_name {
	uint64_t number;
	uint64_t alert_id;
	char state[16];
	char event_id[64];
};

/* Returns 0, or -EINVAL when the parts would not come out again. */
int sw_outbox_name_format(const struct sw_outbox_name *name, char buffer[SW_OUTBOX_NAME_SIZE]);
int sw_outbox_name_parse(const char *text, struct sw_outbox_name *ret);

/* Is this an event that a newer one of its kind makes worthless ("changed", "repeat")? */
bool sw_outbox_name_is_replaceable(const struct sw_outbox_name *name);
