/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Written as strictly as it is read: what could not be read again is not written. */

#include "io/hook-result.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/parse.h"

static const char word_characters[] =
	"-._0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

static const char *const outcomes[] = {
	[SW_HOOK_OK] = "ok",           [SW_HOOK_FAILED] = "failed", [SW_HOOK_TIMEOUT] = "timeout",
	[SW_HOOK_REFUSED] = "refused", [SW_HOOK_RETRY] = "retry",
};

const char *sw_hook_outcome_to_string(enum sw_hook_outcome outcome)
{
	switch (outcome) {
	case SW_HOOK_OK:
	case SW_HOOK_FAILED:
	case SW_HOOK_TIMEOUT:
	case SW_HOOK_REFUSED:
	case SW_HOOK_RETRY:
		return outcomes[outcome];
	}
	abort();
}

/* Copies the word at `*at`, which `end` ends, and moves behind that. */
static int take(const char **at, char end, char *buffer, size_t size)
{
	size_t length = strspn(*at, word_characters);

	if (length == 0 || length >= size || (*at)[length] != end)
		return -EBADMSG;
	memcpy(buffer, *at, length);
	buffer[length] = '\0';
	*at += length + 1;
	return 0;
}

static int take_alert_id(const char **at, uint64_t *ret)
{
	char word[17];
	uint64_t id;

	if (take(at, ' ', word, sizeof(word)) < 0 || strlen(word) != 16 ||
	    strspn(word, "0123456789abcdef") != 16)
		return -EBADMSG;
	id = strtoull(word, NULL, 16);
	*ret = id;
	return 0;
}

static int take_outcome(const char **at, enum sw_hook_outcome *ret)
{
	char word[16];

	if (take(at, ' ', word, sizeof(word)) < 0)
		return -EBADMSG;
	for (size_t i = 0; i < SW_ARRAY_SIZE(outcomes); i++)
		if (strcmp(word, outcomes[i]) == 0) {
			*ret = (enum sw_hook_outcome)i;
			return 0;
		}
	return -EBADMSG;
}

static int take_attempt(const char **at, unsigned int *ret)
{
	uint64_t attempt;

	if (sw_parse_digits(at, SW_HOOK_MAX_ATTEMPTS, &attempt) < 0 || attempt == 0 ||
	    *(*at)++ != ' ')
		return -EBADMSG;
	*ret = (unsigned int)attempt;
	return 0;
}

int sw_hook_result_parse(const char **text, struct sw_hook_result *ret)
{
	struct sw_hook_result result;
	const char *at = *text;

	if (take(&at, ' ', result.event_id, sizeof(result.event_id)) < 0 ||
	    take_alert_id(&at, &result.alert_id) < 0 ||
	    take(&at, ' ', result.hook, sizeof(result.hook)) < 0 ||
	    take_outcome(&at, &result.outcome) < 0 || take_attempt(&at, &result.attempt) < 0 ||
	    take(&at, '\n', result.detail, sizeof(result.detail)) < 0)
		return -EBADMSG;
	*text = at;
	*ret = result;
	return 0;
}

int sw_hook_result_format(const struct sw_hook_result *result, char buffer[SW_HOOK_RESULT_SIZE])
{
	struct sw_hook_result again;
	char text[SW_HOOK_RESULT_SIZE];
	const char *at = text;
	int n;

	n = snprintf(text, sizeof(text), "%s %016" PRIx64 " %s %s %u %s\n", result->event_id,
		     result->alert_id, result->hook, sw_hook_outcome_to_string(result->outcome),
		     result->attempt, result->detail);
	if (n < 0 || (size_t)n >= sizeof(text) || sw_hook_result_parse(&at, &again) < 0)
		return -EINVAL;
	memcpy(buffer, text, (size_t)n + 1);
	return n;
}
