/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What became of one hook that was given one event: a line of six words that
 * the runner leaves and the daemon reads.
 *
 *     EVENTID ALERTID HOOK RESULT ATTEMPT DETAIL
 */

#include <stdint.h>

enum sw_hook_outcome {
	SW_HOOK_OK,
	SW_HOOK_FAILED,  /* or asked to be tried again once too often */
	SW_HOOK_TIMEOUT, /* was ended */
	SW_HOOK_REFUSED, /* was not started: not safe, or not a program */
	SW_HOOK_RETRY,   /* asked to be tried again later */
};

/* "ok", "failed", "timeout", "refused", "retry". */
const char *sw_hook_outcome_to_string(enum sw_hook_outcome outcome);

/* Hooks with longer names, or others than letters, digits, '.', '_' and '-' in them, are refused.
 */
#define SW_HOOK_NAME_SIZE 65

#define SW_HOOK_MAX_ATTEMPTS 5

struct sw_hook_result {
	char event_id[64];
	uint64_t alert_id;
	char hook[SW_HOOK_NAME_SIZE];
	enum sw_hook_outcome outcome;
	unsigned int attempt; /* from 1 */
	char detail[24];      /* "exit-3", "signal-9", "writable", ...; "-" = none */
};

#define SW_HOOK_RESULT_SIZE 256

/* One line with its newline. Returns its length, or -EINVAL when it could not be read again. */
int sw_hook_result_format(const struct sw_hook_result *result, char buffer[SW_HOOK_RESULT_SIZE]);

/* Reads the line at `*text` and moves behind it. Returns 0, or -EBADMSG with `*text` as it was. */
int sw_hook_result_parse(const char **text, struct sw_hook_result *ret);
